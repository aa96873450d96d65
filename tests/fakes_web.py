"""An office without a node, so that screens can be looked at and tried without anything behind them.

`FakeOffice` counts its queries, so that a test can say "none".
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

import ports
from fakes_cases import FakeCases
from fakes_data import (
    ALL_PORTS,
    AMBER,
    ANTWERP,
    AUDIT,
    ERASURES,
    FIND_MENU,
    GREEN,
    HOLDS,
    LIBRARY,
    LIEGE,
    LIMBURG,
    LINK,
    LOOKOUTS,
    MENU,
    NORTH_SEA,
    NOW,
    OFFERED,
    OWNER,
    PERSON,
    PORTS_BE,
    RIGHTS,
    ROWS,
    SAID,
    _hand,
    ago,
    record_of,
)
from fakes_hands import FakeHands
from fakes_rules import FakeRules

from node.blobs import Blobs, Incoming, Owner
from protocol.ids import UnixMs
from protocol.kinds import known
from web import filled
from web.forms import Form
from web.settings import Settings
from web.sheets import sheet_of
from web.views import (
    CLOSED,
    AlertDraft,
    AskedThere,
    AuditAsked,
    AuditView,
    Changes,
    ConductView,
    DraftRow,
    ErasureChanged,
    ErasuresView,
    FieldError,
    FileView,
    FindAsked,
    Findings,
    FindMenu,
    Given,
    HealthView,
    HeldFeed,
    HoldView,
    IndicatorDraft,
    LabelChoice,
    Limited,
    LinkView,
    Listing,
    Lookout,
    Made,
    MakeLink,
    Menu,
    Named,
    NeedsLabel,
    NewPerson,
    NewPersonMenu,
    Notices,
    Offer,
    Opened,
    PeerView,
    PeopleView,
    PersonChange,
    PersonView,
    PlanChanged,
    PlanView,
    Preview,
    QuestionRow,
    QuestionView,
    Recipient,
    RecordView,
    Refused,
    RegisterView,
    Rejected,
    Released,
    Row,
    Scope,
    SensorView,
    Session,
    Sheet,
    Shelf,
    Status,
    Suspend,
    Unheard,
    Unsure,
    Waiting,
    Withdrawal,
    Withheld,
    shelf_of,
)


class FakeWakes:
    """A place at the fake bus."""

    def __init__(self) -> None:
        self.event = asyncio.Event()

    async def woken(self) -> None:
        await self.event.wait()
        self.event.clear()


@dataclass
class FakeOffice(FakeCases, FakeRules, FakeHands):
    """Everything in memory. `session_for` turns a password into a session; `queries` counts every store question."""

    now: UnixMs = NOW
    queries: int = 0
    sessions: dict[str, Session] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=lambda: {"once-1": "jansen"})
    rows: dict[str, Row] = field(default_factory=lambda: {line.id: line for line in (*ROWS, *LIBRARY)})
    hidden: set[str] = field(default_factory=set)
    log: list[str] = field(default_factory=list)
    wakes: list[FakeWakes] = field(default_factory=list)
    drafts_kept: dict[str, DraftRow] = field(default_factory=dict)
    alerts: list[AlertDraft] = field(default_factory=list)
    labels: list[LabelChoice] = field(default_factory=list)
    needs_second: tuple[str, ...] = ()
    plan_moves: bool = False
    many: int = 0
    made: int = 0
    connected: int = 3
    may: frozenset[str] = RIGHTS
    limit: Limited | None = None
    clients: list[str] = field(default_factory=list)
    records: dict[str, RecordView] = field(default_factory=dict)
    became: dict[str, str] = field(default_factory=dict)
    approved_here: bool = False
    blobs: Blobs = field(default_factory=ports.blobs)
    files: dict[str, dict[str, FileView]] = field(default_factory=dict)
    most: int = 1 << 20
    has_room: bool = True
    incomings: int = 0
    owner: Owner = OWNER
    change: str = "new"
    moved: dict[str, object] = field(default_factory=dict)
    corrections: list[Form] = field(default_factory=list)
    unsealed: list[tuple[str, int]] = field(default_factory=list)
    held: list[tuple[str, str]] = field(default_factory=list)
    asked_there: tuple[AskedThere, ...] = ()
    may_ask: tuple[Named, ...] = ()
    questions: tuple[QuestionView, ...] = ()
    returned: list[str] = field(default_factory=list)
    conduct: tuple[ConductView, ...] = ()
    stuck: tuple[str, ...] = ()

    def case_rows(self) -> tuple[Row, ...]:
        return tuple(self.rows.values())[:3]

    # -- the test's side --

    def commit(self, line: Row) -> None:
        """A row is new or changed."""
        self.rows[line.id] = line
        self.log.append(line.id)
        self.wake()

    def wake(self) -> None:
        """Something was committed."""
        for wakes in self.wakes:
            wakes.event.set()

    # -- the office --

    def _open(self, name: str) -> Session:
        self.made += 1
        session = Session(
            token=f"token-{self.made}",
            officer="0b1e",
            name="E. Jansen",
            port=ANTWERP,
            roles=("port_captain", "analyst"),
            clearance="NONE",
            expires_ms=UnixMs(self.now + 12 * 3_600_000),
            may=self.may,
        )
        self.sessions[session.token] = session
        return session

    async def sign_in(self, name: str, password: str, *, client: str) -> Session | Limited | None:
        self.queries += 1
        self.clients.append(client)
        return self.limit or (self._open(name) if (name, password) == ("jansen", "correct horse") else None)

    async def sign_in_once(self, code: str, *, client: str) -> Session | Limited | None:
        self.queries += 1
        self.clients.append(client)
        if self.limit:
            return self.limit
        name = self.codes.pop(code, None)
        return self._open(name) if name else None

    async def once_opens(self, code: str) -> bool:
        return code in self.codes

    async def session(self, token: str, *, touch: bool) -> Session | None:
        self.queries += 1
        session = self.sessions.get(token)
        live = session is not None and session.expires_ms > self.now
        told = Notices(self.conduct, stuck=self.stuck, declared=self.asks_declared)
        return replace(session, conduct=told) if session and live else None

    async def sign_out(self, token: str) -> None:
        self.sessions.pop(token, None)

    def listed(self) -> bool:
        return True

    def status(self) -> Status:
        late = () if self.connected == 3 else (LIMBURG,)
        return Status(self.connected, 3, late)

    async def newest(
        self,
        session: Session,
        shelf: Shelf,
        *,
        scope: Scope = Scope.ALL,
        limit: int = 100,
        before: int | None = None,
    ) -> Listing:
        self.queries += 1
        own = {Scope.OWN: {True}, Scope.OTHERS: {False}}.get(scope, {True, False})
        shown = [
            line
            for line in self.rows.values()
            if shelf_of(line.kind) is shelf and line.own in own and line.id not in self.hidden
        ]
        shown.sort(key=lambda line: -line.issued_ms)
        return Listing(tuple(shown[:limit]), len(self.log), 2 if len(shown) > limit else None)

    async def record(self, session: Session, record: str) -> RecordView | None:
        self.queries += 1
        if record in self.records:
            return self.records[record]
        line = self.rows.get(record) or next((e.row for e in LOOKOUTS if e.row.id == record), None)
        return None if line is None or record in self.hidden else record_of(line)

    async def proof(self, session: Session, record: str) -> bytes | None:
        return b"{}" if record in self.rows and record not in self.hidden else None

    async def audit(self, session: Session, asked: AuditAsked) -> AuditView | None:
        self.queries += 1
        lines = [
            line
            for line in AUDIT.lines
            if asked.act in {"", line.act}
            and asked.actor in {"", line.actor}
            and asked.record in {"", line.record}
        ]
        return replace(AUDIT, lines=tuple(lines)) if "audit" in session.may else None

    async def people(self, session: Session) -> PeopleView | None:
        closed = (Named("0b20", "C. Smet (c.smet)"),)
        return PeopleView((PERSON,), closed, True) if "people" in session.may else None

    async def person(self, session: Session, person: str) -> PersonView | None:
        return PERSON if "people" in session.may and person == PERSON.id else None

    async def new_person_menu(self, session: Session) -> NewPersonMenu | None:
        return NewPersonMenu(sites=(Named("antwerp", "Antwerp"),)) if "people" in session.may else None

    async def add_person(self, session: Session, new: NewPerson) -> LinkView | Refused | None:
        return LINK if "people" in session.may else None

    async def change_person(
        self, session: Session, person: str, change: PersonChange, *, sure: bool
    ) -> Refused | Limited | Unsure | LinkView | bool:
        if "people" not in session.may:
            return False
        if not sure and isinstance(change, MakeLink | Suspend):
            return Unsure()
        return LINK if isinstance(change, MakeLink) else True

    async def last_change(self, session: Session) -> int:
        self.queries += 1
        return len(self.log)

    async def changes(self, session: Session, after: int) -> Changes:
        self.queries += 1
        if len(self.log) - after > 50:
            return Changes((), len(self.log), behind=True)
        ids = dict.fromkeys(each for each in self.log[after:] if each not in self.hidden)
        return Changes(tuple(self.rows[each] for each in ids), len(self.log), drafts=tuple(self.drafts_kept))

    @asynccontextmanager
    async def subscribe(self) -> AsyncIterator[FakeWakes]:
        wakes = FakeWakes()
        self.wakes.append(wakes)
        try:
            yield wakes
        finally:
            self.wakes.remove(wakes)

    async def menu(self, session: Session, kind: str) -> Menu:
        return MENU

    async def raise_alert(
        self, session: Session, draft: AlertDraft, files: Sequence[Given] = ()
    ) -> Made | Rejected | Refused:
        if draft.vessel and len(draft.vessel) not in {7, 9}:
            return Rejected((FieldError("vessel", "vessel"),))
        self.alerts.append(draft)
        made = self._keep("alert", draft.title, draft.severity)
        if files:
            await self.attach(session, made.draft, files)
        return made

    # -- files --

    def file_most(self) -> int:
        return self.most

    def roomy(self) -> bool:
        return self.has_room

    def incoming(self) -> Incoming:
        self.incomings += 1
        return self.blobs.incoming(self.most)

    async def attach(self, session: Session, draft: str, files: Sequence[Given]) -> Made | Rejected | None:
        kept = self.drafts_kept.get(draft)
        if kept is None or kept.leaves_ms:
            return None
        listed = self.files.setdefault(draft, {})
        if len(listed) + len(files) > 20:
            return Rejected((FieldError("files", "file_count", 20),))
        for each in files:
            sha256 = each.incoming.take(self.owner).hex()
            listed[sha256] = FileView(
                sha256, each.size, each.media_type, each.name, True, "image" in each.media_type
            )
        return Made(draft)

    async def detach(self, session: Session, draft: str, sha256: str) -> Made | None:
        gone = self.files.get(draft, {}).pop(sha256, None)
        return Made(draft) if gone else None

    async def file(self, session: Session, record: str, sha256: str) -> Opened | None:
        found = await self.record(session, record)
        listed = found.files if found is not None and found.row.state not in CLOSED else ()
        return self._give(next((each for each in listed if each.sha256 == sha256), None))

    async def draft_file(self, session: Session, draft: str, sha256: str) -> Opened | None:
        return self._give(self.files.get(draft, {}).get(sha256))

    def _give(self, file: FileView | None) -> Opened | None:
        if file is None or not file.here:
            return None

        async def pieces() -> AsyncIterator[bytes]:
            yield self.blobs.read(self.owner, bytes.fromhex(file.sha256), 0, file.size) or b""

        return Opened(file, pieces())

    async def enter_indicator(self, session: Session, draft: IndicatorDraft) -> Made | Rejected | Refused:
        if draft.type == "imo" and draft.value != "1234567":
            return Rejected((FieldError("value", "check_digit"),))
        return self._keep("indicator", draft.title, "")

    def _keep(self, kind: str, title: str, severity: str) -> Made:
        draft = f"d{len(self.drafts_kept) + 1}"
        self.drafts_kept[draft] = DraftRow(draft, kind, title, severity, ago(5), "E. Jansen", False, AMBER)
        return Made(draft)

    async def released(self, session: Session, draft: str) -> Row | None:
        record = self.became.get(draft, "")
        return None if record in self.hidden else self.rows.get(record)

    async def left(self, session: Session) -> tuple[Row, ...]:
        found = [await self.released(session, draft) for draft in self.became]
        return tuple(row for row in found if row is not None)

    async def drafts(self, session: Session) -> tuple[DraftRow, ...]:
        self.queries += 1
        return tuple(self.drafts_kept.values())

    async def discard(self, session: Session, draft: str) -> bool:
        return self.drafts_kept.pop(draft, None) is not None

    async def plan_preview(self, session: Session, draft: str) -> Preview | None:
        kept = self.drafts_kept.get(draft)
        if kept is None:
            return None
        if "release" not in session.may:
            return self.handed(kept) if kept.hand else None
        if kept.label is None:
            return NeedsLabel(kept, "Class A ship stopped sending.")
        others = [
            Recipient(Named(f"port-{n}", f"Port {n}"), (ALL_PORTS,), may_pass_on=True)
            for n in range(self.many)
        ]
        return PlanView(
            draft=kept,
            description="Class A ship stopped sending at 21:52 inside good coverage, 1.8 nm from the quay.",
            label=AMBER,
            recipients=(
                Recipient(ANTWERP, people=4, own=True),
                Recipient(NORTH_SEA, (PORTS_BE,), may_pass_on=True),
                Recipient(LIEGE, (PORTS_BE,), may_pass_on=True),
                *others,
            ),
            withheld=(Withheld(LIMBURG, "AUDIENCE"),),
            change=self.change,
            fields_out=("title", "severity", "description", "places", "subjects", "explanation"),
            fields_kept=("observations", "author"),
            needs_second=self.needs_second,
            digest="d1" if not self.plan_moves else "d2",
            cancel_s=10,
            seconded=bool(kept.approved_by),
            may_second="approve" in session.may,
            approved_here=self.approved_here,
            files=tuple(self.files.get(draft, {}).values()),
            may_ask=self.may_ask if not kept.approved_by else (),
            elsewhere=self.asked_there,
            **self.moved,  # type: ignore[arg-type]
        )

    async def release(
        self, session: Session, draft: str, *, digest: str
    ) -> Released | Waiting | PlanChanged | Refused | None:
        plan = await self.plan_preview(session, draft)
        if not isinstance(plan, PlanView):
            return plan if isinstance(plan, Refused) else None
        if digest != plan.digest:
            return PlanChanged(replace(plan, recipients=plan.recipients[:2]))
        leaves = UnixMs(self.now + 10_000)
        self.drafts_kept[draft] = replace(self.drafts_kept[draft], leaves_ms=leaves)
        return Waiting(draft, leaves)

    async def relabel(
        self, session: Session, draft: str, label: LabelChoice
    ) -> Made | Rejected | Refused | None:
        self.labels.append(label)
        self.drafts_kept[draft] = replace(self.drafts_kept[draft], label=AMBER)
        return Made(draft)

    async def ask_elsewhere(
        self, session: Session, draft: str, *, port: str, digest: str
    ) -> Made | PlanChanged | Refused | None:
        return Made(draft) if draft in self.drafts_kept else None

    async def take_back_question(self, session: Session, draft: str, question: str) -> bool:
        return any(one.id == question for one in self.asked_there)

    async def asked_of_us(self, session: Session) -> tuple[QuestionRow, ...]:
        return tuple(one.row for one in self.questions)

    async def question(self, session: Session, question: str) -> QuestionView | None:
        return next((one for one in self.questions if one.row.id == question), None)

    async def answer_question(
        self, session: Session, question: str, *, leaf: str, reason: str | None = None
    ) -> Rejected | Refused | bool:
        if reason is not None:
            self.returned.append(reason)
        return any((one.row.id, one.leaf) == (question, leaf) for one in self.questions)

    async def approve(
        self, session: Session, draft: str, *, digest: str
    ) -> Made | PlanChanged | Refused | None:
        plan = await self.plan_preview(session, draft)
        assert isinstance(plan, PlanView)
        if digest != plan.digest:
            return PlanChanged(plan)
        self.drafts_kept[draft] = replace(self.drafts_kept[draft], approved_by="M. De Wilde")
        return Made(draft)

    async def cancel_release(self, session: Session, draft: str) -> bool:
        kept = self.drafts_kept.get(draft)
        if kept is None or kept.leaves_ms is None:
            return False
        self.drafts_kept[draft] = replace(kept, leaves_ms=None)
        return True

    async def retract(self, session: Session, record: str, *, reason: int) -> Released | Refused | None:
        line = self.rows[record]
        bare = Row(
            id=line.id,
            kind=line.kind,
            state="retracted",
            origin=line.origin,
            own=True,
            issued_ms=line.issued_ms,
            label=line.label,
            withdrawal=Withdrawal(self.now, reason, line.origin),
        )
        self.commit(bare)
        return Released(record)

    async def handle(self, session: Session, record: str, step: str, *, verdict: str = "") -> Refused | bool:
        self.held.append((record, step + verdict))
        return True

    async def offers(self, session: Session) -> tuple[Offer, ...]:
        written = [kind.name for kind in known().values() if kind.right] if "write" in session.may else []
        return tuple(Offer(kind, grounded=kind != "port_ban") for kind in written)

    async def sheet(
        self,
        session: Session,
        kind: str,
        *,
        zone: ZoneInfo,
        step: str = "",
        named: Mapping[str, str] | None = None,
    ) -> Sheet | None:
        if "write" not in session.may or kind not in known():
            return None
        sheet = sheet_of(known()[kind], OFFERED, step=step)
        return replace(sheet, values=tuple((named or {}).items()))

    async def compose(
        self,
        session: Session,
        kind: str,
        form: Form,
        label: LabelChoice | None,
        *,
        zone: ZoneInfo,
        wrong: tuple[FieldError, ...] = (),
    ) -> Made | Rejected | Refused | None:
        sheet = sheet_of(known()[kind], OFFERED, step=form.one("step"))
        _, errors = filled.fill(sheet, filled.compacted(sheet, form), _hand(zone))
        if errors or wrong:
            return Rejected((*errors, *wrong))
        return self._keep(kind, form.one("title"), "")

    async def correctable(self, session: Session, record: str, *, zone: ZoneInfo) -> Sheet | None:
        view = await self.record(session, record)
        if view is None or not view.may_correct:
            return None
        message = SAID.get(view.row.kind, SAID["alert"])
        kind = known()[message.common.kind]
        sheet = sheet_of(kind, OFFERED, before=getattr(message, kind.name))
        return replace(sheet, record=record, values=filled.values_of(sheet, message, _hand(zone)))

    async def correct(
        self, session: Session, record: str, form: Form, *, removes: bool, zone: ZoneInfo
    ) -> Made | Rejected | Refused | None:
        sheet = await self.correctable(session, record, zone=zone)
        assert sheet is not None
        _, errors = filled.fill(sheet, filled.compacted(sheet, form), _hand(zone), SAID[sheet.kind])
        if errors:
            return Rejected(errors)
        self.corrections.append(form)
        return self._keep(sheet.kind, form.one("title"), "")

    async def acknowledge(self, session: Session, record: str) -> Made | Rejected | Refused | None:
        self.held.append((record, "acknowledge"))
        return self._keep("outcome", "Read and taken up", "")

    async def move(
        self, session: Session, record: str, label: LabelChoice
    ) -> Made | Rejected | Refused | None:
        if label.tlp == "CLEAR":
            return Refused("NOT_COMPETENT")
        if label.tlp == "GREEN":
            return Rejected((FieldError("label", "same_label"),))
        self.labels.append(label)
        return self._keep("alert", self.rows[record].title, self.rows[record].severity)

    async def unseal(self, session: Session, record: str, *, reason: int) -> RecordView | Refused | None:
        self.unsealed.append((record, reason))
        told = record_of(replace(self.rows[record], withdrawal=None, title="What it said", lang="en"))
        return replace(told, row=replace(told.row, state="retracted"))

    async def ask_hold(self, session: Session, record: str, *, reference: str) -> Refused | bool:
        self.held.append((record, reference))
        return True

    async def add_hold(self, session: Session, one: str, *, reference: str) -> Refused | bool:
        self.held.append((one, reference))
        return True

    async def holds(self, session: Session) -> tuple[HoldView, ...]:
        return HOLDS

    async def confirm_hold(self, session: Session, one: str) -> Refused | bool:
        self.held.append((one, "confirm"))
        return one in {hold.id for hold in HOLDS}

    async def end_hold(self, session: Session, one: str) -> Refused | bool:
        self.held.append((one, "end"))
        return Refused("NOT_COMPETENT")

    async def keep_hold(self, session: Session, one: str) -> Refused | bool:
        self.held.append((one, "keep"))
        return one in {hold.id for hold in HOLDS}

    async def ask_erasure(self, session: Session, record: str, *, reason: int) -> Refused | bool:
        self.held.append((record, f"erase {reason}"))
        return True

    async def erasures(self, session: Session) -> ErasuresView:
        return ERASURES

    async def agree_erasure(
        self, session: Session, record: str, *, digest: str
    ) -> Refused | ErasureChanged | bool:
        self.held.append((record, "agree"))
        return digest == ERASURES.asked[0].digest or ErasureChanged(dropped=True)

    async def take_back_erasure(self, session: Session, record: str) -> Refused | bool:
        self.held.append((record, "take back"))
        return record in {one.record for one in ERASURES.asked}

    async def contest(self, session: Session, record: str, *, contested: bool) -> Refused | bool:
        self.commit(replace(self.rows[record], contested=contested))
        return True

    async def find_menu(self, session: Session) -> FindMenu:
        return FIND_MENU

    async def find(self, session: Session, asked: FindAsked) -> Findings | FieldError | Refused | Limited:
        if self.limit is not None:
            return self.limit
        self.queries += 1
        return Findings(ROWS, 7) if asked.before is None else Findings(())

    async def lookouts(self, session: Session) -> tuple[Lookout, ...]:
        return LOOKOUTS

    async def unheard(self, session: Session) -> Unheard | None:
        return None

    async def peers(self, session: Session) -> tuple[PeerView, ...]:
        full = HeldFeed(AMBER, 12, 12, ago(30))
        return (
            PeerView(
                NORTH_SEA,
                ("Ghent BE", "Terneuzen NL", "Vlissingen NL"),
                True,
                ago(86000),
                4,
                (full, HeldFeed(GREEN, 31, 31, ago(900))),
            ),
            PeerView(
                LIEGE, ("Liège BE",), True, ago(4000), 4, (replace(full, held=11, receipt_ms=ago(200)),)
            ),
            PeerView(LIMBURG, ("Genk BE",), self.connected == 3, ago(360), 3, ()),
        )

    async def health(self, session: Session) -> HealthView:
        return HealthView(
            ANTWERP,
            "0.1.0",
            ago(90000),
            RegisterView(4, "demo", "fresh", UnixMs(NOW + 20 * 86_400_000)),
            (
                SensorView("vts", "ais", "reporting", ago(1), "184220 sentences, 31 not readable"),
                SensorView("river", "ais", "silent", ago(400), "nothing since 23:07"),
            ),
            ("ais_gap", "impossible_speed"),
            (("open_feeds", "3"),),
        )


def fake_settings(**more: object) -> Settings:
    """Settings at NOW, on a loopback address."""
    counter = iter(range(1, 1_000_000))
    plain: dict[str, object] = {
        "node": "port-antwerp-bruges",
        "port_name": "Port of Antwerp-Bruges",
        "public_url": "http://127.0.0.1:8401",
        "timezone": ZoneInfo("Europe/Brussels"),
        "now_ms": lambda: NOW,
        "random": lambda n: next(counter).to_bytes(n, "big"),
    }
    return Settings(**{**plain, **more})  # type: ignore[arg-type]
