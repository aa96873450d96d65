"""Accounts, clearances, sessions and one-time sign-ins, as rows. Secrets are stored as hashes; passwords as Argon2id strings.

Decides nothing and hashes nothing: `commands/people.py` does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from node.store.unit import Reader, Row, Tx
from protocol.ids import UnixMs

_CHANGED = "people"
_CLEARANCE = "policy, level, compartments, purposes, until_ms, verified_by"
_PERSON = "id, login, name, language, site, password, disabled, created_ms, changed_ms"


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    """An account. `id` a UUID's 16 bytes; `password` empty where only one-time sign-ins are given."""

    id: bytes
    login: str
    name: str
    language: str
    site: str
    password: bytes
    disabled: bool
    created_ms: UnixMs
    changed_ms: UnixMs


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearanceRow:
    """What a person may hold under one policy marking, before `until_ms`."""

    policy: str
    level: int
    compartments: frozenset[str]
    purposes: frozenset[str]
    until_ms: UnixMs
    verified_by: str


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A signed-in browser, by the hash of its secret."""

    person: bytes
    purpose: str
    created_ms: UnixMs
    seen_ms: UnixMs


def changed(reader: Reader) -> int:
    """The number of the newest change of any account, clearance, shift or declaration; who kept what they came to sees by it."""
    row = reader.one("SELECT value FROM meta WHERE name = ?", _CHANGED)
    return row[0] if row else 0


def touched(tx: Tx) -> None:
    """One of them changes in this transaction."""
    tx.run(
        "INSERT INTO meta (name, value) VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET value = value + 1",
        _CHANGED,
    )


def add(tx: Tx, person: PersonRow) -> None:
    """A new account; IntegrityError where the login is taken."""
    touched(tx)
    tx.run(
        f"INSERT INTO person ({_PERSON}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608  a column list of this file
        *(person.id, person.login, person.name, person.language, person.site, person.password),
        *(int(person.disabled), person.created_ms, person.changed_ms),
    )


def by_login(reader: Reader, login: str) -> PersonRow | None:
    """The account of a login."""
    row = reader.one(f"SELECT {_PERSON} FROM person WHERE login = ?", login)  # noqa: S608  a column list of this file
    return _person(row) if row else None


def by_id(reader: Reader, person: bytes) -> PersonRow | None:
    """The account of an id."""
    row = reader.one(f"SELECT {_PERSON} FROM person WHERE id = ?", person)  # noqa: S608  a column list of this file
    return _person(row) if row else None


def everyone(reader: Reader) -> Sequence[PersonRow]:
    """All accounts that are not disabled, by login."""
    rows = reader.all(f"SELECT {_PERSON} FROM person WHERE disabled = 0 ORDER BY login")  # noqa: S608  as above
    return [_person(row) for row in rows]


def sites(reader: Reader) -> Sequence[tuple[bytes, str]]:
    """Who has an account that is not disabled, and at which site."""
    return [(row[0], row[1]) for row in reader.all("SELECT id, site FROM person WHERE disabled = 0")]


def accounts(reader: Reader) -> Sequence[PersonRow]:
    """All accounts, closed ones too, by login."""
    return [_person(row) for row in reader.all(f"SELECT {_PERSON} FROM person ORDER BY login")]  # noqa: S608  as above


def set_password(tx: Tx, person: bytes, password: bytes, now: UnixMs) -> None:
    """Another password; the caller ends the sessions."""
    tx.run("UPDATE person SET password = ?, changed_ms = ? WHERE id = ?", password, now, person)


def disable(tx: Tx, person: bytes, now: UnixMs) -> None:
    """The account is closed; one-time sign-ins that wait for it are gone."""
    touched(tx)
    tx.run("UPDATE person SET disabled = 1, changed_ms = ? WHERE id = ?", now, person)
    end_invitations(tx, person)


def end_invitations(tx: Tx, person: bytes) -> None:
    """All one-time sign-ins of a person that wait."""
    tx.run("DELETE FROM one_time WHERE person = ?", person)


def clear(tx: Tx, person: bytes, clearance: ClearanceRow) -> None:
    """A clearance under one policy marking, replacing the one before."""
    touched(tx)
    tx.run(
        f"INSERT OR REPLACE INTO clearance (person, {_CLEARANCE}) VALUES (?, ?, ?, ?, ?, ?, ?)",  # noqa: S608  as above
        *(person, clearance.policy, clearance.level, ",".join(sorted(clearance.compartments))),
        *(",".join(sorted(clearance.purposes)), clearance.until_ms, clearance.verified_by),
    )


def unclear(tx: Tx, person: bytes, policy: str) -> bool:
    """Take a clearance; false where there is none."""
    touched(tx)
    return bool(tx.run("DELETE FROM clearance WHERE person = ? AND policy = ?", person, policy))


def clearances(reader: Reader, person: bytes) -> Sequence[ClearanceRow]:
    """All clearances of a person, expired ones too."""
    rows = reader.all(f"SELECT {_CLEARANCE} FROM clearance WHERE person = ?", person)  # noqa: S608  as above
    return [_clearance(row) for row in rows]


def every_clearance(reader: Reader) -> Iterator[tuple[bytes, ClearanceRow]]:
    """Everybody's, with whose each is, expired ones too."""
    for row in reader.all(f"SELECT {_CLEARANCE}, person FROM clearance"):  # noqa: S608  as above
        yield row[6], _clearance(row)


def open_session(tx: Tx, secret: bytes, session: SessionRow, csrf: bytes) -> None:
    """A session under the hash of its secret."""
    tx.run(
        "INSERT INTO session (hash, person, purpose, csrf, created_ms, seen_ms) VALUES (?, ?, ?, ?, ?, ?)",
        *(secret, session.person, session.purpose, csrf, session.created_ms, session.seen_ms),
    )


def session(reader: Reader, secret: bytes) -> SessionRow | None:
    """The session of a hash, whatever its age."""
    row = reader.one("SELECT person, purpose, created_ms, seen_ms FROM session WHERE hash = ?", secret)
    return SessionRow(row[0], row[1], row[2], row[3]) if row else None


def touch(tx: Tx, secret: bytes, now: UnixMs) -> None:
    """The session was used."""
    tx.run("UPDATE session SET seen_ms = ? WHERE hash = ? AND seen_ms < ?", now, secret, now)


def end_session(tx: Tx, secret: bytes) -> int:
    """How many sessions ended: one or none."""
    return tx.run("DELETE FROM session WHERE hash = ?", secret)


def end_sessions(tx: Tx, person: bytes) -> None:
    """All sessions of a person."""
    tx.run("DELETE FROM session WHERE person = ?", person)


def sweep(tx: Tx, *, created_before: int, seen_before: int, now: UnixMs) -> None:
    """Forget sessions and one-time sign-ins that are over."""
    tx.run("DELETE FROM session WHERE created_ms < ? OR seen_ms < ?", created_before, seen_before)
    tx.run("DELETE FROM one_time WHERE expires_ms <= ?", now)


def invite(tx: Tx, secret: bytes, person: bytes, expires: UnixMs) -> None:
    """A one-time sign-in under the hash of its secret."""
    tx.run("INSERT INTO one_time (hash, person, expires_ms) VALUES (?, ?, ?)", secret, person, expires)


def invited(reader: Reader, secret: bytes, now: UnixMs) -> bytes | None:
    """Whose one-time sign-in this is, as `burn` would find it."""
    row = reader.one("SELECT person, expires_ms FROM one_time WHERE hash = ?", secret)
    return row[0] if row and now < row[1] else None


def burn(tx: Tx, secret: bytes, now: UnixMs) -> bytes | None:
    """Whose one-time sign-in this was, if it is in time; it works no second time."""
    rows = tx.all("DELETE FROM one_time WHERE hash = ? RETURNING person, expires_ms", secret)
    return rows[0][0] if rows and now < rows[0][1] else None


def attempt(reader: Reader, subject: bytes, since: int, number: int) -> UnixMs | None:
    """When the attempt of a hashed subject was that is `number`-th from the newest, if there were so many since then."""
    row = reader.one(
        "SELECT at_ms FROM attempt WHERE subject = ? AND at_ms > ? ORDER BY at_ms DESC LIMIT 1 OFFSET ?",
        *(subject, since, number - 1),
    )
    return UnixMs(row[0]) if row else None


def count_attempt(tx: Tx, subjects: Sequence[bytes], now: UnixMs, *, forget_before: int) -> None:
    """Count an attempt against each subject, and forget those that count no more."""
    tx.run("DELETE FROM attempt WHERE at_ms <= ?", forget_before)
    for subject in subjects:
        tx.run("INSERT INTO attempt (subject, at_ms) VALUES (?, ?)", subject, now)


def give_back(tx: Tx, subjects: Sequence[bytes]) -> None:
    """Count one attempt of each subject no more: its newest."""
    for subject in subjects:
        tx.run(
            "DELETE FROM attempt WHERE number = (SELECT max(number) FROM attempt WHERE subject = ?)", subject
        )


def forget_attempts(tx: Tx, subject: bytes) -> None:
    """Forget what failed before."""
    tx.run("DELETE FROM attempt WHERE subject = ?", subject)


def _clearance(row: Row) -> ClearanceRow:
    return ClearanceRow(
        policy=row[0],
        level=row[1],
        compartments=_set(row[2]),
        purposes=_set(row[3]),
        until_ms=row[4],
        verified_by=row[5],
    )


@lru_cache(maxsize=1024)
def _set(text: str) -> frozenset[str]:
    return frozenset(part for part in text.split(",") if part)


def _person(row: Row) -> PersonRow:
    return PersonRow(
        id=row[0],
        login=row[1],
        name=row[2],
        language=row[3],
        site=row[4],
        password=row[5],
        disabled=bool(row[6]),
        created_ms=row[7],
        changed_ms=row[8],
    )
