"""What names a record: rows whose content holds its id, found by looking through what is held. Decides nothing: that the bytes of an id stand
in a content is a hint, and whether it is a reference is for who reads it.

There is no index of references: what a destroyed record named would have to be destroyed in it too, and each record that comes would cost
more for a question that is asked when a record is put into a case.

Guarantees
* Of `Wanted.ids` an id is found however it is written; of `Wanted.through` a reference as this program writes it.
* Of other ports only what lists show is looked at, so nothing that is kept aside; an origin has its window in turn, and all of them together
  `OTHERS_BYTES`: none takes the room of another. Of this node's own feeds everything that is held.
* In memory is one window of contents, and what was found.
"""

# ruff: noqa: S608 - what varies in a statement is a condition or question marks of this file, never a value

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final

from node.store.drafts import WAITING
from node.store.entries import INDEX_BITS
from node.store.feeds import FeedRole
from node.store.unit import Reader
from policies.need import Key
from protocol.ids import RecordId
from protocol.operation import Op

OTHERS_BYTES: Final = 256 << 20
"""Content of other ports that one look reads; 500,000 records of 0.5 kB."""
_WINDOW: Final = 32
"""Entries that are in memory at once: 8 MB where each is as large as one may be."""
_NAMED: Final = re.compile(rb"\x0a\x10(?=(.{16}))", re.DOTALL)
"""The id in a `Ref` as it is written: field 1, 16 bytes. Ahead, so that such bytes in a text hide none that follows them."""
_HELD: Final = "SELECT key, record, content FROM entry WHERE key > ? AND key < ? AND op = ? AND {which} ORDER BY key LIMIT ?"
_SINCE: Final = (
    "SELECT f.lineage, e.record, e.content FROM feed f CROSS JOIN entry e ON e.feed = f.number AND e.shown IN ({shown}) "
    "AND e.arrival > ? WHERE f.newest > ? AND f.role = ? AND f.own = ? AND e.record IS NOT NULL ORDER BY e.arrival LIMIT ?"
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Ids that are looked for."""

    ids: frozenset[bytes]
    through: frozenset[bytes] = frozenset()

    def named(self, content: bytes) -> bool:
        """Whether a content names one of them."""
        for one in self.ids:
            if one in content:
                return True
        return bool(self.through) and not self.through.isdisjoint(_NAMED.findall(content))


@dataclass(slots=True)
class _Place:
    """How far a feed was looked through; `key`: the last entry that was."""

    lineage: bytes
    origin: str
    key: int
    end: int

    def window(self, reader: Reader, which: str) -> Sequence[tuple[int, bytes, bytes]]:
        """(key, record, content) of the next entries; none at the end."""
        rows = reader.all(_HELD.format(which=which), self.key, self.end, Op.PUBLISH, _WINDOW)
        self.key = rows[-1][0] if rows else self.end
        return [(row[0], row[1], row[2]) for row in rows]


def ours(reader: Reader, wanted: Wanted, among: Collection[int] | None = None) -> set[Key]:
    """Records of this node's own feeds of which a version that is held names what is wanted. `among`: of these feeds (local numbers)."""
    found = set[Key]()
    for place in _places(reader, own=True, among=among):
        while rows := place.window(reader, "content IS NOT NULL"):
            found.update((place.lineage, RecordId(row[1])) for row in rows if wanted.named(row[2]))
    return found


def others(
    reader: Reader, wanted: Wanted, among: Collection[int] | None = None, *, each: int
) -> Sequence[Key]:
    """Records of other ports that are shown and name what is wanted, of each origin the first `each`, the origins in turn."""
    found, waiting, left = (
        defaultdict[str, list[Key]](list),
        defaultdict[str, list[_Place]](list),
        OTHERS_BYTES,
    )
    for place in _places(reader, own=False, among=among):
        waiting[place.origin].append(place)
    while waiting and left > 0:
        for origin, places in list(waiting.items()):
            rows = places[-1].window(reader, "shown > 0 AND content IS NOT NULL")
            left -= sum(len(row[2]) for row in rows)
            its = [(places[-1].lineage, RecordId(row[1])) for row in rows if wanted.named(row[2])]
            found[origin] += its[: each - len(found[origin])]
            if not rows:
                places.pop()
            if not places or len(found[origin]) >= each:
                del waiting[origin]
    turns = zip_longest(*(found[origin] for origin in sorted(found)))
    return list(dict.fromkeys(key for turn in turns for key in turn if key is not None))


def came(reader: Reader, wanted: Wanted, after: int) -> bool:
    """Whether anything of this node's own feeds came after a change that is about what is wanted, or names it."""
    rows = reader.all(_SINCE.format(shown="-3, -2, -1, 0, 1, 2, 3"), after, after, FeedRole.RECORDS, True, -1)
    about = wanted.ids | wanted.through
    return any(row[1] in about or (row[2] is not None and wanted.named(row[2])) for row in rows)


def changed(reader: Reader, after: int, *, most: int) -> Sequence[Key]:
    """Records of other ports of which something came after a change; of so many entries."""
    sql = _SINCE.replace(", e.content", "").format(shown="0, 1, 2, 3")
    rows = reader.all(sql, after, after, FeedRole.RECORDS, False, most)
    return list(dict.fromkeys((row[0], RecordId(row[1])) for row in rows))


def drafts(reader: Reader, wanted: Wanted) -> Iterator[RecordId]:
    """Drafts that wait, and name what is wanted or go on from it."""
    about = wanted.ids | wanted.through
    rows = reader.all(
        f"SELECT record, replaces, content FROM draft WHERE state IN ({', '.join('?' * len(WAITING))}) ORDER BY record",
        *WAITING,
    )
    return (RecordId(row[0]) for row in rows if row[0] in about or row[1] in about or wanted.named(row[2]))


def _places(reader: Reader, *, own: bool, among: Collection[int] | None) -> list[_Place]:
    rows = reader.all(
        "SELECT number, lineage, origin FROM feed WHERE role = ? AND own = ? ORDER BY number DESC",
        *(FeedRole.RECORDS, own),
    )
    return [
        _Place(lineage, origin, (number << INDEX_BITS) - 1, (number + 1) << INDEX_BITS)
        for number, lineage, origin in rows
        if among is None or number in among
    ]
