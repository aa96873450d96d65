"""Holds one node's log to what a log must be, over kills and restarts: what it had it still has, whole, under one root.

Reads the store's tables directly; checks with the protocol's own functions, entry by entry, each once.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from node.commands.receipt import root_at
from node.store import entries, feeds
from node.store.feeds import FeedRow
from node.store.unit import Reader
from protocol.entry import check_entry
from protocol.header import parse_header
from protocol.ids import FeedId, Hash, NodeId
from protocol.merkle import CompactRange

Claim = tuple[FeedId, int, Hash]
"""A feed had this root at this size."""


@dataclass
class Whole:
    """What one node was seen to hold. `check` raises AssertionError where it holds less, another thing, or a part of one."""

    _seen: dict[FeedId, CompactRange] = field(default_factory=dict)

    def check(self, reader: Reader) -> dict[FeedId, FeedRow]:
        """Every feed from where it was checked last; the feeds as they are now."""
        held = {feed.feed: feed for feed in feeds.every(reader)}
        gone = set(self._seen) - set(held)
        assert not gone, f"feeds are gone: {sorted(name.hex()[:8] for name in gone)}"
        for feed in held.values():
            self._seen[feed.feed] = self._grown(reader, feed)
        return held

    def _grown(self, reader: Reader, feed: FeedRow) -> CompactRange:
        seen = self._seen.get(feed.feed, CompactRange())
        name = feed.feed.hex()[:8]
        assert feed.size >= seen.size, f"{name} had {seen.size} entries, has {feed.size}"
        beyond = entries.between(reader, feed.number, feed.size, feed.size + 1)
        assert not any(row.nodes for row in beyond), f"{name} says {feed.size} entries and has more"
        rows = entries.between(reader, feed.number, seen.size, feed.size)
        assert [row.at for row in rows] == list(range(seen.size, feed.size)), (
            f"{name} says {feed.size} entries"
        )
        for row in rows:
            check_entry(row.entry, parse_header(row.header))
            assert row.entry.leaf == row.leaf, f"{name}: entry {row.at} is not the one its leaf says"
        after, _ = seen.extend(row.leaf for row in rows)
        assert after.root() == feed.root, f"{name}: {feed.size} entries under another root"
        point = feed.checkpoint
        assert point.root == root_at(reader, feed, point.size), f"{name}: a checkpoint over another history"
        return after


def assert_kept(reader: Reader, claims: list[Claim], held: dict[FeedId, FeedRow]) -> None:
    """Whatever was claimed of a feed still holds here."""
    for name, size, root in claims:
        feed = held.get(name)
        assert feed is not None, f"feed {name.hex()[:8]} was acknowledged at {size} and is gone"
        assert size <= feed.size, f"feed {name.hex()[:8]}: {size} acknowledged, {feed.size} held"
        assert root_at(reader, feed, size) == root, f"feed {name.hex()[:8]}: another root at {size}"


def acknowledged(reader: Reader, holder: NodeId) -> list[Claim]:
    """What `holder` cosigned, as the node that asked for it keeps it."""
    rows = reader.all(
        "SELECT f.feed, r.size, r.root FROM receipt r JOIN feed f ON f.number = r.feed WHERE r.node = ?",
        holder,
    )
    return [(FeedId(feed), size, Hash(root)) for feed, size, root in rows]
