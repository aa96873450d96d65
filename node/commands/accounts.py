"""Accounts as those who administer people make them: who may be one, and with what he begins.

Guarantees, for the command line and the screens alike, that what cannot be is a ValueError in words before anything is written; that a
new account is cleared for nothing classified, and works at a site of this node. Whose act it is was decided before.
"""

from __future__ import annotations

from dataclasses import dataclass

from node.commands import people
from node.commands.context import Context
from node.commands.people import Account
from node.languages import LANGUAGES
from node.store import people as rows
from node.store.people import ClearanceRow
from node.store.unit import Tx
from policies.fga_model import Model
from policies.officers import Role
from protocol.ids import UnixMs

LOGIN_MIN, LOGIN_MAX, NAME_MAX = 3, 64, 80
LINK_HOURS_MAX = 24
HOUR_MS = 3_600_000
PURPOSES = frozenset({"port-security", "navigation-safety"})
"""Of a clearance that nobody verified: what everybody here works for."""

_LOGIN = frozenset("abcdefghijklmnopqrstuvwxyz0123456789.-")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOfficer:
    """An officer without a password: they sign in by a link until they have one."""

    login: str
    name: str
    language: str
    site: str
    roles: tuple[Role, ...]


def add(tx: Tx, ctx: Context, model: Model, officer: NewOfficer, *, actor: str, verified_by: str = "") -> str:
    """Make the account; returns its uuid. ValueError in words for what cannot be; `verified_by`: else the actor."""
    if wrong := _wrong(ctx, officer):
        raise ValueError(wrong)
    if rows.by_login(tx, officer.login) is not None:
        raise ValueError("there is an account of this login already")
    return people.add(tx, ctx, model, account_of(ctx, officer, verified_by or actor), actor=actor)


def account_of(ctx: Context, officer: NewOfficer, verified_by: str) -> Account:
    """Cleared for nothing classified: a higher clearance is verified by its body, not by who makes accounts."""
    cleared = ClearanceRow(
        policy=ctx.register.policy,
        level=0,
        compartments=frozenset(),
        purposes=PURPOSES,
        until_ms=UnixMs(ctx.now() + people.YEAR_MS),
        verified_by=verified_by,
    )
    return Account(
        login=officer.login,
        name=officer.name,
        language=officer.language,
        site=officer.site,
        roles=officer.roles,
        clearance=(cleared,),
    )


def is_login(text: str) -> bool:
    """Whether it can be one: 3 to 64 of a-z, 0-9, dot and hyphen."""
    return LOGIN_MIN <= len(text) <= LOGIN_MAX and _LOGIN.issuperset(text)


def _wrong(ctx: Context, officer: NewOfficer) -> str:
    sites = [site.id for site in ctx.entry(ctx.register).sites]
    if not is_login(officer.login):
        return f"a login has {LOGIN_MIN} to {LOGIN_MAX} of a-z, 0-9, dot and hyphen"
    if not (1 <= len(officer.name) <= NAME_MAX and officer.name.isprintable()):
        return f"a name has 1 to {NAME_MAX} printable characters"
    if officer.site not in sites:
        return f"{officer.site}: no site of {ctx.me}; allowed: {', '.join(sites)}"
    if officer.language not in LANGUAGES:
        return f"{officer.language}: no language here; allowed: {', '.join(LANGUAGES)}"
    return "" if officer.roles else "an account begins with a role"
