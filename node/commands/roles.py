"""Give and take what people of this node are: roles, seats in committees, places in communities, clearances; and suspend them.

Guarantees that each change is one transaction with its audit entry, which names person, what, and until when; that whatever is given
ends; and that it counts at the person's next request. Who may do it was decided before (`people.may_manage`, or the operator's files).
"""

from __future__ import annotations

import uuid

from node.commands.audit import Act, audit
from node.commands.context import Context
from node.store import people as rows
from node.store.changes import Change, ChangeKind
from node.store.people import ClearanceRow
from node.store.tuples import SnapshotTuples, WritingTuples
from node.store.unit import Reader, Tx
from policies import officers
from policies.embedded import Embedded
from policies.fga_model import Model
from policies.officers import Place, Role, Seat
from policies.relations import Condition, Tuple
from protocol.ids import UnixMs, organisation_of
from protocol.label import LEVEL_NAMES, Level

ALWAYS = officers.membership(UnixMs(0), UnixMs(1))
"""Of a tuple that is taken: it is found by user, relation and object, whatever its period."""


def give_role(
    tx: Tx, ctx: Context, model: Model, person: bytes, role: Role, *, until: UnixMs, actor: str
) -> None:
    """A role from now until then, in the place of the same role's period before; employment reaches as far. Raises BadTuple."""
    period, who = officers.membership(ctx.now(), until), _id(person)
    given = [officers.role(who, role, ctx.me, period)]
    employed = officers.employment(who, organisation_of(ctx.me), period)
    stored = WritingTuples(tx)
    before = stored.find(employed.object, employed.relation, employed.user)
    if (
        before is None
        or before.condition is None
        or str(before.condition.context["valid_until"]) < _end(period)
    ):
        given.append(employed)
    Embedded(model=model, tuples=stored).write(given)
    _audited(tx, ctx, "role_give", person, actor, {"role": role, "until": str(until)})


def take_role(tx: Tx, ctx: Context, model: Model, person: bytes, role: Role, *, actor: str) -> bool:
    """End a role now; false where it was not given."""
    one = officers.role(_id(person), role, ctx.me, ALWAYS)
    return _taken(tx, ctx, model, person, one, "role_take", {"role": str(role)}, actor)


def give_seat(
    tx: Tx,
    ctx: Context,
    model: Model,
    person: bytes,
    seat: Seat,
    committee: str,
    *,
    until: UnixMs,
    actor: str,
) -> None:
    """A seat in a committee until then. Raises BadTuple for what is no name of one."""
    period = officers.membership(ctx.now(), until)
    one = officers.seat(_id(person), seat, committee, period)
    Embedded(model=model, tuples=WritingTuples(tx)).write([one])
    more = {"seat": str(seat), "committee": committee, "until": str(until)}
    _audited(tx, ctx, "seat_give", person, actor, more)


def take_seat(
    tx: Tx, ctx: Context, model: Model, person: bytes, seat: Seat, committee: str, *, actor: str
) -> bool:
    """End a seat now; false where it was not given."""
    one = officers.seat(_id(person), seat, committee, ALWAYS)
    return _taken(
        tx, ctx, model, person, one, "seat_take", {"seat": str(seat), "committee": committee}, actor
    )


def give_place(
    tx: Tx,
    ctx: Context,
    model: Model,
    person: bytes,
    place: Place,
    community: str,
    *,
    until: UnixMs,
    actor: str,
) -> None:
    """A place in a community until then; an expulsion stays until it is taken back. Raises BadTuple."""
    one = officers.place(_id(person), place, community, officers.membership(ctx.now(), until))
    Embedded(model=model, tuples=WritingTuples(tx)).write([one])
    more = {"place": str(place), "community": community}
    if one.condition is not None:
        more["until"] = str(until)
    _audited(tx, ctx, "place_give", person, actor, more)


def take_place(
    tx: Tx, ctx: Context, model: Model, person: bytes, place: Place, community: str, *, actor: str
) -> bool:
    """End it now; false where it was not given."""
    one = officers.place(_id(person), place, community, ALWAYS)
    more = {"place": str(place), "community": community}
    return _taken(tx, ctx, model, person, one, "place_take", more, actor)


def suspend(tx: Tx, ctx: Context, model: Model, person: bytes, *, actor: str) -> None:
    """End all that the person is at this node, and his sign-ins, until `resume`; his sessions and waiting links end for good."""
    Embedded(model=model, tuples=WritingTuples(tx)).write(
        [officers.suspension(_id(person), officers.of_node(ctx.me))]
    )
    rows.end_sessions(tx, person)
    rows.end_invitations(tx, person)
    _audited(tx, ctx, "person_suspend", person, actor, {})


def suspended(reader: Reader, ctx: Context, person: bytes) -> bool:
    """Whether the person is suspended at this node: then nothing signs him in."""
    one = officers.suspension(_id(person), officers.of_node(ctx.me))
    return SnapshotTuples(reader).find(one.object, one.relation, one.user) is not None


def resume(tx: Tx, ctx: Context, model: Model, person: bytes, *, actor: str) -> bool:
    """End a suspension; false where there was none."""
    one = officers.suspension(_id(person), officers.of_node(ctx.me))
    return _taken(tx, ctx, model, person, one, "person_resume", {}, actor)


def give_clearance(tx: Tx, ctx: Context, person: bytes, clearance: ClearanceRow, *, actor: str) -> None:
    """A clearance as a body verified it, in the place of the one under the same marking before."""
    if clearance.until_ms <= ctx.now():
        raise ValueError("a clearance that ends in the past is none")
    rows.clear(tx, person, clearance)
    more = {
        "policy": clearance.policy,
        "level": LEVEL_NAMES[Level(clearance.level)],
        "until": str(clearance.until_ms),
    }
    if clearance.compartments:
        more["compartments"] = "/".join(sorted(clearance.compartments))
    _audited(tx, ctx, "clearance_give", person, actor, more)


def take_clearance(tx: Tx, ctx: Context, person: bytes, policy: str, *, actor: str) -> bool:
    """End a clearance now; false where there was none."""
    if not rows.unclear(tx, person, policy):
        return False
    _audited(tx, ctx, "clearance_take", person, actor, {"policy": policy})
    return True


def _taken(
    tx: Tx, ctx: Context, model: Model, person: bytes, one: Tuple, act: str, more: dict[str, str], actor: str
) -> bool:
    stored = WritingTuples(tx)
    if stored.find(one.object, one.relation, one.user) is None:
        return False
    Embedded(model=model, tuples=stored).write([], [one])
    _audited(tx, ctx, act, person, actor, more)
    return True


def _audited(tx: Tx, ctx: Context, act: str, person: bytes, actor: str, more: dict[str, str]) -> None:
    details = {"person": _id(person), **more}
    audit(tx, ctx, Act(act=act, actor=actor, details=details), ctx.register)
    tx.note(Change(kind=ChangeKind.PEOPLE))


def _id(person: bytes) -> str:
    return str(uuid.UUID(bytes=person))


def _end(period: Condition) -> str:
    return str(period.context["valid_until"])
