"""What a person is given and what is taken from him, by name: roles here, seats in committees, places in communities, clearances.

Guarantees, for the command line and the screens alike, that what cannot be is a ValueError in words before anything is written.
The acts themselves and their audit entries are `commands/roles.py`'s.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from node.commands import roles
from node.commands.accounts import PURPOSES as FIRST_PURPOSES
from node.commands.context import Context
from node.store import people as rows
from node.store.people import ClearanceRow
from node.store.unit import Tx
from policies.fga_model import Model
from policies.officers import Place, Role, Seat
from protocol.ids import UnixMs
from protocol.label import LEVEL_NAMED, POLICIES, PURPOSES

COMMITTEE = re.compile(r"[a-z0-9-]{1,64}")
BODY_MIN, BODY_MAX = 2, 80


@dataclass(frozen=True, slots=True)
class Given:
    """What is given: a role here, a seat in a committee, or a place in a community. `of` names committee or community."""

    what: Role | Seat | Place
    of: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleared:
    """A clearance as its body verified it. No purposes: as before, or those of a new account."""

    policy: str
    level: str
    compartments: frozenset[str]
    purposes: frozenset[str]
    until: UnixMs
    verified_by: str


def give(
    tx: Tx, ctx: Context, model: Model, person: bytes, given: Given, *, until: UnixMs, actor: str
) -> None:
    """From now until then; a person put out of a community stays out until that is taken back."""
    if given.what is not Place.EXPELLED and until <= ctx.now():
        raise ValueError("the time given is over already")
    register = ctx.register
    match given.what:
        case Role():
            roles.give_role(tx, ctx, model, person, given.what, until=until, actor=actor)
        case Seat():
            if not COMMITTEE.fullmatch(given.of):
                raise ValueError("a committee has a name of a-z, 0-9 and hyphens")
            roles.give_seat(tx, ctx, model, person, given.what, given.of, until=until, actor=actor)
        case Place():
            if given.of not in register.communities:
                known = ", ".join(sorted(register.communities))
                raise ValueError(f"{given.of}: no community of register {register.version}; it has {known}")
            roles.give_place(tx, ctx, model, person, given.what, given.of, until=until, actor=actor)


def take(tx: Tx, ctx: Context, model: Model, person: bytes, given: Given, *, actor: str) -> bool:
    """Now; false where it was not given."""
    match given.what:
        case Role():
            return roles.take_role(tx, ctx, model, person, given.what, actor=actor)
        case Seat():
            return roles.take_seat(tx, ctx, model, person, given.what, given.of, actor=actor)
        case Place():
            return roles.take_place(tx, ctx, model, person, given.what, given.of, actor=actor)


def clear(tx: Tx, ctx: Context, person: bytes, cleared: Cleared, *, actor: str) -> None:
    """A clearance in the place of the one under the same marking."""
    if wrong := _wrong(ctx, cleared):
        raise ValueError(wrong)
    before = [one.purposes for one in rows.clearances(tx, person) if one.policy == cleared.policy]
    row = ClearanceRow(
        policy=cleared.policy,
        level=LEVEL_NAMED[cleared.level],
        compartments=cleared.compartments,
        purposes=cleared.purposes or (before[0] if before else FIRST_PURPOSES),
        until_ms=cleared.until,
        verified_by=cleared.verified_by,
    )
    roles.give_clearance(tx, ctx, person, row, actor=actor)


def _wrong(ctx: Context, cleared: Cleared) -> str:
    register = ctx.register
    if unknown := cleared.compartments - register.vocabulary.compartments:
        return f"{min(unknown)}: no compartment that register {register.version} knows"
    if cleared.policy not in POLICIES:
        return f"{cleared.policy}: no marking; allowed: {', '.join(sorted(POLICIES))}"
    if unknown := cleared.purposes - PURPOSES:
        return f"{min(unknown)}: no purpose; allowed: {', '.join(sorted(PURPOSES))}"
    if cleared.level not in LEVEL_NAMED:
        return f"{cleared.level}: no level; allowed: {', '.join(LEVEL_NAMED)}"
    if not (BODY_MIN <= len(cleared.verified_by) <= BODY_MAX and cleared.verified_by.isprintable()):
        return f"the body that verified it has {BODY_MIN} to {BODY_MAX} printable characters"
    return ""
