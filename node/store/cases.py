"""Cases of this node, which record is in which, and whose glass was broken, as rows. Local, never shared. Decides nothing: who may read
a case are relations.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from node.store import feeds
from node.store.unit import Reader, Tx
from policies.need import CaseId, Key
from protocol.ids import RecordId, UnixMs

# ruff: noqa: S608 - what varies in a statement is a column list of this file, never a value
_GLASS = "entry, file, person, reason, opened_ms, until_ms, reviewer, reviewed_ms, words"


class CaseRow(NamedTuple):
    """One case. `closed_ms` 0: open."""

    id: CaseId
    name: str
    opened_ms: UnixMs
    closed_ms: UnixMs


class GlassRow(NamedTuple):
    """One broken glass, named by the audit entry that was written with it. `reviewer` None: nobody reviewed it yet."""

    entry: RecordId
    file: CaseId
    person: bytes
    reason: str
    opened_ms: UnixMs
    until_ms: UnixMs
    reviewer: bytes | None
    reviewed_ms: UnixMs
    words: str


def add(tx: Tx, row: CaseRow) -> None:
    """A new case."""
    tx.run("INSERT INTO case_file (id, name, opened_ms, closed_ms) VALUES (?, ?, ?, ?)", *row)


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


def put(tx: Tx, key: Key, case: CaseId | None, *, new: bool = False) -> None:
    """In this case from now on, or in none. `new`: nobody saw the record before, so nothing changes for anybody."""
    tx.run(
        "INSERT INTO case_record (lineage, record, file, arrival) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (lineage, record) DO UPDATE SET file = excluded.file, arrival = excluded.arrival",
        *(*key, case, 0 if new else feeds.next_arrivals(tx, 1)),
    )


def moved(reader: Reader, lineages: Collection[bytes], after: int) -> Sequence[Key]:
    """What was put into a case or taken out after a change, of these lineages."""
    rows = reader.all(
        "SELECT lineage, record FROM case_record WHERE arrival > ? ORDER BY arrival, record", after
    )
    return [(row[0], RecordId(row[1])) for row in rows if row[0] in lineages]


def shatter(tx: Tx, row: GlassRow) -> None:
    """A glass that is broken."""
    tx.run(f"INSERT INTO glass ({_GLASS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", *row)


def review(tx: Tx, entry: RecordId, reviewer: bytes, now: UnixMs, words: str) -> bool:
    """False where there is none to review."""
    return bool(
        tx.run(
            "UPDATE glass SET reviewer = ?, reviewed_ms = ?, words = ? WHERE entry = ? AND reviewer IS NULL",
            *(reviewer, now, words, entry),
        )
    )


def shattered(reader: Reader, entry: bytes) -> GlassRow | None:
    """One broken glass."""
    row = reader.one(f"SELECT {_GLASS} FROM glass WHERE entry = ?", entry)
    return GlassRow(*row) if row else None


def unreviewed(reader: Reader) -> Sequence[GlassRow]:
    """Those that nobody reviewed, the oldest first."""
    rows = reader.all(f"SELECT {_GLASS} FROM glass WHERE reviewer IS NULL ORDER BY opened_ms, entry")
    return [GlassRow(*row) for row in rows]


def of_case(reader: Reader, case: CaseId) -> Sequence[GlassRow]:
    """All of one case, the newest first."""
    rows = reader.all(f"SELECT {_GLASS} FROM glass WHERE file = ? ORDER BY opened_ms DESC, entry", case)
    return [GlassRow(*row) for row in rows]
