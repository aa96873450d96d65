"""Signing in: password or one-time secret, sessions that end, attempts that are counted.

Guarantees: secrets are stored as SHA-256 of 32 random bytes, passwords as Argon2id (PyNaCl, interactive limits); a wrong name
costs the same work as a wrong password; a one-time secret works once; a session ends by idleness, by age, by sign-out and with
its account. Attempts are counted by account and by client address, both hashed, over the configured window.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache

import nacl.exceptions
import nacl.pwhash

from node.commands.audit import Act, audit
from node.commands.context import Context
from node.store import people as rows
from node.store.people import PersonRow, SessionRow
from node.store.unit import Reader, Tx
from protocol.ids import UnixMs

SECRET_BYTES = 32
PASSWORD_MIN, PASSWORD_MAX = 12, 200
ONE_TIME_MS = 15 * 60_000
TOUCH_MS = 30_000
"""A session's last use is written at most so often: reading costs no write."""


@dataclass(frozen=True, slots=True)
class Limited:
    """Too many failed attempts; how long to wait."""

    wait_ms: int


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session: the secret goes to the browser and is kept nowhere here."""

    secret: bytes
    person: bytes


def hash_password(password: str) -> bytes:
    """Argon2id, interactive limits; ValueError for one that is too short or too long."""
    if not PASSWORD_MIN <= len(password) <= PASSWORD_MAX:
        raise ValueError(f"a password has {PASSWORD_MIN} to {PASSWORD_MAX} characters")
    return nacl.pwhash.argon2id.str(
        password.encode(),
        opslimit=nacl.pwhash.argon2id.OPSLIMIT_INTERACTIVE,
        memlimit=nacl.pwhash.argon2id.MEMLIMIT_INTERACTIVE,
    )


def known_by(reader: Reader, login: str) -> PersonRow | None:
    """The account of a login, for `matches`."""
    return rows.by_login(reader, login)


def matches(person: PersonRow | None, password: str) -> bool:
    """Whether the password is this account's. The same work where there is no account; call it off the event loop."""
    stored = person.password if person is not None and person.password else _nobody()
    try:
        right = nacl.pwhash.argon2id.verify(stored, password[: PASSWORD_MAX + 1].encode())
    except nacl.exceptions.InvalidkeyError:
        right = False
    return right and person is not None and bool(person.password) and not person.disabled


def limited(reader: Reader, ctx: Context, login: str, client: str) -> Limited | None:
    """Whether sign-ins have failed too often of late: of this account from this address, of either alone.

    An account alone has room for many more failures than an account from one address, so that a stranger who fails
    elsewhere does not close it to its owner; guessing stays slow all the same.
    """
    window = ctx.settings.sign_in_window_ms
    since = ctx.now() - window
    over = any(
        rows.attempts(reader, subject, since) >= factor * ctx.settings.sign_in_attempts
        for subject, factor in _subjects(login, client)
    )
    return Limited(window) if over else None


def failed(tx: Tx, ctx: Context, login: str, client: str) -> None:
    """Count a failure; audited without the name that was tried."""
    rows.failed(tx, [subject for subject, _ in _subjects(login, client)], ctx.now())
    audit(tx, ctx, Act(act="sign_in_failed"), ctx.register)


def open_session(
    tx: Tx, ctx: Context, person: bytes, *, how: str, login: str = "", client: str = ""
) -> SignedIn:
    """A session for somebody whose identity was just shown; `how`: password or once."""
    now = ctx.now()
    secret = ctx.random(SECRET_BYTES)
    rows.succeeded(tx, [_subjects(login, client)[0][0]])
    rows.sweep(
        tx,
        created_before=now - ctx.settings.session_max_ms,
        seen_before=now - ctx.settings.session_idle_ms,
        now=now,
    )
    rows.open_session(tx, digest(secret), SessionRow(person, "", now, now), ctx.random(SECRET_BYTES))
    audit(tx, ctx, Act(act="sign_in", actor=_uuid(person), rule=how), ctx.register)
    return SignedIn(secret, person)


def sign_in_once(tx: Tx, ctx: Context, secret: bytes) -> SignedIn | None:
    """Burn a one-time secret; None for one that is wrong, used or late alike."""
    person = rows.burn(tx, digest(secret), ctx.now())
    row = rows.by_id(tx, person) if person is not None else None
    if row is None or row.disabled:
        return None
    return open_session(tx, ctx, row.id, how="once")


def invite(tx: Tx, ctx: Context, person: bytes, *, actor: str, valid_ms: int = ONE_TIME_MS) -> bytes:
    """A one-time secret for a person, shown to whoever asked and kept nowhere."""
    secret = ctx.random(SECRET_BYTES)
    rows.invite(tx, digest(secret), person, UnixMs(ctx.now() + valid_ms))
    audit(tx, ctx, Act(act="person_invite", actor=actor, details={"person": _uuid(person)}), ctx.register)
    return secret


def live_session(reader: Reader, ctx: Context, secret: bytes) -> SessionRow | None:
    """The session of a secret, if it is neither idle nor old."""
    found = rows.session(reader, digest(secret))
    now = ctx.now()
    if found is None or now - found.seen_ms >= ctx.settings.session_idle_ms:
        return None
    return found if now - found.created_ms < ctx.settings.session_max_ms else None


def sign_out(tx: Tx, ctx: Context, secret: bytes) -> None:
    """End a session."""
    found = rows.session(tx, digest(secret))
    if found is not None and rows.end_session(tx, digest(secret)):
        audit(tx, ctx, Act(act="sign_out", actor=_uuid(found.person)), ctx.register)


def digest(secret: bytes) -> bytes:
    """What is stored of a secret."""
    return hashlib.sha256(b"port2port/secret/v1\x00" + secret).digest()


@cache
def _nobody() -> bytes:
    """A password hash of nobody, so that a wrong name costs what a wrong password costs."""
    return hash_password("nobody has this password")


def _subjects(login: str, client: str) -> list[tuple[bytes, int]]:
    """Whom a failure counts against, hashed, and how many times the configured attempts each may have."""
    counted = ((f"both\x00{login}\x00{client}", 1), (f"client\x00{client}", 5), (f"login\x00{login}", 20))
    return [(hashlib.sha256(name.encode()).digest(), factor) for name, factor in counted]


def _uuid(person: bytes) -> str:
    import uuid

    return str(uuid.UUID(bytes=person))
