"""Cases of this node, and which record is in which, as rows. Local, never shared. Decides nothing: who may read a case are relations."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from node.store import feeds
from node.store.unit import Reader, Tx
from policies.need import CaseId, Key
from protocol.ids import RecordId, UnixMs


class CaseRow(NamedTuple):
    """One case. `closed_ms` 0: open."""

    id: CaseId
    name: str
    opened_ms: UnixMs
    closed_ms: UnixMs


def add(tx: Tx, row: CaseRow, opener: bytes) -> None:
    """A new case, and who opened it."""
    tx.run(
        "INSERT INTO case_file (id, name, opened_ms, closed_ms, opener) VALUES (?, ?, ?, ?, ?)", *row, opener
    )


def opened_by(reader: Reader, opener: bytes, since: UnixMs) -> int:
    """How many this person opened that are open, or were opened after this moment."""
    rows = reader.one(
        "SELECT count(*) FROM case_file WHERE opener = ? AND (closed_ms = 0 OR opened_ms > ?)", opener, since
    )
    return rows[0] if rows else 0


def close(tx: Tx, case: CaseId, now: UnixMs) -> bool:
    """False where there is none that is open."""
    return bool(tx.run("UPDATE case_file SET closed_ms = ? WHERE id = ? AND closed_ms = 0", now, case))


def get(reader: Reader, case: bytes) -> CaseRow | None:
    """One case."""
    row = reader.one("SELECT id, name, opened_ms, closed_ms FROM case_file WHERE id = ?", case)
    return CaseRow(*row) if row else None


def every(reader: Reader) -> Sequence[CaseRow]:
    """All of them, open ones first, the newest first."""
    rows = reader.all(
        "SELECT id, name, opened_ms, closed_ms FROM case_file ORDER BY closed_ms > 0, opened_ms DESC, id"
    )
    return [CaseRow(*row) for row in rows]


def inside(reader: Reader) -> Mapping[Key, CaseId]:
    """Every record that is in a case, with the case."""
    rows = reader.all("SELECT lineage, record, file FROM case_record WHERE file IS NOT NULL")
    return {(row[0], RecordId(row[1])): CaseId(row[2]) for row in rows}


def of(reader: Reader, key: Key) -> CaseId | None:
    """The case that a record is in; None: in none."""
    row = reader.one("SELECT file FROM case_record WHERE lineage = ? AND record = ?", *key)
    return CaseId(row[0]) if row and row[0] is not None else None


def decided(reader: Reader, key: Key) -> bool:
    """Whether a record was put into a case before, or taken out of one."""
    row = reader.one("SELECT 1 FROM case_record WHERE lineage = ? AND record = ?", *key)
    return row is not None


def put(tx: Tx, key: Key, case: CaseId | None, *, entry: bytes | None = None, new: bool = False) -> None:
    """In this case from now on, or in none. `entry`: of the act by which it is in it; `new`: nobody saw the record before, so nothing changes
    for anybody.
    """
    tx.run(
        "INSERT INTO case_record (lineage, record, file, arrival, entry) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (lineage, record) DO UPDATE SET file = excluded.file, arrival = excluded.arrival, entry = excluded.entry",
        *(*key, case, 0 if new else feeds.next_arrivals(tx, 1), entry),
    )


def entry_of(reader: Reader, key: Key) -> bytes | None:
    """The entry of the act by which a record is in its case; None where it is in none, or that is not known."""
    row = reader.one("SELECT entry FROM case_record WHERE lineage = ? AND record = ?", *key)
    return row[0] if row else None


def by_entry(tx: Tx, key: Key, entry: bytes) -> None:
    """It is in its case by the act of this entry."""
    tx.run("UPDATE case_record SET entry = ? WHERE lineage = ? AND record = ?", entry, *key)


def moved(reader: Reader, lineages: Collection[bytes], after: int) -> Sequence[Key]:
    """What was put into a case or taken out after a change, of these lineages."""
    rows = reader.all(
        "SELECT lineage, record FROM case_record WHERE arrival > ? ORDER BY arrival, record", after
    )
    return [(row[0], RecordId(row[1])) for row in rows if row[0] in lineages]
