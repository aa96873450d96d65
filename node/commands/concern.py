"""Whether an act on a record or a draft is one on what concerns the officer himself, or on what is in a case into which he is not
read: nobody touches that, whatever his role.

Guarantees that to a conflict of interest every version that is held counts, withdrawn ones too, so that a correction opens nothing, and
all that they refer to; to a case what lists show, as for reading. It says so in the same words whatever it is that concerns him. Whoever reads a case by broken glass reads it and does nothing else.
"""

from __future__ import annotations

from dataclasses import replace

from node.commands.need import danger_shown, reading_only, shown, shown_to_everybody
from node.commands.people import Visitor
from node.commands.reach import Reach
from node.store.drafts import DraftRow
from node.store.unit import Reader
from policies.decision import Deny, DenyCode
from policies.need import NOTHING, CaseId, Inside
from protocol.ids import RecordId

_NO_RECORD = (b"", RecordId(b""))
WORDS = "it concerns you, a declared relation or a close colleague"


def concerned(reader: Reader, officer: Visitor, lineage: bytes, record: RecordId) -> Deny | None:
    """Why this officer leaves the record alone; None where he may act on it."""
    need = officer.reading.need
    if (deny := conflicted(reader, officer, lineage, record)) is not None or not need:
        return deny
    if not need.barred(need.inside.cases((lineage, record), drawn_of(Reach(reader), lineage, record))):
        return None
    return None if shown_to_everybody(reader, lineage, record) else reading_only()


def conflicted(reader: Reader, officer: Visitor, lineage: bytes, record: RecordId) -> Deny | None:
    """The same of what concerns him alone, whatever case it is in."""
    mine = officer.reading.conflicts
    if not mine:
        return None
    named = Reach(reader).record(lineage, record)
    if not named.whole and danger_shown(reader, lineage, record):
        named = replace(named, whole=True)  # as it is read: decided on what is known
    return Deny(DenyCode.CONFLICT, "conflict", WORDS) if mine.touched(named) else None


def drawn_of(reach: Reach, lineage: bytes, record: RecordId) -> frozenset[bytes]:
    """What a record draws into a case: as lists show it, so that who reads it acts on it; of one in no list every version that is held."""
    rows = shown(reach.reader, lineage, record)
    if not rows:
        return reach.drawn_of(lineage, record)
    return frozenset[bytes]().union(*(reach.drawn(row.content) for row in rows))


def concerned_by(reader: Reader, officer: Visitor, content: bytes) -> bool:
    """Whether a text that is nobody's record yet concerns him."""
    mine = officer.reading.conflicts
    return bool(mine) and mine.touched(Reach(reader).of(content))


def barred_by(reader: Reader, officer: Visitor, content: bytes, record: bytes = b"") -> bool:
    """Whether a text that is nobody's record yet refers to what is in a case to which he does not contribute, or is to be the next
    version of such a `record`, by its id alone.
    """
    need = officer.reading.need
    if not need:
        return False
    found = cases_of_text(reader, need.inside, content)
    return need.barred(found | need.inside.named.get(record, frozenset()))


def may_name(reader: Reader, officer: Visitor, lineage: bytes, record: RecordId) -> bool:
    """Whether what this officer writes may refer to a record that he reads. Not to one that stays open to everybody though it is of a case
    that he does not read: what refers to it would be of that case, and nothing tells him of it.
    """
    need = officer.reading.need
    if not need:
        return True
    found = need.inside.cases((lineage, record), drawn_of(Reach(reader), lineage, record))
    return need.reads(found) != NOTHING


def works_on(reader: Reader, officer: Visitor, row: DraftRow) -> Deny | None:
    """Why this officer does not work on a draft: it belongs to a case to which he does not contribute."""
    need = officer.reading.need
    return reading_only() if need and need.barred(cases_of(reader, need.inside, row)) else None


def cases_of(reader: Reader, inside: Inside, row: DraftRow) -> frozenset[CaseId]:
    """The cases that a draft belongs to: of the record that it goes on from, and of all that it refers to."""
    before = row.lineage or b"", row.replaces or row.record
    return inside.cases(before, Reach(reader).drawn(row.content))


def cases_of_text(reader: Reader, inside: Inside, content: bytes) -> frozenset[CaseId]:
    """The cases of all that a text refers to."""
    return inside.cases(_NO_RECORD, Reach(reader).drawn(content))


def concerned_by_draft(reader: Reader, officer: Visitor, row: DraftRow) -> bool:
    """Whether a draft does, or what it goes on from, or either is of a case to which he does not contribute."""
    if concerned_by(reader, officer, row.content) or works_on(reader, officer, row) is not None:
        return True
    before = row.replaces or row.record
    return row.lineage is not None and concerned(reader, officer, row.lineage, before) is not None
