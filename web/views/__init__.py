"""What the screens are made of, and what they ask of the node: frozen view models and the `Office`.

Guarantees: nothing in a view was withheld by label or relation from the session it was made for. The web room renders
views and decides nothing: every decision is the node's.
"""

from web.views.audit import AuditAsked, AuditLine, AuditView, ChainView
from web.views.files import FileView, Given, Opened
from web.views.handling import HandlingView
from web.views.house import AsideView, HealthView, HeldFeed, PeerView, RegisterView, SensorView
from web.views.minds import Correction, HoldView
from web.views.names import CLOSED, LabelView, Named, Scope, Shelf, shelf_of
from web.views.office import Office, Wakes
from web.views.people import Limited, Session, SessionEnded, Status
from web.views.records import (
    Changes,
    Evidence,
    Fact,
    Holder,
    Listing,
    Lookout,
    Provenance,
    RecordView,
    Row,
    Stale,
    Subject,
    Withdrawal,
)
from web.views.writing import (
    AlertDraft,
    Audience,
    DraftRow,
    FieldError,
    IndicatorDraft,
    LabelChoice,
    Made,
    Menu,
    NeedsLabel,
    PlanChanged,
    PlanView,
    Recipient,
    Refused,
    Rejected,
    Released,
    Waiting,
    Withheld,
)

__all__ = [
    "CLOSED",
    "AlertDraft",
    "AsideView",
    "Audience",
    "AuditAsked",
    "AuditLine",
    "AuditView",
    "ChainView",
    "Changes",
    "Correction",
    "DraftRow",
    "Evidence",
    "Fact",
    "FieldError",
    "FileView",
    "Given",
    "HandlingView",
    "HealthView",
    "HeldFeed",
    "HoldView",
    "Holder",
    "IndicatorDraft",
    "LabelChoice",
    "LabelView",
    "Limited",
    "Listing",
    "Lookout",
    "Made",
    "Menu",
    "Named",
    "NeedsLabel",
    "Office",
    "Opened",
    "PeerView",
    "PlanChanged",
    "PlanView",
    "Provenance",
    "Recipient",
    "RecordView",
    "Refused",
    "RegisterView",
    "Rejected",
    "Released",
    "Row",
    "Scope",
    "SensorView",
    "Session",
    "SessionEnded",
    "Shelf",
    "Stale",
    "Status",
    "Subject",
    "Waiting",
    "Wakes",
    "Withdrawal",
    "Withheld",
    "shelf_of",
]
