"""Whether a text would draw into a case what others read here already: a record of this port, or the draft of a colleague.

Guarantees that no version and no move of a record, and no other text of a colleague's draft, hides it from those who read it by what it
refers to: only putting the record itself into a case does, and that is told (`put_in.py`). A text that nobody saw yet refers as it likes.
"""

from __future__ import annotations

from typing import Final

from node.commands.concern import cases_of, cases_of_text
from node.commands.context import Context
from node.commands.matter import copy, current
from node.commands.need import for_everybody, stays_open
from node.store import cases
from node.store.drafts import DraftRow
from node.store.unit import Reader
from policies.decision import Deny, DenyCode
from policies.need import CaseId, Inside

INTO: Final = Deny(
    DenyCode.INTO_A_CASE,
    "case",
    "it would be of a case that the record is not in: put the record itself into the case first",
)
NONE: Final = frozenset[CaseId]()


class IntoCase(Exception):
    """Such a text was not kept; raised before anything is written, `deny` says why."""

    def __init__(self) -> None:
        super().__init__(INTO.words)
        self.deny = INTO


def of_version(reader: Reader, ctx: Context, row: DraftRow) -> Deny | None:
    """Why a draft that goes on from a record of this port does not leave, nor is made; None where it draws that record into no case.

    What the version that stands is of already, it may be of: that changes nothing for anybody. Of an alert of danger to life, which everybody
    reads whatever it refers to, only an alert of danger to life goes on so.
    """
    before = row.replaces or (row.record if row.version > 1 else None)
    inside = Inside.over(cases.inside(reader))
    if before is None or not inside.of:
        return None
    drawn = cases_of_text(reader, inside, row.content)
    one = copy(reader, ctx, before)
    shown = current(reader, one) if one is not None else None
    own = inside.of.get((one.feed.lineage if one is not None else row.lineage or b"", before))
    may = NONE if own is None else frozenset({own})
    if shown is not None and shown.content is not None and (not stays_open(shown) or _open(row)):
        may |= cases_of_text(reader, inside, shown.content)
    return None if drawn <= may else INTO


def of_text(reader: Reader, row: DraftRow, content: bytes, *, editor: str) -> Deny | None:
    """Why `content` is not put into an open draft: it is another's, or goes on from a record, and would be of more cases than before."""
    if row.version == 1 and row.replaces is None and editor == row.owner:
        return None
    inside = Inside.over(cases.inside(reader))
    if not inside.of:
        return None
    return None if cases_of_text(reader, inside, content) <= cases_of(reader, inside, row) else INTO


def _open(row: DraftRow) -> bool:
    return for_everybody(row.content_type, row.content)
