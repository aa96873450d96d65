"""What an officer writes, and what becomes of it: drafts, plans, releases, refusals."""

from __future__ import annotations

from dataclasses import dataclass

from protocol.ids import UnixMs
from web.views.asked import AskedThere
from web.views.files import FileView
from web.views.names import LabelView, Named
from web.views.records import Fact, Subject


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
    releases: bool = True
    """Whether this officer releases such a record; else somebody does to whom it is handed over."""


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
    """Policy said no: a code of `policies/decision.py` and its words. WIDER: its label (`label`) lets in who does not read a record
    that it names, which has the label `named`.
    """

    code: str
    words: str = ""
    label: LabelView | None = None
    named: LabelView | None = None


@dataclass(frozen=True, slots=True)
class About:
    """What tells a draft with personal data from another one, and is none: a code of a table (or none), where and when."""

    table: str
    code: str
    place: str
    occurred_ms: UnixMs | None


@dataclass(frozen=True, slots=True)
class DraftRow:
    """A draft in the list. `maker` is an officer's name or a detector; `leaves_ms` is set in the cancel window.
    `edited_by`: who changed it last, where that is somebody else.

    `trouble`: the code of what stopped it when it was to leave. `hand`: "kept" by an author who may not publish it, or handed "over" to who
    may; `word`: why it was sent back. `may_release`, `may_write`, `may_rewrite`: its kind, it at all, and its text, by this officer now.
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
    edited_by: str = ""
    approved_by: str = ""
    hand: str = ""
    word: str = ""
    may_release: bool = True
    may_write: bool = True
    may_rewrite: bool = False
    about: About | None = None
    """Of its author's own draft with personal data, in the place of the title."""


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

    `moves`: it stands under another label now; `removes`: what it said before is erased everywhere. `gains`, `loses`: who could
    not have it before and who will not any more, with how many people here.
    `seconded`: another person approved this very plan; `may_second`: this officer could; `approved_here`: this officer did.
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
    approved_here: bool = False
    moves: bool = False
    removes: bool = False
    gains: tuple[Named, ...] = ()
    loses: tuple[Named, ...] = ()
    people_gain: int = 0
    people_lose: int = 0
    reason: str = ""
    files: tuple[FileView, ...] = ()
    occurred_ms: UnixMs | None = None
    places: tuple[str, ...] = ()
    subjects: tuple[Subject, ...] = ()
    facts: tuple[Fact, ...] = ()
    may_ask: tuple[Named, ...] = ()
    """The ports whose second person this officer may ask."""
    elsewhere: tuple[AskedThere, ...] = ()
    """What was asked there so far, the newest first."""


@dataclass(frozen=True, slots=True)
class NeedsLabel:
    """A draft for which nobody has chosen yet who may know it."""

    draft: DraftRow
    description: str


@dataclass(frozen=True, slots=True)
class PublisherView:
    """Somebody here who may publish a kind, by name and roles."""

    name: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HandView:
    """A draft as its author sees it who may not publish it. `on_duty`: who of those who may is on duty now; `roles`: those that may."""

    draft: DraftRow
    description: str
    label: LabelView
    on_duty: tuple[PublisherView, ...]
    roles: tuple[str, ...]
    files: tuple[FileView, ...] = ()
    occurred_ms: UnixMs | None = None
    places: tuple[str, ...] = ()
    subjects: tuple[Subject, ...] = ()
    facts: tuple[Fact, ...] = ()


Preview = PlanView | NeedsLabel | HandView | Refused
"""What the page of a draft shows."""


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
