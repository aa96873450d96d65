"""Signing in: password or one-time secret, sessions that end, attempts that are counted.

Guarantees: secrets are stored as SHA-256 of 32 random bytes, passwords as Argon2id (PyNaCl, interactive limits); a wrong name
costs the same work as a wrong password; a one-time secret works once; a session ends by idleness, by age, by sign-out, by another
password, by suspension and with its account, and none of these is outrun by a sign-in that was under way. Attempts by password are counted by account and by client address, both hashed, over the configured window: each is
counted before its password is looked at, in one transaction with the question whether there is room for it, so that attempts made
at once are no more than attempts made one after another; a success gives its own back. The count is the store's and survives a
restart. A one-time secret has 256 random bits and is nobody's account until it is found: its failures count against the client alone.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache

import nacl.exceptions
import nacl.pwhash

from node.commands import roles
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
    """Too many failed attempts; how long until the next is looked at."""

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
    return _limit(reader, ctx, _subjects(login, client))


def begin(tx: Tx, ctx: Context, login: str, client: str) -> Limited | None:
    """Count an attempt by password as failed, before its password is looked at; Limited, and not counted, where there is no room.

    What is not followed by `open_session` stays counted.
    """
    subjects = _subjects(login, client)
    limit = _limit(tx, ctx, subjects)
    if limit is None:
        _count(tx, ctx, subjects)
    return limit


def failed(tx: Tx, ctx: Context) -> None:
    """Audit a failure, without the name that was tried."""
    audit(tx, ctx, Act(act="sign_in_failed"), ctx.register)


def open_session(
    tx: Tx, ctx: Context, person: bytes, *, how: str, login: str = "", client: str = ""
) -> SignedIn:
    """A session for somebody whose identity was just shown; `how`: password or once.

    With a login: what `begin` counted is given back, and what failed before of this account from this address is forgotten.
    """
    now = ctx.now()
    secret = ctx.random(SECRET_BYTES)
    if login:
        (both, _), *others = _subjects(login, client)
        rows.forget_attempts(tx, both)
        rows.give_back(tx, [subject for subject, _ in others])
    rows.sweep(
        tx,
        created_before=now - ctx.settings.session_max_ms,
        seen_before=now - ctx.settings.session_idle_ms,
        now=now,
    )
    rows.open_session(tx, digest(secret), SessionRow(person, "", now, now), ctx.random(SECRET_BYTES))
    audit(tx, ctx, Act(act="sign_in", actor=_uuid(person), rule=how), ctx.register)
    return SignedIn(secret, person)


def enter(tx: Tx, ctx: Context, person: PersonRow, *, client: str) -> SignedIn | None:
    """A session for whoever gave the password of this account, as it was read before the password was looked at.

    None where the account was closed or suspended, or its password changed, before this transaction.
    """
    row = rows.by_id(tx, person.id)
    if row is None or row.password != person.password or not _opens(tx, ctx, row):
        return None
    return open_session(tx, ctx, row.id, how="password", login=row.login, client=client)


def sign_in_once(tx: Tx, ctx: Context, secret: bytes, *, client: str) -> SignedIn | Limited | None:
    """Burn a one-time secret; None for one that is wrong, used or late alike, which is counted against the client."""
    subjects = _client(client)
    if (limit := _limit(tx, ctx, subjects)) is not None:
        return limit
    person = rows.burn(tx, digest(secret), ctx.now())
    row = rows.by_id(tx, person) if person is not None else None
    if row is None or not _opens(tx, ctx, row):
        _count(tx, ctx, subjects)
        failed(tx, ctx)
        return None
    return open_session(tx, ctx, row.id, how="once")


def invited(reader: Reader, ctx: Context, secret: bytes) -> bool:
    """Whether a one-time secret would open a session now: asked before its page offers to, and burns nothing."""
    person = rows.invited(reader, digest(secret), ctx.now())
    row = rows.by_id(reader, person) if person is not None else None
    return row is not None and _opens(reader, ctx, row)


def invite(tx: Tx, ctx: Context, person: bytes, *, actor: str, valid_ms: int = ONE_TIME_MS) -> bytes:
    """A one-time secret for a person, shown to whoever asked and kept nowhere. ValueError where it would open nothing."""
    if roles.suspended(tx, ctx, person):
        raise ValueError("is suspended: a link would open nothing; end the suspension first")
    secret = ctx.random(SECRET_BYTES)
    rows.invite(tx, digest(secret), person, UnixMs(ctx.now() + valid_ms))
    audit(tx, ctx, Act(act="person_invite", actor=actor, details={"person": _uuid(person)}), ctx.register)
    return secret


def way_in(secret: bytes) -> str:
    """The address at this node that a one-time secret opens, from its first slash on."""
    return f"/sign-in/once?code={secret.hex()}"


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


def _opens(reader: Reader, ctx: Context, row: PersonRow) -> bool:
    """Whether anything signs this person in now."""
    return not row.disabled and not roles.suspended(reader, ctx, row.id)


@cache
def _nobody() -> bytes:
    """A password hash of nobody, so that a wrong name costs what a wrong password costs."""
    return hash_password("nobody has this password")


_Subjects = list[tuple[bytes, int]]
"""Whom an attempt counts against, hashed, and how many times the configured attempts each may have."""


def _subjects(login: str, client: str) -> _Subjects:
    return [_subject(f"both\x00{login}\x00{client}", 1), *_client(client), _subject(f"login\x00{login}", 20)]


def _client(client: str) -> _Subjects:
    return [_subject(f"client\x00{client}", 5)]


def _subject(name: str, factor: int) -> tuple[bytes, int]:
    return hashlib.sha256(name.encode()).digest(), factor


def _limit(reader: Reader, ctx: Context, subjects: _Subjects) -> Limited | None:
    """Until the attempt that fills a subject's room is as old as the window."""
    window, most = ctx.settings.sign_in_window_ms, ctx.settings.sign_in_attempts
    since = ctx.now() - window
    filled = [rows.attempt(reader, subject, since, factor * most) for subject, factor in subjects]
    waits = [at - since for at in filled if at is not None]
    return Limited(max(waits)) if waits else None


def _count(tx: Tx, ctx: Context, subjects: _Subjects) -> None:
    now = ctx.now()
    forgotten = now - ctx.settings.sign_in_window_ms
    rows.count_attempt(tx, [subject for subject, _ in subjects], now, forget_before=forgotten)


def _uuid(person: bytes) -> str:
    import uuid

    return str(uuid.UUID(bytes=person))
