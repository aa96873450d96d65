"""Erasures that one person asked for and a second one has not agreed to yet. Local, never shared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from node.store.unit import Reader, Tx
from protocol.ids import RecordId, UnixMs


class Request(NamedTuple):
    """One request: `digest` is over what would be erased and why."""

    record: RecordId
    reason: int
    digest: bytes
    asked_by: str
    asked_ms: UnixMs


def put(tx: Tx, row: Request) -> None:
    """In place of one before for the same record."""
    tx.run(
        "INSERT OR REPLACE INTO erase_request (record, reason, digest, asked_by, asked_ms) VALUES (?, ?, ?, ?, ?)",
        *row,
    )


def get(reader: Reader, record: RecordId) -> Request | None:
    """The request for one record."""
    row = reader.one(
        "SELECT record, reason, digest, asked_by, asked_ms FROM erase_request WHERE record = ?", record
    )
    return Request._make(row) if row else None


def every(reader: Reader) -> Sequence[Request]:
    """All requests, the oldest first."""
    rows = reader.all(
        "SELECT record, reason, digest, asked_by, asked_ms FROM erase_request ORDER BY asked_ms, record"
    )
    return [Request._make(row) for row in rows]


def drop(tx: Tx, record: RecordId) -> bool:
    """It was agreed to or taken back; false where there is none."""
    return tx.run("DELETE FROM erase_request WHERE record = ?", record) > 0
