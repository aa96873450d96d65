"""What a peer is given: ranges of feeds, and what is held of them. Decided anew at every call, under the register of now.

Guarantees: nothing here names a feed, its size or its absence to a node that may not follow it; for such a node, for a range
that is not held and for a feed that does not exist the answer is the same nothing. Every batch carries a checkpoint that
vouches for exactly what is in it. No entry is served under a register older than its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from node.commands.batch import Batch
from node.commands.context import Context
from node.commands.entitled import may_serve
from node.store import entries, feeds, receipts
from node.store.entries import EntryRow
from node.store.feeds import FeedRow
from node.store.unit import Reader, Tx
from protocol.ids import FeedId, Hash, NodeId
from protocol.limits import BATCH_BYTES_MAX, LIVE_MAX
from protocol.merkle import prove_consistency
from protocol.register_view import Register

_HEADS_DOMAIN = b"port2port/heads/v1\x00"


@dataclass(frozen=True, slots=True)
class Head:
    """So many entries of a feed are held without a gap, with this root."""

    feed: FeedId
    size: int
    root: Hash


def run(
    reader: Reader,
    ctx: Context,
    peer: NodeId,
    feed: FeedId,
    first: int,
    *,
    end: int = 0,
    most: int = LIVE_MAX,
) -> Batch | None:
    """Entries `first` to at most `end` (0: the newest checkpoint), at most `most` and 1 MiB of them; None: nothing for `peer`."""
    register = ctx.register
    held = feeds.find(reader, feed)
    if held is None or not may_serve(ctx, peer, held, register):
        return None
    end = min(end or held.checkpoint.size, held.checkpoint.size, first + most)
    rows = _fitting(entries.between(reader, held.number, first, end), register) if first < end else []
    if not rows:
        return None
    return Batch(
        feed,
        first,
        tuple([row.entry for row in rows]),
        held.checkpoint,
        _leading(reader, held, rows[-1].at + 1),
    )


def heads(reader: Reader, ctx: Context, peer: NodeId) -> list[Head]:
    """What is held of the feeds that `peer` may follow and this node may serve, by feed id."""
    register = ctx.register
    served = [row for row in feeds.every(reader) if row.size and may_serve(ctx, peer, row, register)]
    return sorted((Head(row.feed, row.size, row.root) for row in served), key=lambda head: head.feed)


def on_record(reader: Reader, ctx: Context, peer: NodeId) -> list[Head]:
    """What `peer` was last known to hold of feeds both may read, by feed id: by its receipts, or as it said."""
    register = ctx.register
    known = receipts.holdings(reader, peer)
    rows = [row for row in feeds.every(reader) if row.number in known and may_serve(ctx, peer, row, register)]
    return sorted((Head(row.feed, *known[row.number]) for row in rows), key=lambda head: head.feed)


def learn(tx: Tx, ctx: Context, peer: NodeId, heads: Iterable[Head], *, replace: bool) -> None:
    """Record what a peer says it holds of feeds that it may follow; `replace`: the list is the whole of it."""
    register = ctx.register
    if replace:
        receipts.forget(tx, peer)
    for head in heads:
        held = feeds.find(tx, head.feed)
        if held is not None and may_serve(ctx, peer, held, register):
            receipts.holds(tx, peer, held.number, head.size, head.root)


def behind(reader: Reader, ctx: Context, peer: NodeId) -> list[tuple[FeedId, int]]:
    """Own feeds of which `peer` is not known to hold all, and the size it was last known to hold."""
    register = ctx.register
    known = receipts.holdings(reader, peer)
    found = []
    for row in feeds.every(reader):
        size = known.get(row.number, (0, b""))[0]
        if row.own and size < row.checkpoint.size and may_serve(ctx, peer, row, register):
            found.append((row.feed, size))
    return found


def digest(heads: Iterable[Head]) -> bytes:
    """One hash over what somebody holds, given by feed id (`Hello.digest`)."""
    state = hashlib.sha256(_HEADS_DOMAIN)
    for head in heads:
        state.update(head.feed + head.size.to_bytes(8, "big") + head.root)
    return state.digest()


def _fitting(rows: Iterable[EntryRow], register: Register) -> list[EntryRow]:
    """As many as a batch may weigh; none that needs a newer register than is held here, and none after it."""
    fitting: list[EntryRow] = []
    room = BATCH_BYTES_MAX
    for row in rows:
        room -= len(row.header) + len(row.content or b"")
        if row.register_version > register.version or (room < 0 and fitting):
            break
        fitting.append(row)
    return fitting


def _leading(reader: Reader, feed: FeedRow, end: int) -> tuple[Hash, ...]:
    """The proof that leads from `end` to the checkpoint; empty where they are one."""
    size = feed.checkpoint.size
    if end == size:
        return ()
    node = entries.node_at(reader, feed.number, lambda at: prove_consistency(size1=end, size2=size, node=at))
    return prove_consistency(size1=end, size2=size, node=node)
