"""What people did with cases that somebody else is to look at: a broken glass, a record put in; and what was found, as rows. Local, never
shared. Decides nothing: who is told and who reviews are relations.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from node.store.unit import Reader, Tx
from policies.need import CaseId
from protocol.ids import RecordId, UnixMs

# ruff: noqa: S608 - what varies in a statement is a column list of this file, never a value
_ROW = "entry, act, file, person, at_ms, reason, until_ms, kind, origin, reviewer, reviewed_ms, words"


class Deed(StrEnum):
    """What was done, by the code of its audit entry."""

    GLASS = "glass_break"
    PUT = "case_put"


class ConductRow(NamedTuple):
    """One act, named by the audit entry that was written with it. `reviewer` None: nobody reviewed it yet.

    Of a broken glass the reason and its end; of a record that was put in of which kind it is, and of which node.
    """

    entry: RecordId
    act: Deed
    file: CaseId
    person: bytes
    at_ms: UnixMs
    reason: str = ""
    until_ms: UnixMs = UnixMs(0)
    kind: str = ""
    origin: str = ""
    reviewer: bytes | None = None
    reviewed_ms: UnixMs = UnixMs(0)
    words: str = ""


def note(tx: Tx, row: ConductRow) -> None:
    """It was done, and waits for a review."""
    tx.run(f"INSERT INTO conduct ({_ROW}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", *row)


def review(tx: Tx, row: ConductRow, reviewer: bytes, now: UnixMs, words: str) -> int:
    """All of this sort by this person in this case up to this act is reviewed; how many acts that were. What came later still waits."""
    return tx.run(
        "UPDATE conduct SET reviewer = ?, reviewed_ms = ?, words = ? WHERE reviewer IS NULL AND act = ? AND file = ? AND person = ? "
        "AND number <= (SELECT number FROM conduct WHERE entry = ?)",
        *(reviewer, now, words, row.act, row.file, row.person, row.entry),
    )


def get(reader: Reader, entry: bytes) -> ConductRow | None:
    """One act."""
    row = reader.one(f"SELECT {_ROW} FROM conduct WHERE entry = ?", entry)
    return _row(row) if row else None


def who_put(reader: Reader, case: CaseId, kind: str, origin: str) -> bytes | None:
    """Who last put a record of this kind and node into a case."""
    row = reader.one(
        "SELECT person FROM conduct WHERE act = ? AND file = ? AND kind = ? AND origin = ? ORDER BY number DESC LIMIT 1",
        *(Deed.PUT, case, kind, origin),
    )
    return row[0] if row else None


def unreviewed(reader: Reader) -> Sequence[ConductRow]:
    """What nobody reviewed, in the order of the acts."""
    return [
        _row(row) for row in reader.all(f"SELECT {_ROW} FROM conduct WHERE reviewer IS NULL ORDER BY number")
    ]


def reviewed(reader: Reader, limit: int) -> Sequence[ConductRow]:
    """The newest act of each of the newest reviews."""
    rows = reader.all(
        f"SELECT {_ROW}, max(number) FROM conduct WHERE reviewer IS NOT NULL "
        "GROUP BY act, file, person, reviewer, reviewed_ms ORDER BY reviewed_ms DESC, max(number) DESC LIMIT ?",
        limit,
    )
    return [_row(row[:-1]) for row in rows]


def glass_of(reader: Reader, case: CaseId) -> Sequence[ConductRow]:
    """Every broken glass of a case, the newest first."""
    rows = reader.all(
        f"SELECT {_ROW} FROM conduct WHERE file = ? AND act = ? ORDER BY number DESC", case, Deed.GLASS
    )
    return [_row(row) for row in rows]


def _row(row: Sequence[object]) -> ConductRow:
    found = ConductRow(*row)  # type: ignore[arg-type]
    return found._replace(act=Deed(found.act))
