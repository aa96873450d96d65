"""Which drafts an officer may see: a draft has a label before it has a feed, and some have none yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from node.commands.people import Visitor
from node.commands.plan import may_see
from node.store import drafts
from node.store.drafts import DraftRow as Draft
from node.store.unit import Reader
from policies.officers import Right
from protocol.ids import RecordId
from protocol.label import parse
from protocol.marks import subjects
from protocol.v1 import records_pb2 as pb
from web import shown, views
from web.offices.inside import Inside


class Visible(Inside):
    """Drafts as far as an officer may see them."""

    def _drafts(self, reader: Reader, who: Visitor) -> Sequence[Draft]:
        return [row for row in drafts.waiting(reader) if _may_see_draft(row, who)]

    def _draft(self, reader: Reader, who: Visitor, draft: str) -> Draft | None:
        try:
            row = drafts.get(reader, RecordId(bytes.fromhex(draft)))
        except ValueError:
            return None
        return row if row is not None and row.state in drafts.WAITING and _may_see_draft(row, who) else None

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
            leaves_ms=row.leaves_ms,
            trouble=row.trouble,
            approved_by=self._maker(reader, row.approver) if row.approver else "",
        )


def _may_see_draft(row: Draft, who: Visitor) -> bool:
    """Its owner; else whoever may write or release here and may read under its label. Nobody where it concerns him."""
    if who.reading.conflicts and who.reading.conflicts.among(subjects(row.content)):
        return False
    if row.owner == who.id:
        return True
    if Right.DRAFT not in who.rights and not who.kinds:
        return False
    return row.label is None or may_see(who, parse(row.label))
