"""Who stands alike in the relations: people about whom the engine gives the same answers, so that it is asked about one of them.

Guarantees: two are alike only if each tuple that names one has its like that names the other, so that exchanging them changes no
tuple, and no answer about anything but themselves. Holds for any model. A membership that is not in force is as absent, one that is is as
without end, until the moment that is returned; every other condition stands as it is written. Nobody whom a userset of his own
names is like anybody.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from policies.conditions import ParameterType, convert
from policies.officers import MEMBERSHIP, Asked, of_person
from policies.relations import EPOCH, Condition, RelationsError, Tuple, Value, split_userset
from protocol.ids import UnixMs

_TIMESTAMP: Final = ParameterType("timestamp")
_MS: Final = timedelta(milliseconds=1)
_IN_FORCE: Final = "in force"
Mark = tuple[str, str, str, str]
"""One tuple of a person, with "" where it names him."""


def alike(
    asked: Sequence[Asked], tuples: Iterable[Tuple], now: UnixMs
) -> tuple[list[list[int]], UnixMs | None]:
    """Who are alike, as places in `asked`, and when that is to be looked at again: the next moment that a tuple names."""
    marks: dict[str, set[Mark]] = {of_person(one.person): set() for one in asked}
    times = _Times(now)
    for each in tuples:
        _mark(each, marks, times)
    for one in asked:
        if one.duty is not None:
            _mark(one.duty, marks, times)
    groups: dict[frozenset[Mark], list[int]] = {}
    for place, one in enumerate(asked):
        groups.setdefault(frozenset(marks[of_person(one.person)]), []).append(place)
    return list(groups.values()), times.next


def _mark(each: Tuple, marks: dict[str, set[Mark]], times: _Times) -> None:
    condition = times.state(each.condition)
    if condition is None:
        return
    user, object_ = marks.get(each.user), marks.get(each.object)
    if user is not None:
        user.add(("", each.relation, "" if each.object == each.user else each.object, condition))
    if object_ is not None and each.object != each.user:
        object_.add((each.user, each.relation, "", condition))
    own, relation = split_userset(each.user)
    if relation and own in marks:
        marks[own].add((own, "", "", ""))


class _Times:
    """How conditions stand at one moment, and the next moment at which any may stand otherwise."""

    def __init__(self, now: UnixMs) -> None:
        self._now = EPOCH + timedelta(milliseconds=now)
        self._next: datetime | None = None
        self._known: dict[int, tuple[Condition, str | None]] = {}

    @property
    def next(self) -> UnixMs | None:
        """In unix ms, never too late."""
        return None if self._next is None else UnixMs((self._next - EPOCH) // _MS)

    def state(self, condition: Condition | None) -> str | None:
        """None where the tuple is as absent; equal text where two stand alike."""
        if condition is None:
            return ""
        if id(condition) not in self._known:  # which stays that one's: it is held here
            self._known[id(condition)] = condition, self._state(condition)
        return self._known[id(condition)][1]

    def _state(self, condition: Condition) -> str | None:
        moments = dict(_moments(condition))
        for moment in moments.values():
            if moment > self._now and (self._next is None or moment < self._next):
                self._next = moment
        begins, ends = moments.get("valid_from"), moments.get("valid_until")
        if (
            condition.name == MEMBERSHIP
            and begins is not None
            and ends is not None
            and len(condition.context) == 2
        ):
            return _IN_FORCE if begins <= self._now < ends else None
        return json.dumps([condition.name, condition.context], sort_keys=True, default=str)


def _moments(condition: Condition) -> Iterator[tuple[str, datetime]]:
    for name, value in condition.context.items():
        moment = _moment(value)
        if moment is not None:
            yield name, moment


def _moment(value: Value) -> datetime | None:
    try:
        moment = convert(value, _TIMESTAMP, "")
    except RelationsError:
        return None
    return moment if isinstance(moment, datetime) else None
