"""What people did with cases that somebody else is to look at: a broken glass, a record put in, the lead taken, a lead read out; and what was
found, as rows. Local, never shared. Decides nothing: who is told and who reviews are relations.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from node.store.unit import Reader, Tx
from policies.need import CaseId, Key
from protocol.ids import RecordId, UnixMs

# ruff: noqa: S608 - what varies in a statement is a column list of this file, never a value
_ROW = (
    "entry, act, file, person, at_ms, reason, until_ms, kind, origin, reviewer, reviewed_ms, words, tied, lead, lead_words, lineage, record, "
    "taken_ms"
)
_LINE = "act, file, person, tied"
_OTHERS = "person <> ?"
_UNTIED = "instr(tied, ?) = 0"
_LED = "act = 'glass_break' AND lead IS NULL AND file IN"
_UP_TO = (
    "d.act = ? AND d.file = ? AND d.person = ? AND d.tied = ? AND d.reviewer IS ? AND d.reviewed_ms = ? "
    "AND d.number <= (SELECT number FROM conduct WHERE entry = ?)"
)


class Deed(StrEnum):
    """What was done, by the code of its audit entry."""

    GLASS = "glass_break"
    PUT = "case_put"
    LEAD = "case_lead_take"
    OUT = "case_read_out"


class ConductRow(NamedTuple):
    """One act, named by the audit entry that was written with it. `reviewer` None: nobody reviewed it yet.

    Of a broken glass the reason and its end; of a record that was put in of which kind it is, and of which node, and which (`lineage`,
    `record`; none of what followed another); of a lead that was taken the reason; of a lead who was
    read out how (`kind`: the part that he has now) and who (`origin`: an id). `tied`: the relations and
    close colleagues of that moment, as ids in hexadecimal with commas between them, in order. `lead`, `lead_words`: of a glass, what whoever
    leads the case found while it waits for who reviews conduct. `taken_ms`: when a review took it out; 0: none
    did.
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
    tied: str = ""
    lead: bytes | None = None
    lead_words: str = ""
    lineage: bytes | None = None
    record: bytes | None = None
    taken_ms: UnixMs = UnixMs(0)


class Line(NamedTuple):
    """What waits for one review: all of one sort by one person in one case, done with the same people tied to him."""

    newest: ConductRow
    since_ms: UnixMs
    counts: tuple[tuple[str, str, int], ...]
    """How many of which kind and of which node; of leads who were read out, how and who."""

    @property
    def number(self) -> int:
        """How many acts."""
        return sum(number for _, _, number in self.counts)


class Waiting(NamedTuple):
    """That something of somebody's waits, for who asks whether anybody can review it; `file` is empty where that does not depend on it.
    `led`: whoever leads the case has said what he found.
    """

    person: bytes
    tied: str
    act: Deed
    file: CaseId
    led: bool = False


def note(tx: Tx, row: ConductRow) -> None:
    """It was done, and waits for a review."""
    tx.run(f"INSERT INTO conduct ({_ROW}) VALUES ({', '.join('?' * len(ConductRow._fields))})", *row)


def review(tx: Tx, row: ConductRow, reviewer: bytes, now: UnixMs, words: str) -> int:
    """The line of this act is reviewed up to it; how many acts that were. What came later still waits."""
    return tx.run(
        "UPDATE conduct SET reviewer = ?, reviewed_ms = ?, words = ? WHERE reviewer IS NULL AND act = ? AND file = ? AND person = ? AND tied = ? "
        "AND number <= (SELECT number FROM conduct WHERE entry = ?)",
        *(reviewer, now, words, row.act, row.file, row.person, row.tied, row.entry),
    )


def lead_says(tx: Tx, row: ConductRow, lead: bytes, words: str) -> int:
    """What whoever leads the case found of this line up to this act; it still waits."""
    return tx.run(
        "UPDATE conduct SET lead = ?, lead_words = ? WHERE reviewer IS NULL AND act = ? AND file = ? AND person = ? AND tied = ? "
        "AND number <= (SELECT number FROM conduct WHERE entry = ?)",
        *(lead, words, row.act, row.file, row.person, row.tied, row.entry),
    )


def get(reader: Reader, entry: bytes) -> ConductRow | None:
    """One act."""
    row = reader.one(f"SELECT {_ROW} FROM conduct WHERE entry = ?", entry)
    return _row(row) if row else None


def last_put(reader: Reader, case: CaseId, kind: str, origin: str) -> ConductRow | None:
    """The newest act that put a record of this kind and node into a case."""
    row = reader.one(
        f"SELECT {_ROW} FROM conduct WHERE act = ? AND file = ? AND kind = ? AND origin = ? ORDER BY number DESC LIMIT 1",
        *(Deed.PUT, case, kind, origin),
    )
    return _row(row) if row else None


def lines(
    reader: Reader, person: bytes, *, every: bool, leads: Collection[CaseId], limit: int
) -> tuple[list[Line], int]:
    """What waits and is not this person's: `every` line of people to whom he was not tied, and broken glasses of cases that he leads.

    The oldest lines, as many as the limit; and how many there are. Grouped where they are kept: what waits may be thousands of acts.
    """
    which, values = list[str](), list[bytes | str]()
    if every:
        which.append(_UNTIED)
        values.append(person.hex())
    if leads:
        which.append(f"{_LED} ({', '.join('?' * len(leads))})")
        values.extend(leads)
    if not which:
        return [], 0
    found = reader.all(
        "WITH line AS (SELECT min(number) AS oldest, max(number) AS newest, count(*) OVER () AS many FROM conduct "
        f"WHERE reviewer IS NULL AND {_OTHERS} AND ({' OR '.join(which)}) "
        f"GROUP BY {_LINE} ORDER BY oldest LIMIT ?) "
        f"SELECT many, newest, (SELECT at_ms FROM conduct WHERE number = oldest), {_ROW} "
        "FROM line JOIN conduct ON number = newest ORDER BY oldest",
        *(person, *values, limit),
    )
    counts = _counts(reader, [row[1] for row in found])
    held = [Line(_row(row[3:]), UnixMs(row[2]), tuple(counts[row[1]])) for row in found]
    return held, found[0][0] if found else 0


def waits(reader: Reader, act: Deed, case: CaseId, person: bytes) -> bool:
    """Whether any of this sort by this person in this case is not reviewed."""
    row = reader.one(
        "SELECT 1 FROM conduct WHERE reviewer IS NULL AND act = ? AND file = ? AND person = ? LIMIT 1",
        *(act, case, person),
    )
    return row is not None


def waiting(reader: Reader) -> Sequence[Waiting]:
    """Of whom something waits, each once; what was put in before the broken glasses."""
    rows = reader.all(
        "SELECT DISTINCT person, tied, act, CASE act WHEN 'glass_break' THEN file ELSE x'' END, lead IS NOT NULL FROM conduct "
        "WHERE reviewer IS NULL ORDER BY 3, 1, 2, 4, 5"
    )
    return [Waiting(row[0], row[1], Deed(row[2]), row[3], bool(row[4])) for row in rows]


def reviewed(reader: Reader, limit: int) -> Sequence[ConductRow]:
    """The newest act of each of the newest reviews."""
    rows = reader.all(
        f"SELECT {_ROW}, max(number) FROM conduct WHERE reviewer IS NOT NULL "
        "GROUP BY act, file, person, tied, reviewer, reviewed_ms ORDER BY reviewed_ms DESC, max(number) DESC LIMIT ?",
        limit,
    )
    return [_row(row[:-1]) for row in rows]


def glass_of(reader: Reader, case: CaseId) -> Sequence[ConductRow]:
    """Every broken glass of a case, the newest first."""
    rows = reader.all(
        f"SELECT {_ROW} FROM conduct WHERE file = ? AND act = ? ORDER BY number DESC", case, Deed.GLASS
    )
    return [_row(row) for row in rows]


def inside(reader: Reader, row: ConductRow) -> Sequence[tuple[bytes, Key]]:
    """What is still in the case by the acts of this line up to this one, each with the entry of its act; the line as it was reviewed, if it was."""
    rows = reader.all(
        f"SELECT c.entry, c.lineage, c.record FROM conduct d JOIN case_record c ON c.entry = d.entry AND c.file = d.file WHERE {_UP_TO} "
        "ORDER BY d.number, c.lineage, c.record",
        *_of_line(row),
    )
    return [(one, (lineage, RecordId(record))) for one, lineage, record in rows]


def take(tx: Tx, row: ConductRow, taker: bytes, now: UnixMs, out: Collection[bytes]) -> None:
    """Who reviewed this line takes out what he may; `out`: the entries of what came out."""
    tx.run(
        "INSERT INTO taking (entry, taker, at_ms) VALUES (?, ?, ?) ON CONFLICT (entry, taker) DO UPDATE SET at_ms = excluded.at_ms",
        *(row.entry, taker, now),
    )
    for entry in out:
        tx.run("UPDATE conduct SET taken_ms = ? WHERE entry = ?", now, entry)


def takings(reader: Reader, entry: bytes) -> Mapping[bytes, UnixMs]:
    """Who took out what he may of the line that was reviewed up to this act, and when; whether anything came out does not show in it."""
    rows = reader.all("SELECT taker, at_ms FROM taking WHERE entry = ?", entry)
    return {row[0]: UnixMs(row[1]) for row in rows}


def out_of(reader: Reader, case: CaseId) -> Sequence[ConductRow]:
    """What reviews took out of a case, the newest first."""
    rows = reader.all(
        f"SELECT {_ROW} FROM conduct WHERE file = ? AND taken_ms > 0 ORDER BY taken_ms DESC, number DESC",
        case,
    )
    return [_row(row) for row in rows]


def _of_line(row: ConductRow) -> tuple[bytes | str | int | None, ...]:
    return row.act, row.file, row.person, row.tied, row.reviewer, row.reviewed_ms, row.entry


def _counts(reader: Reader, newest: Sequence[int]) -> Mapping[int, list[tuple[str, str, int]]]:
    """Of the lines that end in these acts: how many of which kind and of which node."""
    found: dict[int, list[tuple[str, str, int]]] = {number: [] for number in newest}
    rows = reader.all(
        "SELECT its.number, one.kind, one.origin, count(*) FROM conduct its JOIN conduct one ON one.reviewer IS NULL "
        "AND one.act = its.act AND one.file = its.file AND one.person = its.person AND one.tied = its.tied "
        f"WHERE its.number IN ({', '.join('?' * len(newest))}) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
        *newest,
    )
    for number, kind, origin, many in rows:
        found[number].append((kind, origin, many))
    return found


def _row(row: Sequence[object]) -> ConductRow:
    found = ConductRow(*row)  # type: ignore[arg-type]
    return found._replace(act=Deed(found.act))
