"""What each peer has of this port's feeds, by its own receipts: the other side of every release.

Guarantees that a feed stands beside a peer only if that peer may follow it now.
"""

from __future__ import annotations

from dataclasses import dataclass

from node.commands.context import Context
from node.commands.entitled import may_serve
from node.store import feeds, receipts
from node.store.feeds import FeedRole, FeedRow
from node.store.unit import Reader
from protocol.ids import NodeId, UnixMs


@dataclass(frozen=True, slots=True)
class HeldFeed:
    """One own feed at a peer: `held` by its cosignature, `said` as it last told; `aside` entries it kept aside."""

    feed: FeedRow
    held: int
    said: int
    received_ms: UnixMs | None
    aside: int

    @property
    def behind(self) -> int:
        """Entries that it has not confirmed."""
        return self.feed.size - self.held


@dataclass(frozen=True, slots=True)
class RefusedFeed:
    """A feed that this node did not take from a peer, whole."""

    feed: bytes
    code: str
    words: str
    times: int
    last_ms: UnixMs


def held_by(reader: Reader, ctx: Context, peer: NodeId) -> tuple[HeldFeed, ...]:
    """This port's record feeds that the peer may follow, by label."""
    register = ctx.register
    said = receipts.holdings(reader, peer)
    found = []
    for feed in feeds.every(reader):
        if not feed.own or feed.role is not FeedRole.RECORDS or not may_serve(ctx, peer, feed, register):
            continue
        receipt = receipts.of_node(reader, feed.number, peer)
        found.append(
            HeldFeed(
                feed=feed,
                held=receipt.size if receipt else 0,
                said=said.get(feed.number, (0, b""))[0],
                received_ms=UnixMs(receipt.received_ms) if receipt else None,
                aside=len(receipt.quarantined) if receipt else 0,
            )
        )
    return tuple(sorted(found, key=lambda one: one.feed.label))


def refused_from(reader: Reader, peer: NodeId) -> tuple[RefusedFeed, ...]:
    """Feeds that were refused to this peer, the latest first."""
    rows = reader.all(
        "SELECT feed, code, words, times, last_ms FROM refused WHERE node = ? ORDER BY last_ms DESC LIMIT 200",
        peer,
    )
    return tuple(RefusedFeed(*row) for row in rows)
