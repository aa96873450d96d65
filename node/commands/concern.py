"""Whether an act on a record is one on what concerns the officer himself: nobody touches that, whatever his role.

Guarantees that every version that is held counts, withdrawn ones too, so that a correction opens nothing; says so in the same words
whatever it is that concerns him.
"""

from __future__ import annotations

from node.commands.people import Visitor
from node.commands.search import conflicts
from node.store import entries
from node.store.unit import Reader
from policies.decision import Deny, DenyCode
from protocol.ids import RecordId

WORDS = "it concerns you, a declared relation or a close colleague"


def concerned(reader: Reader, officer: Visitor, lineage: bytes, record: RecordId) -> Deny | None:
    """Why this officer leaves the record alone; None where it does not concern him."""
    if not officer.reading.conflicts:
        return None
    keys = [row.key for row in entries.versions(reader, lineage, record)]
    if any(conflicts(officer.reading, row) for row in entries.by_key(reader, keys).values()):
        return Deny(DenyCode.CONFLICT, "conflict", WORDS)
    return None
