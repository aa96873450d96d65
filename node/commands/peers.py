"""What each peer has of this port's feeds, by its own receipts, and what this node did not accept of theirs.

Guarantees that a feed stands beside a peer only if that peer may follow it now.
"""

from __future__ import annotations

from dataclasses import dataclass

from node.commands.context import Context
from node.commands.entitled import may_serve
from node.store import feeds, receipts
from node.store.entries import INDEX_BITS
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
        "SELECT origin, node, code, count(*), max(last_ms) FROM refused GROUP BY 1, 2, 3 ORDER BY 5 DESC LIMIT 200"
    )
    return tuple(Untaken(*row) for row in rows)
