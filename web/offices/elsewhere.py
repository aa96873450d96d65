"""A second person at another port: asking there about a draft of this one, and answering here about one of another.

Guarantees that who may ask and who may answer is decided anew in the transaction of each call, and that opening personal data of
another port's draft is audited before it is given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from node.commands import address, second, second_close, second_here
from node.commands.people import Visitor
from node.commands.release import PlanChanged
from node.commands.second_here import Question, Shown
from node.store import seconds
from node.store.drafts import DraftRow as Draft
from node.store.seconds import AskedRow, State
from node.store.unit import Reader, Tx
from policies.decision import Deny
from policies.plan import Plan
from protocol.errors import BadRecord
from protocol.ids import NodeId, RecordId, UnixMs
from web import facts, shown, views
from web.offices.inside import refused
from web.offices.releasing import Releasing, digest_of


class Elsewhere(Releasing):
    """The part of the office that looks beyond this port for a second person, and is one for others."""

    def _view(self, reader: Reader, who: Visitor, row: Draft, plan: Plan) -> views.PlanView:
        view = super()._view(reader, who, row, plan)
        if not plan.needs_second:
            return view
        names, asked = self._names(), seconds.of_draft(reader, row.record)
        ports = () if view.seconded else second.ports(reader, self._ctx, row, plan, officer=who)
        return replace(
            view,
            may_ask=tuple(names.node(node) for node in ports),
            elsewhere=tuple(self._asked_there(reader, who, row, one, plan) for one in asked),
        )

    # ---- Of this port's drafts ------------------------------------------------------------------------------------------

    async def ask_elsewhere(
        self, session: views.Session, draft: str, *, port: str, digest: str
    ) -> views.Made | views.PlanChanged | views.Refused | None:
        """The question leaves with the transaction."""

        def act(tx: Tx) -> views.Made | views.PlanChanged | views.Refused | None:
            who = self._who(tx, session)
            row = self._draft(tx, who, draft)
            if row is None:
                return None
            done = second.ask(
                tx,
                self._ctx,
                row.record,
                node=NodeId(port),
                officer=who,
                people=self._people(tx),
                digest=digest_of(digest),
            )
            match done:
                case PlanChanged(now=now):
                    return self._changed(tx, who, row, now)
                case Deny():
                    return refused(done)
                case AskedRow():
                    return views.Made(draft)
                case None:
                    return None

        try:
            return await self._ctx.store.awrite(act)
        except BadRecord as error:
            return views.Refused("NOT_RELEASED", str(error))

    async def take_back_question(self, session: views.Session, draft: str, question: str) -> bool:
        """Of a draft that this officer sees."""

        def act(tx: Tx) -> bool:
            who, ident = self._who(tx, session), _id(question)
            row = self._draft(tx, who, draft)
            one = seconds.asked(tx, ident) if ident is not None else None
            if row is None or one is None or one.draft != row.record:
                return False
            return second.take_back(tx, self._ctx, one.question, officer=who)

        return await self._ctx.store.awrite(act)

    def _asked_there(
        self, reader: Reader, who: Visitor, row: Draft, one: AskedRow, plan: Plan
    ) -> views.AskedThere:
        names, moved = self._names(), second.moved(one, row, plan)
        codes = moved.codes if one.state in {State.OPEN, State.APPROVED} else ()
        state = str(one.state)
        if one.state is State.OPEN and self._ctx.now() >= one.until_ms:
            state = "lapsed"
        elif one.state is State.APPROVED and (
            not second_close.seconded(reader, self._ctx, row, plan, who.id)
        ):
            state, codes = "stale", codes or (("late",) if self._ctx.now() >= one.until_ms else ())
        elif one.why:
            codes = (one.why,)
        return views.AskedThere(
            id=one.question.hex(),
            port=names.node(one.node),
            state=state,
            asked_ms=one.asked_ms,
            until_ms=one.until_ms,
            answered_ms=one.answered_ms,
            roles=one.roles,
            reason=one.reason,
            moved=tuple(codes),
            gained=tuple(names.node(node) for node in moved.gained) if codes else (),
            lost=tuple(names.node(node) for node in moved.lost) if codes else (),
        )

    # ---- Of other ports' ------------------------------------------------------------------------------------------------

    async def asked_of_us(self, session: views.Session) -> tuple[views.QuestionRow, ...]:
        """Of personal data without the title."""

        def look(reader: Reader) -> Sequence[Question]:
            return second_here.waiting(reader, self._ctx, self._who(reader, session))

        rows = await self._ctx.store.aread(look)
        return tuple(
            replace(self._question_row(one), title="") if one.personal else self._question_row(one)
            for one in rows
        )

    async def question(self, session: views.Session, question: str) -> views.QuestionView | None:
        """All of it."""

        def look(reader: Reader) -> tuple[Visitor, Question, views.QuestionView] | None:
            who, ident = self._who(reader, session), _id(question)
            page = second_here.shown(reader, self._ctx, ident, who) if ident is not None else None
            return (who, page.question, self._question_view(reader, page)) if page is not None else None

        found = await self._ctx.store.aread(look)
        if found is None:
            return None
        who, one, view = found
        if one.personal:
            await self._ctx.store.awrite(lambda tx: second_here.opened(tx, self._ctx, one, officer=who.id))
        return view

    async def answer_question(
        self, session: views.Session, question: str, *, leaf: str, reason: str | None = None
    ) -> views.Rejected | views.Refused | bool:
        """The answer leaves with the transaction."""

        def act(tx: Tx) -> views.Refused | bool:
            who, ident = self._who(tx, session), _id(question)
            if ident is None:
                return False
            done = second_here.answer(tx, self._ctx, ident, officer=who, leaf=digest_of(leaf), reason=reason)
            return refused(done) if isinstance(done, Deny) else done is not None

        try:
            return await self._ctx.store.awrite(act)
        except BadRecord as error:
            return views.Rejected((views.FieldError("reason", "text", words=str(error)),))

    def _question_row(self, one: Question) -> views.QuestionRow:
        names = self._names()
        line = shown.draft(
            one.draft.message,
            ident=one.row.question.hex(),
            names=names,
            made_ms=one.came_ms,
            maker="",
            detector=None,
            label_text=one.label.text,
        )
        return views.QuestionRow(
            id=line.id,
            port=names.node(one.row.origin),
            kind=line.kind,
            title=line.title,
            lang=one.draft.lang,
            severity=line.severity,
            label=shown.label(one.label.text, names),
            came_ms=one.came_ms,
            until_ms=one.row.until_ms,
        )

    def _question_view(self, reader: Reader, page: Shown) -> views.QuestionView:
        one, names = page.question, self._names()
        message = one.draft.message
        common, where = message.common, partial(address.of_ref, reader)
        return views.QuestionView(
            row=self._question_row(one),
            leaf=one.leaf.hex(),
            description=one.draft.summary,
            recipients=shown.recipients(page.recipients, one.label, names, me=one.row.origin),
            withheld=shown.withheld(page.withheld, names),
            change=one.body.change,
            needs_second=tuple(one.body.second),
            roles=tuple(one.body.roles),
            people=one.body.people,
            moved=page.moved,
            change_reason=common.change_reason,
            life_safety=one.draft.kind == "alert" and message.alert.life_safety,
            occurred_ms=UnixMs(common.occurred_from) if common.occurred_from else None,
            places=shown.places(common, names),
            subjects=tuple(views.Subject(each.type, each.value) for each in one.draft.subjects),
            facts=tuple(facts.facts(message, where, names.place, names.called, every=True)),
        )


def _id(text: str) -> RecordId | None:
    """A question's id, as a path has it."""
    try:
        raw = bytes.fromhex(text)
    except ValueError:
        return None
    return RecordId(raw) if len(raw) == 16 else None
