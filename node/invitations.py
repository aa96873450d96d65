"""Officers and their one-time sign-in links, for the operator of a node: accounts made, links given.

Guarantees that an account and its audit entry are one transaction, as is a link and its; that a link is shown once and kept
nowhere.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from node.beside import Beside
from node.commands import accounts, people, sign_in
from node.commands.accounts import NewOfficer
from node.exits import Refused
from node.store import people as rows
from node.store.people import PersonRow
from node.store.tuples import SnapshotTuples
from node.store.unit import Reader, Tx
from policies.embedded import Embedded
from policies.officers import Officers, Role
from protocol.errors import ProtocolError
from protocol.ids import UnixMs

ACTOR = "administrator/cli"
"""Who did it, in the audit feed: somebody with this node's files."""


@dataclass(frozen=True, slots=True)
class Link:
    """A sign-in that works once, until `expires_ms`."""

    login: str
    url: str
    expires_ms: UnixMs


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One account as its operator sees it. `roles`: those in force; `password`: whether there is one, or only links are given."""

    login: str
    name: str
    site: str
    language: str
    roles: tuple[Role, ...]
    password: bool
    open: bool
    created_ms: UnixMs


def everyone(place: Beside) -> list[Listed]:
    """Every account of the node, closed ones too, by login."""
    now = place.ctx.now()

    def look(reader: Reader) -> list[Listed]:
        asked = Officers(
            relations=Embedded(model=place.model, tuples=SnapshotTuples(reader)), now=lambda: now
        )
        return [_listed(row, asked, place) for row in rows.accounts(reader)]

    return place.store.read(look)


def _listed(row: PersonRow, asked: Officers, place: Beside) -> Listed:
    roles = asked.roles(str(uuid.UUID(bytes=row.id)), place.ctx.me) if not row.disabled else frozenset[Role]()
    return Listed(
        login=row.login,
        name=row.name,
        site=row.site,
        language=row.language,
        roles=tuple(sorted(roles)),
        password=bool(row.password),
        open=not row.disabled,
        created_ms=row.created_ms,
    )


def known(place: Beside, login: str) -> bool:
    """Whether there is an account of this login."""
    return place.store.read(lambda reader: rows.by_login(reader, login)) is not None


def add(place: Beside, officer: NewOfficer) -> str:
    """Make the account; returns its id. Refused in words for what cannot be."""
    try:
        return place.store.write(
            lambda tx: accounts.add(tx, place.ctx, place.model, officer, actor=ACTOR)
        ).result()
    except (ProtocolError, ValueError) as error:
        raise Refused(f"{officer.login}: {error}") from error


def link(place: Beside, login: str, *, valid_ms: int = sign_in.ONE_TIME_MS) -> Link:
    """A new link for an account; Refused where there is none."""
    return links(place, [login], valid_ms=valid_ms)[0]


def links(place: Beside, logins: Sequence[str], *, valid_ms: int = sign_in.ONE_TIME_MS) -> list[Link]:
    """A new link for each, in one transaction; Refused where one would open nothing."""
    expires = UnixMs(place.ctx.now() + valid_ms)

    def act(tx: Tx) -> list[bytes]:
        return [
            sign_in.invite(tx, place.ctx, _person(tx, login), actor=ACTOR, valid_ms=valid_ms)
            for login in logins
        ]

    try:
        secrets = place.store.write(act).result()
    except ValueError as error:
        raise Refused(f"{', '.join(logins)}: {error}") from error
    base = place.config.web.public_url
    return [
        Link(login, base + sign_in.way_in(secret), expires)
        for login, secret in zip(logins, secrets, strict=True)
    ]


def set_password(place: Beside, login: str, hashed: bytes) -> None:
    """Another password (Argon2id string); Refused where there is no such account."""
    place.store.write(
        lambda tx: people.set_password(tx, place.ctx, _person(tx, login), hashed, actor=ACTOR)
    ).result()


def close(place: Beside, login: str) -> None:
    """Close an account; Refused where there is none that is open."""
    place.store.write(lambda tx: people.close(tx, place.ctx, _person(tx, login), actor=ACTOR)).result()


def _person(tx: Tx, login: str) -> bytes:
    row = rows.by_login(tx, login)
    if row is None or row.disabled:
        raise Refused(f"{login}: no such account")
    return row.id
