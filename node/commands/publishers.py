"""Who of this node may publish a kind now, and is on duty: for whoever hands a draft over.

Reads only. Asks by nothing but the kind: whom a label, a case or a conflict keeps from a draft is not told by leaving him out.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from node.commands import people
from node.commands.context import Context
from node.store import interests
from node.store import people as rows
from node.store.tuples import SnapshotTuples
from node.store.unit import Reader
from policies import officers
from policies.alike import alike
from policies.fga_model import Model
from policies.officers import PUBLISH, Asked, Officers, Right, Role, of_node
from policies.relations import Check
from policies.relations import Context as Asking
from protocol.ids import UnixMs

DUTY = "on_duty"
_SOMEBODY = str(uuid.UUID(int=0))
"""No account has this id: of it is asked what a role alone would give."""


@dataclass(frozen=True, slots=True)
class Publisher:
    """A person by name, with the roles by which it may."""

    name: str
    roles: tuple[Role, ...]


@dataclass(frozen=True, slots=True)
class Publishers:
    """The roles that publish a kind here, whoever has them, and who of those people is on duty now, by name."""

    roles: tuple[Role, ...]
    on_duty: tuple[Publisher, ...]


def publishers(reader: Reader, ctx: Context, model: Model, kind: str) -> Publishers:
    """The relations are asked about one of those who stand alike in them; without an answer nobody may."""
    now, right = ctx.now(), PUBLISH[kind]
    shifts = {one.person: one for one in interests.shifts(reader, after=now) if one.from_ms <= now}
    accounts = [who for who, _ in rows.sites(reader)]
    asked = [Asked(str(uuid.UUID(bytes=who)), people.duty_in(ctx, shifts.get(who))) for who in accounts]
    groups, _ = alike(asked, SnapshotTuples(reader).all(), now)
    engine = Officers(relations=ctx.engine(model, reader), now=lambda: now)
    standings = engine.standings([asked[group[0]] for group in groups], ctx.me)
    roles = _roles(ctx, engine, right)
    found = []
    for group, standing in zip(groups, standings, strict=True):
        first = asked[group[0]]
        if right in standing.rights and (first.duty or engine.can(first.person, DUTY, of_node(ctx.me))):
            theirs = tuple(role for role in roles if role in standing.roles)
            found += [Publisher(_name(reader, accounts[place]), theirs) for place in group]
    return Publishers(roles, tuple(sorted(found, key=lambda one: one.name)))


def _roles(ctx: Context, engine: Officers, right: Right) -> tuple[Role, ...]:
    period = officers.membership(ctx.now(), UnixMs(ctx.now() + 1))
    given = [(role, officers.role(_SOMEBODY, role, ctx.me, period)) for role in Role]
    checks = [Check(one.user, right, of_node(ctx.me), Asking(ctx.now()), (one,)) for _, one in given]
    said = engine.relations.check_many(checks)
    return tuple(role for (role, _), answer in zip(given, said, strict=True) if answer)


def _name(reader: Reader, person: bytes) -> str:
    row = rows.by_id(reader, person)
    return row.name if row is not None else ""
