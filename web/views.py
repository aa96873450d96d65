"""What the screens are made of, and what they ask of the node: frozen view models and the `Office`.

Guarantees: nothing in a view was withheld by label or relation from the session it was made for; a view of
something withdrawn carries neither title nor text. A record that is absent and one that is not the reader's are
both `None`. The web room renders views and decides nothing: every decision is the node's.
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from protocol.ids import UnixMs


class Shelf(StrEnum):
    """Where a record kind is shown; a kind that is not known here stands in the library."""

    WATCH = "watch"
    LOOKOUTS = "lookouts"
    LIBRARY = "library"


class Scope(StrEnum):
    """Whose records a list shows."""

    ALL = "all"
    OWN = "own"
    OTHERS = "others"


CLOSED = frozenset({"retracted", "erased"})
"""States of which no screen shows title or text."""

SHELVES = {
    "alert": Shelf.WATCH,
    "incident": Shelf.WATCH,
    "sighting": Shelf.WATCH,
    "indicator": Shelf.LOOKOUTS,
}


def shelf_of(kind: str) -> Shelf:
    """The list a kind belongs to."""
    return SHELVES.get(kind, Shelf.LIBRARY)


@dataclass(frozen=True, slots=True)
class Named:
    """An id with the name a person knows it by."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class LabelView:
    """A label, its open names resolved. `audience`, `recipients`, `countries`: one of every clause is needed."""

    text: str
    tlp: str
    level: str = "NONE"
    audience: tuple[tuple[Named, ...], ...] = ()
    recipients: tuple[tuple[Named, ...], ...] = ()
    countries: tuple[tuple[str, ...], ...] = ()
    compartments: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()
    status: str = ""


# ---- who is here --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in officer. `may` holds: raise_alert, release, approve, retract, enter_indicator."""

    token: str = field(repr=False)
    officer: str
    name: str
    port: Named
    roles: tuple[str, ...]
    clearance: str
    expires_ms: UnixMs
    language: str = ""
    may: frozenset[str] = frozenset()


class SessionEnded(Exception):
    """The account behind a session is gone or closed; any method that takes a session may raise it."""


@dataclass(frozen=True, slots=True)
class Limited:
    """Too many failures were counted; the next try is looked at after so many seconds."""

    wait_s: int


@dataclass(frozen=True, slots=True)
class Status:
    """The line in the frame: peers, and whether the register is fresh. From memory, never a store query."""

    connected: int
    peers: int
    late: tuple[Named, ...] = ()
    register_stale: bool = False


# ---- records ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """Why a row says "Withdrawn". `reason` is the RetractReason number."""

    at_ms: UnixMs
    reason: int
    by: Named
    replacement: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a list. `id` is 32 hex digits; `state` one of current, superseded, retracted, expired, erased."""

    id: str
    kind: str
    state: str
    origin: Named
    own: bool
    issued_ms: UnixMs
    label: LabelView
    title: str = ""
    lang: str = ""
    severity: str = ""
    category: str = ""
    place: str = ""
    detector: str = ""
    life_safety: bool = False
    version: int = 1
    withdrawal: Withdrawal | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """An indicator value: type (`mmsi`) and stored form."""

    type: str
    value: str


@dataclass(frozen=True, slots=True)
class Fact:
    """One field of a kind: a text, a code of a table of `web/words.py`, or a time."""

    field: str
    value: str = ""
    table: str = ""
    at_ms: UnixMs | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """One observation kept with a record: what, by which sensor code, when, which fields."""

    type: str
    sensor: str
    at_ms: UnixMs
    fields: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Provenance:
    """How far the record can be trusted to be what its origin said.

    `state`: valid, key_retired, unsigned, mismatch, unconfirmed, pending (went ahead of its feed).
    """

    state: str
    signer: Named
    key: str
    feed: str
    index: int
    size: int
    register: int
    received_ms: UnixMs | None = None
    witnesses: tuple[Named, ...] = ()


@dataclass(frozen=True, slots=True)
class Holder:
    """What one entitled node does with the record.

    `state`: has, stored (said so, not yet cosigned), not_yet, quarantined, hidden (a withdrawal confirmed), not_hidden.
    """

    node: Named
    state: str
    at_ms: UnixMs | None = None
    took_ms: int | None = None


@dataclass(frozen=True, slots=True)
class RecordView:
    """A record as its reader may see it. `facts` are the fields of its kind that have no place of their own."""

    row: Row
    provenance: Provenance
    description: str = ""
    action: str = ""
    certainty: str = ""
    urgency: str = ""
    occurred_ms: UnixMs | None = None
    expires_ms: UnixMs | None = None
    retain_until_ms: UnixMs | None = None
    places: tuple[str, ...] = ()
    subjects: tuple[Subject, ...] = ()
    detector_version: str = ""
    score: float | None = None
    explanation: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    facts: tuple[Fact, ...] = ()
    holders: tuple[Holder, ...] = ()
    regime: str = ""
    controller: str = ""
    legal_basis: str = ""
    released_by: str = ""
    may_withdraw: bool = False

    @property
    def heading(self) -> str:
        """The title, where it may stand on a screen at all: not of what is withdrawn, erased or does not verify."""
        closed = self.row.state in CLOSED or self.provenance.state == "mismatch"
        return "" if closed else self.row.title


@dataclass(frozen=True, slots=True)
class Listing:
    """Rows, newest first, and the change number up to which they are complete. `older` continues the list."""

    rows: tuple[Row, ...]
    last_change: int
    older: int | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed after a number, oldest first. `behind`: too much to replay, load the page again.

    `touched` are record ids whose holders changed; their rows did not.
    """

    rows: tuple[Row, ...]
    last: int
    touched: tuple[str, ...] = ()
    behind: bool = False
    drafts: tuple[str, ...] = ()
    """Every draft that waits and that this reader may see."""

    @property
    def anything(self) -> bool:
        """Whether this reader may notice that something happened."""
        return bool(self.rows or self.touched or self.behind)


# ---- writing ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Audience:
    """A community an officer may address, and the ports whose nodes serve it."""

    id: str
    name: str
    ports: tuple[Named, ...]


@dataclass(frozen=True, slots=True)
class Menu:
    """What the forms offer: only what this officer at this node may choose."""

    audiences: tuple[Audience, ...]
    tlps: tuple[str, ...]
    ports: tuple[Named, ...]
    places: tuple[Named, ...]
    bases: tuple[Named, ...]
    languages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LabelChoice:
    """A label as it was chosen in words; the node composes and checks the text."""

    audience: str
    tlp: str
    ports: tuple[str, ...] = ()
    orcon: bool = False
    exercise: bool = False


@dataclass(frozen=True, slots=True)
class AlertDraft:
    """An alert as an officer wrote it."""

    title: str
    category: str
    severity: str
    certainty: str
    urgency: str
    description: str
    lang: str
    label: LabelChoice
    occurred_ms: UnixMs
    action: str = ""
    place: str = ""
    vessel: str = ""
    life_safety: bool = False
    statement: str = "fact"
    legal_basis: str = ""


@dataclass(frozen=True, slots=True)
class IndicatorDraft:
    """A look-out as an officer wrote it; `type` is mmsi or imo."""

    type: str
    value: str
    reason: str
    title: str
    grounds: str
    on_hit: str
    contact: str
    owner: str
    valid_days: int
    lang: str
    label: LabelChoice
    do_not: str = ""
    legal_basis: str = ""


@dataclass(frozen=True, slots=True)
class FieldError:
    """One field that cannot stay so. `code` names the rule; `words` is the node's own sentence where no code fits."""

    field: str
    code: str
    limit: int | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Made:
    """A draft exists."""

    draft: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """Nothing was kept; these fields say why."""

    errors: tuple[FieldError, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """Policy said no: a code of `policies/decision.py` and its words."""

    code: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class DraftRow:
    """A draft in the list. `maker` is an officer's name or a detector; `leaves_ms` is set in the cancel window.

    `trouble`: the code of what stopped it when it was to leave.
    """

    id: str
    kind: str
    title: str
    severity: str
    made_ms: UnixMs
    maker: str
    by_detector: bool
    label: LabelView | None
    leaves_ms: UnixMs | None = None
    trouble: str = ""
    approved_by: str = ""


@dataclass(frozen=True, slots=True)
class Recipient:
    """A node that will get it, and by which communities. `people` is known for the own node only."""

    node: Named
    via: tuple[Named, ...] = ()
    named: bool = False
    people: int | None = None
    may_pass_on: bool = False
    own: bool = False


@dataclass(frozen=True, slots=True)
class Withheld:
    """A node that will not get it, and the deny code that says why."""

    node: Named
    code: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class PlanView:
    """Who will see a draft if it is released now. `change`: new, wider, narrower, same.

    `seconded`: another person approved this very plan; `may_second`: this officer could.
    """

    draft: DraftRow
    description: str
    label: LabelView
    recipients: tuple[Recipient, ...]
    withheld: tuple[Withheld, ...]
    change: str
    fields_out: tuple[str, ...]
    fields_kept: tuple[str, ...]
    needs_second: tuple[str, ...]
    digest: str
    cancel_s: int = 0
    seconded: bool = False
    may_second: bool = False


@dataclass(frozen=True, slots=True)
class NeedsLabel:
    """A draft for which nobody has chosen yet who may know it."""

    draft: DraftRow
    description: str


@dataclass(frozen=True, slots=True)
class Released:
    """It is in the log; `record` is its id."""

    record: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """It leaves at `leaves_ms` unless it is cancelled before."""

    draft: str
    leaves_ms: UnixMs


@dataclass(frozen=True, slots=True)
class PlanChanged:
    """Membership, policy or text moved since the preview; nothing left. `plan` is the one that holds now."""

    plan: PlanView


@dataclass(frozen=True, slots=True)
class Lookout:
    """An indicator in the list, with what came back."""

    row: Row
    type: str
    value: str
    reason: str
    on_hit: str
    valid_until_ms: UnixMs
    sightings: int = 0
    last_seen_ms: UnixMs | None = None
    last_seen_by: Named | None = None


# ---- the house ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class HeldFeed:
    """One of our feeds at a peer: our size, the size it holds by its own cosignature."""

    label: LabelView
    size: int
    held: int
    receipt_ms: UnixMs | None
    quarantined: int = 0


@dataclass(frozen=True, slots=True)
class PeerView:
    """A node of the federation as this node sees it."""

    node: Named
    sites: tuple[str, ...]
    connected: bool
    since_ms: UnixMs | None
    register: int | None
    feeds: tuple[HeldFeed, ...]
    withdrawn_until_ms: UnixMs | None = None
    trouble: str = ""

    @property
    def behind(self) -> int:
        """Entries of ours that it has not confirmed."""
        return sum(feed.size - feed.held for feed in self.feeds)

    @property
    def receipt_ms(self) -> UnixMs | None:
        """The newest receipt over all feeds."""
        return max((f.receipt_ms for f in self.feeds if f.receipt_ms is not None), default=None)


@dataclass(frozen=True, slots=True)
class RegisterView:
    """The signed list of members. `state`: fresh, due (expires soon), stale."""

    version: int
    status: str
    state: str
    expires_ms: UnixMs | None


@dataclass(frozen=True, slots=True)
class SensorView:
    """A source of observations. `state`: reporting, silent, off."""

    name: str
    type: str
    state: str
    last_ms: UnixMs | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class HealthView:
    """The node's own condition; no content of any record."""

    node: Named
    version: str
    started_ms: UnixMs
    register: RegisterView
    sensors: tuple[SensorView, ...] = ()
    detectors: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()


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
        """A new session, or None for a wrong name, a wrong password, a closed account alike."""
        ...

    async def sign_in_once(self, code: str, *, client: str) -> Session | None:
        """Burns a one-time code; None for wrong, used and expired alike."""
        ...

    async def session(self, token: str, *, touch: bool) -> Session | None:
        """The live session of a token; `touch` counts as use. None when it ended, for whatever reason."""
        ...

    async def sign_out(self, token: str) -> None:
        """Ends a session."""
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

    async def raise_alert(self, session: Session, draft: AlertDraft) -> Made | Rejected | Refused:
        """Keeps a draft, checked by the kind's own rules."""
        ...

    async def enter_indicator(self, session: Session, draft: IndicatorDraft) -> Made | Rejected | Refused:
        """Keeps a draft of a look-out."""
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

    async def plan_preview(self, session: Session, draft: str) -> PlanView | NeedsLabel | Refused | None:
        """The plan a release would carry out now."""
        ...

    async def approve(
        self, session: Session, draft: str, *, digest: str
    ) -> Made | PlanChanged | Refused | None:
        """The second person's yes to the plan with this digest."""
        ...

    async def release(
        self, session: Session, draft: str, *, digest: str
    ) -> Released | Waiting | PlanChanged | Refused | None:
        """Releases what the plan with this digest says, or nothing."""
        ...

    async def cancel_release(self, session: Session, draft: str) -> bool:
        """Stops a release in its cancel window; False when it has left or was none."""
        ...

    async def retract(self, session: Session, record: str, *, reason: int) -> Released | Refused | None:
        """Withdraws a record of this port."""
        ...

    async def lookouts(self, session: Session) -> tuple[Lookout, ...]:
        """Indicators the officer may read, with their sightings."""
        ...

    async def peers(self, session: Session) -> tuple[PeerView, ...]:
        """Every other node of the register."""
        ...

    async def health(self, session: Session) -> HealthView:
        """The node's condition."""
        ...
