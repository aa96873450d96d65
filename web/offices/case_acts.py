"""What is done with cases: opened, changed, closed, handed over, the glass broken.

Guarantees that each act asks anew who the officer is in the case, in its own transaction.
"""

from __future__ import annotations

from typing import assert_never

from node.commands import break_glass, follow, hand_case_over, open_case, people, put_in, read_in, take_lead
from node.commands.follow import Again, Look
from node.commands.people import Visitor
from node.store import cases
from node.store.cases import CaseRow
from node.store.unit import Reader, Tx
from policies.cases import Part
from policies.decision import Deny
from policies.need import CaseId
from web import views
from web.offices.conduct import Conduct
from web.offices.inside import refused
from web.views import cases as changes

HOUR_MS = 3_600_000
TRIES = 4
"""Looks at what goes into a case with a record: others of this port may write about it meanwhile."""


class CaseActs(Conduct):
    """The part of the office where cases are changed."""

    async def open_case(
        self, session: views.Session, *, name: str, circle: str, lead: str
    ) -> views.Made | views.Refused | None:
        """A new one; None where there is no such person."""

        def act(tx: Tx) -> views.Made | views.Refused | None:
            who, chosen = self._who(tx, session), self._visitor(tx, lead)
            if chosen is None:
                return None
            done = open_case.open_case(
                tx, self._ctx, self._model, officer=who, name=name, circle=circle, lead=chosen
            )
            return refused(done) if isinstance(done, Deny) else views.Made(done.hex())

        return await self._ctx.store.awrite(act)

    async def change_case(
        self, session: views.Session, case: str, change: views.CaseChange
    ) -> views.Refused | bool:
        """One change by its command; False where there is no such case for this officer, or nothing to change."""
        done: bool | Deny | Again = follow.AGAIN
        for _ in range(TRIES):
            looked = (
                await self._looked(session, case, change.record)
                if isinstance(change, changes.PutIn)
                else None
            )

            def act(tx: Tx, looked: Look | None = looked) -> bool | Deny | Again:
                who, row = self._who(tx, session), self._case(tx, case)
                return self._changed_case(tx, who, row.id, change, looked) if row is not None else False

            done = await self._ctx.store.awrite(act)
            if not isinstance(done, Again):
                break
        if isinstance(done, Again):
            done = put_in.others_write()
        return refused(done) if isinstance(done, Deny) else done

    async def _looked(self, session: views.Session, case: str, record: str) -> Look | None:
        """What may go with a record into a case, looked for off the writer."""

        def ask(reader: Reader) -> Look | None:
            who, row = self._who(reader, session), self._case(reader, case)
            one = self._seen(reader, who, record)
            if one is None or row is None:
                return None
            return put_in.look(reader, self._ctx, row.id, one, officer=who)

        return await self._ctx.store.aread(ask)

    def _changed_case(
        self, tx: Tx, who: Visitor, case: CaseId, change: views.CaseChange, looked: Look | None
    ) -> bool | Deny | Again:
        ctx, model = self._ctx, self._model
        match change:
            case changes.ReadIn(person, purposes, until):
                chosen = self._visitor(tx, person)
                if chosen is None:
                    return False
                return read_in.read_in(
                    tx, ctx, model, case, person=chosen, purposes=purposes, until=until, officer=who
                )
            case changes.ReadOut(person, conflict):
                part = Part.CONFLICTED if conflict else Part.READ_OUT
                if self._visitor(tx, person) is None:
                    return False
                return read_in.read_out(tx, ctx, model, case, person=person, part=part, officer=who)
            case changes.PutIn(record):
                one = self._seen(tx, who, record)
                return one is not None and put_in.put_in(
                    tx, ctx, model, case, one, officer=who, looked=looked
                )
            case changes.TakeOut(record):
                one = self._seen(tx, who, record)
                return one is not None and put_in.take_out(tx, ctx, case, one, officer=who)
            case changes.NameLead() | changes.StepDown() | changes.TakeLead():
                return self._changed_lead(tx, who, case, change)
            case changes.CloseCase():
                return open_case.close_case(tx, ctx, case, officer=who)
            case changes.BreakGlass(reason, hours):
                done = break_glass.break_glass(
                    tx,
                    ctx,
                    model,
                    case,
                    reason=reason,
                    lasts_ms=hours * HOUR_MS,
                    officer=who,
                )
                return done if isinstance(done, Deny) else done is not None
            case _:
                assert_never(change)

    def _changed_lead(
        self,
        tx: Tx,
        who: Visitor,
        case: CaseId,
        change: changes.NameLead | changes.StepDown | changes.TakeLead,
    ) -> bool | Deny:
        ctx, model = self._ctx, self._model
        match change:
            case changes.NameLead(person, until):
                chosen = self._visitor(tx, person)
                if chosen is None:
                    return False
                return hand_case_over.name_lead(tx, ctx, model, case, person=chosen, until=until, officer=who)
            case changes.StepDown():
                return hand_case_over.step_down(tx, ctx, model, case, officer=who)
            case changes.TakeLead(reason):
                return take_lead.take_lead(tx, ctx, model, case, reason=reason, officer=who)
            case _:
                assert_never(change)

    def _case(self, reader: Reader, case: str) -> CaseRow | None:
        return cases.get(reader, bytes.fromhex(case))

    def _visitor(self, reader: Reader, person: str) -> Visitor | None:
        return people.visitor_of(reader, self._ctx, self._model, person)
