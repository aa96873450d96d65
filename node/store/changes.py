"""What became different, for those who wait for it: published after the commit, never before, and no substitute for reading.

A change names what to read again; it carries no content and no label.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from node.high_water import Mark
from protocol.ids import FeedId, NodeId, RecordId


class ChangeKind(StrEnum):
    """What sort of thing changed."""

    FEED = "feed"  # grew or was opened: feed, number, size, arrival
    RECORD = "record"  # is shown otherwise than before: feed, number, record
    RECEIPT = "receipt"  # a peer holds more: feed, number, node, size
    CUT = "cut"  # an epoch was cut off, or is another history than the good one: feed
    EVIDENCE = "evidence"  # its origin contradicted itself: feed, node
    STORED = "stored"  # a peer has an entry ahead of its turn: feed, number, node
    REFUSED = "refused"  # a feed was refused whole: feed, node
    PURGED = "purged"  # nothing of a feed is held any more: feed, number
    BRAKED = "braked"  # erasures of an origin wait for an operator, or do not any more: node
    DRAFT = "draft"  # record
    REGISTER = "register"
    PEOPLE = "people"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change; which fields are set follows from its kind."""

    kind: ChangeKind
    feed: FeedId | None = None
    number: int = 0
    record: RecordId | None = None
    node: NodeId | None = None
    size: int = 0
    arrival: int = 0
    own: bool = False
    mark: Mark | None = None
    """Of an own feed: what was signed."""
