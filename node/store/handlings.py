"""What this port does about alerts, by lineage and id. Local, never shared; what is told of it after a withdrawal is a record of its own."""

# ruff: noqa: S608 - what varies in a statement is a column list of this file, never a value

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from node.store.feeds import FeedRole
from node.store.unit import Reader, Tx
from protocol.ids import RecordId, UnixMs
from protocol.operation import Op

_COLUMNS = "lineage, record, state, by, since_ms, guard_ms, verdict, told"


class HandlingState(StrEnum):
    """How far it is. `OPEN`: nobody took it."""

    OPEN = "open"
    CLAIMED = "claimed"
    GUARD_SENT = "guard_sent"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class HandlingRow:
    """One alert here: in which state since when, on whose word; when a guard was sent; the verdict of who closed it."""

    lineage: bytes
    record: RecordId
    state: HandlingState = HandlingState.OPEN
    by: str = ""
    since_ms: UnixMs
    guard_ms: UnixMs | None = None
    verdict: str = ""
    told: bytes | None = None


def get(reader: Reader, lineage: bytes, record: bytes) -> HandlingRow | None:
    """What is done about an alert; None while nobody did anything."""
    row = reader.one(f"SELECT {_COLUMNS} FROM handling WHERE lineage = ? AND record = ?", lineage, record)
    if row is None:
        return None
    return HandlingRow(
        lineage=row[0],
        record=RecordId(row[1]),
        state=HandlingState(row[2]),
        by=row[3],
        since_ms=UnixMs(row[4]),
        guard_ms=UnixMs(row[5]) if row[5] else None,
        verdict=row[6],
        told=row[7],
    )


def put(tx: Tx, row: HandlingRow) -> None:
    """Store what is done now."""
    tx.run(
        f"INSERT OR REPLACE INTO handling ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        *(row.lineage, row.record, row.state, row.by, row.since_ms, row.guard_ms or 0, row.verdict, row.told),
    )


def withdrawn_since(reader: Reader, after: int, *, limit: int) -> Sequence[tuple[int, int, bytes]]:
    """(arrival, feed, record) of withdrawals in other ports' feeds that came after a change, the oldest first; by index alone."""
    rows = reader.all(
        "SELECT e.arrival, e.feed, e.record FROM feed f JOIN entry e ON e.feed = f.number AND e.shown = 0 AND e.arrival > ? "
        "WHERE f.own = 0 AND f.role = ? AND f.newest > ? AND e.op = ? ORDER BY e.arrival LIMIT ?",
        *(after, FeedRole.RECORDS, after, Op.RETRACT, limit),
    )
    return [(row[0], row[1], row[2]) for row in rows]


def told_up_to(reader: Reader) -> int:
    """The change up to which withdrawals were answered."""
    row = reader.one("SELECT value FROM meta WHERE name = 'told'")
    return int(row[0]) if row else 0


def tell_up_to(tx: Tx, arrival: int) -> None:
    """Withdrawals are answered up to this change."""
    tx.run("UPDATE meta SET value = ? WHERE name = 'told'", arrival)
