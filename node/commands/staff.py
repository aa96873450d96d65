"""People of a node as those who administer them see them: roles, clearances, seats, places and shifts, each with its end, and ties.

Reads only, and decides who may look. Whether one person may change another is `people.may_manage`.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from node.commands import ends, people, roster
from node.commands.context import Context
from node.commands.people import Visitor
from node.store import people as rows
from node.store.interests import ShiftRow
from node.store.people import ClearanceRow, PersonRow
from node.store.tuples import SnapshotTuples
from node.store.unit import Reader
from policies import officers
from policies.fga_model import Model
from policies.officers import Manage, Place, Right, Role, Seat
from policies.relations import Tuple, type_of
from protocol.ids import UnixMs


@dataclass(frozen=True, slots=True)
class Held:
    """A seat in a committee or a place in a community (`of`); None: it stays until it is taken."""

    what: Seat | Place
    of: str
    until_ms: UnixMs | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A person of this node. `roles`, `seats`, `places`: each with its end, which may lie behind; `shifts`: those that go on or come."""

    row: PersonRow
    roles: tuple[tuple[Role, UnixMs], ...]
    seats: tuple[Held, ...]
    places: tuple[Held, ...]
    clearances: tuple[ClearanceRow, ...]
    shifts: tuple[ShiftRow, ...]
    on_duty: bool
    suspended: bool

    @property
    def id(self) -> str:
        """The uuid as text."""
        return str(uuid.UUID(bytes=self.row.id))


def manages(who: Visitor) -> frozenset[Manage]:
    """What this officer administers of others, in general. Nobody who administers nothing sees anything of this."""
    given = {
        Manage.ROLES: Right.ADMINISTER in who.rights,
        Manage.CLEARANCE: Role.CLEARANCE_OFFICER in who.roles,
    }
    return frozenset(right for right, may in given.items() if may)


def manages_of(reader: Reader, ctx: Context, model: Model, who: Visitor, person: bytes) -> frozenset[Manage]:
    """The same of one person: nothing of himself, of a relation or of a close colleague."""
    return frozenset(
        right for right in manages(who) if people.may_manage(reader, ctx, model, who, person, right)
    )


def everyone(reader: Reader, ctx: Context) -> list[Member]:
    """All people with an open account, by login."""
    coming = roster.coming(reader, ctx)
    return [_member(reader, ctx, row, coming) for row in rows.everyone(reader)]


def closed(reader: Reader) -> list[PersonRow]:
    """All people whose account is closed, by login."""
    return [row for row in rows.accounts(reader) if row.disabled]


def member(reader: Reader, ctx: Context, person: bytes) -> Member | None:
    """One of them; None for an account that is absent or closed."""
    row = rows.by_id(reader, person)
    return _member(reader, ctx, row, roster.coming(reader, ctx)) if row and not row.disabled else None


def _member(reader: Reader, ctx: Context, row: PersonRow, coming: Sequence[ShiftRow]) -> Member:
    now, node, tuples = ctx.now(), officers.of_node(ctx.me), SnapshotTuples(reader)
    everything = tuples.of_user(f"user:{uuid.UUID(bytes=row.id)}")
    given = [one for one in everything if one.object == node]
    until = {one.relation: end for one in given if (end := ends.end_of(one)) is not None}
    roles = tuple((role, until[role]) for role in Role if role in until)
    suspended = any(one.relation == "suspended" for one in given)
    shifts = tuple(one for one in coming if one.person == row.id)
    duty = now < until.get("on_duty", 0) or any(one.from_ms <= now for one in shifts)
    working = not suspended and any(now < end for _, end in roles)
    return Member(
        row=row,
        roles=roles,
        seats=_held(everything, Seat, "committee"),
        places=_held(everything, Place, "community"),
        clearances=tuple(sorted(rows.clearances(reader, row.id), key=lambda one: one.policy)),
        shifts=shifts,
        on_duty=duty and working,
        suspended=suspended,
    )


def _held(given: Sequence[Tuple], sort: type[Seat | Place], where: str) -> tuple[Held, ...]:
    found = [
        Held(sort(one.relation), one.object.partition(":")[2], ends.end_of(one))
        for one in given
        if type_of(one.object) == where and one.relation in set(sort)
    ]
    return tuple(sorted(found, key=lambda one: (one.of, one.what)))
