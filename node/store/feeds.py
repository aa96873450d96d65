"""Feeds as they are held: one row an epoch, with its size, frontier and newest checkpoint.

Guarantees nothing about what a caller stores; commands verify first. Feed numbers are local and never leave the node.
"""

# ruff: noqa: S608 - what varies in a statement is a column list or question marks of this file, never a value

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

from node.store.unit import Reader, Row, Tx
from protocol.checkpoint import Checkpoint
from protocol.ids import HASH_BYTES, FeedId, Hash, NodeId
from protocol.merkle import CompactRange

REFUSED_MAX = 1_000
"""A peer that offers endless feeds fills neither the store nor the audit."""

REUSED = "RECORD_ID_REUSED"
"""Noted beside refusals, though the feed was taken: it publishes under a record id of another lineage."""

_FURTHER = FeedId(bytes(HASH_BYTES))
_LINEAGE_DOMAIN = b"port2port/lineage/v1\x00"
_VOID_DOMAIN = b"port2port/void/v1\x00"
_GROWN = "size = ?, root = ?, frontier = ?, newest = ?, state = ?"
_COLUMNS = (
    "number, feed, origin, epoch, lineage, salt, label, rules, register_version, role, own, state, size, root, frontier, "
    "checkpoint_size, checkpoint_root, checkpoint_signature, newest"
)
_READ = f"{_COLUMNS}, beats, unheard"


class FeedRole(IntEnum):
    """What a feed is for; only records are listed and searched, audit is never served."""

    RECORDS = 0
    CONTROL = 1
    AUDIT = 2


class FeedState(IntEnum):
    """Whether it goes on."""

    OPEN = 0
    CLOSED = 1
    FORKED = 2
    PURGED = (
        3  # this node may not follow it any more: nothing of it is held, or shown while it is being destroyed
    )
    VOID = 5  # another history than its origin goes on from; held under an id that is no feed's
    RESTORED = 4  # own: more of it was signed than is held; not signed on until that is here again


_ENDED = frozenset({FeedState.CLOSED, FeedState.PURGED, FeedState.VOID})


@dataclass(frozen=True, slots=True)
class FeedRow:
    """One feed. `register_version` is the register that its OPEN was released under; `newest` the arrival of its last entry."""

    number: int
    feed: FeedId
    origin: NodeId
    epoch: int
    lineage: bytes
    salt: bytes
    label: str
    rules: int
    register_version: int
    role: FeedRole
    own: bool
    state: FeedState
    size: int
    root: Hash
    held: CompactRange
    checkpoint: Checkpoint
    newest: int
    beats: bool = False
    """Whether it has carried what makes it have a beat."""
    unheard: int = 0
    """Up to this change what is held of it is not read (`unheard.py`); 0: all of it is."""


def lineage(origin: NodeId, label: str) -> bytes:
    """16 bytes that all epochs of one origin and label have in common; local, never sent."""
    return hashlib.sha256(_LINEAGE_DOMAIN + origin.encode() + b"\x00" + label.encode("ascii")).digest()[:16]


def find(reader: Reader, feed: FeedId) -> FeedRow | None:
    """The feed with this id, if anything of it is held."""
    row = reader.one(f"SELECT {_READ} FROM feed WHERE feed = ?", feed)
    return _feed(row) if row else None


def numbered(reader: Reader, number: int) -> FeedRow:
    """The feed with this local number; KeyError if there is none."""
    row = reader.one(f"SELECT {_READ} FROM feed WHERE number = ?", number)
    if row is None:
        raise KeyError(number)
    return _feed(row)


def every(reader: Reader) -> Sequence[FeedRow]:
    """All feeds, by number."""
    return [_feed(row) for row in reader.all(f"SELECT {_READ} FROM feed ORDER BY number")]


def after(reader: Reader, number: int) -> Sequence[FeedRow]:
    """Feeds that came to be held after the one with this number."""
    return [
        _feed(row) for row in reader.all(f"SELECT {_READ} FROM feed WHERE number > ? ORDER BY number", number)
    ]


def current(reader: Reader, origin: NodeId, label: str) -> FeedRow | None:
    """The highest epoch of one origin and label."""
    return of_lineage(reader, lineage(origin, label))


def of_lineage(reader: Reader, lineage_id: bytes) -> FeedRow | None:
    """The highest epoch of a lineage."""
    row = reader.one(f"SELECT {_READ} FROM feed WHERE lineage = ? ORDER BY epoch DESC LIMIT 1", lineage_id)
    return _feed(row) if row else None


def epochs(reader: Reader, lineage_id: bytes) -> Sequence[FeedId]:
    """The id of every feed of a lineage."""
    rows = reader.all("SELECT feed FROM feed WHERE lineage = ? ORDER BY epoch", lineage_id)
    return [FeedId(row[0]) for row in rows]


def lineage_of(reader: Reader, lineage_id: bytes) -> Sequence[FeedRow]:
    """Every epoch of a lineage that is held."""
    rows = reader.all(f"SELECT {_READ} FROM feed WHERE lineage = ? ORDER BY epoch, number", lineage_id)
    return [_feed(row) for row in rows]


def count(reader: Reader, *, own: bool, role: FeedRole, state: FeedState) -> int:
    """How many feeds there are of a sort."""
    row = reader.one("SELECT count(*) FROM feed WHERE own = ? AND role = ? AND state = ?", own, role, state)
    return int(row[0]) if row else 0


def add(tx: Tx, row: FeedRow) -> FeedRow:
    """A feed of which nothing was held; returns it with its number."""
    (number,) = tx.all(
        f"INSERT INTO feed ({_COLUMNS[8:]}) VALUES (?{', ?' * 17}) RETURNING number",
        *(row.feed, row.origin, row.epoch, row.lineage, row.salt, row.label, row.rules, row.register_version),
        *(row.role, row.own, row.state, row.size, row.root, b"".join(row.held.hashes)),
        *(row.checkpoint.size, row.checkpoint.root, row.checkpoint.signature, row.newest),
    )[0]
    return numbered(tx, number)


def grow(
    tx: Tx,
    feed: FeedRow,
    *,
    held: CompactRange,
    root: Hash,
    checkpoint: Checkpoint | None,
    newest: int,
    state: FeedState,
) -> FeedRow:
    """What is held now, stored and returned; `checkpoint` None leaves the one before."""
    grown = (held.size, root, b"".join(held.hashes), newest, state)
    if checkpoint is None:
        tx.run(f"UPDATE feed SET {_GROWN} WHERE number = ?", *grown, feed.number)
        return numbered(tx, feed.number)
    tx.run(
        f"UPDATE feed SET {_GROWN}, checkpoint_size = ?, checkpoint_root = ?, checkpoint_signature = ? WHERE number = ?",
        *(*grown, checkpoint.size, checkpoint.root, checkpoint.signature, feed.number),
    )
    return replace(
        feed, size=held.size, root=root, held=held, newest=newest, state=state, checkpoint=checkpoint
    )


def turn(tx: Tx, number: int, state: FeedState) -> None:
    """It is in another state; what is held of it is the same."""
    tx.run("UPDATE feed SET state = ? WHERE number = ?", state, number)


def rename_void(tx: Tx, feed: FeedRow) -> None:
    """Its id is free again; what others said of it is forgotten."""
    name = hashlib.sha256(_VOID_DOMAIN + feed.feed + feed.root).digest()
    tx.run("UPDATE feed SET feed = ?, state = ? WHERE number = ?", name, FeedState.VOID, feed.number)
    tx.run("DELETE FROM receipt WHERE feed = ?", feed.number)
    tx.run("DELETE FROM holding WHERE feed = ?", feed.number)


def resign(tx: Tx, number: int, signature: bytes) -> None:
    """Another signature over the checkpoint that the feed has."""
    tx.run("UPDATE feed SET checkpoint_signature = ? WHERE number = ?", signature, number)


def touch(tx: Tx, number: int, arrival: int) -> None:
    """Something in the feed changed without an entry more."""
    tx.run("UPDATE feed SET newest = ? WHERE number = ?", arrival, number)


def refuse(tx: Tx, *, feed: FeedId, node: NodeId, origin: NodeId, code: str, words: str, now_ms: int) -> int:
    """Note that a feed was refused; how often this code was given to this peer by now.

    At most `REFUSED_MAX` feeds of a peer are named, all further ones are counted together.
    """
    before = tx.one("SELECT code FROM refused WHERE feed = ? AND node = ?", feed, node)
    kept = tx.one("SELECT count(*) FROM refused WHERE node = ?", node)
    if before is None and kept is not None and kept[0] >= REFUSED_MAX:
        feed, origin = _FURTHER, NodeId("")
    tx.run(
        "INSERT INTO refused (feed, node, origin, code, words, times, first_ms, last_ms) VALUES (?, ?, ?, ?, ?, 1, ?, ?) "
        "ON CONFLICT (feed, node) DO UPDATE SET code = excluded.code, words = excluded.words, times = times + 1, "
        "last_ms = excluded.last_ms",
        *(feed, node, origin, code, words[:200], now_ms, now_ms),
    )
    total = tx.one("SELECT sum(times) FROM refused WHERE node = ? AND code = ?", node, code)
    return int(total[0]) if total else 0


def twins(reader: Reader, row: FeedRow) -> Sequence[FeedRow]:
    """Other feeds of the same origin, label and epoch that are held and not closed: all but one of them are a fault."""
    return [
        one
        for one in lineage_of(reader, row.lineage)
        if one.epoch == row.epoch and one.feed != row.feed and one.state not in _ENDED
    ]


def live_of(reader: Reader, origin: NodeId) -> int:
    """How many feeds of records of one origin are held and not closed."""
    row = reader.one(
        "SELECT count(*) FROM feed WHERE origin = ? AND role = ? AND state NOT IN (?, ?, ?)",
        *(origin, FeedRole.RECORDS, FeedState.CLOSED, FeedState.PURGED, FeedState.VOID),
    )
    return int(row[0]) if row else 0


def held_of(reader: Reader, origin: NodeId) -> int:
    """How many feeds of one origin are known here, in whatever state."""
    row = reader.one("SELECT count(*) FROM feed WHERE origin = ?", origin)
    return int(row[0]) if row else 0


def live_of_lineage(reader: Reader, lineage_id: bytes) -> int:
    """How many epochs of one origin and label are held and not closed."""
    row = reader.one(
        "SELECT count(*) FROM feed WHERE lineage = ? AND state NOT IN (?, ?, ?)",
        *(lineage_id, FeedState.CLOSED, FeedState.PURGED, FeedState.VOID),
    )
    return int(row[0]) if row else 0


def next_arrivals(tx: Tx, count: int) -> int:
    """The first of `count` change numbers; each greater than all given before, never given twice."""
    (last,) = tx.all("UPDATE meta SET value = value + ? WHERE name = 'arrival' RETURNING value", count)[0]
    return int(last) - count + 1


def skip_arrivals(tx: Tx, upto: int) -> None:
    """Changes up to this number were given in a life that this database does not know of."""
    tx.run("UPDATE meta SET value = max(value, ?) WHERE name = 'arrival'", upto)


def last_arrival(reader: Reader) -> int:
    """The newest change number given."""
    row = reader.one("SELECT value FROM meta WHERE name = 'arrival'")
    return int(row[0]) if row else 0


def _feed(row: Row) -> FeedRow:
    frontier: bytes = row[14]
    hashes = tuple(Hash(frontier[at : at + HASH_BYTES]) for at in range(0, len(frontier), HASH_BYTES))
    return FeedRow(
        number=row[0],
        feed=row[1],
        origin=row[2],
        epoch=row[3],
        lineage=row[4],
        salt=row[5],
        label=row[6],
        rules=row[7],
        register_version=row[8],
        role=FeedRole(row[9]),
        own=bool(row[10]),
        state=FeedState(row[11]),
        size=row[12],
        root=row[13],
        held=CompactRange(row[12], hashes),
        checkpoint=Checkpoint(row[15], row[16], row[17]),
        newest=row[18],
        beats=bool(row[19]),
        unheard=row[20],
    )
