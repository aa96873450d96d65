"""What a record names, by itself and through the records that it refers to: what a conflict of interest, and whether one needs
to know, is decided on.

Guarantees
* Every reference counts, in whatever field; of what is referred to every version that is held, withdrawn and set aside ones too.
* What is not held, or not any more, tells nothing: then counts what the record itself says.
* Bounded: `STEPS` references far, where a record is of no concern any more to whom it is about; more than `VERSIONS_MAX` versions on
  the way, or one that cannot be read, and nobody knows whom it concerns: `Named.whole` says so.
* An alert of danger to life is decided on what is known: no port takes it from those who are to act by what it makes of other records.
"""

from __future__ import annotations

from collections.abc import Sequence
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
"""Of all records on the way; a list asks it of each of its rows."""

_Ref = tuple[bytes, bytes]


@dataclass(frozen=True, slots=True)
class _Said:
    """What the versions of one record name, and what they refer to. `versions`: how many were read."""

    named: frozenset[str] = frozenset()
    refs: frozenset[_Ref] = frozenset()
    versions: int = 1
    readable: bool = True


@dataclass(slots=True)
class Reach:
    """In one snapshot; what was read of a record once is remembered for the next row that refers to it."""

    reader: Reader
    _known: dict[_Ref, _Said] = field(default_factory=dict, repr=False)

    def of(self, content: bytes | None) -> Named:
        """What a record with these bytes names; None: its content is gone, and with it whom it concerns."""
        said = _said([content] if content is not None else [])
        named, seen, whole = set(said.named), set[_Ref](), said.readable
        doubted = not (content is not None and said.readable and in_danger(content))
        wave, left = set(said.refs), VERSIONS_MAX
        records = {record for record, _ in wave}
        for _ in range(STEPS):
            further = set[_Ref]()
            for ref in sorted(wave - seen):
                said = self._record(ref, left)
                left -= said.versions
                if left < 0:
                    return Named(frozenset(named), whole=not doubted, records=frozenset(records))
                named |= said.named
                further |= said.refs
                whole &= said.readable or not doubted
            seen |= wave
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

    def _record(self, ref: _Ref, left: int) -> _Said:
        if ref not in self._known:
            record, feed = RecordId(ref[0]), FeedId(ref[1])
            at = feeds.find(self.reader, feed)
            held = entries.contents(self.reader, at.lineage, record, limit=left + 1) if at is not None else []
            said = _said(held)
            if len(held) > left:
                return said  # not all of it: another row may have more room
            self._known[ref] = said
        return self._known[ref]


def _said(held: Sequence[bytes]) -> _Said:
    try:
        named = frozenset[str]().union(*(subjects(content) for content in held))
        refs = frozenset[_Ref]().union(*(references(content) for content in held))
    except DecodeError:  # kept aside, or a form of tomorrow
        return _Said(versions=len(held), readable=False)
    return _Said(named, refs, len(held))
