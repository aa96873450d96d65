"""What a record names, by itself and through the records that it refers to: what a conflict of interest, and whether one needs
to know, is decided on.

Guarantees
* Every reference counts, in whatever field; of what is referred to every version that is held, withdrawn and set aside ones too.
* What is not held, or not any more, tells nothing: then counts what the record itself says.
* Bounded: `STEPS` references far, where a record is of no concern any more to whom it is about; more than `VERSIONS_MAX` versions
  or records in one step, or one that cannot be read, and nobody knows whom it concerns: `Named.whole` says so. What can be read counts
  all the same, and no record takes the room of another: one of very many versions or references hides nothing of what others name.
* An alert of danger to life is decided on what is known: no port takes it from those who are to act by what it makes of other records.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from google.protobuf.message import DecodeError

from node.store import entries, feeds
from node.store.unit import Reader
from policies.conflicts import Named
from protocol.ids import FeedId, RecordId
from protocol.marks import in_danger, references, subjects

STEPS = 4
"""An answer to a request for a best practice that derives from an incident about an alert is as far as the kinds reach."""
VERSIONS_MAX = 256
"""Of all records of one step, and so many records; a list asks it of each of its rows."""

_Ref = tuple[bytes, bytes]


@dataclass(frozen=True, slots=True)
class _Said:
    """What the versions of one record name, and what they refer to. `versions`: how many were looked at; `whole`: that is all, and all
    could be read.
    """

    named: frozenset[str] = frozenset()
    refs: frozenset[_Ref] = frozenset()
    versions: int = 0
    whole: bool = True


@dataclass(slots=True)
class Reach:
    """In one snapshot; what was read of a record once is remembered for the next row that refers to it."""

    reader: Reader
    _known: dict[_Ref, _Said] = field(default_factory=dict, repr=False)
    _sizes: dict[_Ref, int] = field(default_factory=dict, repr=False)

    def of(self, content: bytes | None) -> Named:
        """What a record with these bytes names; None: its content is gone, and with it whom it concerns."""
        said = _said([content] if content is not None else [])
        named, whole = set(said.named), said.whole
        certain = content is not None and said.whole and in_danger(content)
        wave, seen = dict.fromkeys(said.refs, 1), set[_Ref]()
        records = {record for record, _ in wave}
        for _ in range(STEPS):
            further: dict[_Ref, int] = {}
            waiting, left = self._fairly(wave, seen), VERSIONS_MAX
            whole &= certain or len(waiting) == len(wave.keys() - seen)
            for at, ref in enumerate(waiting):
                said = self._record(ref, left // (len(waiting) - at))
                left -= said.versions
                named |= said.named
                whole &= said.whole or certain
                for one in said.refs:
                    further[one] = min(len(said.refs), further.get(one, len(said.refs)))
            seen |= wave.keys()
            wave = further
            records |= {record for record, _ in wave}
        return Named(frozenset(named), whole=whole, records=frozenset(records))

    def record(self, lineage: bytes, record: RecordId) -> Named:
        """What all versions of a record that are held name."""
        held = entries.contents(self.reader, lineage, record, limit=VERSIONS_MAX + 1)
        found = [self.of(content) for content in held[:VERSIONS_MAX]]
        whole = len(held) <= VERSIONS_MAX and all(one.whole for one in found)
        return Named(
            frozenset[str]().union(*(one.subjects for one in found)),
            whole=whole,
            records=frozenset[bytes]().union(*(one.records for one in found)),
        )

    def _fairly(self, wave: Mapping[_Ref, int], seen: Collection[_Ref]) -> list[_Ref]:
        """What of a step is looked at, the shortest first: a record of very many versions, or that refers to very many others, takes
        nothing from what stands beside it. `wave`: each with how many others it was named among.
        """
        fewest = sorted(wave.keys() - set(seen), key=lambda ref: (wave[ref], ref))[:VERSIONS_MAX]
        return sorted(fewest, key=lambda ref: (self._size(ref), ref))

    def _size(self, ref: _Ref) -> int:
        if ref not in self._sizes:
            at = feeds.find(self.reader, FeedId(ref[1]))
            self._sizes[ref] = (
                entries.content_count(self.reader, at.lineage, RecordId(ref[0]), most=VERSIONS_MAX + 1)
                if at
                else 0
            )
        return self._sizes[ref]

    def _record(self, ref: _Ref, most: int) -> _Said:
        """What at most so many versions of it say, the oldest first: what a port adds later takes nothing away of what it said before."""
        if (known := self._known.get(ref)) is not None and known.versions <= most:
            return known
        at = feeds.find(self.reader, FeedId(ref[1]))
        held = (
            entries.contents(self.reader, at.lineage, RecordId(ref[0]), limit=most + 1)
            if at is not None
            else []
        )
        said = _said(held[:most], whole=len(held) <= most)
        if len(held) <= most:
            self._known[ref] = said
        return said


def _said(held: Sequence[bytes], *, whole: bool = True) -> _Said:
    """Of each version that can be read; one that cannot (kept aside, or a form of tomorrow) takes nothing from the others."""
    named, refs = set[str](), set[_Ref]()
    for content in held:
        try:
            mine, further = subjects(content), references(content)
        except DecodeError:
            whole = False
        else:
            named |= mine
            refs |= further
    return _Said(frozenset(named), frozenset(refs), len(held), whole)
