"""Whether an act on a record or a draft is one on what concerns the officer himself: nobody touches that, whatever his role.

Guarantees that every version that is held counts, withdrawn ones too, so that a correction opens nothing, and all that they refer to;
says so in the same words whatever it is that concerns him.
"""

from __future__ import annotations

from node.commands.people import Visitor
from node.commands.reach import Reach
from node.store.drafts import DraftRow
from node.store.unit import Reader
from policies.decision import Deny, DenyCode
from protocol.ids import RecordId

WORDS = "it concerns you, a declared relation or a close colleague"


def concerned(reader: Reader, officer: Visitor, lineage: bytes, record: RecordId) -> Deny | None:
    """Why this officer leaves the record alone; None where it does not concern him."""
    mine = officer.reading.conflicts
    if mine and mine.touched(Reach(reader).record(lineage, record)):
        return Deny(DenyCode.CONFLICT, "conflict", WORDS)
    return None


def concerned_by(reader: Reader, officer: Visitor, content: bytes) -> bool:
    """Whether a text that is nobody's record yet concerns him."""
    mine = officer.reading.conflicts
    return bool(mine) and mine.touched(Reach(reader).of(content))


def concerned_by_draft(reader: Reader, officer: Visitor, row: DraftRow) -> bool:
    """Whether a draft does, or what it goes on from."""
    if concerned_by(reader, officer, row.content):
        return True
    before = row.replaces or row.record
    return row.lineage is not None and concerned(reader, officer, row.lineage, before) is not None
