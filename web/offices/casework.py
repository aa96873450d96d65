"""Cases: who is in them and what, breaking the glass of one, and the review of what was done with them.

Guarantees that a case is there for who reads it, by its name for who may break its glass, and for nobody else; that of what is in it
nothing is shown but what the officer reads; and that each act asks anew who the officer is in it, in its own transaction.
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import assert_never

from node.commands import address, break_glass, open_case, people, put_in, read_in, review_conduct, search
from node.commands import detail as details
from node.commands.ends import end_of
from node.commands.need import circle_of, leads_of, shown_to_everybody
from node.commands.people import Visitor
from node.store import cases, conduct
from node.store.cases import CaseRow
from node.store.tuples import SnapshotTuples
from node.store.unit import Reader, Tx
from policies.cases import Part, of_case
from policies.decision import Deny
from policies.need import CaseId
from policies.relations import Tuple
from protocol.ids import UnixMs
from web import shown, views
from web.media import PICTURES
from web.offices.conduct import Conduct
from web.offices.inside import refused, silent
from web.views import cases as changes

HOUR_MS = 3_600_000
_PARTS = (Part.LEAD, Part.READ_IN, Part.GLASS, Part.READ_OUT, Part.CONFLICTED)


class Casework(Conduct):
    """The part of the office where cases are."""

    def _record(self, reader: Reader, who: Visitor, found: details.Detail) -> views.RecordView:
        view = super()._record(reader, who, found)
        row = cases.get(reader, found.case) if found.case is not None else None
        named = views.Named(row.id.hex(), row.name) if row is not None else None
        if found.reading_only:
            pictures = tuple(file for file in view.files if file.media_type in PICTURES)
            return replace(
                view,
                case=named,
                reading_only=True,
                files=pictures,
                ways=(),
                answers=None,
                may_hold=False,
                may_contest=False,
                may_unseal=False,
                may_erase=False,
                erase_asked=False,
            )
        one = found.found
        may_put = named is None and bool(self._open(reader, who))
        may_put = may_put and not shown_to_everybody(reader, one.feed.lineage, one.id)
        return replace(view, case=named, may_put=may_put)

    def _open(self, reader: Reader, who: Visitor) -> list[CaseRow]:
        """Open cases that the officer contributes to."""
        act = who.reading.need.act
        return [row for row in cases.every(reader) if row.id in act and not row.closed_ms] if act else []

    async def cases(self, session: views.Session) -> views.CasesView:
        """What there is for this officer."""

        def ask(reader: Reader) -> views.CasesView:
            who, every = self._who(reader, session), cases.every(reader)
            others = [
                row for row in every if break_glass.may_break(reader, self._ctx, self._model, row.id, who)
            ]
            view = views.CasesView(
                mine=tuple(self._line_of(reader, row) for row in every if row.id in who.reading.need.read),
                others=tuple(self._line_of(reader, row) for row in others),
                conduct=self._notices(reader, who),
                reviewed=tuple(
                    self._conduct(reader, who, row)
                    for row in review_conduct.reviewed(reader, self._ctx, self._model, who)
                ),
            )
            if not open_case.may_open(who):
                return view
            names, own = self._names(), who.reading.memberships
            return replace(
                view,
                may_open=True,
                circles=tuple(names.community(one) for one in sorted(own)),
                people=self._people_in(reader, frozenset(own)),
            )

        return await self._ctx.store.aread(ask)

    async def case(self, session: views.Session, case: str) -> views.CaseView | None:
        """One that the officer reads."""

        def ask(reader: Reader) -> views.CaseView | None:
            who, row = self._who(reader, session), self._case(reader, case)
            if row is None or row.id not in who.reading.need.read:
                return None
            need, acts = who.reading.need, bool(who.reading.need.act.get(row.id))
            until = None if acts else self._glass_end(reader, row.id, who)
            view = views.CaseView(
                line=self._line_of(reader, row),
                rows=self._rows_of(reader, row.id, who),
                leads=row.id in need.leads,
                reading_only=not acts,
                until_ms=until,
            )
            if not acts:
                return view
            circle = circle_of(reader, self._ctx, row.id).community
            others = self._people_in(reader, frozenset({circle})) if view.leads else ()
            return replace(
                view,
                people=self._people_of(reader, row.id),
                glass=tuple(self._conduct(reader, who, one) for one in conduct.glass_of(reader, row.id)),
                candidates=tuple(one for one in others if one.id != who.id),
            )

        return await self._ctx.store.aread(ask)

    async def glass_of(self, session: views.Session, case: str) -> views.CaseLine | None:
        """A case whose glass the officer may break."""

        def ask(reader: Reader) -> views.CaseLine | None:
            who, row = self._who(reader, session), self._case(reader, case)
            if row is None or not break_glass.may_break(reader, self._ctx, self._model, row.id, who):
                return None
            return self._line_of(reader, row)

        return await self._ctx.store.aread(ask)

    async def puttable(self, session: views.Session) -> views.Puttable:
        """Cases into which the officer may put a record."""

        def ask(reader: Reader) -> views.Puttable:
            who = self._who(reader, session)
            return views.Puttable(
                cases=tuple(views.Named(row.id.hex(), row.name) for row in self._open(reader, who)),
                told=put_in.may_be_told(reader, self._ctx, self._model, who),
            )

        return await self._ctx.store.aread(ask)

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

        def act(tx: Tx) -> views.Refused | bool:
            who, row = self._who(tx, session), self._case(tx, case)
            done = self._changed_case(tx, who, row.id, change) if row is not None else False
            return refused(done) if isinstance(done, Deny) else done

        return await self._ctx.store.awrite(act)

    def _changed_case(self, tx: Tx, who: Visitor, case: CaseId, change: views.CaseChange) -> bool | Deny:
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
                return one is not None and put_in.put_in(tx, ctx, model, case, one, officer=who)
            case changes.TakeOut(record):
                one = self._seen(tx, who, record)
                return one is not None and put_in.take_out(tx, ctx, case, one, officer=who)
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

    def _case(self, reader: Reader, case: str) -> CaseRow | None:
        return cases.get(reader, bytes.fromhex(case))

    def _visitor(self, reader: Reader, person: str) -> Visitor | None:
        return people.visitor(reader, self._ctx, self._model, uuid.UUID(person).bytes)

    def _line_of(self, reader: Reader, row: CaseRow) -> views.CaseLine:
        community = circle_of(reader, self._ctx, row.id).community
        return views.CaseLine(
            id=row.id.hex(),
            name=row.name,
            circle=self._names().community(community),
            leads=tuple(self._maker(reader, one) for one in leads_of(reader, row.id)),
            closed=bool(row.closed_ms),
        )

    def _rows_of(self, reader: Reader, case: CaseId, who: Visitor) -> tuple[views.Row, ...]:
        inside = who.reading.need.inside.of
        held = [
            search.found(
                reader, self._ctx, self._readable, who.reading, address.address_of(record, lineage, {})
            )
            for (lineage, record), its in inside.items()
            if its == case
        ]
        mine = [one for one in held if one is not None and not silent(one, who)]
        names = self._names()
        return tuple(shown.row(one, names) for one in sorted(mine, key=lambda one: -one.row.arrival))

    def _people_of(self, reader: Reader, case: CaseId) -> tuple[views.CasePerson, ...]:
        tuples = SnapshotTuples(reader)
        return tuple(
            self._person_of(reader, each) for part in _PARTS for each in tuples.read(of_case(case), part)
        )

    def _person_of(self, reader: Reader, each: Tuple) -> views.CasePerson:
        ident = each.user.partition(":")[2]
        told = each.condition.context.get("purposes", ()) if each.condition else ()
        purposes = tuple(map(str, told)) if isinstance(told, list) else ()
        return views.CasePerson(ident, self._maker(reader, ident), each.relation, end_of(each), purposes)

    def _people_in(self, reader: Reader, circles: frozenset[str]) -> tuple[views.Named, ...]:
        """Everybody of this node in one of these communities, by name."""
        groups = (one for one in self._people(reader).groups if circles & set(one.reading.memberships))
        ids = (who for one in groups for who in one.people)
        found = ((self._maker(reader, who), who) for who in ids)
        return tuple(views.Named(who, name) for name, who in sorted(found))

    def _glass_end(self, reader: Reader, case: CaseId, who: Visitor) -> UnixMs | None:
        held = SnapshotTuples(reader).find(of_case(case), Part.GLASS, f"user:{who.id}")
        return end_of(held) if held is not None else None
