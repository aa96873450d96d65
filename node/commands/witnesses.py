"""The newest checkpoint of a feed with the cosignatures on it, as its readers show it to each other: how an origin that says two things
comes to light, and how a proof has more witnesses than those who spoke with the one who makes it.

Guarantees that of two checkpoints that contradict each other the one who holds the larger one finds it, and that nothing is
concluded from one whose signature is by no key of the register at hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from node.commands import evidence
from node.commands.context import Context
from node.commands.cut import signed_again
from node.commands.in_force import by_known_key, in_force
from node.commands.pending import denied
from node.commands.receipt import root_at
from node.store import cuts, feeds, receipts
from node.store import witnesses as rows
from node.store.feeds import FeedRow, FeedState
from node.store.unit import Reader, Tx
from node.store.witnesses import WitnessRow
from protocol import checkpoint as checkpoints
from protocol.checkpoint import Checkpoint
from protocol.errors import ProtocolError
from protocol.ids import FeedId, NodeId
from protocol.v1 import federation_pb2 as pb

SHOWN_MAX = 16
"""Cosignatures of one frame, taken or given: a proof wants two organisations, and every reader tells every other."""


def newest(reader: Reader, ctx: Context, feed: FeedId, *, to: NodeId | None = None) -> pb.Witnesses | None:
    """The newest checkpoint held of a feed; `to` a node: with cosignatures that are not its own nor this node's, None without any."""
    held = feeds.find(reader, feed)
    if held is None or held.checkpoint.size == 0 or not ctx.may_say(held) or not in_force(ctx.register, held):
        return None
    given = [(node, raw) for node, raw in cosignatures(reader, ctx, held) if node not in {to, ctx.me}]
    if to is not None and not given:
        return None
    return pb.Witnesses(
        feed=feed,
        checkpoint=checkpoints.to_wire(held.checkpoint),
        cosignatures=[pb.Cosignature(node=node, cosignature=raw) for node, raw in given[:SHOWN_MAX]],
    )


def cosignatures(reader: Reader, ctx: Context, feed: FeedRow) -> list[tuple[NodeId, bytes]]:
    """Those over exactly the checkpoint held, of nodes that are known: given here by their holders, or passed on by others."""
    head = feed.checkpoint.size, feed.checkpoint.root
    passed = {r.node: r.cosignature for r in rows.of_feed(reader, feed.number) if (r.size, r.root) == head}
    given = {r.node: r.cosignature for r in receipts.of_feed(reader, feed.number) if (r.size, r.root) == head}
    known = ctx.register.nodes
    return [(node, raw) for node, raw in sorted({**passed, **given}.items()) if node in known]


def keep(
    tx: Tx, ctx: Context, feed: FeedId, given: Checkpoint, cosigned: Sequence[tuple[NodeId, bytes]]
) -> int:
    """Keep cosignatures over a checkpoint of the log held here; how many were news. What does not verify is worth nothing."""
    held = feeds.find(tx, feed)
    if held is None or held.state is FeedState.FORKED or not 1 <= given.size <= held.size:
        return 0
    if root_at(tx, held, given.size) != given.root:
        return 0
    kept = 0
    for node, raw in cosigned[:SHOWN_MAX]:
        entry = ctx.register.nodes.get(node)
        if entry is None or node in {ctx.me, held.origin}:
            continue
        with suppress(ProtocolError):
            checkpoints.verify_cosignature(
                raw,
                holder=node,
                origin=held.origin,
                feed=feed,
                size=given.size,
                root=given.root,
                publics=entry.hold_keys,
            )
            kept += rows.keep(tx, WitnessRow(held.number, node, given.size, given.root, raw))
    return kept


def meet(tx: Tx, ctx: Context, feed: FeedId, given: Checkpoint, *, source: NodeId) -> bool:
    """Compare a peer's checkpoint with what is held; true where it is larger than all that is held, so that only the peer can.

    Raises ProtocolError where its signature names a key of the origin and does not verify; of a feed that was cut off it is passed over.
    """
    held = feeds.find(tx, feed)
    entry = ctx.register.nodes.get(held.origin) if held is not None else None
    if held is None or entry is None or held.state is FeedState.FORKED:
        return False
    if not by_known_key(ctx.register, held.origin, feed, given):
        return False
    try:
        checkpoints.verify(given, origin=held.origin, feed=feed, publics=entry.log_keys)
    except ProtocolError:
        if cuts.of(tx, held) is not None:  # a holder that cut it off may show it so, and means no harm
            return False
        raise
    signed_again(tx, ctx, held, given)
    lie = denied(tx, held, given)
    if lie is not None:
        evidence.take(tx, ctx, lie, source=source)
    return given.size > held.checkpoint.size
