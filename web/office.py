"""The office of a node: `web.views.Office` over `node.commands`.

Guarantees: who somebody is, their rights and what they may read are asked anew in the snapshot or transaction of each
call; nothing is remembered of a decision. All that is shown passes `node.commands.search` or `detail`, which filter by
label; drafts and feeds of other readers are filtered here by the same function.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from importlib import metadata
from typing import Protocol, TypeVar

from node.bus import Bus
from node.commands import detail as details
from node.commands import draft as drafting
from node.commands import people, prove, search, sign_in
from node.commands import release as releasing
from node.commands import retract as retracting
from node.commands.context import Context
from node.commands.entitled import follows
from node.commands.people import Visitor
from node.commands.plan import may_see
from node.commands.publish import Released as Left
from node.commands.readable import Readable
from node.commands.retention import NoRetention
from node.peers import PeerBoard, PeerStatus
from node.sensor import SensorHealth
from node.store import drafts, feeds, receipts, sightings
from node.store import people as accounts
from node.store.changes import Change, ChangeKind
from node.store.drafts import DraftRow as Draft
from node.store.entries import Listing as Listed
from node.store.feeds import FeedRole, FeedRow, FeedState
from node.store.unit import Reader, Tx
from policies.decision import Deny, DenyCode, Permit
from policies.fga_model import Model
from policies.officers import Right, Role
from policies.plan import Plan
from protocol.codes import code_of
from protocol.errors import BadRecord
from protocol.ids import NodeId, RecordId, UnixMs, organisation_of
from protocol.kinds import known
from protocol.label import parse
from protocol.members import NodeEntry
from protocol.register_view import Register
from protocol.v1 import records_pb2 as pb
from web import shown, views, written
from web.leaving import Leaving
from web.shown import Names
from web.written import Author, Wrong

CANCEL_MS = 10_000
"""From an officer's release to the append; none for life safety."""
REGISTER_DUE_MS = 24 * 3_600_000
LOOKOUTS_MAX = 200
SIGHTINGS_READ = 500
_TOKEN_HEX = 2 * sign_in.SECRET_BYTES
_WAKING = frozenset(
    {ChangeKind.RECORD, ChangeKind.RECEIPT, ChangeKind.DRAFT, ChangeKind.REGISTER, ChangeKind.PEOPLE}
)
_LISTS = {
    views.Shelf.WATCH: Listed.EVENTS,
    views.Shelf.LOOKOUTS: Listed.LOOKOUTS,
    views.Shelf.LIBRARY: Listed.LIBRARY,
}
_TLPS = ("GREEN", "AMBER", "AMBER+STRICT", "RED")
_OWN = {views.Scope.ALL: None, views.Scope.OWN: True, views.Scope.OTHERS: False}
T = TypeVar("T")
Health = Callable[[], Sequence[SensorHealth]]


class Ground(Protocol):
    """What of an opened node the office needs; `node.ground.Ground` is one."""

    @property
    def ctx(self) -> Context: ...
    @property
    def model(self) -> Model: ...
    @property
    def bus(self) -> Bus[Change]: ...


class _Wakes:
    """A place at the bus, woken on this loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._event = asyncio.Event()

    async def woken(self) -> None:
        await self._event.wait()
        self._event.clear()

    def ring(self) -> None:
        """From any thread."""
        self._loop.call_soon_threadsafe(self._event.set)


class NodeOffice:
    """One node's office. `close()` stops releases that are in their cancel window."""

    def __init__(
        self, *, ground: Ground, board: PeerBoard, health: Health = tuple, cancel_ms: int = CANCEL_MS
    ) -> None:
        self._ctx, self._model, self._bus, self._board = ground.ctx, ground.model, ground.bus, board
        self._health, self._cancel_ms = health, cancel_ms
        self._readable = Readable(self._ctx)
        self._wakes: set[_Wakes] = set()
        self._leaving = Leaving(self._ring)
        self._started_ms = self._ctx.now()
        board.listen(self._peer_moved)

    async def close(self) -> None:
        """Before the store closes."""
        await self._leaving.close()

    # ---- who is here --------------------------------------------------------------------------------------------------

    async def sign_in(self, name: str, password: str, *, client: str) -> views.Session | views.Limited | None:
        """By password; the same work and the same answer for every way to be wrong."""
        ctx, login = self._ctx, name.strip().lower()
        limit = await ctx.store.aread(lambda r: sign_in.limited(r, ctx, login, client))
        if limit is not None:
            return views.Limited(max(1, limit.wait_ms // 1000))
        person = await ctx.store.aread(lambda r: sign_in.known_by(r, login))
        if not await asyncio.to_thread(sign_in.matches, person, password) or person is None:
            await ctx.store.awrite(lambda tx: sign_in.failed(tx, ctx, login, client))
            return None
        opened = await ctx.store.awrite(
            lambda tx: sign_in.open_session(tx, ctx, person.id, how="password", login=login, client=client)
        )
        return await self.session(opened.secret.hex(), touch=False)

    async def sign_in_once(self, code: str, *, client: str) -> views.Session | None:  # noqa: ARG002 - counted by the door
        """By a one-time secret."""
        secret = _secret(code)
        if secret is None:
            return None
        opened = await self._ctx.store.awrite(lambda tx: sign_in.sign_in_once(tx, self._ctx, secret))
        return await self.session(opened.secret.hex(), touch=False) if opened else None

    async def session(self, token: str, *, touch: bool) -> views.Session | None:
        """Who a token is now."""
        secret = _secret(token)
        if secret is None:
            return None
        ctx = self._ctx

        def ask(reader: Reader) -> tuple[Visitor, UnixMs, UnixMs] | None:
            live = sign_in.live_session(reader, ctx, secret)
            who = people.visitor(reader, ctx, self._model, live.person) if live else None
            if live is None or who is None:
                return None
            idle, age = ctx.settings.session_idle_ms, ctx.settings.session_max_ms
            return who, UnixMs(min(live.created_ms + age, live.seen_ms + idle)), live.seen_ms

        found = await ctx.store.aread(ask)
        if found is None:
            return None
        who, expires, seen = found
        if touch and ctx.now() - seen >= sign_in.TOUCH_MS:
            now = ctx.now()
            await ctx.store.awrite(lambda tx: accounts.touch(tx, sign_in.digest(secret), now))
        return self._session(token, who, expires)

    async def sign_out(self, token: str) -> None:
        """Ends a session."""
        secret = _secret(token)
        if secret is not None:
            await self._ctx.store.awrite(lambda tx: sign_in.sign_out(tx, self._ctx, secret))
            self._ring()

    def _session(self, token: str, who: Visitor, expires: UnixMs) -> views.Session:
        return views.Session(
            token=token,
            officer=who.id,
            name=who.name,
            port=self._names().node(self._ctx.me),
            roles=tuple(sorted(str(role) for role in who.roles)),
            clearance=who.clearance,
            expires_ms=expires,
            language=who.language,
            may=_may(who),
        )

    def status(self) -> views.Status:
        """From memory."""
        register, names = self._ctx.register, self._names()
        others = [node for node in register.nodes if node != self._ctx.me]
        late = [names.node(node) for node in others if not self._board.of(node).connected]
        stale = self._ctx.now() >= register.expires_ms
        return views.Status(len(others) - len(late), len(others), tuple(late), stale)

    # ---- reading ------------------------------------------------------------------------------------------------------

    async def newest(
        self,
        session: views.Session,
        shelf: views.Shelf,
        *,
        scope: views.Scope = views.Scope.ALL,
        limit: int = 100,
        before: int | None = None,
    ) -> views.Listing:
        """A shelf."""

        def ask(reader: Reader) -> views.Listing:
            who = self._who(reader, session)
            listed = search.newest(
                reader,
                self._ctx,
                self._readable,
                who.reading,
                limit=limit,
                before=before,
                listings=[_LISTS[shelf]],
                own=_OWN[scope],
            )
            names = self._names()
            rows = tuple(shown.row(each, names) for each in listed.rows if not _silent(each, who))
            return views.Listing(rows, listed.last, listed.older)

        return await self._ctx.store.aread(ask)

    async def record(self, session: views.Session, record: str) -> views.RecordView | None:
        """One record; opening personal data is audited before it is shown."""

        def ask(reader: Reader) -> tuple[Visitor, details.Detail, views.RecordView] | None:
            who = self._who(reader, session)
            found = details.detail(
                reader, self._ctx, self._readable, who.reading, RecordId(bytes.fromhex(record))
            )
            if found is None or _silent(found.found, who):
                return None
            return who, found, self._record(reader, who, found)

        answer = await self._ctx.store.aread(ask)
        if answer is None:
            return None
        who, found, view = answer
        if found.personal:
            purpose = min(who.reading.purposes, default="")
            await self._ctx.store.awrite(
                lambda tx: details.opened(tx, self._ctx, found, officer=who.id, purpose=purpose)
            )
        return view

    def _record(self, reader: Reader, who: Visitor, found: details.Detail) -> views.RecordView:
        one = found.found
        may = one.state is search.State.CURRENT and retracting.may_retract(reader, self._ctx, one.id, who)
        by = self._maker(reader, drafts.owner_of(reader, one.id)) if one.feed.own else ""
        return shown.record(found, self._names(), released_by=by, may_withdraw=may)

    async def proof(self, session: views.Session, record: str) -> bytes | None:
        """The proof file of what the officer may read and what is not withdrawn."""

        def ask(reader: Reader) -> bytes | None:
            who, ident = self._who(reader, session), RecordId(bytes.fromhex(record))
            found = search.found(reader, self._ctx, self._readable, who.reading, ident)
            if found is None or found.record is None or _silent(found, who):
                return None
            return prove.prove(reader, self._ctx, ident)

        return await self._ctx.store.aread(ask)

    async def last_change(self, session: views.Session) -> int:  # noqa: ARG002 - screens see it sealed
        """The newest change number."""
        return await self._ctx.store.aread(feeds.last_arrival)

    async def changes(self, session: views.Session, after: int) -> views.Changes:
        """What changed for this reader."""

        def ask(reader: Reader) -> views.Changes:
            who, names = self._who(reader, session), self._names()
            changed = search.changes(reader, self._ctx, self._readable, who.reading, after)
            rows = tuple(shown.row(each, names) for each in changed.rows if not _silent(each, who))
            waiting = tuple(row.record.hex() for row in self._drafts(reader, who))
            touched = tuple(record.hex() for record in changed.touched)
            return views.Changes(rows, changed.last, touched, changed.behind, waiting)

        return await self._ctx.store.aread(ask)

    @asynccontextmanager
    async def subscribe(self) -> AsyncIterator[views.Wakes]:
        """Wake-ups from the bus and the board of peers."""
        wakes = _Wakes()
        self._wakes.add(wakes)
        leave = self._bus.subscribe(lambda changes: _ring_for(wakes, changes))
        try:
            yield wakes
        finally:
            leave()
            self._wakes.discard(wakes)

    # ---- writing ------------------------------------------------------------------------------------------------------

    async def menu(self, session: views.Session, kind: str) -> views.Menu:  # noqa: ARG002 - the node's, not the officer's
        """What the register and this node allow."""
        register, names = self._ctx.register, self._names()
        me = self._ctx.entry(register)
        served = sorted(c for c in me.communities if c in register.communities)
        audiences = tuple(
            views.Audience(
                name,
                names.community(name).name,
                tuple(names.node(node) for node in sorted(register.communities[name].serving)),
            )
            for name in sorted(served, key=lambda c: (-len(register.communities[c].serving), c))
        )
        ports = {node for c in served for node in register.communities[c].serving} - {me.id}
        bases = [p for p in register.processing.values() if kind in p.kinds and p.regime == written.REGIME]
        return views.Menu(
            audiences=audiences,
            tlps=_TLPS,
            ports=tuple(names.node(node) for node in sorted(ports)),
            places=tuple(views.Named(site.unlocode, site.name) for site in me.sites if site.unlocode),
            bases=tuple(views.Named(p.id, p.title) for p in sorted(bases, key=lambda p: p.id)),
            languages=("nl", "fr", "de", "en"),
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
                    return _refused(outcome)
                case Plan():
                    return views.Made(draft)
                case None:
                    return None

        return await self._ctx.store.awrite(act)

    async def retract(
        self, session: views.Session, record: str, *, reason: int
    ) -> views.Released | views.Refused | None:
        """Withdraws what this port said."""

        def act(tx: Tx) -> views.Released | views.Refused | None:
            who, ident = self._who(tx, session), RecordId(bytes.fromhex(record))
            if search.found(tx, self._ctx, self._readable, who.reading, ident) is None:
                return None
            outcome = retracting.retract(tx, self._ctx, ident, reason=reason, officer=who)
            if isinstance(outcome, Deny):
                return _refused(outcome)
            return views.Released(record) if outcome else None

        return await self._ctx.store.awrite(act, urgent=True)

    async def lookouts(self, session: views.Session) -> tuple[views.Lookout, ...]:
        """Indicators, with the sightings that this officer may read, and our own counts."""

        def ask(reader: Reader) -> tuple[views.Lookout, ...]:
            who, names = self._who(reader, session), self._names()
            listed = search.newest(
                reader,
                self._ctx,
                self._readable,
                who.reading,
                limit=LOOKOUTS_MAX,
                listings=[Listed.LOOKOUTS],
            )
            rows = [each for each in listed.rows if not _silent(each, who)]
            answers = self._answers(reader, who) if any(each.feed.own for each in rows) else {}
            return tuple(self._lookout(reader, each, answers.get(each.id, []), names) for each in rows)

        return await self._ctx.store.aread(ask)

    # ---- the house ----------------------------------------------------------------------------------------------------

    async def peers(self, session: views.Session) -> tuple[views.PeerView, ...]:
        """Every other node, with what it confirmed of our feeds that this officer may read."""

        def ask(reader: Reader) -> tuple[views.PeerView, ...]:
            who, register = self._who(reader, session), self._ctx.register
            readable = self._readable.feeds(reader, who.reading)
            own = [f for f in feeds.every(reader) if f.own and f.number in readable and _open(f)]
            others = [entry for entry in register.nodes.values() if entry.id != self._ctx.me]
            return tuple(
                self._peer(reader, entry, own, register) for entry in sorted(others, key=lambda e: e.id)
            )

        return await self._ctx.store.aread(ask)

    async def health(self, session: views.Session) -> views.HealthView:  # noqa: ARG002 - no content
        """The node's condition."""
        ctx = self._ctx
        count = await ctx.store.aread(
            lambda r: feeds.count(r, own=True, role=FeedRole.RECORDS, state=FeedState.OPEN)
        )
        return views.HealthView(
            node=self._names().node(ctx.me),
            version=metadata.version("port2port"),
            started_ms=self._started_ms,
            register=self._register(ctx.register),
            sensors=tuple(_sensor(each) for each in self._health()),
            facts=(("policy_revision", ctx.revision.hex()[:16]), ("open_feeds", str(count))),
        )

    # ---- steps --------------------------------------------------------------------------------------------------------

    def _who(self, reader: Reader, session: views.Session) -> Visitor:
        found = people.visitor(reader, self._ctx, self._model, uuid.UUID(session.officer).bytes)
        if found is None:
            raise views.SessionEnded
        return found

    def _people(self, reader: Reader) -> Sequence[Visitor]:
        return people.everyone(reader, self._ctx, self._model)

    def _names(self) -> Names:
        return Names(self._ctx.register)

    def _author(self, who: Visitor) -> Author:
        ctx = self._ctx
        return Author(ctx.me, organisation_of(ctx.me), ctx.register, who.reading, ctx.now())

    async def _checked(self, act: Callable[[Tx], T]) -> T | views.Rejected:
        """A transaction whose errors belong to a form."""
        try:
            return await self._ctx.store.awrite(act)
        except Wrong as error:
            return views.Rejected(error.errors)
        except BadRecord as error:
            return views.Rejected(written.wrong(error).errors)

    def _drafts(self, reader: Reader, who: Visitor) -> Sequence[Draft]:
        return [row for row in drafts.waiting(reader) if _may_see_draft(row, who)]

    def _draft(self, reader: Reader, who: Visitor, draft: str) -> Draft | None:
        try:
            row = drafts.get(reader, RecordId(bytes.fromhex(draft)))
        except ValueError:
            return None
        return row if row is not None and row.state in drafts.OPEN and _may_see_draft(row, who) else None

    def _plan(self, reader: Reader, who: Visitor, row: Draft) -> Plan | views.Refused | None:
        try:
            plan = releasing.preview(reader, self._ctx, row.record, officer=who, people=self._people(reader))
        except (BadRecord, NoRetention) as error:
            return views.Refused("NOT_RELEASED", str(error))
        return _refused(plan) if isinstance(plan, Deny) else plan

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
        if plan.needs_second and not _seconded(row, plan):
            return views.Refused(DenyCode.SECOND_PERSON)
        return row

    async def _leave(
        self, session: views.Session, record: RecordId, digest: bytes
    ) -> views.Released | views.PlanChanged | views.Refused | None:
        def act(tx: Tx) -> views.Released | views.PlanChanged | views.Refused | None:
            who = self._who(tx, session)
            row = drafts.get(tx, record)
            outcome = releasing.release(
                tx, self._ctx, record, officer=who, people=self._people(tx), digest=digest
            )
            match outcome:
                case Left():
                    return views.Released(record.hex())
                case Deny():
                    return _refused(outcome)
                case releasing.PlanChanged(now=now) if row is not None:
                    return views.PlanChanged(self._view(tx, who, row, now))
                case _:
                    return None

        try:
            return await self._ctx.store.awrite(act, urgent=True)
        except views.SessionEnded:
            return views.Refused(DenyCode.NOT_COMPETENT)
        except (BadRecord, NoRetention) as error:
            return views.Refused("NOT_RELEASED", str(error))

    def _view(self, reader: Reader, who: Visitor, row: Draft, plan: Plan) -> views.PlanView:
        return shown.plan(
            plan,
            self._line(reader, row),
            self._names(),
            me=self._ctx.me,
            description=_description(row),
            cancel_s=0 if _life_safety(row) else self._cancel_ms // 1000,
            seconded=_seconded(row, plan),
            may_second=Right.APPROVE_RELEASE in who.rights and who.id not in {row.owner, row.editor},
        )

    def _line(self, reader: Reader, row: Draft) -> views.DraftRow:
        line = shown.draft(
            pb.Record.FromString(row.content),
            ident=row.record.hex(),
            names=self._names(),
            made_ms=row.created_ms,
            maker=self._maker(reader, row.owner),
            detector=row.detector,
            label_text=row.label,
        )
        return replace(
            line,
            leaves_ms=self._leaving.when(row.record),
            trouble=self._leaving.trouble(row.record),
            approved_by=self._maker(reader, row.approver) if row.approver else "",
        )

    def _maker(self, reader: Reader, owner: str | None) -> str:
        """An officer of this node by name; a detector by its own. Names never leave the node."""
        if not owner:
            return ""
        try:
            person = accounts.by_id(reader, uuid.UUID(owner).bytes)
        except ValueError:
            return owner.rpartition("/")[2]
        return person.name if person else ""

    def _answers(self, reader: Reader, who: Visitor) -> Mapping[RecordId, list[search.Found]]:
        """Sightings by the indicator that they answer."""
        listed = search.newest(
            reader, self._ctx, self._readable, who.reading, limit=SIGHTINGS_READ, listings=[Listed.EVENTS]
        )
        found: dict[RecordId, list[search.Found]] = {}
        for each in listed.rows:
            if each.kind == "sighting" and each.record is not None and each.state is search.State.CURRENT:
                about = RecordId(each.record.message.sighting.indicator.record_id)
                found.setdefault(about, []).append(each)
        return found

    def _lookout(
        self, reader: Reader, found: search.Found, answers: Sequence[search.Found], names: Names
    ) -> views.Lookout:
        body = found.record.message.indicator if found.record is not None else pb.Indicator()
        seen, last, by = 0, 0, None
        for each in answers:
            sighting = each.record.message.sighting if each.record is not None else pb.Sighting()
            seen += sighting.count
            if sighting.last_seen >= last:
                last, by = sighting.last_seen, names.node(each.feed.origin)
        ours = sightings.of(reader, found.id) if not found.feed.own else None
        if ours is not None:
            seen, last, by = ours.count, ours.last_seen_ms, names.node(self._ctx.me)
        return views.Lookout(
            row=shown.row(found, names),
            type=body.value.type,
            value=body.value.value,
            reason=code_of(body, "reason"),
            on_hit=code_of(body, "on_hit"),
            valid_until_ms=UnixMs(body.valid_until or found.row.expires_ms),
            sightings=seen,
            last_seen_ms=UnixMs(last) if last else None,
            last_seen_by=by,
        )

    def _peer(
        self, reader: Reader, entry: NodeEntry, own: Sequence[FeedRow], register: Register
    ) -> views.PeerView:
        status, names = self._board.of(entry.id), self._names()
        given = [f for f in own if isinstance(follows(entry, f, register, self._ctx.now()), Permit)]
        return views.PeerView(
            node=names.node(entry.id),
            sites=tuple(f"{site.name} {site.country}" for site in entry.sites),
            connected=status.connected,
            since_ms=status.since,
            register=status.register or None,
            feeds=tuple(self._held(reader, feed, entry.id, names) for feed in given),
            withdrawn_until_ms=entry.withdrawn_until,
            trouble=status.refused,
        )

    def _held(self, reader: Reader, feed: FeedRow, node: NodeId, names: Names) -> views.HeldFeed:
        receipt = receipts.of_node(reader, feed.number, node)
        return views.HeldFeed(
            label=shown.label(feed.label, names),
            size=feed.size,
            held=receipt.size if receipt else 0,
            receipt_ms=UnixMs(receipt.received_ms) if receipt else None,
            quarantined=len(receipt.quarantined) if receipt else 0,
        )

    def _register(self, register: Register) -> views.RegisterView:
        left = register.expires_ms - self._ctx.now()
        state = "stale" if left <= 0 else "due" if left < REGISTER_DUE_MS else "fresh"
        return views.RegisterView(register.version, register.status, state, register.expires_ms)

    def _peer_moved(self, _status: PeerStatus) -> None:
        self._ring()

    def _ring(self) -> None:
        for wakes in tuple(self._wakes):
            wakes.ring()


def _ring_for(wakes: _Wakes, changes: Sequence[Change]) -> None:
    if any(change.kind in _WAKING for change in changes):
        wakes.ring()


def _may(who: Visitor) -> frozenset[str]:
    rights = who.rights
    given = {
        "raise_alert": Right.DRAFT in rights or "alert" in who.kinds,
        "enter_indicator": Right.DRAFT in rights or "indicator" in who.kinds,
        "release": bool(who.kinds),
        "approve": Right.APPROVE_RELEASE in rights,
        "retract": bool(rights & {Right.RETRACT_OWN, Right.RETRACT_ANY}),
    }
    return frozenset(name for name, may in given.items() if may)


def _may_see_draft(row: Draft, who: Visitor) -> bool:
    """Its owner; else whoever may write or release here and may read under its label."""
    if row.owner == who.id:
        return True
    if Right.DRAFT not in who.rights and not who.kinds:
        return False
    return row.label is None or may_see(who, parse(row.label))


def _seconded(row: Draft, plan: Plan) -> bool:
    return row.approver not in {None, row.owner, row.editor} and row.approved == plan.digest


def _silent(found: search.Found, who: Visitor) -> bool:
    """A silent indicator of another port leaves no trace on screens here."""
    if found.kind != "indicator" or found.feed.own or found.record is None:
        return False
    silent = found.record.message.indicator.on_hit == pb.Indicator.ON_HIT_SILENT
    return silent and Role.INTEGRITY_OFFICER not in who.roles


def _open(feed: FeedRow) -> bool:
    return feed.role is FeedRole.RECORDS and feed.state is FeedState.OPEN


def _life_safety(row: Draft) -> bool:
    return row.kind == "alert" and pb.Record.FromString(row.content).alert.life_safety


def _description(row: Draft) -> str:
    kind = known().get(row.kind)
    if kind is None or not kind.summary:
        return ""
    return str(getattr(getattr(pb.Record.FromString(row.content), row.kind), kind.summary))


def _refused(deny: Deny) -> views.Refused:
    return views.Refused(str(deny.code), deny.words)


def _digest(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""


def _secret(token: str) -> bytes | None:
    if len(token) != _TOKEN_HEX:
        return None
    try:
        return bytes.fromhex(token)
    except ValueError:
        return None


def _sensor(health: SensorHealth) -> views.SensorView:
    state = "off" if not health.connected else "silent" if health.silent else "reporting"
    return views.SensorView(health.name, health.type, state, health.last_heard, words=health.words)
