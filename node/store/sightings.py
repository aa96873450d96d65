"""Which sighting answers which indicator at this node, so that a later match supersedes it instead of adding another."""

# ruff: noqa: S608 - what varies in a statement is a column list of this file, never a value

from __future__ import annotations

from dataclasses import dataclass

from node.store.unit import Reader, Tx
from protocol.ids import RecordId, UnixMs

_COLUMNS = "indicator, lineage, sighting, version, count, first_seen_ms, last_seen_ms, opened_ms"


@dataclass(frozen=True, slots=True, kw_only=True)
class SightingRow:
    """The sighting that is open for one indicator; `lineage` of the feed it stands in, `version` the newest one released."""

    indicator: RecordId
    lineage: bytes
    sighting: RecordId
    version: int
    count: int
    first_seen_ms: UnixMs
    last_seen_ms: UnixMs
    opened_ms: UnixMs


def of(reader: Reader, indicator: RecordId, lineage: bytes) -> SightingRow | None:
    """The sighting of an indicator in the feed that answers its origin: another port's indicator may have the same id."""
    row = reader.one(f"SELECT {_COLUMNS} FROM watch WHERE indicator = ? AND lineage = ?", indicator, lineage)
    if row is None:
        return None
    return SightingRow(
        indicator=row[0],
        lineage=row[1],
        sighting=row[2],
        version=row[3],
        count=row[4],
        first_seen_ms=row[5],
        last_seen_ms=row[6],
        opened_ms=row[7],
    )


def keep(tx: Tx, row: SightingRow) -> None:
    """Store it, in place of the one before in the same feed."""
    tx.run(
        f"INSERT OR REPLACE INTO watch ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        *(row.indicator, row.lineage, row.sighting, row.version),
        *(row.count, row.first_seen_ms, row.last_seen_ms, row.opened_ms),
    )
