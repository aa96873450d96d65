"""What one peer is told of this node's holdings: the whole list when its record is wrong, a word when it is right.

A list proves nothing, so the receipts for the peer's own feeds go before it: whoever has a right record has the proofs too.

Afterwards receipts keep the record right; the list goes again only when a change of the register lets the peer know of other
feeds than before.
"""

from __future__ import annotations

from federation import wire
from federation.desk import Desk
from federation.outbox import Outbox
from protocol.ids import NodeId
from protocol.limits import LIST_MAX
from protocol.v1 import federation_pb2 as pb


class Telling:
    """The lists to one peer."""

    def __init__(self, desk: Desk, peer: NodeId, outbox: Outbox) -> None:
        self._desk, self._peer, self._outbox = desk, peer, outbox
        self._told = b""
        self.done = False

    async def first(self, known: bytes) -> None:
        """Answer a hello whose digest is `known`."""
        if await self._desk.holdings_digest(self._peer) == known:
            self._told = await self._desk.named(self._peer)
            self._outbox.say(wire.heads([], changed_only=True, complete=True))
        else:
            await self._all()
        self.done = True

    async def again(self) -> None:
        """The register changed: the list, if it names other feeds now."""
        if self.done and await self._desk.named(self._peer) != self._told:
            await self._all()

    async def _all(self) -> None:
        for receipt in await self._desk.receipts_for(self._peer):
            await self._outbox.room()
            self._outbox.say(pb.Frame(receipt=receipt).SerializeToString())
        self._told = await self._desk.named(self._peer)
        holdings = await self._desk.holdings(self._peer)
        parts = [holdings[i : i + LIST_MAX] for i in range(0, len(holdings), LIST_MAX)] or [holdings]
        for number, part in enumerate(parts, 1):
            await self._outbox.room()
            self._outbox.say(wire.heads(part, changed_only=False, complete=number == len(parts)))
