"""Drafts, plans and releases of this port's officers.

Guarantees that a plan is confirmed before a release begins and again when it leaves, and that a draft shows only to its
owner and to those who may write or release here and read under its label.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from node import log
from node.commands import address, search
from node.commands import draft as drafting
from node.commands import release as releasing
from node.commands import retract as retracting
from node.commands.people import Visitor
from node.commands.publish import Released as Left
from node.commands.retention import NoRetention
from node.languages import LANGUAGES
from node.store import drafts
from node.store.drafts import DraftRow as Draft
from node.store.unit import Reader, Tx
from policies.decision import Deny, DenyCode
from policies.officers import Right
from policies.plan import Plan
from protocol.errors import BadRecord
from protocol.ids import RecordId, UnixMs
from protocol.kinds import known
from protocol.record import kind_of
from protocol.register_view import Register
from protocol.v1 import records_pb2 as pb
from web import shown, views, written
from web.offices.inside import refused
from web.offices.visible import Visible
from web.written import Author, Wrong

_TLPS = ("GREEN", "AMBER", "AMBER+STRICT", "RED")
T = TypeVar("T")
_logger = log.get("office")


class Drafting(Visible):
    """The part of the office that writes and releases."""

    async def menu(self, session: views.Session, kind: str) -> views.Menu:  # noqa: ARG002 - the node's, not the officer's
        """What the register and this node allow."""
        register, names = self._ctx.register, self._names()
        me = self._ctx.entry(register)
        served = [c for c in me.communities if c in register.communities]
        usual = _usual(register)
        audiences = tuple(
            views.Audience(
                name,
                names.community(name).name,
                tuple(names.node(node) for node in sorted(register.communities[name].serving)),
            )
            for name in sorted(served, key=usual)
        )
        ports = {node for c in served for node in register.communities[c].serving} - {me.id}
        bases = [p for p in register.processing.values() if kind in p.kinds and p.regime == written.REGIME]
        return views.Menu(
            audiences=audiences,
            tlps=_TLPS,
            ports=tuple(names.node(node) for node in sorted(ports)),
            places=tuple(views.Named(site.unlocode, site.name) for site in me.sites if site.unlocode),
            bases=tuple(views.Named(p.id, p.title) for p in sorted(bases, key=lambda p: p.id)),
            languages=tuple(LANGUAGES),
        )

    async def raise_alert(
        self, session: views.Session, draft: views.AlertDraft
    ) -> views.Made | views.Rejected | views.Refused:
        """A draft of an alert."""
        return await self._make(session, "alert", draft.label, lambda author: written.alert(draft, author))

    async def enter_indicator(
        self, session: views.Session, draft: views.IndicatorDraft
    ) -> views.Made | views.Rejected | views.Refused:
        """A draft of a look-out."""
        return await self._make(
            session, "indicator", draft.label, lambda author: written.indicator(draft, author)
        )

    async def _make(
        self,
        session: views.Session,
        kind: str,
        choice: views.LabelChoice,
        write: Callable[[Author], pb.Record],
    ) -> views.Made | views.Rejected | views.Refused:
        def act(tx: Tx) -> views.Made | views.Refused:
            who = self._who(tx, session)
            if Right.DRAFT not in who.rights and kind not in who.kinds:
                return views.Refused(DenyCode.NOT_COMPETENT)
            author = self._author(who)
            message = write(author)
            label = written.label(choice, author, message)
            return views.Made(drafting.make(tx, self._ctx, message, owner=who.id, label=label).record.hex())

        return await self._checked(act)

    async def relabel(
        self, session: views.Session, draft: str, label: views.LabelChoice
    ) -> views.Made | views.Rejected | views.Refused | None:
        """Another label for a draft that has not left."""

        def act(tx: Tx) -> views.Made | views.Refused | None:
            who = self._who(tx, session)
            row = self._draft(tx, who, draft)
            if row is None or self._leaving.when(row.record) is not None:
                return None
            message = pb.Record.FromString(row.content)
            chosen = written.label(label, self._author(who), message)
            changed = drafting.change(tx, self._ctx, row.record, editor=who.id, label=chosen)
            return views.Made(draft) if changed else None

        return await self._checked(act)

    async def drafts(self, session: views.Session) -> tuple[views.DraftRow, ...]:
        """What this officer may see of what waits."""

        def ask(reader: Reader) -> tuple[views.DraftRow, ...]:
            who = self._who(reader, session)
            return tuple(self._line(reader, row) for row in self._drafts(reader, who))

        return await self._ctx.store.aread(ask)

    async def discard(self, session: views.Session, draft: str) -> bool:
        """Drops a draft that is not leaving."""

        def act(tx: Tx) -> bool:
            who = self._who(tx, session)
            row = self._draft(tx, who, draft)
            if row is None or self._leaving.when(row.record) is not None:
                return False
            return drafting.discard(tx, self._ctx, row.record, officer=who.id)

        return await self._ctx.store.awrite(act)

    async def plan_preview(
        self, session: views.Session, draft: str
    ) -> views.PlanView | views.NeedsLabel | views.Refused | None:
        """The plan that a release would carry out now."""

        def ask(reader: Reader) -> views.PlanView | views.NeedsLabel | views.Refused | None:
            who = self._who(reader, session)
            row = self._draft(reader, who, draft)
            if row is None:
                return None
            if row.label is None:
                return views.NeedsLabel(self._line(reader, row), _description(row))
            plan = self._plan(reader, who, row)
            return self._view(reader, who, row, plan) if isinstance(plan, Plan) else plan

        return await self._ctx.store.aread(ask)

    async def release(
        self, session: views.Session, draft: str, *, digest: str
    ) -> views.Released | views.Waiting | views.PlanChanged | views.Refused | None:
        """At once for life safety, else after the cancel window; the plan is confirmed before and again when it leaves."""
        found = await self._ctx.store.aread(lambda r: self._confirmed(r, session, draft, digest))
        if not isinstance(found, Draft):
            return found
        if self._cancel_ms == 0 or _life_safety(found):
            return await self._leave(session, found.record, bytes.fromhex(digest))
        leaves = UnixMs(self._ctx.now() + self._cancel_ms)

        async def act() -> str:
            outcome = await self._leave(session, found.record, bytes.fromhex(digest))
            match outcome:
                case views.Released():
                    return ""
                case views.PlanChanged():
                    return str(DenyCode.PLAN_CHANGED)
                case views.Refused(code=code):
                    return code
                case None:
                    return "NOT_RELEASED"

        self._leaving.start(found.record, after_s=self._cancel_ms / 1000, leaves_ms=leaves, act=act)
        self._ring()
        return views.Waiting(draft, leaves)

    async def cancel_release(self, session: views.Session, draft: str) -> bool:
        """Stops a release that this officer may see."""
        row = await self._ctx.store.aread(lambda r: self._draft(r, self._who(r, session), draft))
        stopped = row is not None and self._leaving.stop(row.record)
        self._ring()
        return stopped

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
                tx, self._ctx, row.record, officer=who, people=self._people(tx), digest=_digest(digest)
            )
            match outcome:
                case releasing.PlanChanged(now=now):
                    return views.PlanChanged(self._view(tx, who, row, now))
                case Deny():
                    return refused(outcome)
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

    async def _checked(self, act: Callable[[Tx], T]) -> T | views.Rejected:
        """A transaction whose errors belong to a form."""
        try:
            return await self._ctx.store.awrite(act)
        except Wrong as error:
            return views.Rejected(error.errors)
        except BadRecord as error:
            return views.Rejected(written.wrong(error).errors)

    def _plan(self, reader: Reader, who: Visitor, row: Draft) -> Plan | views.Refused | None:
        try:
            plan = releasing.preview(reader, self._ctx, row.record, officer=who, people=self._people(reader))
        except (BadRecord, NoRetention) as error:
            return views.Refused("NOT_RELEASED", str(error))
        return refused(plan) if isinstance(plan, Deny) else plan

    def _confirmed(
        self, reader: Reader, session: views.Session, draft: str, digest: str
    ) -> Draft | views.PlanChanged | views.Refused | None:
        """The draft, if it may leave under this digest now."""
        who = self._who(reader, session)
        row = self._draft(reader, who, draft)
        plan = self._plan(reader, who, row) if row is not None else None
        if row is None or not isinstance(plan, Plan):
            return plan if isinstance(plan, views.Refused) else None
        if plan.digest != _digest(digest):
            return views.PlanChanged(self._view(reader, who, row, plan))
        if plan.needs_second and not releasing.seconded(row, plan, who.id):
            return views.Refused(DenyCode.SECOND_PERSON)
        return row

    async def _leave(
        self, session: views.Session, record: RecordId, digest: bytes
    ) -> views.Released | views.PlanChanged | views.Refused | None:
        left: list[tuple[Left, str]] = []

        def act(tx: Tx) -> views.Released | views.PlanChanged | views.Refused | None:
            who = self._who(tx, session)
            row = drafts.get(tx, record)
            outcome = releasing.release(
                tx, self._ctx, record, officer=who, people=self._people(tx), digest=digest
            )
            match outcome:
                case Left():
                    left.append((outcome, row.kind if row is not None else ""))
                    return views.Released(record.hex())
                case Deny():
                    return refused(outcome)
                case releasing.PlanChanged(now=now) if row is not None:
                    return views.PlanChanged(self._view(tx, who, row, now))
                case _:
                    return None

        try:
            done = await self._ctx.store.awrite(act, urgent=True)
        except views.SessionEnded:
            return views.Refused(DenyCode.NOT_COMPETENT)
        except (BadRecord, NoRetention) as error:
            return views.Refused("NOT_RELEASED", str(error))
        for one, kind in left:
            _logger.info(
                "record released by an officer", record=record, kind=kind, feed=one.feed.feed, index=one.index
            )
        return done

    def _view(self, reader: Reader, who: Visitor, row: Draft, plan: Plan) -> views.PlanView:
        return shown.plan(
            plan,
            self._line(reader, row),
            self._names(),
            me=self._ctx.me,
            description=_description(row),
            cancel_s=0 if _life_safety(row) else self._cancel_ms // 1000,
            seconded=releasing.seconded(row, plan, who.id),
            may_second=Right.APPROVE_RELEASE in who.rights and who.id not in {row.owner, row.editor},
            approved_here=row.approver == who.id and row.approved == plan.digest,
        )


def _life_safety(row: Draft) -> bool:
    return row.kind == "alert" and pb.Record.FromString(row.content).alert.life_safety


def _description(row: Draft) -> str:
    kind = known().get(row.kind)
    if kind is None or not kind.summary:
        return ""
    return str(getattr(getattr(pb.Record.FromString(row.content), row.kind), kind.summary))


def _digest(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""


def _usual(register: Register) -> Callable[[str], tuple[bool, int, str]]:
    """Communities in the order an officer looks for them: those the rules address, the larger ones first."""
    addressed = register.auto_release_ceiling.audience

    def key(name: str) -> tuple[bool, int, str]:
        return name not in addressed, -len(register.communities[name].serving), name

    return key
