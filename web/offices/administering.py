"""People of this node on the screens of those who administer them.

Guarantees that who asks, and whether they may change that person, is looked up in the transaction of the change itself, which is the
command's and audited there. Nothing of a colleague is told to anybody who administers nothing. A change that takes something away or
lets somebody in is done only where the officer said that he is sure; one of two people ties them only where he administers both.
"""

from __future__ import annotations

import uuid

from node.commands import accounts, interest, people, sign_in, staff
from node.commands.accounts import HOUR_MS, NewOfficer
from node.commands.staff import Member
from node.store.unit import Reader, Tx
from policies.officers import Manage, Role
from policies.relations import RelationsError
from protocol.ids import UnixMs
from web import views
from web.offices import changing, members
from web.offices.inside import Inside
from web.offices.password_line import AGAIN_S
from web.views import staff as changes

NOT_THEIRS = "NOT_THEIRS"
NOT_HELD = "NOT_HELD"
NOT_DONE = "NOT_DONE"
VERIFIED_BY = "administrator/screens"
"""Of the clearance of a new account, which no body verified."""


class Administering(Inside):
    """The part of the office where people are administered."""

    async def people(self, session: views.Session) -> views.PeopleView | None:
        """All with an account; None for who administers nothing."""

        def ask(reader: Reader) -> views.PeopleView | None:
            manages = staff.manages(self._who(reader, session))
            if not manages:
                return None
            return views.PeopleView(
                members.listed(self._ctx, staff.everyone(reader, self._ctx)),
                tuple(members.named(row) for row in staff.closed(reader)),
                Manage.ROLES in manages,
            )

        return await self._ctx.store.aread(ask)

    async def person(self, session: views.Session, person: str) -> views.PersonView | None:
        """One of them, with what may be changed."""

        def ask(reader: Reader) -> views.PersonView | None:
            who = self._who(reader, session)
            manages = staff.manages(who)
            found = staff.member(reader, self._ctx, _raw(person)) if manages else None
            if found is None:
                return None
            may = staff.manages_of(reader, self._ctx, self._model, who, found.row.id)
            return members.whole(reader, self._ctx, found, manages, may)

        return await self._ctx.store.aread(ask)

    async def new_person_menu(self, session: views.Session) -> views.NewPersonMenu | None:
        """What a new account may be made of; None for who makes none."""

        def ask(reader: Reader) -> views.NewPersonMenu | None:
            if Manage.ROLES not in staff.manages(self._who(reader, session)):
                return None
            sites = self._ctx.entry(self._ctx.register).sites
            return views.NewPersonMenu(sites=tuple(views.Named(site.id, site.name) for site in sites))

        return await self._ctx.store.aread(ask)

    async def add_person(
        self, session: views.Session, new: views.NewPerson
    ) -> views.LinkView | views.Refused | None:
        """An account and its first link, in one transaction; None for who makes none."""
        ctx = self._ctx

        def act(tx: Tx) -> views.LinkView | None:
            who = self._who(tx, session)
            if Manage.ROLES not in staff.manages(who):
                return None
            officer = NewOfficer(
                login=new.login,
                name=new.name,
                language=new.language,
                site=new.site,
                roles=tuple(Role(role) for role in new.roles),
            )
            made = accounts.add(tx, ctx, self._model, officer, actor=who.id, verified_by=VERIFIED_BY)
            found = staff.member(tx, ctx, _raw(made))
            return self._link(tx, found, new.hours, actor=who.id) if found else None

        try:
            return await ctx.store.awrite(act)
        except (RelationsError, ValueError) as error:
            return views.Refused(NOT_DONE, str(error))

    async def declared(self, session: views.Session) -> tuple[views.DeclaredView, ...]:
        """What was declared of the reader, never its value."""

        def ask(reader: Reader) -> tuple[views.DeclaredView, ...]:
            found = interest.declared_of(reader, uuid.UUID(session.officer).bytes)
            return tuple(self._declared(reader, one) for one in found)

        return await self._ctx.store.aread(ask)

    async def saw_declared(self, session: views.Session, until: UnixMs) -> None:
        """He saw what was declared of him up to this moment."""
        person = uuid.UUID(session.officer).bytes
        await self._ctx.store.awrite(lambda tx: interest.saw(tx, self._ctx, person, until))

    async def change_person(
        self, session: views.Session, person: str, change: views.PersonChange, *, sure: bool
    ) -> views.Refused | views.Limited | views.Unsure | views.LinkView | bool:
        """One change by its command. False where the officer does not administer that of anybody, or there is no such person.

        Raises ValueError for a password that is too short or too long: its form sees to that.
        """
        asked = await self._ctx.store.aread(lambda reader: self._about(reader, session, person, change))
        if isinstance(asked, views.Refused):
            return asked
        if asked is None:
            return False
        if not sure and changing.grave(change):
            return views.Unsure()
        if not isinstance(change, changes.SetPassword):
            return await self._change(session, person, change)
        with self._passwords.place() as placed:
            if not placed:
                return views.Limited(AGAIN_S, crowded=True)
            hashed = await self._passwords.look(lambda: sign_in.hash_password(change.password))
        return await self._change(session, person, change, hashed)

    async def _change(
        self, session: views.Session, person: str, change: views.PersonChange, hashed: bytes = b""
    ) -> views.Refused | views.LinkView | bool:
        def act(tx: Tx) -> views.Refused | views.LinkView | bool:
            found = self._about(tx, session, person, change)
            if isinstance(found, views.Refused):
                return found
            if found is None:
                return False
            outcome = self._carry_out(tx, found, change, hashed, actor=self._who(tx, session).id)
            return outcome or views.Refused(NOT_HELD)

        try:
            return await self._ctx.store.awrite(act)
        except (RelationsError, ValueError) as error:
            return views.Refused(NOT_DONE, str(error))

    def _about(
        self, reader: Reader, session: views.Session, person: str, change: views.PersonChange
    ) -> Member | views.Refused | None:
        """Whom it is about, where this officer may change just that of him, and of whom else it names."""
        who = self._who(reader, session)
        right = Manage.CLEARANCE if isinstance(change, changes.OfClearance) else Manage.ROLES
        if right not in staff.manages(who):
            return None
        about = [person, change.other] if isinstance(change, changes.TieTo) else [person]
        found = [staff.member(reader, self._ctx, _raw(each)) for each in about]
        for one in found:
            if one is None:
                return None
            if right not in staff.manages_of(reader, self._ctx, self._model, who, one.row.id):
                return views.Refused(NOT_THEIRS)
        return found[0]

    def _carry_out(
        self, tx: Tx, found: Member, change: views.PersonChange, hashed: bytes, *, actor: str
    ) -> views.LinkView | bool:
        ctx, model, person = self._ctx, self._model, found.row.id
        match change:
            case changes.MakeLink(hours):
                return self._link(tx, found, hours, actor=actor)
            case changes.SetPassword():
                people.set_password(tx, ctx, person, hashed, actor=actor)
                return True
            case changes.Suspend() | changes.CloseAccount():
                return changing.of_account(tx, ctx, model, person, change, actor=actor)
            case changes.AddShift() | changes.EndShift():
                return changing.of_duty(tx, ctx, model, person, change, actor=actor)
            case changes.TieTo() | changes.Concern():
                return changing.of_ties(tx, ctx, model, person, change, actor=actor)
            case changes.SetClearance() | changes.EndClearance():
                return changing.of_clearance(tx, ctx, person, change, actor=actor)
            case _:
                return changing.of_given(tx, ctx, model, person, change, actor=actor)

    def _declared(self, reader: Reader, one: interest.Declared) -> views.DeclaredView:
        note, by = one.note, one.note.declared_by
        return views.DeclaredView(
            kind=note.kind,
            whose=one.whose or "",
            other=self._maker(reader, str(uuid.UUID(bytes=one.other))) if one.other else "",
            at_ms=note.declared_ms or None,
            by=by if "/" in by else self._maker(reader, by),
            new=not note.seen,
        )

    def _link(self, tx: Tx, found: Member, hours: int, *, actor: str) -> views.LinkView:
        valid_ms = hours * HOUR_MS
        until = UnixMs(self._ctx.now() + valid_ms)
        secret = sign_in.invite(tx, self._ctx, found.row.id, actor=actor, valid_ms=valid_ms)
        return views.LinkView(
            person=found.id,
            login=found.row.login,
            name=found.row.name,
            path=sign_in.way_in(secret),
            until_ms=until,
        )


def _raw(person: str) -> bytes:
    """The 16 bytes; what is no uuid is nobody's."""
    try:
        return uuid.UUID(person).bytes
    except ValueError:
        return b""
