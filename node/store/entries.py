"""Entries as they are held: exact bytes, the tree nodes each leaf completes, and how each record version stands.

One wide row an entry, keyed feed number << 40 | index, written 64 to a statement: that is what a received record costs.
"""

# ruff: noqa: S608 - what varies in a statement is a column list or question marks of this file, never a value

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

from node.store.unit import Reader, Row, Tx
from protocol.content_type import kind_of
from protocol.entry import Entry
from protocol.ids import HASH_BYTES, Hash, NodeId, RecordId
from protocol.kind import Shelf
from protocol.kinds import known
from protocol.merkle import NodeAt, node_in, rows_for
from protocol.operation import Op

INDEX_BITS = 40
INDEX_MASK = (1 << INDEX_BITS) - 1
ROWS = 64  # of one INSERT; more gains nothing measurable

_INSERT = (
    "INSERT INTO entry (key, feed, arrival, arrived_us, op, record, version, standing, shown, kind, issued_ms, expires_ms, "
    "retain_until_ms, register_version, reason, header, content, salt, nodes) VALUES "
)
_ROW = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


class Standing(IntEnum):
    """How a record's version stands here. Expiry is not here: it is the clock's, not the log's."""

    NONE = 0  # not a record's version
    CURRENT = 1
    SUPERSEDED = 2
    RETRACTED = 3
    ERASED = 4
    QUARANTINED = 5
    VOID = 7  # beyond the last good size of its epoch
    MISSING = 6  # its content is not held yet


class Listing(IntEnum):
    """The list that a record's row is in; in `shown`, so that each list is one range of the index."""

    NONE = 0
    EVENTS = 1
    LOOKOUTS = 2
    LIBRARY = 3


_LISTINGS = {
    Shelf.WATCH: Listing.EVENTS,
    Shelf.LOOKOUTS: Listing.LOOKOUTS,
    Shelf.LIBRARY: Listing.LIBRARY,
    Shelf.NONE: Listing.NONE,
}


@lru_cache(maxsize=256)
def listing_of(content_type: str) -> Listing:
    """The list of a kind; one that is not known here is in the library."""
    kind = known().get(kind_of(content_type))
    return _LISTINGS[kind.shelf] if kind else Listing.LIBRARY


class EntryRow(NamedTuple):
    """One row of `entry`, in the table's order."""

    key: int
    feed: int
    arrival: int
    arrived_us: int
    op: int
    record: bytes | None
    version: int
    standing: int
    shown: int
    kind: str
    issued_ms: int
    expires_ms: int
    retain_until_ms: int
    register_version: int
    reason: int
    header: bytes
    content: bytes | None
    salt: bytes | None
    nodes: bytes

    @property
    def at(self) -> int:
        """The entry's index in its feed."""
        return self.key & INDEX_MASK

    @property
    def entry(self) -> Entry:
        """The bytes as they travel."""
        return Entry(self.header, self.content, self.salt)

    @property
    def leaf(self) -> Hash:
        """The leaf hash."""
        return Hash(self.nodes[:HASH_BYTES])


@dataclass(frozen=True, slots=True)
class VersionRow:
    """What decides how a record stands: one PUBLISH or RETRACT of it. `epoch` is its feed's."""

    key: int
    epoch: int
    op: int
    version: int
    standing: Standing
    shown: bool
    has_content: bool
    kind: str
    hidden: bool = False
    """Not read since a restore (`unheard.py`); `shown` as if it were."""


def key_of(number: int, index: int) -> int:
    """The packed key; ValueError for an index that would reach into another feed's keys."""
    if not 0 <= index <= INDEX_MASK:
        raise ValueError("an index of at most 40 bits")
    return number << INDEX_BITS | index


def index_of(key: int) -> int:
    """The index in a packed key."""
    return key & INDEX_MASK


def insert(tx: Tx, rows: Sequence[EntryRow]) -> None:
    """Store rows, in chunks of one statement each."""
    for start in range(0, len(rows), ROWS):
        chunk = rows[start : start + ROWS]
        tx.run(_insert_sql(len(chunk)), *chain.from_iterable(chunk))


def get(reader: Reader, number: int, index: int) -> EntryRow | None:
    """One entry."""
    row = reader.one("SELECT * FROM entry WHERE key = ?", key_of(number, index))
    return EntryRow._make(row) if row else None


def by_key(reader: Reader, keys: Sequence[int]) -> dict[int, EntryRow]:
    """Entries by packed key, at most a few hundred."""
    rows = reader.all(f"SELECT * FROM entry WHERE key IN ({_marks(len(keys))})", *keys)
    return {row[0]: EntryRow._make(row) for row in rows}


def between(reader: Reader, number: int, first: int, end: int) -> Sequence[EntryRow]:
    """Entries `first` to `end` - 1, in order."""
    rows = reader.all(
        "SELECT * FROM entry WHERE key >= ? AND key < ? ORDER BY key",
        key_of(number, first),
        key_of(number, end),
    )
    return [EntryRow._make(row) for row in rows]


def node_at(reader: Reader, number: int, prove: Callable[[NodeAt], object]) -> NodeAt:
    """The tree nodes that `prove` is going to ask for, read in one query ahead of it."""
    keys = [key_of(number, leaf) for leaf in rows_for(prove)]
    rows = reader.all(f"SELECT key, nodes FROM entry WHERE key IN ({_marks(len(keys))})", *keys)
    nodes = {key & INDEX_MASK: bytes(blob) for key, blob in rows}
    return node_in(nodes.__getitem__)


def versions(reader: Reader, lineage: bytes, record: RecordId) -> Sequence[VersionRow]:
    """Every PUBLISH and RETRACT of one record, in all epochs of its feed."""
    rows = reader.all(
        "SELECT e.key, f.epoch, e.op, e.version, e.standing, e.shown, e.content IS NOT NULL, e.kind, "
        "e.arrival <= f.unheard FROM entry e JOIN feed f ON f.number = e.feed WHERE e.record = ? AND f.lineage = ? "
        "ORDER BY f.epoch, e.key",
        *(record, lineage),
    )
    return [
        VersionRow(r[0], r[1], r[2], r[3], Standing(r[4]), bool(r[5]), bool(r[6]), r[7], bool(r[8]))
        for r in rows
    ]


def contents(
    reader: Reader, lineage: bytes, record: RecordId, *, limit: int, after: int = 0
) -> Sequence[bytes]:
    """The content of every version of a record that is held, however it stands, in all epochs of its feed; at most `limit`, `after` so
    many of the oldest.
    """
    rows = reader.all(
        "SELECT e.content FROM entry e JOIN feed f ON f.number = e.feed WHERE e.record = ? AND f.lineage = ? AND e.op = ? "
        "AND e.content IS NOT NULL ORDER BY e.key LIMIT ? OFFSET ?",
        *(record, lineage, Op.PUBLISH, limit, after),
    )
    return [row[0] for row in rows]


def content_count(reader: Reader, lineage: bytes, record: RecordId, *, most: int) -> int:
    """How many contents `contents` would find, counted up to `most`."""
    row = reader.one(
        "SELECT count(*) FROM (SELECT 1 FROM entry e JOIN feed f ON f.number = e.feed WHERE e.record = ? AND f.lineage = ? AND e.op = ? "
        "AND e.content IS NOT NULL LIMIT ?)",
        *(record, lineage, Op.PUBLISH, most),
    )
    return int(row[0]) if row else 0


def seen(reader: Reader, records: Iterable[bytes]) -> set[bytes]:
    """Which of these record ids any entry here names. Ids begin with their time, so what is new is mostly above all held."""
    newest = reader.one("SELECT max(record) FROM entry")
    wanted = [] if newest is None or newest[0] is None else [one for one in records if one <= newest[0]]
    rows: list[Row] = []
    for start in range(0, len(wanted), 256):
        part = wanted[start : start + 256]
        rows += reader.all(f"SELECT DISTINCT record FROM entry WHERE record IN ({_marks(len(part))})", *part)
    return {row[0] for row in rows}


def elsewhere(reader: Reader, lineage: bytes, records: Iterable[bytes]) -> set[bytes]:
    """Which of these record ids another lineage published too, as far as held."""
    wanted, rows = list(records), list[Row]()
    for start in range(0, len(wanted), 256):
        part = wanted[start : start + 256]
        rows += reader.all(
            f"SELECT DISTINCT e.record FROM entry e JOIN feed f ON f.number = e.feed WHERE e.record IN ({_marks(len(part))}) "
            "AND e.op = ? AND f.lineage <> ?",
            *part,
            Op.PUBLISH,
            lineage,
        )
    return {row[0] for row in rows}


def newest_version(reader: Reader, number: int, below: int, record: bytes) -> tuple[int, str] | None:
    """The highest version of a record published below an index of a feed, accepted or not, and its type; of two alike the first."""
    row = reader.one(
        "SELECT version, kind FROM entry WHERE record = ? AND feed = ? AND key < ? AND op = ? ORDER BY version DESC, key LIMIT 1",
        *(record, number, key_of(number, below), Op.PUBLISH),
    )
    return (row[0], row[1]) if row else None


def own_shown(
    reader: Reader, me: NodeId, content_type: str, listing: Listing
) -> Iterator[tuple[int, RecordId, bytes]]:
    """(feed, record, content) of every record of this node of one type that a list shows, in force or not."""
    rows = reader.all(
        "SELECT e.feed, e.record, e.content FROM feed f JOIN entry e ON e.feed = f.number AND e.shown = ? WHERE f.own = 1 "
        "AND f.origin = ? AND e.kind = ? AND e.standing = ? AND e.content IS NOT NULL",
        *(listing, me, content_type, Standing.CURRENT),
    )
    return ((row[0], RecordId(row[1]), row[2]) for row in rows)


def set_standing(tx: Tx, key: int, standing: Standing, listing: Listing, *, hidden: bool = False) -> None:
    """How one version stands now, and in which list it is its record's row; `hidden`: will be, when its origin was heard."""
    shown = -listing if hidden else listing
    tx.run("UPDATE entry SET standing = ?, shown = ? WHERE key = ?", standing, shown, key)


def fill(tx: Tx, key: int, content: bytes, salt: bytes, arrival: int) -> None:
    """Content that was missing; it is a new change."""
    tx.run("UPDATE entry SET content = ?, salt = ?, arrival = ? WHERE key = ?", content, salt, arrival, key)


def drop(tx: Tx, key: int) -> None:
    """Content and salt are gone; header, leaf and proof stay. Freed pages are overwritten (`engine.py`)."""
    tx.run("UPDATE entry SET content = NULL, salt = NULL WHERE key = ?", key)


def drop_upto(tx: Tx, lineage: bytes, record: bytes, version: int) -> int:
    """Content and salt of a record up to a version are gone; how many entries had any."""
    return tx.run(
        "UPDATE entry SET content = NULL, salt = NULL WHERE record = ? AND version <= ? AND op IN (?, ?) AND content IS NOT NULL "
        "AND feed IN (SELECT number FROM feed WHERE lineage = ?)",
        *(record, version, Op.PUBLISH, Op.RETRACT, lineage),
    )


def quarantine(tx: Tx, rows: Sequence[tuple[int, int, str, int]]) -> None:
    """Note entries that verified and were not accepted: key, reason, field, unix ms."""
    for key, reason, field, at_ms in rows:
        tx.run(
            "INSERT OR REPLACE INTO quarantine (key, reason, field, at_ms) VALUES (?, ?, ?, ?)",
            key,
            reason,
            field[:200],
            at_ms,
        )


def quarantine_reason(reader: Reader, key: int) -> int:
    """Why an entry is kept aside; 0 where it is not."""
    row = reader.one("SELECT reason FROM quarantine WHERE key = ?", key)
    return int(row[0]) if row else 0


def quarantined(reader: Reader, number: int, below: int) -> tuple[int, ...]:
    """Indexes kept aside in a feed, ascending."""
    rows = reader.all(
        "SELECT key FROM quarantine WHERE key >= ? AND key < ? ORDER BY key",
        key_of(number, 0),
        key_of(number, below),
    )
    return tuple(key & INDEX_MASK for (key,) in rows)


@lru_cache(maxsize=ROWS)
def _insert_sql(count: int) -> str:
    return _INSERT + ", ".join([_ROW] * count)


def _marks(count: int) -> str:
    return ", ".join("?" * count)
