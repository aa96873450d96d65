"""What is asked and told after a restore, as a node's desk gives and takes it: commands over its store.

Guarantees that an origin of which anything may still be hidden is known from memory, without a look into the store.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from federation import wire
from federation.holdings import Holdings
from node import log
from node.commands import highest, unheard
from node.commands.context import Context
from node.store import unheard as unheard_feeds
from node.store.feeds import FeedState
from node.store.unit import Tx
from protocol.ids import FeedId, NodeId
from protocol.v1 import federation_pb2 as pb

_logger = log.get("desk")


class Restores:
    """`federation.side_desks.RestoreDesk` over a node's context."""

    def __init__(self, ctx: Context, holdings: Holdings) -> None:
        self._ctx, self._holdings = ctx, holdings
        self._heard = highest.Heard()
        self._unheard = {origin for origin, _ in ctx.store.read(unheard_feeds.origins)}

    async def asks_highest(self) -> bool:
        """Whether anything of this node's own was lost, as far as it can tell."""
        return await self._ctx.store.aread(lambda reader: highest.asks(reader, self._ctx))

    async def highest(self, peer: NodeId) -> Sequence[bytes]:
        """The largest checkpoint seen here of every feed of `peer`."""
        seen = await self._ctx.store.aread(lambda reader: highest.told(reader, self._ctx.register, peer))
        return wire.highest(seen)

    async def take_highest(self, peer: NodeId, message: pb.Highest) -> None:
        """Take in a part of an answer; once it is whole, feeds that waited for it alone go on."""
        seen = highest.from_wire(message.seen)

        def act(tx: Tx) -> None:
            highest.take(tx, self._ctx, peer, seen, self._heard)
            if message.complete:
                highest.complete(tx, self._ctx, peer, self._heard)

        await self._ctx.store.awrite(act)

    def unheard(self, origin: NodeId) -> bool:
        """Whether anything that is held of an origin may still be hidden."""
        return origin in self._unheard

    async def hear(self, origin: NodeId, lacking: Collection[FeedId]) -> None:
        """Show what an origin's list, of which these are not whole here, is enough for."""

        def act(tx: Tx) -> tuple[int, bool]:
            return unheard.by_list(tx, origin, lacking), bool(unheard_feeds.feeds_of(tx, origin))

        shown, left = await self._ctx.store.awrite(act)
        if shown:
            _logger.info("what a port said before the restore is read again", peer=origin, feeds=shown)
        if not left:
            self._unheard.discard(origin)

    def takes_back(self, feed: FeedId) -> bool:
        """Whether an own feed is held up to less than was signed of it."""
        held = self._holdings.get(feed)
        return held is not None and held.state is FeedState.RESTORED
