"""What one peer is told of this node's holdings: a word when its record is right, what grew since where it is what the peer was last
told, else the whole list.

A list proves nothing, so the receipts for the peer's own feeds go before it: whoever has a right record has the proofs too.

Afterwards receipts keep the record right; the list goes again only when a change of the register lets the peer know of other
feeds than before.
"""

from __future__ import annotations

from collections.abc import Sequence

from federation import wire
from federation.desk import Desk
from federation.outbox import Outbox
from node.commands.serve import Head
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
        elif (grown := await self._desk.grown_since(self._peer, known)) is not None:
            await self._grown(grown)
        else:
            await self._all()
        self.done = True

    async def again(self) -> None:
        """The register changed: the list, if it names other feeds now."""
        if self.done and await self._desk.named(self._peer) != self._told:
            await self._all()

    async def _grown(self, grown: Sequence[Head]) -> None:
        """What the peer was not told yet, with the receipts for what of it is its own."""
        changed = {head.feed for head in grown}
        await self._receipts(
            [one for one in await self._desk.receipts_for(self._peer) if one.feed in changed]
        )
        self._told = await self._desk.named(self._peer)
        await self._list(grown, changed_only=True)

    async def _receipts(self, given: Sequence[pb.Receipt]) -> None:
        for receipt in given:
            await self._outbox.room()
            self._outbox.say(pb.Frame(receipt=receipt).SerializeToString())

    async def _all(self) -> None:
        await self._receipts(await self._desk.receipts_for(self._peer))
        self._told = await self._desk.named(self._peer)
        await self._list(await self._desk.holdings(self._peer), changed_only=False)

    async def _list(self, heads: Sequence[Head], *, changed_only: bool) -> None:
        parts = [heads[i : i + LIST_MAX] for i in range(0, len(heads), LIST_MAX)] or [heads]
        for number, part in enumerate(parts, 1):
            await self._outbox.room()
            self._outbox.say(wire.heads(part, changed_only=changed_only, complete=number == len(parts)))
