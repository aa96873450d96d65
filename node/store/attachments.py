"""Which files the entries here list, which of them are here, and when to ask for the others again.

A row stands for one file of one entry. Whether anybody may have it is decided elsewhere, by the entry; that the bytes are on the
disk is `node/blobs.py`'s.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from enum import IntEnum
from typing import NamedTuple

from node.store import feeds
from node.store.entries import INDEX_BITS, INDEX_MASK
from node.store.unit import Reader, Tx
from protocol.attachment import Attachment
from protocol.ids import UnixMs


class State(IntEnum):
    """How a file stands here."""

    WANTED = 0
    HELD = 1
    UNWANTED = 2  # its entry was withdrawn, erased or is over before it came


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
    tries: int
    next_ms: int


_COLUMNS = "key, sha256, size, rank, state, tries, next_ms"


def add(tx: Tx, key: int, files: Iterable[Attachment], *, alert: bool, held: bool = False) -> None:
    """The files of one entry; adding them twice changes nothing."""
    for one in files:
        rank = Rank.ALERT_PICTURE if alert and one.picture else Rank.OTHER
        tx.run(
            "INSERT OR IGNORE INTO attachment (key, sha256, size, rank, state, tries, next_ms, arrival) VALUES (?, ?, ?, ?, ?, 0, 0, 0)",
            *(key, one.sha256, one.size, rank, State.HELD if held else State.WANTED),
        )


def of_entry(reader: Reader, key: int) -> Sequence[Row]:
    """Every file of one entry."""
    return [Row._make(row) for row in reader.all(f"SELECT {_COLUMNS} FROM attachment WHERE key = ?", key)]  # noqa: S608


def get(reader: Reader, key: int, sha256: bytes) -> Row | None:
    """One file of one entry."""
    row = reader.one(f"SELECT {_COLUMNS} FROM attachment WHERE key = ? AND sha256 = ?", key, sha256)  # noqa: S608
    return Row._make(row) if row else None


def held(reader: Reader, key: int) -> frozenset[bytes]:
    """Which of an entry's files are here."""
    return frozenset(row.sha256 for row in of_entry(reader, key) if row.state == State.HELD)


def first_wanted(reader: Reader, rank: Rank, now: UnixMs) -> Row | None:
    """The file to ask for next, of one rank."""
    row = reader.one(
        f"SELECT {_COLUMNS} FROM attachment WHERE state = ? AND rank = ? AND next_ms <= ? ORDER BY next_ms, key LIMIT 1",  # noqa: S608
        *(State.WANTED, rank, now),
    )
    return Row._make(row) if row else None


def due_ms(reader: Reader, rank: Rank) -> UnixMs | None:
    """When the next file of a rank is to be asked for; None where none is wanted."""
    row = reader.one(
        "SELECT next_ms FROM attachment WHERE state = ? AND rank = ? ORDER BY next_ms LIMIT 1",
        State.WANTED,
        rank,
    )
    return UnixMs(row[0]) if row else None


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
    """It was here and is not: it is wanted again."""
    tx.run(
        "UPDATE attachment SET state = ?, next_ms = 0 WHERE key = ? AND sha256 = ? AND state = ?",
        *(State.WANTED, key, sha256, State.HELD),
    )


def later(tx: Tx, row: Row, next_ms: UnixMs, *, tried: bool) -> None:
    """Not now; `tried`: somebody was asked and did not have it."""
    tx.run(
        "UPDATE attachment SET next_ms = ?, tries = tries + ? WHERE key = ? AND sha256 = ?",
        *(next_ms, int(tried), row.key, row.sha256),
    )


def again(tx: Tx, origin: str | None = None) -> int:
    """Ask at once for what an origin lists, of everybody where None: it is reachable, or this node has just started."""
    if origin is None:
        return tx.run("UPDATE attachment SET next_ms = 0 WHERE state = ? AND next_ms > 0", State.WANTED)
    return tx.run(
        "UPDATE attachment SET next_ms = 0 WHERE state = ? AND next_ms > 0 AND key >> ? IN "
        "(SELECT number FROM feed WHERE origin = ?)",
        *(State.WANTED, INDEX_BITS, origin),
    )


def forget(tx: Tx, key: int) -> Sequence[bytes]:
    """An entry lists no file any more; the hashes of those it listed."""
    rows = tx.all("SELECT sha256 FROM attachment WHERE key = ?", key)
    if rows:
        tx.run("DELETE FROM attachment WHERE key = ?", key)
    return [row[0] for row in rows]


def total(reader: Reader, origin: str | None = None) -> int:
    """Bytes held, of one origin or of all."""
    row = reader.one(
        "SELECT coalesce(sum(a.size), 0) FROM attachment a JOIN feed f ON f.number = a.key >> ? WHERE a.state = ? "
        "AND (? IS NULL OR f.origin = ?)",
        *(INDEX_BITS, State.HELD, origin, origin),
    )
    return int(row[0]) if row else 0


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
