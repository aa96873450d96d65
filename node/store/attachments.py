"""Which files the entries here list, and which of them are here.

A row stands for one file of one entry. Whether anybody may have it is decided elsewhere, by the entry; that the bytes are on the
disk is `node/blobs.py`'s. When to ask for what is not here is nobody's to write down: `federation/files.py` knows while it runs.
"""

# ruff: noqa: S608 - what varies in a statement is a column list of this file, never a value

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import IntEnum
from typing import NamedTuple

from node.blobs import BLOCK
from node.store import feeds
from node.store.entries import INDEX_BITS, INDEX_MASK, key_of
from node.store.unit import Reader, Tx
from protocol.attachment import Attachment
from protocol.ids import NodeId

PICTURE_MAX = 4 << 20
"""A picture of an alert that is larger waits like any other file."""


class State(IntEnum):
    """How a file stands here."""

    WANTED = 0
    HELD = 1
    UNWANTED = 2  # its entry was withdrawn or erased before it came


class Rank(IntEnum):
    """What comes first."""

    ALERT_PICTURE = 0
    OTHER = 1


class Row(NamedTuple):
    """One file of one entry."""

    key: int
    sha256: bytes
    size: int
    rank: int
    state: int


_COLUMNS = "key, sha256, size, rank, state"


def add(tx: Tx, key: int, files: Iterable[Attachment], *, alert: bool, held: bool = False) -> None:
    """The files of one entry; adding them twice changes nothing."""
    for one in files:
        first = alert and one.picture and one.size <= PICTURE_MAX
        tx.run(
            "INSERT OR IGNORE INTO attachment (key, sha256, size, rank, state, arrival) VALUES (?, ?, ?, ?, ?, 0)",
            *(key, one.sha256, one.size, Rank.ALERT_PICTURE if first else Rank.OTHER),
            State.HELD if held else State.WANTED,
        )


def of_entry(reader: Reader, key: int) -> Sequence[Row]:
    """Every file of one entry."""
    return [Row._make(row) for row in reader.all(f"SELECT {_COLUMNS} FROM attachment WHERE key = ?", key)]


def get(reader: Reader, key: int, sha256: bytes) -> Row | None:
    """One file of one entry."""
    row = reader.one(f"SELECT {_COLUMNS} FROM attachment WHERE key = ? AND sha256 = ?", key, sha256)
    return Row._make(row) if row else None


def held(reader: Reader, key: int) -> frozenset[bytes]:
    """Which of an entry's files are here."""
    return frozenset(row.sha256 for row in of_entry(reader, key) if row.state == State.HELD)


def waiting(reader: Reader) -> Sequence[tuple[NodeId, Rank]]:
    """Whose files are wanted, of which ranks. Looks at every row that is: for the start."""
    rows = reader.all(
        "SELECT DISTINCT f.origin, w.rank FROM (SELECT DISTINCT key >> ? AS number, rank FROM attachment WHERE state = ?) w "
        "JOIN feed f ON f.number = w.number",
        *(INDEX_BITS, State.WANTED),
    )
    return [(NodeId(origin), Rank(rank)) for origin, rank in rows]


def wanted(
    reader: Reader, number: int, rank: Rank, below: tuple[int, bytes] | None, limit: int
) -> Sequence[Row]:
    """The newest wanted files of one feed, down from a (key, hash)."""
    key, sha256 = below or (key_of(number + 1, 0), b"")
    rows = reader.all(
        f"SELECT {_COLUMNS} FROM attachment WHERE state = ? AND rank = ? AND key >= ? AND (key, sha256) < (?, ?) "
        "ORDER BY key DESC, sha256 DESC LIMIT ?",
        *(State.WANTED, rank, key_of(number, 0), key, sha256, limit),
    )
    return [Row._make(row) for row in rows]


def settle(tx: Tx, key: int, sha256: bytes, state: State) -> bool:
    """It is here, or will not be asked for any more; false where no row says it is wanted."""
    arrival = feeds.next_arrivals(tx, 1) if state is State.HELD else 0
    return bool(
        tx.run(
            "UPDATE attachment SET state = ?, arrival = ? WHERE key = ? AND sha256 = ? AND state = ?",
            *(state, arrival, key, sha256, State.WANTED),
        )
    )


def lost(tx: Tx, key: int, sha256: bytes) -> None:
    """It was here and is not, or is not what it was: it is wanted again."""
    tx.run(
        "UPDATE attachment SET state = ? WHERE key = ? AND sha256 = ? AND state = ?",
        *(State.WANTED, key, sha256, State.HELD),
    )


def forget(tx: Tx, key: int) -> Sequence[bytes]:
    """An entry lists no file any more; the hashes of those it listed."""
    rows = tx.all("SELECT sha256 FROM attachment WHERE key = ?", key)
    if rows:
        tx.run("DELETE FROM attachment WHERE key = ?", key)
    return [row[0] for row in rows]


def without_content(tx: Tx) -> None:
    """Entries whose content is gone list no file any more."""
    tx.run(
        "DELETE FROM attachment WHERE EXISTS (SELECT 1 FROM entry e WHERE e.key = attachment.key AND e.content IS NULL)"
    )


def used(reader: Reader) -> Mapping[NodeId, int]:
    """Bytes of the disk that each origin's files take. Looks at every row that is held."""
    rows = reader.all(
        "SELECT f.origin, sum(t.bytes) FROM (SELECT key >> ? AS number, sum(max(size, ?)) AS bytes FROM attachment "
        "WHERE state = ? GROUP BY number) t JOIN feed f ON f.number = t.number GROUP BY f.origin",
        *(INDEX_BITS, BLOCK, State.HELD),
    )
    return {NodeId(origin): int(count) for origin, count in rows}


def came(reader: Reader, numbers: Collection[int], after: int) -> Sequence[tuple[int, int]]:
    """(feed number, index) of entries of which a file came after a change."""
    rows = reader.all(
        "SELECT DISTINCT key FROM attachment WHERE arrival > ? AND key >> ? IN (SELECT value FROM json_each(?))",
        *(after, INDEX_BITS, json.dumps(list(numbers))),
    )
    return [(key >> INDEX_BITS, key & INDEX_MASK) for (key,) in rows]


def named(reader: Reader, keys: Collection[int]) -> set[tuple[int, bytes]]:
    """Every (key, hash) that these entries list."""
    rows = reader.all(
        "SELECT key, sha256 FROM attachment WHERE key IN (SELECT value FROM json_each(?))",
        json.dumps(list(keys)),
    )
    return {(row[0], row[1]) for row in rows}
