"""The people of a node as readers, those alike together: what a label asks is asked once of each distinct reading.

Guarantees that `who` names exactly those of whom `may_read` says yes for a purpose of their own and whom it does not concern, whatever
they share with others; nothing of a reading is left out of what makes two alike but its end and, by exception, the person's own
name, what concerns him, and the cases that he reads. Does not know when a reading ends; whoever keeps a readership does (`commands/everyone.py`).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from itertools import chain
from typing import Final

from policies.clearance import Reader, may_read, officer_name
from policies.conflicts import NO_CONFLICTS, Conflicts, Named
from policies.decision import Permit
from policies.need import NO_NEED, CaseId
from protocol.label import Label

NOTHING: Final = Named()
_BY_EXCEPTION: Final = frozenset({"until", "conflicts", "need"})
_ASKED: Final = tuple(one.name for one in fields(Reader) if one.name not in _BY_EXCEPTION)


@dataclass(frozen=True, slots=True)
class Alike:
    """People who read the same. `reading`: by none of their names, and as if nothing concerned them; `people`: ids, sorted."""

    reading: Reader
    people: tuple[str, ...]


class Readership:
    """All of them; never changes."""

    def __init__(self, people: Iterable[tuple[str, Reader]] = ()) -> None:
        """From each person's id and reading."""
        found: dict[Hashable, tuple[Reader, list[str]]] = {}
        concerned: dict[str, Conflicts] = {}
        in_cases: dict[str, Reader] = {}
        for who, reading in people:
            plain = nameless(who, reading)
            found.setdefault(_key(plain), (plain, []))[1].append(who)
            if reading.conflicts:
                concerned[who] = reading.conflicts
            if reading.need.read:
                in_cases[who] = reading
        self.groups = tuple(Alike(reading, tuple(sorted(ids))) for reading, ids in found.values())
        self._concerned: Mapping[str, Conflicts] = concerned
        self._in_cases: Mapping[str, Reader] = in_cases

    @classmethod
    def of_groups(
        cls, groups: Iterable[Alike], concerned: Mapping[str, Conflicts], in_cases: Mapping[str, Reader]
    ) -> Readership:
        """From people who were found alike before; `concerned`: what concerns whom, where anything does; `in_cases`: who reads a case."""
        made = cls()
        made.groups, made._concerned, made._in_cases = tuple(groups), concerned, in_cases
        return made

    def __len__(self) -> int:
        return sum(len(one.people) for one in self.groups)

    def who(
        self, label: Label, about: Named = NOTHING, cases: frozenset[CaseId] = frozenset()
    ) -> tuple[str, ...]:
        """The ids of those who may read under this label a record that names this and is of these cases, sorted."""
        named = frozenset(name for clause in label.recipients for name in clause)
        if cases:
            found = sorted(self._read_in(label, cases))
        else:
            found = sorted(chain.from_iterable(_of_group(one, label, named) for one in self.groups))
        out = {who for who, one in self._concerned.items() if one.touched(about)}
        return tuple(who for who in found if who not in out) if out else tuple(found)

    def led(self) -> frozenset[CaseId]:
        """The cases that one of them can lead."""
        return frozenset[CaseId]().union(*(one.need.leads for one in self._in_cases.values()))

    def _read_in(self, label: Label, cases: frozenset[CaseId]) -> Iterator[str]:
        """Those whom all of these cases and the label let read for one purpose."""
        for who, reading in self._in_cases.items():
            purposes = reading.need.reads(cases) or frozenset()
            if reads(reading, label, purposes & reading.purposes):
                yield who


NOBODY: Final = Readership()


def reads(reading: Reader, label: Label, purposes: frozenset[str] | None = None) -> bool:
    """Whether a reader may read under the label for any purpose of their own, or of these."""
    asked = reading.purposes if purposes is None else purposes
    return any(isinstance(may_read(reading, label, purpose), Permit) for purpose in sorted(asked))


def nameless(who: str, reading: Reader) -> Reader:
    """What is left of a reading without the person: alike for all who read the same."""
    name = officer_name(reading.node, who)
    return replace(
        reading, recipients=reading.recipients - {name}, until=None, conflicts=NO_CONFLICTS, need=NO_NEED
    )


def _of_group(alike: Alike, label: Label, named: frozenset[str]) -> Iterable[str]:
    """All of a group, or those whom the label names: a name never takes reading away, so where all may, each may."""
    if reads(alike.reading, label):
        return alike.people
    return [who for who, reading in _called(alike, named) if reads(reading, label)]


def _called(alike: Alike, named: frozenset[str]) -> Iterator[tuple[str, Reader]]:
    """Those of a group whom a label calls by name, each as the reader he is."""
    prefix = officer_name(alike.reading.node, "")
    mine = {name.removeprefix(prefix): name for name in named if name.startswith(prefix)}
    for who in mine.keys() & set(alike.people) if mine else ():
        yield who, replace(alike.reading, recipients=alike.reading.recipients | {mine[who]})


def _key(reading: Reader) -> Hashable:
    parts = (getattr(reading, name) for name in _ASKED)
    return tuple(frozenset(part.items()) if isinstance(part, Mapping) else part for part in parts)
