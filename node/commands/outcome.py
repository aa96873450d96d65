"""What came of a batch: taken, or refused with a code for the peer and words for the operator. Values, not exceptions."""

from __future__ import annotations

from dataclasses import dataclass

from protocol.contradiction import Contradiction
from protocol.errors import Code
from protocol.ids import FeedId, Hash, NodeId

ENDS_SESSION = frozenset({Code.MALFORMED, Code.TOO_LARGE, Code.BAD_PROOF, Code.BAD_SIGNATURE})
"""Bytes that do not verify: the session ends, nothing is said about the feed, another source is tried."""
REFUSES_FEED = frozenset({Code.UNKNOWN_LABEL, Code.ABOVE_ACCREDITATION, Code.FORKED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why something was not taken; nothing of the batch is stored. `size` is what is held of the feed."""

    code: Code
    feed: FeedId
    index: int = 0
    size: int = 0
    field: str = ""
    words: str = ""
    evidence: Contradiction | None = None
    """Two statements by the origin that cannot both be true, where that is why."""

    @property
    def ends_session(self) -> bool:
        """Whether the peer's bytes themselves are at fault."""
        return self.code in ENDS_SESSION

    @property
    def refuses_feed(self) -> bool:
        """Whether the whole feed is refused, whoever sends it."""
        return self.code in REFUSES_FEED


@dataclass(frozen=True, slots=True)
class Aside:
    """An entry that verified and was kept aside: `reason` is a QuarantineReason, `field` a path, never a value."""

    index: int
    reason: int
    field: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A holder's cosignature over a feed up to `size`, and what it kept aside below."""

    feed: FeedId
    size: int
    root: Hash
    cosignature: bytes
    quarantined: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """Durable once the transaction is: `added` entries are new, `filled` contents were missing. `receipt` where one is due."""

    feed: FeedId
    origin: NodeId
    size: int
    root: Hash
    added: int = 0
    filled: int = 0
    receipt: Receipt | None = None
    aside: tuple[Aside, ...] = ()
    files: int = 0
    """How many of its entries list files that are to be fetched."""
