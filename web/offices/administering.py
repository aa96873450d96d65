"""People of this node on the screens of those who administer them.

Guarantees that who asks, and whether they may change that person, is looked up in the transaction of the change itself, which is the
command's and audited there. Nothing of a colleague is told to anybody who administers nothing.
"""

from __future__ import annotations

import uuid

from node.commands import ends, roles, roster, staff
from node.commands.staff import Member
from node.store.interests import ShiftRow
from node.store.people import ClearanceRow
from node.store.unit import Reader, Tx
from policies.officers import Manage, Role
from policies.relations import RelationsError
from protocol.ids import UnixMs
from protocol.label import LEVEL_NAMED, LEVEL_NAMES, Level
from web import views
from web.offices.inside import Inside
from web.views import staff as changes

_MAY = {Manage.ROLES: "roles", Manage.CLEARANCE: "clearances"}
NOT_THEIRS = "NOT_THEIRS"
NOT_HELD = "NOT_HELD"
NOT_DONE = "NOT_DONE"


class Administering(Inside):
    """The part of the office where people are administered."""

    async def people(self, session: views.Session) -> tuple[views.PersonView, ...] | None:
        """All with an open account; None for who administers nothing."""

        def ask(reader: Reader) -> tuple[views.PersonView, ...] | None:
            if not staff.manages(self._who(reader, session)):
                return None
            return tuple(self._person(one) for one in staff.everyone(reader, self._ctx))

        return await self._ctx.store.aread(ask)

    async def person(self, session: views.Session, person: str) -> views.PersonView | None:
        """One of them, with what may be changed."""

        def ask(reader: Reader) -> views.PersonView | None:
            who = self._who(reader, session)
            found = staff.member(reader, self._ctx, _raw(person)) if staff.manages(who) else None
            if found is None:
                return None
            may = staff.manages_of(reader, self._ctx, self._model, who, found.row.id)
            return self._person(found, frozenset(_MAY[right] for right in may))

        return await self._ctx.store.aread(ask)

    async def change_person(
        self, session: views.Session, person: str, change: views.PersonChange
    ) -> views.Refused | bool:
        """One change by its command. False where the officer does not administer that of anybody, or there is no such person."""
        right = Manage.CLEARANCE if isinstance(change, changes.OfClearance) else Manage.ROLES

        def act(tx: Tx) -> views.Refused | bool:
            who = self._who(tx, session)
            found = staff.member(tx, self._ctx, _raw(person)) if right in staff.manages(who) else None
            if found is None:
                return False
            if right not in staff.manages_of(tx, self._ctx, self._model, who, found.row.id):
                return views.Refused(NOT_THEIRS)
            if isinstance(change, changes.OfClearance):
                done = self._clearance(tx, found.row.id, change, actor=who.id)
            else:
                done = self._role(tx, found.row.id, change, actor=who.id)
            return done or views.Refused(NOT_HELD)

        try:
            return await self._ctx.store.awrite(act)
        except (RelationsError, ValueError) as error:
            return views.Refused(NOT_DONE, str(error))

    def _role(self, tx: Tx, person: bytes, change: changes.OfRoles, *, actor: str) -> bool:
        """False where there was nothing to take. Raises BadTuple, BadShift and ValueError in words."""
        ctx, model = self._ctx, self._model
        match change:
            case changes.GiveRole(role, until):
                if until <= ctx.now():
                    raise ValueError("a role that ends in the past is none")
                roles.give_role(tx, ctx, model, person, Role(role), until=until, actor=actor)
            case changes.TakeRole(role):
                return roles.take_role(tx, ctx, model, person, Role(role), actor=actor)
            case changes.AddShift(begins, until):
                roster.add(tx, ctx, model, ShiftRow(person, begins, until), actor=actor)
            case changes.EndShift(begins):
                return roster.take(tx, ctx, person, begins, actor=actor)
            case changes.Suspend(end=True):
                return roles.resume(tx, ctx, model, person, actor=actor)
            case changes.Suspend():
                roles.suspend(tx, ctx, model, person, actor=actor)
        return True

    def _clearance(self, tx: Tx, person: bytes, change: changes.OfClearance, *, actor: str) -> bool:
        if isinstance(change, changes.EndClearance):
            return roles.take_clearance(tx, self._ctx, person, change.policy, actor=actor)
        register = self._ctx.register
        if unknown := change.compartments - register.vocabulary.compartments:
            raise ValueError(f"{min(unknown)}: no compartment that register {register.version} knows")
        row = ClearanceRow(
            policy=change.policy,
            level=LEVEL_NAMED[change.level],
            compartments=change.compartments,
            purposes=change.purposes,
            until_ms=change.until_ms,
            verified_by=change.verified_by,
        )
        roles.give_clearance(tx, self._ctx, person, row, actor=actor)
        return True

    def _person(self, one: Member, may: frozenset[str] = frozenset()) -> views.PersonView:
        ctx = self._ctx
        now, register = ctx.now(), ctx.register
        sites = {site.id: site.name for site in ctx.entry(register).sites}
        cleared = [
            views.ClearanceView(
                policy=held.policy,
                level=LEVEL_NAMES[Level(held.level)],
                compartments=tuple(sorted(held.compartments)),
                purposes=tuple(sorted(held.purposes)),
                until_ms=held.until_ms,
                verified_by=held.verified_by,
                within=_within(held.until_ms, now),
            )
            for held in one.clearances
        ]
        return views.PersonView(
            id=one.id,
            login=one.row.login,
            name=one.row.name,
            site=sites.get(one.row.site, one.row.site),
            roles=tuple(views.RoleView(str(role), until, _within(until, now)) for role, until in one.roles),
            clearances=tuple(cleared),
            shifts=tuple(
                views.ShiftView(
                    shift.from_ms,
                    shift.until_ms,
                    shift.from_ms <= now,
                    any(held.until_ms < shift.until_ms for held in one.clearances),
                )
                for shift in one.shifts
            ),
            on_duty=one.on_duty,
            suspended=one.suspended,
            compartments=tuple(sorted(register.vocabulary.compartments)),
            may=may,
        )


def _within(until: UnixMs, now: UnixMs) -> int | None:
    return 0 if until <= now else ends.within(until, now)


def _raw(person: str) -> bytes:
    """The 16 bytes; what is no uuid is nobody's."""
    try:
        return uuid.UUID(person).bytes
    except ValueError:
        return b""
