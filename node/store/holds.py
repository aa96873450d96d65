"""Holds, and contested records: what this node was told about single records, by lineage and id. Local, never shared.

A record has as many holds as references of authorities; it is sealed while any of them is in force. A hold is asked for, then in force, then its lifting is asked for; it is in force until that is confirmed. A lifted one is gone
from here: the audit keeps that it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from node.store.unit import Reader, Row, Tx
from protocol.ids import RecordId, UnixMs

_COLUMNS = "lineage, record, state, reference, asked_by, asked_ms, confirmed_by, since_ms"


class HoldState(StrEnum):
    """Only `HELD` and `LIFTING` are in force."""

    ASKED = "asked"
    HELD = "held"
    LIFTING = "lifting"


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldRow:
    """One hold. `asked_by` asked for the step that waits, or for the last one; `since_ms`: in force since then."""

    lineage: bytes
    record: RecordId
    state: HoldState
    reference: str
    asked_by: str
    asked_ms: UnixMs
    confirmed_by: str | None = None
    since_ms: UnixMs | None = None


def held(reader: Reader, lineage: bytes, record: bytes) -> bool:
    """Whether the record is sealed: nothing of it may be destroyed, listed, found or matched."""
    row = reader.one(
        "SELECT 1 FROM hold WHERE lineage = ? AND record = ? AND state IN (?, ?)",
        *(lineage, record, HoldState.HELD, HoldState.LIFTING),
    )
    return row is not None


def get(reader: Reader, lineage: bytes, record: bytes, reference: str) -> HoldRow | None:
    """The hold on a record by this reference, in whatever state."""
    row = reader.one(
        f"SELECT {_COLUMNS} FROM hold WHERE lineage = ? AND record = ? AND reference = ?",  # noqa: S608  columns of this file
        *(lineage, record, reference),
    )
    return _hold(row) if row else None


def of(reader: Reader, lineage: bytes, record: bytes) -> Sequence[HoldRow]:
    """Every hold on a record."""
    rows = reader.all(
        f"SELECT {_COLUMNS} FROM hold WHERE lineage = ? AND record = ? ORDER BY reference",  # noqa: S608  columns of this file
        *(lineage, record),
    )
    return [_hold(row) for row in rows]


def every(reader: Reader) -> Sequence[HoldRow]:
    """All holds, the newest request first."""
    rows = reader.all(f"SELECT {_COLUMNS} FROM hold ORDER BY asked_ms DESC, record")  # noqa: S608  columns of this file
    return [_hold(row) for row in rows]


def put(tx: Tx, row: HoldRow) -> None:
    """Store a hold in place of the one before on this record by the same reference."""
    tx.run(
        f"INSERT OR REPLACE INTO hold ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608  columns of this file
        *(row.lineage, row.record, row.state, row.reference, row.asked_by, row.asked_ms),
        *(row.confirmed_by, row.since_ms or 0),
    )


def drop(tx: Tx, lineage: bytes, record: bytes, reference: str) -> None:
    """The hold by this reference is lifted, or was never confirmed."""
    tx.run("DELETE FROM hold WHERE lineage = ? AND record = ? AND reference = ?", lineage, record, reference)


def contested(reader: Reader, lineage: bytes, record: bytes) -> bool:
    """Whether the record is contested."""
    row = reader.one("SELECT 1 FROM contested WHERE lineage = ? AND record = ?", lineage, record)
    return row is not None


def contested_here(reader: Reader) -> frozenset[tuple[bytes, bytes]]:
    """Every (lineage, record) that is contested; there are few."""
    return frozenset((row[0], row[1]) for row in reader.all("SELECT lineage, record FROM contested"))


def contest(tx: Tx, lineage: bytes, record: bytes, *, by: str, now: UnixMs) -> None:
    """Mark as contested; marking again keeps the first."""
    tx.run(
        "INSERT OR IGNORE INTO contested (lineage, record, by, since_ms) VALUES (?, ?, ?, ?)",
        *(lineage, record, by, now),
    )


def contest_too(tx: Tx, lineage: bytes, record: bytes, *, successor: tuple[bytes, bytes]) -> None:
    """What came of a contested record is contested as it was, by the same person since the same moment."""
    tx.run(
        "INSERT OR IGNORE INTO contested (lineage, record, by, since_ms) SELECT ?, ?, by, since_ms FROM contested "
        "WHERE lineage = ? AND record = ?",
        *(*successor, lineage, record),
    )


def settle_contest(tx: Tx, lineage: bytes, record: bytes) -> bool:
    """Not contested any more; false where it was not."""
    return tx.run("DELETE FROM contested WHERE lineage = ? AND record = ?", lineage, record) > 0


def _hold(row: Row) -> HoldRow:
    return HoldRow(
        lineage=row[0],
        record=RecordId(row[1]),
        state=HoldState(row[2]),
        reference=row[3],
        asked_by=row[4],
        asked_ms=UnixMs(row[5]),
        confirmed_by=row[6],
        since_ms=UnixMs(row[7]) if row[7] else None,
    )
