"""Which feeds a person may read: enumerated from the store, decided by label, remembered.

Guarantees that what is remembered is used only for the same reading (clearance, memberships, site …), which holds all that the
register and the relations say of somebody, and never past its end; that somebody who stands otherwise in a community than before is
decided anew for the feeds that name it, and for no others; that feeds a transaction sees are forgotten with it. Audit and control
feeds are in nobody's set, nor is what this node itself may not follow any more.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice

from node.commands.context import Context
from node.store import feeds, purges
from node.store.feeds import FeedRole, FeedRow
from node.store.unit import Reader, Tx
from policies.clearance import Reader as Reading
from policies.readership import reads
from protocol.ids import UnixMs
from protocol.label import parse
from protocol.members import Standing

READERS_KEPT = 256
_Key = tuple[Hashable, frozenset[tuple[str, Standing]]]
"""All of a reading but its memberships; and these."""


@dataclass(slots=True)
class _Known:
    """One reader's set, of the first `decided` feeds."""

    until: UnixMs | None
    numbers: dict[int, FeedRow] = field(default_factory=dict)
    decided: int = 0


class Readable:
    """The feeds of each reader; from any thread. The rows' sizes are as of when each was first seen: read them anew."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._lock = threading.Lock()
        self._kept: OrderedDict[_Key, _Known] = OrderedDict()
        self._last: dict[Hashable, _Key] = {}
        self._rows: dict[int, FeedRow] = {}
        self._naming: dict[str, list[int]] = {}
        self._upto = 0

    def feeds(self, reader: Reader, reading: Reading) -> Mapping[int, FeedRow]:
        """Local number to feed, of all that this reader may read for any purpose of their own."""
        with self._lock:
            came = feeds.after(reader, self._upto)
            if not isinstance(reader, Tx):
                self._take_in(came)
                came = ()
            known = self._known(reading)
            if known.decided < len(self._rows):
                _decide(reading, known.numbers, islice(self._rows.values(), known.decided, None))
                known.decided = len(self._rows)
            mine = dict(known.numbers)
        _decide(reading, mine, came)
        for number in purges.under_way(reader):
            mine.pop(number, None)  # hidden from the moment it is decided, before anything is destroyed
        return mine

    def _take_in(self, came: Iterable[FeedRow]) -> None:
        """Feeds that came since last time; one for all readers."""
        for one in came:
            self._upto = one.number
            if one.role is FeedRole.RECORDS:
                self._rows[one.number] = one
                for name in frozenset[str]().union(*parse(one.label).audience):
                    self._naming.setdefault(name, []).append(one.number)

    def _known(self, reading: Reading) -> _Known:
        key, now = _key(reading), self._ctx.now()
        known = self._kept.get(key)
        if known is None or (known.until is not None and now >= known.until):
            before = self._last.get(key[0]) if known is None else None
            known = self._kept[key] = self._carried(reading, key, before) if before else _Known(reading.until)
        self._last[key[0]] = key
        self._kept.move_to_end(key)
        while len(self._kept) > READERS_KEPT:
            old, _ = self._kept.popitem(last=False)
            if self._last.get(old[0]) == old:
                del self._last[old[0]]
        return known

    def _carried(self, reading: Reading, key: _Key, before: _Key) -> _Known:
        """What the same reader had, decided anew where a feed names a community in which he stands otherwise."""
        had = self._kept[before]
        if had.until != reading.until:
            return _Known(reading.until)
        known = _Known(had.until, dict(had.numbers), had.decided)
        otherwise = {name for name, _ in key[1] ^ before[1]}
        concerned = {number for name in otherwise for number in self._naming.get(name, ())}
        for number in concerned:
            known.numbers.pop(number, None)
        _decide(reading, known.numbers, (self._rows[number] for number in concerned))
        return known


def _decide(reading: Reading, numbers: dict[int, FeedRow], rows: Iterable[FeedRow]) -> None:
    """Add those that may be read: a feed's label never changes."""
    for one in rows:
        if one.role is FeedRole.RECORDS and reads(reading, parse(one.label)):
            numbers[one.number] = one


def _key(reading: Reading) -> _Key:
    return (
        (
            *(
                reading.node,
                reading.country,
                reading.organisation_countries,
                reading.recipients,
                reading.purposes,
            ),
            *(reading.compartments, reading.regimes, reading.roles, reading.partner, reading.until),
            *(frozenset(reading.ceiling.items()), frozenset(reading.clearance.items())),
        ),
        frozenset(reading.memberships.items()),
    )
