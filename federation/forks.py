"""What is done where an origin contradicts itself, as a node's desk gives and takes it: commands over its store.

Guarantees that nothing of a feed is compared with, or shown to, a peer that may not know of it.
"""

from __future__ import annotations

from collections.abc import Sequence

from federation import wire
from federation.holdings import Holdings
from node.commands import cut, evidence, witnesses
from node.commands.context import Context
from node.commands.serve import Head
from node.store.unit import Tx
from protocol import checkpoint as checkpoints
from protocol.ids import FeedId, NodeId
from protocol.v1 import federation_pb2 as pb


class Forks:
    """`federation.side_desks.ForkDesk` over a node's context."""

    def __init__(self, ctx: Context, holdings: Holdings) -> None:
        self._ctx, self._holdings = ctx, holdings

    async def witness(self, peer: NodeId, feed: FeedId, *, cosigned: bool = False) -> bytes | None:
        """The newest checkpoint held of a feed."""
        held = self._holdings.get(feed)
        if held is None or not self._holdings.may_serve(peer, held):
            return None
        to = peer if cosigned else None
        told = await self._ctx.store.aread(lambda reader: witnesses.newest(reader, self._ctx, feed, to=to))
        return pb.Frame(witnesses=told).SerializeToString() if told is not None else None

    async def take_witnesses(self, peer: NodeId, message: pb.Witnesses) -> bool:
        """Compare what a peer has of a feed with what is here; a feed that is not its to know is passed over."""
        feed = FeedId(message.feed)
        if not self._holdings.may_know(peer, feed):
            return False
        given = checkpoints.from_wire(message.checkpoint)
        cosigned = [(NodeId(one.node), one.cosignature) for one in message.cosignatures]

        def act(tx: Tx) -> bool:
            answer = witnesses.meet(tx, self._ctx, feed, given, source=peer)
            witnesses.keep(tx, self._ctx, feed, given, cosigned)
            return answer

        return await self._ctx.store.awrite(act)

    async def take_evidence(self, peer: NodeId, message: pb.Evidence) -> None:
        """Keep what verifies; what was signed by no key of the register at hand is passed over."""
        given = evidence.from_wire(message)
        await self._ctx.store.awrite(lambda tx: evidence.take(tx, self._ctx, given, source=peer))

    async def evidence(self, peer: NodeId, feed: FeedId | None = None) -> Sequence[bytes]:
        """What is held against feeds that `peer` may follow."""
        told = await self._ctx.store.aread(lambda reader: evidence.concerning(reader, self._ctx, peer, feed))
        return [wire.evidence_frame(raw) for raw in told]

    async def lacking(self, origin: NodeId) -> Sequence[Head]:
        """Feeds that were cut off and are not held up to where they are good."""
        found = await self._ctx.store.aread(lambda reader: cut.lacking(reader, origin))
        return [Head(one.feed, one.size, one.root) for one in found]
