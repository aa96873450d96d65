"""Receipts: this node's word that it has a feed, and the words of others, verified before they are kept.

A receipt is given only at the size of a checkpoint of the origin that is reached without a gap, never for a forked feed, in
the transaction that reached it. "Has it" on a screen is exactly `ReceiptRow.has`: the holder's own cosignature.
"""

from __future__ import annotations

from itertools import pairwise

from node.commands.context import Context
from node.commands.outcome import Receipt
from node.store import ahead, entries, feeds
from node.store import receipts as rows
from node.store.changes import Change, ChangeKind
from node.store.feeds import FeedRole, FeedRow, FeedState
from node.store.receipts import ReceiptRow
from node.store.unit import Reader, Tx
from protocol import checkpoint as checkpoints
from protocol.errors import BadProof, Code, ProtocolError, TooLarge
from protocol.ids import HASH_BYTES, FeedId, Hash, NodeId
from protocol.limits import LIST_MAX
from protocol.merkle import range_at
from protocol.v1 import federation_pb2 as pb


def give(tx: Tx, ctx: Context, feed: FeedRow) -> Receipt | None:
    """This node's cosignature over all it holds of another's feed; None between checkpoints. Given once for a size."""
    if feed.own or feed.state is FeedState.FORKED or feed.checkpoint.size != feed.size or feed.size == 0:
        return None
    before = rows.of_node(tx, feed.number, ctx.me)
    aside = entries.quarantined(tx, feed.number, feed.size)
    if len(aside) > LIST_MAX:
        return (
            None  # a list that no frame can carry; the origin is told of each one, and shown as not received
        )
    if before is not None and (before.size, before.root, before.quarantined) == (feed.size, feed.root, aside):
        return _receipt(feed.feed, before)
    now = ctx.now()
    cosignature = checkpoints.cosign(
        holder=ctx.me,
        origin=feed.origin,
        feed=feed.feed,
        size=feed.size,
        root=feed.root,
        unix_s=now // 1000,
        public=ctx.keys.hold_public,
        sign=ctx.keys.sign_hold,
    )
    row = ReceiptRow(feed.number, ctx.me, feed.size, feed.root, cosignature, now // 1000, now, aside)
    rows.keep(tx, row)
    return _receipt(feed.feed, row)


def given_for(reader: Reader, ctx: Context, origin: NodeId) -> list[Receipt]:
    """The newest receipt this node gave for each feed of one origin, as far as it still stands for all that is held."""
    found = reader.all(
        "SELECT f.feed, f.number FROM receipt r JOIN feed f ON f.number = r.feed AND f.size = r.size "
        "WHERE f.origin = ? AND r.node = ? ORDER BY f.number",
        *(origin, ctx.me),
    )
    kept = ((FeedId(feed), rows.of_node(reader, number, ctx.me)) for feed, number in found)
    return [_receipt(feed, row) for feed, row in kept if row is not None]


def take(tx: Tx, ctx: Context, holder: NodeId, receipt: Receipt) -> bool:
    """Keep a peer's own receipt; true if it says more than was known. Raises ProtocolError where it does not verify.

    The root must be that of this node's own log at that size: a receipt over another history is refused as FORKED. It is the
    holder's word, not the origin's, and proves nothing against either.
    """
    feed = feeds.find(tx, receipt.feed)
    if feed is None or feed.role is FeedRole.AUDIT:
        raise ProtocolError("no such feed", where="receipt.feed")
    if not 1 <= receipt.size <= feed.size:
        raise ProtocolError("not a size that is held here", where="receipt.size", code=Code.GAP)
    entry = ctx.register.nodes.get(holder)
    signed_s = checkpoints.verify_cosignature(
        receipt.cosignature,
        holder=holder,
        origin=feed.origin,
        feed=feed.feed,
        size=receipt.size,
        root=receipt.root,
        publics=entry.hold_keys if entry else (),
    )
    if receipt.root != root_at(tx, feed, receipt.size):
        raise ProtocolError("not the root at this size", where="receipt.root", code=Code.FORKED)
    row = ReceiptRow(
        feed.number,
        holder,
        receipt.size,
        receipt.root,
        receipt.cosignature,
        signed_s,
        ctx.now(),
        receipt.quarantined,
    )
    kept = rows.keep(tx, row)
    if kept:
        ahead.confirmed(tx, feed.number, holder, receipt.size)
        tx.note(
            Change(
                kind=ChangeKind.RECEIPT,
                feed=feed.feed,
                number=feed.number,
                node=holder,
                size=receipt.size,
                own=feed.own,
            )
        )
    return kept


def root_at(reader: Reader, feed: FeedRow, size: int) -> Hash:
    """The root of the first `size` entries held."""
    if size == feed.size:
        return feed.root
    node = entries.node_at(reader, feed.number, lambda at: range_at(size, at))
    return range_at(size, node).root()


def from_wire(message: pb.Receipt) -> Receipt:
    """The receipt of a frame; nothing in it is verified. TooLarge, or ProtocolError for a list out of order."""
    if len(message.quarantined) > LIST_MAX:
        raise TooLarge(f"at most {LIST_MAX}", where="receipt.quarantined")
    if len(message.feed) != HASH_BYTES or len(message.root) != HASH_BYTES:
        raise BadProof(f"{HASH_BYTES} bytes", where="receipt")
    listed = tuple(message.quarantined)
    if any(a >= b for a, b in pairwise((*listed, message.size))):
        raise ProtocolError("ascending, all below size", where="receipt.quarantined")
    return Receipt(
        feed=FeedId(message.feed),
        size=message.size,
        root=Hash(message.root),
        cosignature=message.cosignature,
        quarantined=listed,
    )


def to_wire(receipt: Receipt) -> pb.Receipt:
    """The frame of a receipt."""
    return pb.Receipt(
        feed=receipt.feed,
        size=receipt.size,
        root=receipt.root,
        cosignature=receipt.cosignature,
        quarantined=receipt.quarantined,
    )


def _receipt(feed: FeedId, row: ReceiptRow) -> Receipt:
    return Receipt(
        feed=feed, size=row.size, root=row.root, cosignature=row.cosignature, quarantined=row.quarantined
    )
