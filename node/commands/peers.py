"""What each peer has of this port's feeds, by its own receipts, and what this node did not accept of theirs.

Guarantees that a feed stands beside a peer only if that peer may follow it now.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from node.commands.context import Context
from node.commands.entitled import follows
from node.store import receipts
from node.store.entries import INDEX_BITS
from node.store.feeds import REUSED, FeedRow
from node.store.unit import Reader
from policies.decision import Permit
from protocol.ids import NodeId, UnixMs
from protocol.members import NodeEntry


@dataclass(frozen=True, slots=True)
class HeldFeed:
    """One own feed at a peer: `held` by its cosignature; `aside` entries it kept aside."""

    feed: FeedRow
    held: int
    received_ms: UnixMs | None
    aside: int


@dataclass(frozen=True, slots=True)
class Aside:
    """Entries of one feed that verified and were kept aside here for one reason; `field`: where the newest one offends."""

    feed: int
    origin: NodeId
    reason: int
    field: str
    entries: int
    last_ms: UnixMs


@dataclass(frozen=True, slots=True)
class Untaken:
    """Feeds of one origin that were refused whole to one peer with one code; says nothing of what is in them."""

    origin: NodeId
    peer: NodeId
    code: str
    feeds: int
    last_ms: UnixMs


def held_by(reader: Reader, ctx: Context, peer: NodeEntry, own: Iterable[FeedRow]) -> tuple[HeldFeed, ...]:
    """Those of this port's feeds (`own`) that the peer may follow, and what it confirmed of each."""
    register, now = ctx.register, ctx.now()
    return tuple(
        _held(reader, feed, peer.id) for feed in own if isinstance(follows(peer, feed, register, now), Permit)
    )


def _held(reader: Reader, feed: FeedRow, peer: NodeId) -> HeldFeed:
    receipt = receipts.of_node(reader, feed.number, peer)
    if receipt is None:
        return HeldFeed(feed, 0, None, 0)
    return HeldFeed(feed, receipt.size, UnixMs(receipt.received_ms), len(receipt.quarantined))


def kept_aside(reader: Reader) -> tuple[Aside, ...]:
    """What was kept aside here, by feed and reason, the latest first; `field` is a path, never a value."""
    rows = reader.all(
        f"SELECT q.key >> {INDEX_BITS}, f.origin, q.reason, q.field, count(*), max(q.at_ms) FROM quarantine q "  # noqa: S608 - a constant
        f"JOIN feed f ON f.number = q.key >> {INDEX_BITS} GROUP BY 1, 3 ORDER BY 6 DESC LIMIT 200"
    )
    return tuple(Aside(*row) for row in rows)


def untaken(reader: Reader) -> tuple[Untaken, ...]:
    """What was refused whole, by origin, peer and code, the latest first."""
    rows = reader.all(
        "SELECT origin, node, code, count(*), max(last_ms) FROM refused WHERE code <> ? GROUP BY 1, 2, 3 ORDER BY 5 DESC LIMIT 200",
        REUSED,
    )
    return tuple(Untaken(*row) for row in rows)
