"""Whether an officer may know of a record at all: what he may not, an answer to him never tells.

Guarantees the same decision as reading: by label, by whom it concerns, and by the case that it is in.
"""

from __future__ import annotations

from node.commands.concern import concerned
from node.commands.people import Visitor
from node.store.feeds import FeedRow
from node.store.unit import Reader
from policies.readership import reads
from protocol.ids import RecordId
from protocol.label import Label, parse


def may_see(person: Visitor, label: Label) -> bool:
    """Whether this person may read under the label for any purpose of theirs."""
    return reads(person.reading, label)


def privy(reader: Reader, officer: Visitor, feed: FeedRow, record: RecordId) -> bool:
    """Whether this officer may know of this record."""
    return may_see(officer, parse(feed.label)) and concerned(reader, officer, feed.lineage, record) is None
