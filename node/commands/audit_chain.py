"""Whether this node's audit feed is what it signed: every leaf made again from the entry that is there, to the root of the checkpoint.

Guarantees that an entry that was changed, taken out, put in or given another content is noticed, and names the first one that does
not fit where that can be known: whoever also made the tree anew is found out by the root alone, and then nothing after the last
subtree that still fits is vouched for. What was destroyed at the end of its time has its header, and fits.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from node.commands.context import Context
from node.store import entries, feeds
from node.store.entries import EntryRow
from node.store.feeds import FeedRole, FeedRow
from node.store.unit import Reader
from protocol import checkpoint as checkpoints
from protocol.entry import check_entry
from protocol.errors import ProtocolError
from protocol.header import parse_header
from protocol.ids import FeedId, Hash, UnixMs
from protocol.merkle import CompactRange

AT_ONCE = 512
"""Entries of a block; a power of two, so that a block is a perfect subtree."""
AGAIN_MS = 3_600_000


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


class Vouched:
    """Of each audit feed the roots of its whole blocks that a process has seen to fit: what is looked at again costs only what is new.

    After an hour all of it is looked at again. Any thread may ask; of two that look at once either's word is kept.
    """

    def __init__(self) -> None:
        self._blocks: dict[FeedId, tuple[Hash, ...]] = {}
        self._since = 0

    def of(self, feed: FeedRow, now: UnixMs) -> tuple[Hash, ...]:
        """The blocks of a feed that need not be looked at; none of one that has become shorter."""
        if not 0 <= now - self._since < AGAIN_MS:
            self._blocks, self._since = {}, now
        blocks = self._blocks.get(feed.feed, ())
        return blocks if len(blocks) * AT_ONCE <= feed.size else ()

    def keep(self, feed: FeedId, blocks: tuple[Hash, ...]) -> None:
        """These fit."""
        self._blocks[feed] = blocks


def check(
    reader: Reader, ctx: Context, known: Vouched | None = None, shown: Collection[tuple[FeedId, int]] = ()
) -> Chain:
    """Look at all of it, in one snapshot; costs a few hashes an entry. Of what is `known` to fit only the blocks of the entries that
    are `shown`, and the newest.
    """
    looked, vouched = 0, known or Vouched()
    for feed in own_feeds(reader, ctx):
        again = {index // AT_ONCE for name, index in shown if name == feed.feed}
        found = _feed(reader, ctx, feed, vouched, again)
        looked += found.entries
        if not found.ok:
            return Chain(looked, found.code, feed.feed, found.index)
    return Chain(looked)


def _feed(reader: Reader, ctx: Context, feed: FeedRow, known: Vouched, again: Collection[int]) -> Chain:
    blocks, size = known.of(feed, ctx.now()), max(feed.size, feed.checkpoint.size)
    for place in sorted(block for block in again if block < len(blocks)):
        before = _range(blocks[:place])
        looked = _block(reader, feed, before, before.size + AT_ONCE)
        if isinstance(looked, Chain):
            return looked
        if looked.root != blocks[place]:
            return Chain(before.size, "root", index=before.size)
    held, found = _range(blocks), list(blocks)
    while held.size < size:
        looked = _block(reader, feed, held, min(held.size + AT_ONCE, size))
        if isinstance(looked, Chain):
            return looked
        if looked.after.size - held.size == AT_ONCE:
            found.append(looked.root)
        held = looked.after
    if held.root() != feed.checkpoint.root or held.size != feed.checkpoint.size:
        return Chain(held.size, "root", index=_first_apart(held, feed.held))
    try:
        keys = ctx.entry(ctx.register).log_keys
        checkpoints.verify(feed.checkpoint, origin=ctx.me, feed=feed.feed, publics=keys)
    except ProtocolError:
        return Chain(held.size, "signature")
    known.keep(feed.feed, tuple(found))
    return Chain(held.size)


class _Block(NamedTuple):
    """Entries that fit: the tree after them, and the root over them alone."""

    after: CompactRange
    root: Hash


def _block(reader: Reader, feed: FeedRow, held: CompactRange, end: int) -> _Block | Chain:
    """The entries from where the tree is held up to there, each made again."""
    rows = entries.between(reader, feed.number, held.size, end)
    fitting = _fitting(rows, held.size)
    leaves = [Hash(row.entry.leaf) for row in rows[:fitting]]
    after, completed = held.extend(leaves)
    for row, nodes in zip(rows, completed, strict=False):
        if row.nodes != b"".join(nodes):
            return Chain(row.at, "entry", index=row.at)
    if after.size < end:
        changed = fitting < len(rows) and rows[fitting].at == after.size
        return Chain(after.size, "entry" if changed else "missing", index=after.size)
    return _Block(after, CompactRange().extend(leaves)[0].root())


def _range(blocks: tuple[Hash, ...]) -> CompactRange:
    """The tree over whole blocks: a block is a perfect subtree, so it is a leaf of the tree above."""
    return CompactRange(len(blocks) * AT_ONCE, CompactRange().extend(blocks)[0].hashes)


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
