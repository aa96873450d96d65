"""Plans and releases of this port's officers, and taking back.

Guarantees that a plan is confirmed before a release begins and again when it leaves, and that what is about to leave is in the
store: after a restart it leaves when its time is over, unless it is undone before.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypedDict, TypeVar

from node import log
from node.commands import address, leave, people, search, second_close
from node.commands import draft as drafting
from node.commands import release as releasing
from node.commands import retract as retracting
from node.commands.people import Visitor
from node.commands.publish import Released as Left
from node.commands.references import wider_than
from node.commands.retention import NoRetention
from node.store import drafts
from node.store.drafts import DraftRow as Draft
from node.store.unit import Reader, Tx
from policies.decision import Deny, DenyCode
from policies.officers import Right
from policies.plan import Plan
from policies.readership import Readership
from policies.rules import WIDER
from protocol.errors import BadRecord
from protocol.ids import RecordId, UnixMs
from protocol.kinds import known
from protocol.label import parse
from protocol.record import kind_of, validate
from protocol.v1 import records_pb2 as pb
from web import facts, shown, views
from web.offices.inside import refused
from web.offices.visible import Visible

T = TypeVar("T")
_logger = log.get("office")


class _Given(TypedDict):
    officer: Visitor
    people: Readership
    digest: bytes


class Releasing(Visible):
    """The part of the office that releases, undoes and takes back."""

    async def plan_preview(self, session: views.Session, draft: str) -> views.Preview | None:
        """The plan that a release would carry out now, or to whom it is handed over."""

        def ask(reader: Reader) -> tuple[Visitor, Draft, views.Preview] | None:
            who = self._who(reader, session)
            row = self._draft(reader, who, draft)
            told = self._told(reader, who, row) if row is not None else None
            return (who, row, told) if row is not None and told is not None else None

        answer = await self._ctx.store.aread(ask)
        if answer is None:
            return None
        await self._draft_opened(answer[0], answer[1])
        return answer[2]

    def _told(self, reader: Reader, who: Visitor, row: Draft) -> views.Preview | None:
        if row.label is None:
            return views.NeedsLabel(self._line(reader, row, who), description_of(row))
        plan = self._plan(reader, who, row)
        return self._view(reader, who, row, plan) if isinstance(plan, Plan) else plan

    async def _draft_opened(self, who: Visitor, row: Draft) -> None:
        """Audits that personal data of a draft is about to be given."""
        if drafting.is_personal(row):
            await self._ctx.store.awrite(lambda tx: drafting.opened(tx, self._ctx, row, officer=who.id))

    async def release(
        self, session: views.Session, draft: str, *, digest: str
    ) -> views.Released | views.Waiting | views.PlanChanged | views.Refused | None:
        """At once for life safety, else after the cancel window; the plan is confirmed before and again when it leaves."""

        def act(tx: Tx) -> UnixMs | Left | views.PlanChanged | views.Refused | None:
            who = self._who(tx, session)
            row = self._draft(tx, who, draft)
            if row is None:
                return None
            given: _Given = {"officer": who, "people": self._people(tx), "digest": digest_of(digest)}
            if self._cancel_ms == 0 or _life_safety(row):
                return self._answer(tx, who, row, releasing.release(tx, self._ctx, row.record, **given))
            begun = leave.begin(tx, self._ctx, row.record, after_ms=self._cancel_ms, **given)
            return begun if isinstance(begun, int) else self._answer(tx, who, row, begun)

        try:
            done = await self._leave(RecordId(bytes.fromhex(draft)), act)
        except (BadRecord, NoRetention) as error:
            return views.Refused("NOT_RELEASED", str(error))
        match done:
            case Left():
                self._tell(done)
                return views.Released(done.record.hex())
            case int():
                self._await(RecordId(bytes.fromhex(draft)), done)
                return views.Waiting(draft, done)
            case _:
                return done

    async def cancel_release(self, session: views.Session, draft: str) -> views.Refused | bool:
        """Stops a release that this officer may see and could release."""

        def act(tx: Tx) -> RecordId | views.Refused | None:
            who = self._who(tx, session)
            row = self._draft(tx, who, draft)
            if row is None:
                return None
            stopped = leave.undo(tx, self._ctx, row.record, officer=who)
            if isinstance(stopped, Deny):
                return refused(stopped)
            return row.record if stopped else None

        stopped = await self._ctx.store.awrite(act)
        if isinstance(stopped, views.Refused):
            return stopped
        if stopped is not None:
            self._leaving.stop(stopped)
        self._ring()
        return stopped is not None

    async def resume(self) -> None:
        """After a start: what was about to leave when the node stopped leaves when its time is over."""
        for row in await self._ctx.store.aread(drafts.leaving):
            self._await(row.record, row.leaves_ms or self._ctx.now())

    def _await(self, record: RecordId, leaves: UnixMs) -> None:
        """Carry it out at its time; a timer that is early by this node's clock waits again."""

        async def act() -> bool:
            done = await self._left_now(record)
            return isinstance(done, Left)

        after = max(0, leaves - self._ctx.now()) / 1000
        self._leaving.start(record, after_s=after, leaves_ms=leaves, act=act)

    async def _left_now(self, record: RecordId) -> releasing.Outcome | None:
        def act(tx: Tx) -> releasing.Outcome | None:
            row = drafts.get(tx, record)
            person = people.visitor_of(tx, self._ctx, self._model, row.leaver) if row and row.leaver else None
            return leave.leave(tx, self._ctx, record, officer=person, people=self._people(tx))

        try:
            done = await self._leave(record, act)
        except leave.NOT_NOW:
            await self._ctx.store.awrite(lambda tx: leave.fail(tx, self._ctx, record))
            return None
        if isinstance(done, Left):
            self._tell(done)
        return done

    async def approve(
        self, session: views.Session, draft: str, *, digest: str
    ) -> views.Made | views.PlanChanged | views.Refused | None:
        """The second person's yes."""

        def act(tx: Tx) -> views.Made | views.PlanChanged | views.Refused | None:
            who = self._who(tx, session)
            row = self._draft(tx, who, draft)
            if row is None:
                return None
            if Right.APPROVE_RELEASE not in who.rights:
                return views.Refused(DenyCode.NOT_COMPETENT)
            outcome = releasing.approve(
                tx, self._ctx, row.record, officer=who, people=self._people(tx), digest=digest_of(digest)
            )
            match outcome:
                case releasing.PlanChanged(now=now):
                    return self._changed(tx, who, row, now)
                case Deny():
                    return self._refused(tx, who, row, outcome)
                case Plan():
                    return views.Made(draft)
                case None:
                    return None

        return await self._ctx.store.awrite(act)

    async def retract(
        self, session: views.Session, record: str, *, reason: int
    ) -> views.Released | views.Refused | None:
        """Withdraws what this port said."""
        kinds: list[str] = []

        def act(tx: Tx) -> views.Released | views.Refused | None:
            who, where = self._who(tx, session), address.parse(record)
            if where is None:
                return None
            one = search.found(tx, self._ctx, self._readable, who.reading, where)
            if one is None or not one.feed.own:
                return None
            kinds.append(kind_of(one.row.kind))
            outcome = retracting.retract(tx, self._ctx, one.id, reason=reason, officer=who)
            if isinstance(outcome, Deny):
                return refused(outcome)
            return views.Released(record) if outcome else None

        done = await self._ctx.store.awrite(act, urgent=True)
        if isinstance(done, views.Released):
            _logger.info("record withdrawn", record=record, kind=kinds[-1], reason=reason)
        return done

    async def _leave(self, record: RecordId, act: Callable[[Tx], T]) -> T:  # noqa: ARG002  for whoever looks after its files
        """The transaction with which a draft may leave."""
        return await self._ctx.store.awrite(act, urgent=True)

    def _tell(self, left: Left) -> None:
        one = {"record": left.record.hex(), "kind": left.kind, "feed": left.feed.feed, "index": left.index}
        _logger.info("record released by an officer", version=left.version, **one)

    def _plan(self, reader: Reader, who: Visitor, row: Draft) -> Plan | views.Refused | None:
        try:
            plan = releasing.preview(reader, self._ctx, row.record, officer=who, people=self._people(reader))
        except (BadRecord, NoRetention) as error:
            return views.Refused("NOT_RELEASED", str(error))
        return self._refused(reader, who, row, plan) if isinstance(plan, Deny) else plan

    def _refused(self, reader: Reader, who: Visitor, row: Draft, deny: Deny) -> views.Refused:
        """Why not; where its label goes beyond a record that it names, with both labels."""
        if deny.rule != WIDER or row.label is None:
            return refused(deny)
        checked = validate(row.content_type, row.content, register=self._ctx.register, now=self._ctx.now())
        named = wider_than(reader, self._ctx, checked, who, parse(row.label))
        if named is None:
            return refused(deny)
        names = self._names()
        return views.Refused(
            "WIDER", label=shown.label(row.label, names), named=shown.label(named.text, names)
        )

    def _answer(
        self, tx: Tx, who: Visitor, row: Draft, outcome: releasing.Outcome | None
    ) -> Left | views.PlanChanged | views.Refused | None:
        match outcome:
            case Deny():
                return self._refused(tx, who, row, outcome)
            case releasing.PlanChanged(now=now):
                return self._changed(tx, who, row, now)
            case _:
                return outcome

    def _changed(self, tx: Tx, who: Visitor, row: Draft, now: Plan) -> views.PlanChanged:
        """The plan that holds, with the draft's text: giving it is audited as on its page."""
        if drafting.is_personal(row):
            drafting.opened(tx, self._ctx, row, officer=who.id)
        return views.PlanChanged(self._view(tx, who, row, now))

    def _view(self, reader: Reader, who: Visitor, row: Draft, plan: Plan) -> views.PlanView:
        message, names = pb.Record.FromString(row.content), self._names()
        return shown.plan(
            plan,
            self._line(reader, row, who),
            names,
            me=self._ctx.me,
            description=description_of(row),
            cancel_s=0 if _life_safety(row) else self._cancel_ms // 1000,
            seconded=second_close.seconded(reader, self._ctx, row, plan, who.id),
            may_second=Right.APPROVE_RELEASE in who.rights and who.id not in {row.owner, row.editor},
            approved_here=row.approver == who.id and row.approved == plan.digest,
            moves=row.replaces is not None,
            removes=row.removes,
            reason=message.common.change_reason if row.version > 1 else "",
            message=message,
            facts=self._facts(reader, message),
        )

    def _facts(self, reader: Reader, message: pb.Record) -> tuple[views.Fact, ...]:
        where = partial(address.of_ref, reader)
        names = self._names()
        return tuple(facts.facts(message, where, names.place, names.called, every=True))


def _life_safety(row: Draft) -> bool:
    return row.kind == "alert" and pb.Record.FromString(row.content).alert.life_safety


def description_of(row: Draft) -> str:
    """The field of its kind that says what it is about, in words; "" where it has none."""
    kind = known().get(row.kind)
    if kind is None or not kind.summary:
        return ""
    return str(getattr(getattr(pb.Record.FromString(row.content), row.kind), kind.summary))


def digest_of(text: str) -> bytes:
    """What a form sent back; what is none fits nothing."""
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""
