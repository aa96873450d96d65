"""What is to be destroyed, and how far each holder came: erasures by the entry that says them, and what peers say of ours.

An erasure counts from when its entry came here, by this node's clock. It stays here after the destruction, so that what it
covers is not taken in again.
"""

# ruff: noqa: S608 - what varies in a statement is a column list of this file, never a value

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import IntEnum
from typing import NamedTuple

from node.store.unit import Reader, Tx
from protocol.ids import NodeId, RecordId, UnixMs


class State(IntEnum):
    """How far an erasure came here."""

    COOLING = 0  # hidden; content and salt are still here
    DROPPED = 1  # not in any table any more, maybe still in a page or a file
    DESTROYED = 2  # in no file; said to its origin
    HELD = 3  # due, but an authority's hold is in force; said to its origin


class Brake(IntEnum):
    """Whether it waits for an operator."""

    NONE = 0
    ON = 1
    RELEASED = 2


class Signed(IntEnum):
    """What its erase signature is worth."""

    NONE = 0
    UNPROVEN = 1
    GOOD = 2


class Erasure(NamedTuple):
    """One ERASE: versions 1 to `version` of a record of a lineage; `key` is its entry's."""

    key: int
    lineage: bytes
    record: RecordId
    version: int
    origin: NodeId
    arrived_ms: UnixMs
    signed: int
    braked: int
    state: int


class Braked(NamedTuple):
    """Erasures of one origin that wait for an operator."""

    origin: NodeId
    erasures: int
    since_ms: UnixMs


_COLUMNS = "key, lineage, record, version, origin, arrived_ms, signed, braked, state"


def enrol(tx: Tx, rows: Iterable[Erasure]) -> None:
    """Erasures that came; one that is known keeps its time."""
    for row in rows:
        tx.run(f"INSERT OR IGNORE INTO erasure ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", *row)


def waiting(reader: Reader, state: State, after: int, limit: int) -> Sequence[Erasure]:
    """Erasures in a state that no brake holds, by key."""
    rows = reader.all(
        f"SELECT {_COLUMNS} FROM erasure WHERE state = ? AND braked <> ? AND key > ? ORDER BY key LIMIT ?",
        *(state, Brake.ON, after, limit),
    )
    return [Erasure._make(row) for row in rows]


def by_key(reader: Reader, keys: Iterable[int]) -> Sequence[Erasure]:
    """These erasures, by key."""
    found = (reader.one(f"SELECT {_COLUMNS} FROM erasure WHERE key = ?", key) for key in sorted(keys))
    return [Erasure._make(row) for row in found if row is not None]


def of_record(reader: Reader, lineage: bytes, record: bytes) -> Sequence[Erasure]:
    """Every erasure of one record."""
    rows = reader.all(
        f"SELECT {_COLUMNS} FROM erasure WHERE record = ? AND lineage = ? ORDER BY key", record, lineage
    )
    return [Erasure._make(row) for row in rows]


def latest(reader: Reader, origin: NodeId, limit: int) -> Sequence[Erasure]:
    """The last erasure of each record that an origin erased, the newest first."""
    rows = reader.all(
        f"SELECT {_COLUMNS} FROM erasure WHERE key IN (SELECT max(key) FROM erasure WHERE origin = ? GROUP BY lineage, record) "
        "ORDER BY arrived_ms DESC, key DESC LIMIT ?",
        *(origin, limit),
    )
    return [Erasure._make(row) for row in rows]


def said_first(reader: Reader, origin: NodeId, record: RecordId) -> tuple[bytes, int, int] | None:
    """The highest version of a record that its origin erased: its lineage, the version, and the change number it was first said under."""
    row = reader.one(
        "SELECT x.lineage, x.version, min(e.arrival) FROM erasure x JOIN entry e ON e.key = x.key WHERE x.record = ? AND x.origin = ? "
        "GROUP BY x.lineage, x.version ORDER BY x.version DESC LIMIT 1",
        *(record, origin),
    )
    return (row[0], row[1], row[2]) if row else None


def reach(reader: Reader, lineage: bytes, record: bytes) -> int:
    """The highest version of a record that was destroyed here; 0: none."""
    row = reader.one(
        "SELECT max(version) FROM erasure WHERE record = ? AND lineage = ? AND state IN (?, ?)",
        *(record, lineage, State.DROPPED, State.DESTROYED),
    )
    return int(row[0]) if row and row[0] is not None else 0


def covers(reader: Reader, lineage: bytes, record: bytes, version: int) -> bool:
    """Whether an erasure of this version is held here, cooled or not: its content goes to nobody."""
    row = reader.one(
        "SELECT 1 FROM erasure WHERE record = ? AND lineage = ? AND version >= ? LIMIT 1",
        *(record, lineage, version),
    )
    return row is not None


def move(tx: Tx, keys: Iterable[int], state: State) -> None:
    """How far they came."""
    for key in keys:
        tx.run("UPDATE erasure SET state = ? WHERE key = ?", state, key)


def prove(tx: Tx, key: int, signed: Signed) -> None:
    """What its signature is worth."""
    tx.run("UPDATE erasure SET signed = ? WHERE key = ?", signed, key)


# ---- The brake ----------------------------------------------------------------------------------------------------------


def burst(reader: Reader, origin: NodeId, since: UnixMs) -> int:
    """How many erasures of one origin came since then that no operator let pass; what is braked counts in any case."""
    row = reader.one(
        "SELECT count(*) FROM erasure WHERE origin = ? AND (braked = ? OR (braked = ? AND arrived_ms > ?))",
        *(origin, Brake.ON, Brake.NONE, since),
    )
    return int(row[0]) if row else 0


def brake(tx: Tx, origin: NodeId, since: UnixMs) -> int:
    """Those of the burst wait for an operator from now on; how many more are braked now."""
    return tx.run(
        "UPDATE erasure SET braked = ? WHERE origin = ? AND braked = ? AND arrived_ms > ? AND state IN (?, ?)",
        *(Brake.ON, origin, Brake.NONE, since, State.COOLING, State.HELD),
    )


def release(tx: Tx, origin: NodeId) -> int:
    """An operator said yes to what waits; how many that were."""
    return tx.run(
        "UPDATE erasure SET braked = ? WHERE origin = ? AND braked = ?", Brake.RELEASED, origin, Brake.ON
    )


def braked(reader: Reader) -> Sequence[Braked]:
    """What waits for an operator, by origin."""
    rows = reader.all(
        "SELECT origin, count(*), min(arrived_ms) FROM erasure WHERE braked = ? GROUP BY origin ORDER BY origin",
        Brake.ON,
    )
    return [Braked(NodeId(row[0]), row[1], UnixMs(row[2])) for row in rows]
