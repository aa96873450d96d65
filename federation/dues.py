"""What followers get next of this node's own feeds, built once for all that stand at the same place.

Guarantees that nothing is built for a peer that may not have the feed, and that no copy outlives an erasure for long.
"""

from __future__ import annotations

import asyncio

from federation import wire
from federation.desk import PUSH_LAG, Due
from federation.holdings import Holdings
from node.commands import batch, serve
from node.commands.context import Context
from node.commands.serve import Head
from node.store import feeds
from node.store.feeds import FeedRow
from node.store.unit import Reader
from protocol.ids import FeedId, NodeId

AT_ONCE = 8
"""Entries that are read for followers by the event loop itself: for so few another thread costs more than it saves."""
DUES_KEPT = 32
DUE_S = 5.0
"""What one follower gets next is kept so long for the others: built once for all, and no copy outlives an erasure for long."""


class Dues:
    """`due` of a desk."""

    def __init__(self, ctx: Context, holdings: Holdings) -> None:
        self._ctx, self._holdings = ctx, holdings
        self._dues: dict[tuple[FeedId, int, int], asyncio.Future[Due | None]] = {}

    async def due(self, peer: NodeId, feed: FeedId, sent: int | None, most: int) -> Due | None:
        """What `peer` gets next of an own feed; built once for all followers that stand at the same place."""
        held = self._holdings.follows(peer, feed)
        if held is None:
            return None
        if sent is None:
            sent = await self._ctx.store.aread(lambda reader: serve.on_record(reader, peer, held.number))
        key = (feed, sent, most)
        found = self._dues.get(key)
        if found is None:
            few, due = self._ctx.store.glance(lambda reader: self._few(reader, *key))
            if few:
                found = asyncio.get_running_loop().create_future()
                found.set_result(due)
            else:
                found = asyncio.ensure_future(self._ctx.store.aread(lambda reader: self._due(reader, *key)))
            self._keep(key, found)
        return await asyncio.shield(found)

    def _few(self, reader: Reader, feed: FeedId, sent: int, most: int) -> tuple[bool, Due | None]:
        """Whether what is next is as little as an alert is, or no entries at all, and what it is then."""
        row = feeds.find(reader, feed)
        few = row is None or not AT_ONCE < row.size - sent <= PUSH_LAG
        return few, self._next(reader, row, sent, most) if few else None

    def _due(self, reader: Reader, feed: FeedId, sent: int, most: int) -> Due | None:
        return self._next(reader, feeds.find(reader, feed), sent, most)

    def _next(self, reader: Reader, row: FeedRow | None, sent: int, most: int) -> Due | None:
        if row is None or row.size <= sent:
            return None
        head = Head(row.feed, row.size, row.root)
        if row.size - sent > PUSH_LAG:
            return Due(head)
        found = serve.piece(reader, self._ctx, self._ctx.register, row, sent, most=most)
        if found is None:
            return None
        return Due(head, found.end, wire.batch_frame(batch.to_wire(found).SerializeToString()))

    def _keep(self, key: tuple[FeedId, int, int], found: asyncio.Future[Due | None]) -> None:
        self._dues[key] = found
        if len(self._dues) > DUES_KEPT:
            del self._dues[next(iter(self._dues))]
        asyncio.get_running_loop().call_later(DUE_S, self._drop, key, found)
        found.add_done_callback(lambda done: None if _useful(done) else self._drop(key, done))

    def forget(self, feed: FeedId) -> None:
        """What was built to be sent of a feed is built anew, from what it is now."""
        for key in [key for key in self._dues if key[0] == feed]:
            del self._dues[key]

    def _drop(self, key: tuple[FeedId, int, int], found: asyncio.Future[Due | None]) -> None:
        if self._dues.get(key) is found:
            del self._dues[key]


def _useful(done: asyncio.Future[Due | None]) -> bool:
    return not done.cancelled() and done.exception() is None and done.result() is not None
