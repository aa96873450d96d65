"""What the screens ask of the node.

Guarantees that every answer is for the session it was asked with: a record that is absent and one that is not the
reader's are both `None`. Any method that takes a session may raise `SessionEnded`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol
from zoneinfo import ZoneInfo

from node.blobs import Incoming
from protocol.ids import UnixMs
from web.forms import Form
from web.views.audit import AuditAsked, AuditView
from web.views.cases import CaseChange, CaseLine, CasesView, CaseView, Puttable
from web.views.erasures import ErasureChanged, ErasuresView
from web.views.files import Given, Opened
from web.views.finding import FindAsked, Findings, FindMenu
from web.views.house import HealthView, PeerView
from web.views.minds import HoldView
from web.views.names import Scope, Shelf
from web.views.people import Limited, Session, Status
from web.views.records import Changes, Listing, Lookout, RecordView, Row, Unheard
from web.views.rules import RulesView
from web.views.second import QuestionRow, QuestionView
from web.views.sheets import Offer, Sheet
from web.views.staff import (
    DeclaredView,
    LinkView,
    NewPerson,
    NewPersonMenu,
    PeopleView,
    PersonChange,
    PersonView,
    Unsure,
)
from web.views.writing import (
    AlertDraft,
    DraftRow,
    FieldError,
    IndicatorDraft,
    LabelChoice,
    Made,
    Menu,
    PlanChanged,
    Preview,
    Refused,
    Rejected,
    Released,
    Waiting,
)


class Wakes(Protocol):
    """A place at the bus."""

    async def woken(self) -> None:
        """Returns when something was committed since it last returned; many commits may be one wake.

        A call that is cancelled loses nothing: the next one returns at once.
        """
        ...


class Office(Protocol):
    """What the screens ask of the node. Every method that takes a session answers for that session alone."""

    async def sign_in(self, name: str, password: str, *, client: str) -> Session | Limited | None:
        """A new session, or None for a wrong name, a wrong password, a closed account alike. `client` is whom it counts against."""
        ...

    async def sign_in_once(self, code: str, *, client: str) -> Session | Limited | None:
        """Burns a one-time code; None for wrong, used and expired alike."""
        ...

    async def once_opens(self, code: str) -> bool:
        """Whether a one-time code would open a session now; burns nothing."""
        ...

    async def session(self, token: str, *, touch: bool) -> Session | None:
        """The live session of a token; `touch` counts as use. None when it ended, for whatever reason."""
        ...

    async def sign_out(self, token: str) -> None:
        """Ends a session."""
        ...

    def listed(self) -> bool:
        """Whether the register has this node, from memory. Where it has not, nothing else is asked."""
        ...

    def status(self) -> Status:
        """From memory: the frame asks it on every page."""
        ...

    async def newest(
        self,
        session: Session,
        shelf: Shelf,
        *,
        scope: Scope = Scope.ALL,
        limit: int = 100,
        before: int | None = None,
    ) -> Listing:
        """The newest records of a shelf that the officer may read; `before` continues at `Listing.older`."""
        ...

    async def record(self, session: Session, record: str) -> RecordView | None:
        """One record; None when it is absent or not the reader's."""
        ...

    async def proof(self, session: Session, record: str) -> bytes | None:
        """Its proof file (`docs/protocol.md`)."""
        ...

    async def audit(self, session: Session, asked: AuditAsked) -> AuditView | None:
        """A page of what was done at this node, and whether the log is whole; audited itself. None but for an auditor."""
        ...

    async def people(self, session: Session) -> PeopleView | None:
        """Everybody with an account, by login; None but for those who administer people."""
        ...

    async def person(self, session: Session, person: str) -> PersonView | None:
        """One of them, with what this officer may change."""
        ...

    async def new_person_menu(self, session: Session) -> NewPersonMenu | None:
        """What a new account may be made of; None but for who makes accounts."""
        ...

    async def add_person(self, session: Session, new: NewPerson) -> LinkView | Refused | None:
        """Makes an account and its first sign-in link, audited; None but for who makes accounts."""
        ...

    async def change_person(
        self, session: Session, person: str, change: PersonChange, *, sure: bool
    ) -> Refused | Limited | Unsure | LinkView | bool:
        """Changes one, audited; False where there is nobody, or it is not this officer's to change of anybody.

        What takes something away or lets somebody in is Unsure, and not done, unless the officer is `sure`.
        """
        ...

    async def last_change(self, session: Session) -> int:
        """The change number now; screens see it sealed only (`web/cursors.py`)."""
        ...

    async def changes(self, session: Session, after: int) -> Changes:
        """Rows changed after a change number, filtered as `newest` would."""
        ...

    def subscribe(self) -> AbstractAsyncContextManager[Wakes]:
        """Wake-ups of this node; costs no query."""
        ...

    async def menu(self, session: Session, kind: str) -> Menu:
        """What the forms of a kind offer."""
        ...

    async def raise_alert(
        self, session: Session, draft: AlertDraft, files: Sequence[Given] = ()
    ) -> Made | Rejected | Refused:
        """Keeps a draft with its files, checked by the kind's own rules; both or neither."""
        ...

    def file_most(self) -> int:
        """Most bytes of one file. From memory."""
        ...

    def roomy(self) -> bool:
        """Whether there is room for another file. Blocks: not for the event loop."""
        ...

    def incoming(self) -> Incoming:
        """A place for a file that nobody owns yet. Blocks, as what it returns does."""
        ...

    async def attach(self, session: Session, draft: str, files: Sequence[Given]) -> Made | Rejected | None:
        """Lists files in a draft, all or none; takes back every approval. None where it is absent, not theirs or leaving."""
        ...

    async def detach(self, session: Session, draft: str, sha256: str) -> Made | None:
        """Takes a file (SHA-256 in hex) off a draft, as `attach`."""
        ...

    async def file(self, session: Session, record: str, sha256: str) -> Opened | None:
        """A file of a record; None when there is none to give: absent, not the reader's, withdrawn, not here."""
        ...

    async def draft_file(self, session: Session, draft: str, sha256: str) -> Opened | None:
        """A file of a draft, in the same way."""
        ...

    async def enter_indicator(self, session: Session, draft: IndicatorDraft) -> Made | Rejected | Refused:
        """Keeps a draft of a look-out."""
        ...

    async def released(self, session: Session, draft: str) -> Row | None:
        """The record that a draft became; None where it did not leave, or the record is not the reader's."""
        ...

    async def left(self, session: Session) -> tuple[Row, ...]:
        """Records of this port that left a short while ago at the end of their cancel window, newest first."""
        ...

    async def drafts(self, session: Session) -> tuple[DraftRow, ...]:
        """What waits for an officer here, newest first."""
        ...

    async def discard(self, session: Session, draft: str) -> bool:
        """Drops a draft; False when it is absent or not theirs."""
        ...

    async def relabel(
        self, session: Session, draft: str, label: LabelChoice
    ) -> Made | Rejected | Refused | None:
        """Another label for a draft; takes back every approval."""
        ...

    async def plan_preview(self, session: Session, draft: str) -> Preview | None:
        """The plan a release would carry out now; to whom it goes, for an author who does not release it."""
        ...

    async def hand_over(self, session: Session, draft: str) -> Refused | bool:
        """Gives an own draft to who may publish it; False where there is none to give."""
        ...

    async def send_back(self, session: Session, draft: str, *, word: str) -> Rejected | Refused | bool:
        """Gives one back to who wrote it; False where there is none."""
        ...

    async def rewritable(self, session: Session, draft: str, *, zone: ZoneInfo) -> Sheet | None:
        """What a draft says as a form, for whoever may change its text."""
        ...

    async def rewrite(
        self, session: Session, draft: str, form: Form, *, zone: ZoneInfo
    ) -> Made | Rejected | Refused | None:
        """Another text for it; takes back every approval. Refused where somebody else changed it since the form was opened."""
        ...

    async def approve(
        self, session: Session, draft: str, *, digest: str
    ) -> Made | PlanChanged | Refused | None:
        """The second person's yes to the plan with this digest."""
        ...

    async def ask_elsewhere(
        self, session: Session, draft: str, *, port: str, digest: str
    ) -> Made | PlanChanged | Refused | None:
        """Asks a second person at another port about the plan with this digest."""
        ...

    async def take_back_question(self, session: Session, draft: str, question: str) -> bool:
        """That port is asked no more; False where nothing waits there."""
        ...

    async def asked_of_us(self, session: Session) -> tuple[QuestionRow, ...]:
        """Drafts of other ports that this officer may say yes to, the soonest to lapse first."""
        ...

    async def question(self, session: Session, question: str) -> QuestionView | None:
        """One of them; opening personal data is audited."""
        ...

    async def answer_question(
        self, session: Session, question: str, *, leaf: str, reason: str | None = None
    ) -> Rejected | Refused | bool:
        """Says yes to what `leaf` names, or with a reason sends it back; False where it does not wait for this officer."""
        ...

    async def release(
        self, session: Session, draft: str, *, digest: str
    ) -> Released | Waiting | PlanChanged | Refused | None:
        """Releases what the plan with this digest says, or nothing."""
        ...

    async def cancel_release(self, session: Session, draft: str) -> Refused | bool:
        """Stops a release in its cancel window; False when it has left or was none."""
        ...

    async def retract(self, session: Session, record: str, *, reason: int) -> Released | Refused | None:
        """Withdraws a record of this port."""
        ...

    async def offers(self, session: Session) -> tuple[Offer, ...]:
        """The kinds of record that the officer may write by their own form."""
        ...

    async def sheet(
        self,
        session: Session,
        kind: str,
        *,
        zone: ZoneInfo,
        step: str = "",
        named: Mapping[str, str] | None = None,
    ) -> Sheet | None:
        """The form of a kind; None where it is not the officer's to write. `named`: addresses of records by field."""
        ...

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
        """Keeps a draft of what the form says, or says all that is wrong with it, beside what is found to be `wrong` already.

        `label`: None where it follows from what the record answers.
        """
        ...

    async def correctable(self, session: Session, record: str, *, zone: ZoneInfo) -> Sheet | None:
        """What a record of this port says as a form, for whoever may correct it."""
        ...

    async def correct(
        self, session: Session, record: str, form: Form, *, removes: bool, zone: ZoneInfo
    ) -> Made | Rejected | Refused | None:
        """Keeps a draft of its next version. `removes`: what it said before is erased everywhere."""
        ...

    async def acknowledge(self, session: Session, record: str) -> Made | Rejected | Refused | None:
        """Keeps the draft of this port's answer to a record that asks for one, or finds it; None where nothing asks."""
        ...

    async def move(
        self, session: Session, record: str, label: LabelChoice
    ) -> Made | Rejected | Refused | None:
        """Keeps a draft of it under another label."""
        ...

    async def unseal(self, session: Session, record: str, *, reason: int) -> RecordView | Refused | None:
        """Opens the content of a withdrawn record for this answer alone; audited."""
        ...

    async def ask_hold(self, session: Session, record: str, *, reference: str) -> Refused | bool:
        """Asks that a record is held; False when there is none to hold."""
        ...

    async def add_hold(self, session: Session, one: str, *, reference: str) -> Refused | bool:
        """Asks for a hold by another reference of the record of this one; False where there is none, or by this reference already."""
        ...

    async def holds(self, session: Session) -> tuple[HoldView, ...]:
        """Holds in which the officer has a step."""
        ...

    async def confirm_hold(self, session: Session, one: str) -> Refused | bool:
        """The second person's yes to a hold or to its end; False when nothing waits."""
        ...

    async def end_hold(self, session: Session, one: str) -> Refused | bool:
        """Asks for the end of a hold; False when there is none."""
        ...

    async def keep_hold(self, session: Session, one: str) -> Refused | bool:
        """Takes back that a hold should end; False when nobody asked for it."""
        ...

    async def ask_erasure(self, session: Session, record: str, *, reason: int) -> Refused | bool:
        """Asks that a record of this port is erased; False when there is none to erase."""
        ...

    async def erasures(self, session: Session) -> ErasuresView:
        """What is asked for and what was erased, as far as the officer may know of it."""
        ...

    async def agree_erasure(
        self, session: Session, record: str, *, digest: str
    ) -> Refused | ErasureChanged | bool:
        """The second person's yes to the request with this digest, and with it the erasure; False when nobody asks."""
        ...

    async def take_back_erasure(self, session: Session, record: str) -> Refused | bool:
        """Takes a request back; False when nobody asks."""
        ...

    async def contest(self, session: Session, record: str, *, contested: bool) -> Refused | bool:
        """Marks a record as contested, or ends that; False when there is none."""
        ...

    async def declared(self, session: Session) -> tuple[DeclaredView, ...]:
        """What was declared of the reader, never its value."""
        ...

    async def saw_declared(self, session: Session, until: UnixMs) -> None:
        """He saw what was declared of him up to this moment."""
        ...

    async def cases(self, session: Session) -> CasesView:
        """Cases that the officer reads or whose glass he may break, and what waits for his review."""
        ...

    async def case(self, session: Session, case: str) -> CaseView | None:
        """One that the officer reads."""
        ...

    async def glass_of(self, session: Session, case: str) -> CaseLine | None:
        """One whose glass the officer may break."""
        ...

    async def puttable(self, session: Session, record: str = "") -> Puttable:
        """Cases into which the officer may put a record; of one that is named too, how many go with it."""
        ...

    async def open_case(
        self, session: Session, *, name: str, circle: str, lead: str
    ) -> Made | Refused | None:
        """Opens a case; None where there is nobody to lead it."""
        ...

    async def change_case(self, session: Session, case: str, change: CaseChange) -> Refused | bool:
        """Changes who or what is in a case, closes it, or breaks its glass; False where there is none for this officer."""
        ...

    async def leaderless(self, session: Session, case: str) -> CaseLine | None:
        """One that nobody can lead, and whose lead the officer may take."""
        ...

    async def review_conduct(
        self, session: Session, entry: str, *, words: str, take: bool = False
    ) -> Refused | bool:
        """Another person's words on what was done with a case, and what was put in taken out; False when nothing waits for them."""
        ...

    async def take_by_review(self, session: Session, entry: str) -> Refused | bool:
        """Takes out of a case what was put in and reviewed; False when there is no such review for this officer."""
        ...

    async def handle(self, session: Session, record: str, step: str, *, verdict: str = "") -> Refused | bool:
        """Claims an alert, sends a guard, or closes it; False when there is none, or it is over."""
        ...

    async def lookouts(self, session: Session) -> tuple[Lookout, ...]:
        """Indicators the officer may read, with their sightings."""
        ...

    async def find_menu(self, session: Session) -> FindMenu:
        """What the officer may search by, and what narrows a search."""
        ...

    async def find(self, session: Session, asked: FindAsked) -> Findings | FieldError | Refused | Limited:
        """A page of what is found, audited before it is looked for."""
        ...

    async def unheard(self, session: Session) -> Unheard | None:
        """Ports whose records are not shown since a restore, as far as the officer may read them."""
        ...

    async def peers(self, session: Session) -> tuple[PeerView, ...]:
        """Every other node of the register."""
        ...

    async def health(self, session: Session) -> HealthView:
        """The node's condition."""
        ...

    async def rules(self, session: Session) -> RulesView | None:
        """The rules of release without an officer, and what waits; None for who has no business with them."""
        ...

    async def propose_rules(self, session: Session, *, digest: str) -> Refused | bool:
        """Proposes what the file says, as it was shown; False where there is no such thing to propose."""
        ...

    async def agree_rules(self, session: Session, *, digest: str) -> Refused | bool:
        """Agrees to what somebody else proposed, as it was shown; False where that does not wait."""
        ...
