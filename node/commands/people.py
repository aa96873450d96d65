"""People of a node: accounts, roles and clearances, and who somebody is at the moment of a request.

Guarantees: an account, its roles, its clearance and the audit entry are one transaction; roles are relation tuples bound in
time; a `Visitor` is made anew for each request, from the register, the relations and the clearances of that moment, and is
never more than the node itself may hold.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType

from node.commands import need
from node.commands.audit import Act, audit
from node.commands.context import Context
from node.commands.interest import conflicts
from node.store import interests
from node.store import people as rows
from node.store.changes import Change, ChangeKind
from node.store.interests import ShiftRow
from node.store.people import ClearanceRow, PersonRow
from node.store.tuples import WritingTuples
from node.store.unit import Reader, Tx
from policies import officers
from policies.clearance import Reader as Reading
from policies.clearance import reader_at
from policies.conflicts import NO_CONFLICTS, Conflicts
from policies.decision import earliest
from policies.embedded import Embedded
from policies.fga_model import Model
from policies.need import NO_NEED, Need
from policies.officers import PUBLISH, Asked, Manage, Officers, Right, Role, Standing
from policies.relations import Tuple
from protocol.ids import UnixMs, organisation_of
from protocol.label import LEVEL_NAMES, Level
from protocol.register_view import Register

YEAR_MS = 365 * 86_400_000
_READS_NO_RECORDS = frozenset({str(Role.AUDITOR)})
"""Who is only that reads what was done here, and no record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What a new account is made of. `verified_by`: the body that verified the clearance."""

    login: str
    name: str
    site: str
    roles: tuple[Role, ...]
    language: str = "nl"
    password: bytes = b""
    clearance: tuple[ClearanceRow, ...] = ()
    valid_ms: int = YEAR_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """A person at the moment of a request: as a reader, with the rights and the kinds they may publish.

    `whole`: the relations answered all that was asked of them; where they did not, a right that is missing may be there.
    """

    id: str
    name: str
    login: str
    language: str
    site: str
    reading: Reading
    rights: frozenset[Right]
    roles: frozenset[Role]
    whole: bool = True

    @property
    def kinds(self) -> frozenset[str]:
        """The record kinds that this person may publish."""
        return frozenset(kind for kind, right in PUBLISH.items() if right in self.rights)

    @property
    def drafts(self) -> frozenset[str]:
        """The record kinds that this person may draft; none for who reads no record here, who could not read his own draft either."""
        reads = self.reading.memberships and self.reading.purposes
        return officers.drafts(self.rights) if reads else self.kinds

    @property
    def clearance(self) -> str:
        """Levels in words, highest first: "BE SECRET"; "NONE" where there is none above."""
        held = sorted(
            ((level, policy) for policy, level in self.reading.clearance.items() if level > Level.NONE),
            reverse=True,
        )
        return (
            ", ".join(f"{policy} {LEVEL_NAMES[level]}" for level, policy in held) or LEVEL_NAMES[Level.NONE]
        )


def add(tx: Tx, ctx: Context, model: Model, account: Account, *, actor: str) -> str:
    """Make an account; returns its uuid. Raises IntegrityError for a login that is taken, BadTuple for a role that cannot be."""
    now, register = ctx.now(), ctx.register
    who = uuid.UUID(bytes=ctx.random(16), version=4)
    rows.add(
        tx,
        PersonRow(
            id=who.bytes,
            login=account.login,
            name=account.name,
            language=account.language,
            site=account.site,
            password=account.password,
            disabled=False,
            created_ms=now,
            changed_ms=now,
        ),
    )
    for clearance in account.clearance:
        rows.clear(tx, who.bytes, clearance)
    period = officers.membership(now, UnixMs(now + account.valid_ms))
    me, person = ctx.me, str(who)
    granted = [officers.role(person, role, me, period) for role in account.roles]
    granted += [
        officers.home(person, me),
        officers.duty(person, me, period),
        officers.employment(person, organisation_of(me), period),
    ]
    Embedded(model=model, tuples=WritingTuples(tx)).write(granted)
    details = {
        "person": person,
        "roles": "/".join(account.roles),
        "clearance": "/".join(f"{one.policy}:{LEVEL_NAMES[Level(one.level)]}" for one in account.clearance),
    }
    audit(tx, ctx, Act(act="person_add", actor=actor, details=details), register)
    tx.note(Change(kind=ChangeKind.PEOPLE))
    return person


def set_password(tx: Tx, ctx: Context, person: bytes, hashed: bytes, *, actor: str) -> None:
    """Another password for an account; its sessions and waiting links end."""
    rows.set_password(tx, person, hashed, ctx.now())
    rows.end_invitations(tx, person)
    _ended(tx, ctx, person, "person_password", actor)


def close(tx: Tx, ctx: Context, person: bytes, *, actor: str) -> None:
    """Close an account: no sign-in, no session, no right."""
    rows.disable(tx, person, ctx.now())
    _ended(tx, ctx, person, "person_close", actor)


def _ended(tx: Tx, ctx: Context, person: bytes, act: str, actor: str) -> None:
    rows.end_sessions(tx, person)
    audit(tx, ctx, Act(act=act, actor=actor, details={"person": str(uuid.UUID(bytes=person))}), ctx.register)
    tx.note(Change(kind=ChangeKind.PEOPLE))


def sync_register(tx: Tx, ctx: Context, model: Model, register: Register) -> None:
    """Write the tuples that are the register's: whose node this is, and its organisation's rights. What changed is audited."""
    organisation = organisation_of(ctx.me)
    entry = register.organisations.get(organisation)
    held = entry.rights if entry else frozenset()
    given, taken = [officers.node_of(ctx.me, organisation)], list[Tuple]()
    for right, name in (
        (officers.RegisterRight.BANS, "bans"),
        (officers.RegisterRight.SECURITY_LEVEL, "security_level"),
    ):
        (given if name in held else taken).extend(officers.register_right(organisation, right))
    tuples = WritingTuples(tx)
    change = any(_stands(tuples, one) for one in taken) or not all(_stands(tuples, one) for one in given)
    if change:  # nothing is written where nothing moved: a node starts on a full disk, too
        Embedded(model=model, tuples=tuples).write(given, taken)
        details = {"rights": "/".join(sorted(held)) or "none", "version": str(register.version)}
        audit(tx, ctx, Act(act="register_rights", details=details), register)


def _stands(tuples: WritingTuples, one: Tuple) -> bool:
    return tuples.find(one.object, one.relation, one.user) is not None


def visitor(reader: Reader, ctx: Context, model: Model, person: bytes) -> Visitor | None:
    """Who this is now; None for an account that is gone or disabled, and at a node that the register does not list any more."""
    row = rows.by_id(reader, person)
    if row is None or row.disabled or not ctx.listed(ctx.register):
        return None
    now = ctx.now()
    asked = Asked(str(uuid.UUID(bytes=row.id)), duty_in(ctx, interests.shift_at(reader, row.id, now)))
    engine = Officers(relations=ctx.engine(model, reader), now=lambda: now)
    (standing,) = engine.standings([asked], ctx.me, communities=ctx.entry(ctx.register).communities)
    in_force = [one for one in rows.clearances(reader, row.id) if now < one.until_ms]
    asking = need.Person(asked.person, _reads_in(standing), _purposes(in_force))
    (needed,) = need.needs(reader, ctx, model, [asking])
    concerns = conflicts(reader, row.id)
    return Visitor(
        id=asked.person,
        name=row.name,
        login=row.login,
        language=row.language,
        site=row.site,
        reading=reading(ctx, asked.person, row.site, standing, in_force, concerns, needed),
        rights=standing.rights,
        roles=standing.roles,
        whole=standing.whole,
    )


def visitor_of(reader: Reader, ctx: Context, model: Model, person: str) -> Visitor | None:
    """The same by the uuid as text. Raises ValueError for what is none."""
    return visitor(reader, ctx, model, uuid.UUID(person).bytes)


def duty_in(ctx: Context, shift: ShiftRow | None) -> Tuple | None:
    """That somebody is on duty in a shift."""
    if shift is None:
        return None
    period = officers.membership(shift.from_ms, shift.until_ms)
    return officers.duty(str(uuid.UUID(bytes=shift.person)), ctx.me, period)


def reading(
    ctx: Context,
    who: str,
    site: str,
    standing: Standing,
    in_force: Sequence[ClearanceRow],
    concerns: Conflicts = NO_CONFLICTS,
    needed: Need = NO_NEED,
) -> Reading:
    """Somebody of this node as a reader; `in_force`: the clearances of this moment."""
    return reader_at(
        ctx.entry(ctx.register),
        site=site,
        officer=who,
        roles=frozenset(str(role) for role in standing.roles),
        communities=_reads_in(standing),
        purposes=_purposes(in_force),
        clearance=MappingProxyType({one.policy: Level(one.level) for one in in_force}),
        compartments=frozenset[str]().union(*(one.compartments for one in in_force)),
        until=earliest(*(one.until_ms for one in in_force)),
        conflicts=concerns,
        need=needed,
    )


def _reads_in(standing: Standing) -> frozenset[str]:
    """The communities in which he reads records at all."""
    return standing.communities if frozenset(standing.roles) - _READS_NO_RECORDS else frozenset()


def _purposes(held: Sequence[ClearanceRow]) -> frozenset[str]:
    return frozenset[str]().union(*(one.purposes for one in held))


def may_manage(
    reader: Reader, ctx: Context, model: Model, who: Visitor, person: bytes, right: Manage
) -> bool:
    """Whether this officer may change roles or clearance of a person; for screens. Nobody his own, or a relation's or colleague's."""
    asked = Officers(relations=ctx.engine(model, reader), now=ctx.now)
    return asked.can(who.id, right, officers.of_person(str(uuid.UUID(bytes=person))))
