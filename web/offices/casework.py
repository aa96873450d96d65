"""Cases as their pages show them: who is in them and what, whose glass may be broken, and what was done with them.

Guarantees that a case is there for who reads it, by its name for who may break its glass, and for nobody else; and that of what is in it
nothing is shown but what the officer reads.
"""

from __future__ import annotations

from dataclasses import replace

from node.commands import (
    address,
    break_glass,
    open_case,
    put_in,
    review_conduct,
    search,
    take_by_review,
    take_lead,
)
from node.commands import detail as details
from node.commands.ends import end_of
from node.commands.leading import leads_now
from node.commands.need import circle_of, leads_of, shown_to_everybody
from node.commands.people import Visitor
from node.store import cases, conduct
from node.store.cases import CaseRow
from node.store.tuples import SnapshotTuples
from node.store.unit import Reader
from policies.cases import Part, of_case
from policies.need import CaseId
from policies.relations import Tuple
from protocol.ids import RecordId, UnixMs
from web import shown, views
from web.media import PICTURES
from web.offices.case_acts import CaseActs
from web.offices.inside import silent

_PARTS = (Part.LEAD, Part.READ_IN, Part.GLASS, Part.READ_OUT, Part.CONFLICTED)


class Casework(CaseActs):
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
                mine=tuple(
                    self._line_for(reader, row, who) for row in every if row.id in who.reading.need.read
                ),
                others=tuple(self._line_for(reader, row, who) for row in others),
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
                line=self._line_for(reader, row, who),
                rows=self._rows_of(reader, row.id, who),
                leads=row.id in need.leads,
                reading_only=not acts,
                until_ms=until,
            )
            if not acts:
                return view
            circle = circle_of(reader, self._ctx, row.id).community
            others = self._people_in(reader, frozenset({circle})) if view.leads else ()
            leads = leads_now(reader, self._ctx, self._model, row.id) if view.leads else []
            return replace(
                view,
                may_step_down=bool(set(leads) - {who.id}),
                taken=self._taken(reader, row.id, who),
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

    async def leaderless(self, session: views.Session, case: str) -> views.CaseLine | None:
        """A case that nobody can lead, and whose lead the officer may take."""

        def ask(reader: Reader) -> views.CaseLine | None:
            who, row = self._who(reader, session), self._case(reader, case)
            line = self._line_for(reader, row, who) if row is not None else None
            return line if line is not None and line.may_lead else None

        return await self._ctx.store.aread(ask)

    async def puttable(self, session: views.Session, record: str = "") -> views.Puttable:
        """Cases into which the officer may put a record."""

        def ask(reader: Reader) -> views.Puttable:
            who = self._who(reader, session)
            one = self._seen(reader, who, record) if record else None
            count, more = put_in.following(reader, self._ctx, one, who) if one is not None else (0, False)
            return views.Puttable(
                cases=tuple(views.Named(row.id.hex(), row.name) for row in self._open(reader, who)),
                told=put_in.may_be_told(reader, self._ctx, self._model, who),
                follow=count,
                more=more,
            )

        return await self._ctx.store.aread(ask)

    def _line_of(self, reader: Reader, row: CaseRow) -> views.CaseLine:
        community = circle_of(reader, self._ctx, row.id).community
        return views.CaseLine(
            id=row.id.hex(),
            name=row.name,
            circle=self._names().community(community),
            leads=tuple(self._maker(reader, one) for one in leads_of(reader, row.id)),
            closed=bool(row.closed_ms),
        )

    def _line_for(self, reader: Reader, row: CaseRow, who: Visitor) -> views.CaseLine:
        """The same, with whether this officer may take its lead."""
        may = row.id not in self._people(reader).led()
        may = may and take_lead.may_take_lead(reader, self._ctx, self._model, row.id, who)
        return replace(self._line_of(reader, row), may_lead=may)

    def _taken(self, reader: Reader, case: CaseId, who: Visitor) -> tuple[views.TakenRow, ...]:
        """What reviews took out, as far as the officer reads it now."""
        names, made = self._names(), list[views.TakenRow]()
        for row in take_by_review.taken_out(reader, case, who):
            if row.record is None or row.lineage is None:
                continue
            where = address.address_of(RecordId(row.record), row.lineage, {})
            one = search.found(reader, self._ctx, self._readable, who.reading, where)
            if one is not None and not silent(one, who):
                made.append(views.TakenRow(shown.row(one, names), row.taken_ms))
        return tuple(made)

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
