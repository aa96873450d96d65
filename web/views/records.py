"""Records as their reader may see them. A view of something withdrawn carries neither title nor text."""

from __future__ import annotations

from dataclasses import dataclass

from protocol.ids import UnixMs
from web.views.files import FileView
from web.views.handling import AnswersView, HandlingView
from web.views.names import CLOSED, LabelView, Named
from web.views.sheets import Way


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """Why a row says "Withdrawn". `reason` is the RetractReason number."""

    at_ms: UnixMs
    reason: int
    by: Named
    replacement: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a list. `id` is the record's address, mostly its id in hex.

    `state`: one of current, superseded, retracted, expired, erased. `personal`: opening it is audited, and a list gives neither
    its title nor whom it is about.
    """

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
    personal: bool = False
    contested: bool = False
    asks_by_ms: UnixMs | None = None
    """Until when it asks each port for an answer."""


@dataclass(frozen=True, slots=True)
class Subject:
    """An indicator value: type (`mmsi`) and stored form."""

    type: str
    value: str


@dataclass(frozen=True, slots=True)
class Fact:
    """One field of a kind: texts, codes of a table of `web/words`, a time, addresses of records, or parts of such."""

    field: str
    values: tuple[str, ...] = ()
    table: str = ""
    at_ms: UnixMs | None = None
    records: tuple[str, ...] = ()
    parts: tuple[tuple[Fact, ...], ...] = ()


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

    `state`: valid, key_retired, unsigned, mismatch, unconfirmed, pending (went ahead of its feed). `index`: the entry's own
    in its feed, the first is 0, as in a proof file; a person reads it as the n-th of `size`.
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
class Stale:
    """A port that has not confirmed lately that nothing newer is missing; `as_of_ms` None: not yet at all."""

    origin: Named
    as_of_ms: UnixMs | None


@dataclass(frozen=True, slots=True)
class Unheard:
    """This port was restored then, and what these ports said before is not shown until each is heard."""

    since_ms: UnixMs
    origins: tuple[Named, ...]


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
    stale: Stale | None = None
    regime: str = ""
    controller: str = ""
    legal_basis: str = ""
    released_by: str = ""
    may_withdraw: bool = False
    may_correct: bool = False
    may_hold: bool = False
    may_contest: bool = False
    may_unseal: bool = False
    may_erase: bool = False
    erase_asked: bool = False
    change_reason: str = ""
    handling: HandlingView | None = None
    answers: AnswersView | None = None
    files: tuple[FileView, ...] = ()
    ways: tuple[Way, ...] = ()
    """What this officer may write that names it."""
    case: Named | None = None
    reading_only: bool = False
    """It is read by broken glass."""
    may_put: bool = False

    @property
    def statement(self) -> str:
        """Whether it says a fact or a judgement: a code; "" where nothing of it is told."""
        return next((fact.values[0] for fact in self.facts if fact.field == "statement"), "")

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
    stale: tuple[Stale, ...] = ()
    """Ports of which something newer may be missing."""
    unheard: Unheard | None = None


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
    gone: bool = False
    """What a page shows may be in a case now in which this reader is not."""

    @property
    def anything(self) -> bool:
        """Whether this reader may notice that something happened."""
        return bool(self.rows or self.touched or self.behind)


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
