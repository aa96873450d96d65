"""The part of the fake office where drafts go from who drafts to who publishes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

from web.forms import Form
from web.views import DraftRow, HandView, Made, PublisherView, Refused, Rejected, Session, Sheet


@dataclass
class FakeHands:
    """Drafts whose `hand` says so are shown as to their author."""

    drafts_kept: dict[str, DraftRow] = field(default_factory=dict)

    def handed(self, kept: DraftRow) -> HandView:
        """Its page."""
        assert kept.label is not None
        return HandView(
            draft=kept,
            description="Class A ship stopped sending.",
            label=kept.label,
            on_duty=(PublisherView("M. De Wilde", ("port_captain", "security_officer")),),
            roles=("police", "port_captain", "security_officer"),
        )

    async def hand_over(self, session: Session, draft: str) -> Refused | bool:
        kept = self.drafts_kept.get(draft)
        if kept is None or kept.hand != "kept":
            return False
        self.drafts_kept[draft] = replace(kept, hand="over", word="", may_write=False)
        return True

    async def send_back(self, session: Session, draft: str, *, word: str) -> Rejected | Refused | bool:
        kept = self.drafts_kept.get(draft)
        if kept is None or kept.hand != "over":
            return False
        self.drafts_kept[draft] = replace(kept, hand="kept", word=word)
        return True

    async def rewritable(self, session: Session, draft: str, *, zone: ZoneInfo) -> Sheet | None:
        return None

    async def rewrite(
        self, session: Session, draft: str, form: Form, *, zone: ZoneInfo
    ) -> Made | Rejected | Refused | None:
        return None
