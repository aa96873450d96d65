"""Whether this node's audit feed is what it signed: every leaf made again from the entry that is there, to the root of the checkpoint.

Guarantees that an entry that was changed, taken out, put in or given another content is noticed, and names the first one that does
not fit where that can be known: whoever also made the tree anew is found out by the root alone, and then nothing after the last
subtree that still fits is vouched for. What was destroyed at the end of its time has its header, and fits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from node.commands.context import Context
from node.store import entries, feeds
from node.store.entries import EntryRow
from node.store.feeds import FeedRole, FeedRow
from node.store.unit import Reader
from protocol import checkpoint as checkpoints
from protocol.entry import check_entry
from protocol.errors import ProtocolError
from protocol.header import parse_header
from protocol.ids import FeedId, Hash
from protocol.merkle import CompactRange

AT_ONCE = 512


@dataclass(frozen=True, slots=True)
class Chain:
    """What a check found: how many entries were looked at and fit; where it does not fit, from which entry of which feed on.

    `code`: "" where all fits; "entry" (it is not what the log says of it), "missing", "root" (the log as a whole is not what
    was signed), "signature".
    """

    entries: int
    code: str = ""
    feed: FeedId | None = None
    index: int = 0

    @property
    def ok(self) -> bool:
        """Whether all of it fits."""
        return not self.code


def own_feeds(reader: Reader, ctx: Context) -> Sequence[FeedRow]:
    """The audit feeds of this node, the oldest epoch first."""
    mine = [f for f in feeds.every(reader) if f.role is FeedRole.AUDIT and f.own and f.origin == ctx.me]
    return sorted(mine, key=lambda feed: feed.epoch)


def check(reader: Reader, ctx: Context) -> Chain:
    """Look at all of it, in one snapshot. Costs a few hashes an entry."""
    looked = 0
    for feed in own_feeds(reader, ctx):
        found = _feed(reader, ctx, feed)
        looked += found.entries
        if not found.ok:
            return Chain(looked, found.code, feed.feed, found.index)
    return Chain(looked)


def _feed(reader: Reader, ctx: Context, feed: FeedRow) -> Chain:
    held, size = CompactRange(), max(feed.size, feed.checkpoint.size)
    while held.size < size:
        rows = entries.between(reader, feed.number, held.size, min(held.size + AT_ONCE, size))
        fitting = _fitting(rows, held.size)
        after, completed = held.extend(Hash(row.entry.leaf) for row in rows[:fitting])
        for row, nodes in zip(rows, completed, strict=False):
            if row.nodes != b"".join(nodes):
                return Chain(row.at, "entry", index=row.at)
        held = after
        if fitting < len(rows):
            gap = rows[fitting].at != held.size
            return Chain(held.size, "missing" if gap else "entry", index=held.size)
        if not rows:
            return Chain(held.size, "missing", index=held.size)
    if held.root() != feed.checkpoint.root or held.size != feed.checkpoint.size:
        return Chain(held.size, "root", index=_first_apart(held, feed.held))
    try:
        keys = ctx.entry(ctx.register).log_keys
        checkpoints.verify(feed.checkpoint, origin=ctx.me, feed=feed.feed, publics=keys)
    except ProtocolError:
        return Chain(held.size, "signature")
    return Chain(held.size)


def _fitting(rows: Sequence[EntryRow], first: int) -> int:
    """How many of these stand in their place and are what their headers say."""
    for count, row in enumerate(rows):
        if row.at != first + count or not _whole(row):
            return count
    return len(rows)


def _whole(row: EntryRow) -> bool:
    try:
        header = parse_header(row.header)
        check_entry(row.entry, header)
    except ProtocolError:
        return False
    return row.leaf == row.entry.leaf and row.issued_ms == header.issued_ms


def _first_apart(made: CompactRange, kept: CompactRange) -> int:
    """The first leaf of the first subtree in which the two differ; 0 where they are of different sizes."""
    if made.size != kept.size:
        return 0
    first, left = 0, made.size
    for one, other in zip(made.hashes, kept.hashes, strict=True):
        if one != other:
            return first
        width = 1 << (left.bit_length() - 1)
        first, left = first + width, left - width
    return 0
