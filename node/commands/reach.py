"""What a record names, by itself and through the records that it refers to: what a conflict of interest, and whether one needs
to know, is decided on.

Guarantees
* Every reference counts, in whatever field; of what is referred to every version that is held, withdrawn and set aside ones too.
* What is not held, or not any more, tells nothing: then counts what the record itself says.
* Into a case draws what a record itself names, and beyond it what records of this node's own feeds name: no other port takes a record
  of this one from those who read it by what it says in its own, nor by how much it says.
* Bounded: `STEPS` references far, where a record is of no concern any more to whom it is about; more than `VERSIONS_MAX` versions
  or records in one step, more than `REFERENCES_MAX` references of one record, or one that cannot be read, and nobody knows whom it concerns:
  `Named.whole` says so. What can be read counts all the same, and no record takes the room of another: one of very many versions or
  references hides nothing of what others name.
* Bounded in all: what was read once is remembered, as far as it was read; beyond `WORK` a row has `SHARE` a step and no more, so a list
  costs what its rows may, whatever another port wrote for them to refer to.
* An alert of danger to life is decided on what is known: no port takes it from those who are to act by what it makes of other records.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from google.protobuf.message import DecodeError

from node.store import entries, feeds
from node.store.feeds import FeedRow
from node.store.unit import Reader
from policies.conflicts import Named
from protocol.ids import FeedId, RecordId
from protocol.marks import in_danger, references, subjects

STEPS = 4
"""An answer to a request for a best practice that derives from an incident about an alert is as far as the kinds reach."""
VERSIONS_MAX = 256
"""Of all records of one step, and so many records; a list asks it of each of its rows."""
REFERENCES_MAX = 256
"""Of all versions of one record; a valid one has 70 at most."""
WORK = 32_768
"""Of all that one `Reach` looks at: a reference is one, a version read one and one more for each `UNIT` bytes."""
SHARE = 256
"""What each step of each row has of its own, whatever went before it."""
UNIT = 256

_Ref = tuple[bytes, bytes]


@dataclass(slots=True)
class _Said:
    """What the oldest versions of one record name, and what they refer to. `versions`: how many were looked at; `whole`: those could be
    read, and all that they refer to was taken.
    """

    feed: FeedRow | None = None
    named: set[str] = field(default_factory=set)
    refs: dict[_Ref, None] = field(default_factory=dict)
    versions: int = 0
    whole: bool = True

    def add(self, content: bytes, *, most: int | None = None) -> None:
        """One version more; one that cannot be read (kept aside, or a form of tomorrow) takes nothing from the others."""
        self.versions += 1
        try:
            mine, further = subjects(content), sorted(references(content))
        except DecodeError:
            self.whole = False
            return
        self.named |= mine
        for one in further:
            if one not in self.refs and most is not None and len(self.refs) >= most:
                self.whole = False
                break
            self.refs[one] = None


@dataclass(slots=True)
class _Work:
    """How much may still be looked at."""

    left: int = field(default_factory=lambda: WORK)
    share: int = 0

    @property
    def room(self) -> int:
        return self.left + self.share

    def spend(self, units: int) -> None:
        own = min(self.share, units)
        self.share -= own
        self.left = max(0, self.left - (units - own))


@dataclass(slots=True)
class Reach:
    """In one snapshot; what was read of a record once is remembered for the next row that refers to it."""

    reader: Reader
    _known: dict[_Ref, _Said] = field(default_factory=dict, repr=False)
    _sizes: dict[_Ref, int] = field(default_factory=dict, repr=False)
    _feeds: dict[bytes, FeedRow | None] = field(default_factory=dict, repr=False)
    _everywhere: _Work = field(default_factory=_Work, repr=False)
    _ours: _Work = field(default_factory=_Work, repr=False)

    def of(self, content: bytes | None) -> Named:
        """What a record with these bytes names; None: its content is gone, and with it whom it concerns."""
        said = _said(content)
        named, whole = set(said.named), True
        for one, all_of_it in self._walk(said.refs, self._everywhere, ours=False):
            named |= one.named
            whole &= all_of_it
        certain = content is not None and said.whole and in_danger(content)
        return Named(frozenset(named), whole=said.whole and (whole or certain))

    def drawn(self, content: bytes | None) -> frozenset[bytes]:
        """Ids of what a record with these bytes names itself, and of what records of this node's own feeds name on the way."""
        said = _said(content)
        found = {record for record, _ in said.refs}
        for one, _ in self._walk(said.refs, self._ours, ours=True):
            found.update(record for record, _ in one.refs)
        return frozenset(found)

    def record(self, lineage: bytes, record: RecordId) -> Named:
        """What all versions of a record that are held name."""
        held = entries.contents(self.reader, lineage, record, limit=VERSIONS_MAX + 1)
        found = [self.of(content) for content in held[:VERSIONS_MAX]]
        whole = len(held) <= VERSIONS_MAX and all(one.whole for one in found)
        return Named(frozenset[str]().union(*(one.subjects for one in found)), whole=whole)

    def drawn_of(self, lineage: bytes, record: RecordId) -> frozenset[bytes]:
        """The same of what they draw into a case."""
        held = entries.contents(self.reader, lineage, record, limit=VERSIONS_MAX)
        return frozenset[bytes]().union(*(self.drawn(content) for content in held))

    def _walk(self, first: Collection[_Ref], work: _Work, *, ours: bool) -> Iterator[tuple[_Said, bool]]:
        """Each record on the way, with whether all of it was looked at; `ours`: by records of this node's own feeds alone."""
        wave, seen = dict.fromkeys(first, 1), set[_Ref]()
        for _ in range(STEPS):
            work.share = SHARE
            further: dict[_Ref, int] = {}
            waiting, left = self._fairly(wave, seen), VERSIONS_MAX
            if len(waiting) < len(wave.keys() - seen):
                yield _Said(), False
            for at, ref in enumerate(waiting):
                if ours and not self._is_ours(ref):
                    continue
                share, most = work.room // (len(waiting) - at), left // (len(waiting) - at)
                said = self._record(ref, most, work)
                refs = list(islice(said.refs, share))
                work.spend(len(refs))
                left -= min(said.versions, most)
                every = said.versions >= self._size(ref) and len(refs) == len(said.refs)
                yield said, said.whole and every
                for one in refs:
                    further[one] = min(len(said.refs), further.get(one, len(said.refs)))
            seen |= wave.keys()
            wave = further

    def _fairly(self, wave: Mapping[_Ref, int], seen: Collection[_Ref]) -> list[_Ref]:
        """What of a step is looked at, the shortest first: a record of very many versions, or that refers to very many others, takes
        nothing from what stands beside it. `wave`: each with how many others it was named among.
        """
        fewest = sorted(wave.keys() - set(seen), key=lambda ref: (wave[ref], ref))[:VERSIONS_MAX]
        return sorted(fewest, key=lambda ref: (self._size(ref), ref))

    def _is_ours(self, ref: _Ref) -> bool:
        at = self._begun(ref).feed
        return at is not None and at.own

    def _begun(self, ref: _Ref) -> _Said:
        if ref not in self._known:
            if ref[1] not in self._feeds:
                self._feeds[ref[1]] = feeds.find(self.reader, FeedId(ref[1]))
            self._known[ref] = _Said(self._feeds[ref[1]])
        return self._known[ref]

    def _size(self, ref: _Ref) -> int:
        if ref not in self._sizes:
            at = self._begun(ref).feed
            self._sizes[ref] = (
                entries.content_count(self.reader, at.lineage, RecordId(ref[0]), most=VERSIONS_MAX + 1)
                if at
                else 0
            )
        return self._sizes[ref]

    def _record(self, ref: _Ref, most: int, work: _Work) -> _Said:
        """What at least so many versions of it say, as far as there is room; the oldest first: what a port adds later takes nothing away
        of what it said before.
        """
        said = self._begun(ref)
        wanted = min(most, self._size(ref)) - said.versions
        if said.feed is None or wanted <= 0 or not work.room:
            return said
        for content in entries.contents(
            self.reader, said.feed.lineage, RecordId(ref[0]), limit=wanted, after=said.versions
        ):
            said.add(content, most=REFERENCES_MAX)
            work.spend(1 + len(content) // UNIT)
            if not work.room:
                break
        return said


def _said(content: bytes | None) -> _Said:
    said = _Said()
    if content is not None:
        said.add(content)
    return said
