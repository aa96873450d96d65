"""What concerns a person of this node, and when people are on duty, as rows. Decides nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from node.store.people import touched
from node.store.unit import Reader, Tx
from protocol.ids import Random, UnixMs


class ShiftRow(NamedTuple):
    """On duty from, and before, these times."""

    person: bytes
    from_ms: UnixMs
    until_ms: UnixMs


class NoteRow(NamedTuple):
    """Of a declaration: the type of what was declared or the sort of the tie, when, by whom (as in the audit), and whether the person it is
    of knows.
    """

    kind: str
    declared_ms: UnixMs
    declared_by: str
    seen: bool


def key(reader: Reader) -> bytes:
    """The key of the digests; empty while nothing was ever declared."""
    row = reader.one("SELECT key FROM interest_key WHERE id = 1")
    return row[0] if row else b""


def made_key(tx: Tx, random: Random) -> bytes:
    """The key, made now if there is none."""
    tx.run("INSERT OR IGNORE INTO interest_key (id, key) VALUES (1, ?)", random(32))
    return key(tx)


def declare(tx: Tx, person: bytes, digest: bytes, whose: str, note: NoteRow) -> bool:
    """Keep a digest, or whose it is from now on; false where just that is there."""
    touched(tx)
    return bool(
        tx.run(
            "INSERT INTO interest (person, digest, whose, kind, declared_ms, declared_by, seen) VALUES (?, ?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (person, digest) DO UPDATE SET whose = excluded.whose, kind = excluded.kind, declared_ms = excluded.declared_ms, "
            "declared_by = excluded.declared_by, seen = excluded.seen WHERE whose <> excluded.whose",
            *(person, digest, whose, *note),
        )
    )


def notes(reader: Reader, person: bytes) -> Sequence[tuple[str, NoteRow]]:
    """(whose, note) of all that is declared of a person, the newest first."""
    rows = reader.all(
        "SELECT whose, kind, declared_ms, declared_by, seen FROM interest WHERE person = ? ORDER BY declared_ms DESC, digest",
        person,
    )
    return [(row[0], NoteRow(*row[1:])) for row in rows]


def note_tie(tx: Tx, person: bytes, other: bytes, note: NoteRow) -> None:
    """Another is close to a person; what was noted of it first stays."""
    tx.run(
        "INSERT OR IGNORE INTO tie_note (person, other, tie, declared_ms, declared_by, seen) VALUES (?, ?, ?, ?, ?, ?)",
        *(person, other, *note),
    )


def drop_tie(tx: Tx, person: bytes, other: bytes, tie: str) -> None:
    """He is not any more."""
    tx.run("DELETE FROM tie_note WHERE person = ? AND other = ? AND tie = ?", person, other, tie)


def tie_notes(reader: Reader, person: bytes) -> Mapping[tuple[str, bytes], NoteRow]:
    """What is noted of a person's ties, by sort and other."""
    rows = reader.all(
        "SELECT other, tie, declared_ms, declared_by, seen FROM tie_note WHERE person = ?", person
    )
    return {(row[1], row[0]): NoteRow(*row[1:]) for row in rows}


def unseen(reader: Reader, person: bytes) -> bool:
    """Whether anything that others declared of a person was not seen by him yet."""
    row = reader.one(
        "SELECT EXISTS (SELECT 1 FROM interest WHERE person = ? AND seen = 0) "
        "OR EXISTS (SELECT 1 FROM tie_note WHERE person = ? AND seen = 0)",
        *(person, person),
    )
    return bool(row and row[0])


def see(tx: Tx, person: bytes, until: UnixMs) -> int:
    """He saw what was declared of him up to this moment; how much of it was new to him."""
    where = "SET seen = 1 WHERE person = ? AND seen = 0 AND declared_ms <= ?"
    return tx.run(f"UPDATE interest {where}", person, until) + tx.run(
        f"UPDATE tie_note {where}", person, until
    )


def withdraw(tx: Tx, person: bytes, digest: bytes) -> bool:
    """Forget a digest; false where it is not there."""
    touched(tx)
    return bool(tx.run("DELETE FROM interest WHERE person = ? AND digest = ?", person, digest))


def declared(reader: Reader, person: bytes, *, whose: str | None = None) -> frozenset[bytes]:
    """The digests of a person; `whose`: only those of that sort."""
    rows = reader.all(
        "SELECT digest FROM interest WHERE person = ? AND (? IS NULL OR whose = ?)", person, whose, whose
    )
    return frozenset(row[0] for row in rows)


def every(reader: Reader) -> Sequence[tuple[bytes, bytes, str]]:
    """(person, digest, whose) of all that anybody declared."""
    return [(row[0], row[1], row[2]) for row in reader.all("SELECT person, digest, whose FROM interest")]


def counts(reader: Reader, person: bytes) -> Sequence[tuple[str, int]]:
    """How many of which sort, for administration; what they are is not kept."""
    rows = reader.all(
        "SELECT whose, count(*) FROM interest WHERE person = ? GROUP BY whose ORDER BY whose", person
    )
    return [(row[0], row[1]) for row in rows]


def put_shift(tx: Tx, shift: ShiftRow) -> None:
    """A shift; one that begins at the same moment is replaced."""
    touched(tx)
    tx.run("INSERT OR REPLACE INTO shift (person, from_ms, until_ms) VALUES (?, ?, ?)", *shift)


def take_shift(tx: Tx, person: bytes, from_ms: UnixMs) -> bool:
    """Whether there was a shift that begins then."""
    touched(tx)
    return bool(tx.run("DELETE FROM shift WHERE person = ? AND from_ms = ?", person, from_ms))


def overlaps(reader: Reader, shift: ShiftRow) -> bool:
    """Whether the person has another shift in that time."""
    row = reader.one(
        "SELECT 1 FROM shift WHERE person = ? AND from_ms < ? AND until_ms > ? AND from_ms != ?",
        *(shift.person, shift.until_ms, shift.from_ms, shift.from_ms),
    )
    return row is not None


def shift_at(reader: Reader, person: bytes, now: UnixMs) -> ShiftRow | None:
    """The shift that a person is in now."""
    row = reader.one(
        "SELECT person, from_ms, until_ms FROM shift WHERE person = ? AND from_ms <= ? AND until_ms > ?",
        *(person, now, now),
    )
    return ShiftRow(*row) if row else None


def shifts(reader: Reader, *, after: UnixMs) -> Sequence[ShiftRow]:
    """All that end after this moment, the earliest first."""
    rows = reader.all(
        "SELECT person, from_ms, until_ms FROM shift WHERE until_ms > ? ORDER BY from_ms, person", after
    )
    return [ShiftRow(*row) for row in rows]
