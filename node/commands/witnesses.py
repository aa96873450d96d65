"""The newest checkpoint of a feed, as its readers show it to each other: how an origin that says two things comes to light.

Guarantees that of two checkpoints that contradict each other the one who holds the larger one finds it, and that nothing is
concluded from one whose signature is by no key of the register at hand.
"""

from __future__ import annotations

from node.commands import evidence
from node.commands.context import Context
from node.commands.in_force import in_force
from node.commands.pending import denied
from node.store import feeds
from node.store.feeds import FeedState
from node.store.unit import Reader, Tx
from protocol import checkpoint as checkpoints
from protocol.checkpoint import Checkpoint, key_id_log, origin_name
from protocol.ids import FeedId, NodeId
from protocol.note import KEY_ID_BYTES
from protocol.v1 import federation_pb2 as pb


def newest(reader: Reader, ctx: Context, feed: FeedId) -> pb.Witnesses | None:
    """The newest checkpoint held of a feed."""
    held = feeds.find(reader, feed)
    if held is None or held.checkpoint.size == 0 or not ctx.may_say(held) or not in_force(ctx.register, held):
        return None
    return pb.Witnesses(feed=feed, checkpoint=checkpoints.to_wire(held.checkpoint))


def meet(tx: Tx, ctx: Context, feed: FeedId, given: Checkpoint, *, source: NodeId) -> bool:
    """Compare a peer's checkpoint with what is held; true where it is larger than all that is held, so that only the peer can.

    Raises ProtocolError where its signature names a key of the origin and does not verify.
    """
    held = feeds.find(tx, feed)
    entry = ctx.register.nodes.get(held.origin) if held is not None else None
    if held is None or entry is None or held.state is FeedState.FORKED:
        return False
    name = origin_name(held.origin, feed)
    if given.signature[:KEY_ID_BYTES] not in {key_id_log(name, public) for public in entry.log_keys}:
        return False
    checkpoints.verify(given, origin=held.origin, feed=feed, publics=entry.log_keys)
    lie = denied(tx, held, given)
    if lie is not None:
        evidence.take(tx, ctx, lie, source=source)
    return given.size > held.checkpoint.size
