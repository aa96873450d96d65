"""The files of a real node, as sessions ask for and bring them: commands over its store, bytes on its disk.

What reads or writes files runs in threads that are not the store's. Guarantees that each chunk is decided anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from node.blobs import of_entry
from node.commands import fetch
from node.commands.context import Context
from node.commands.fetch import Wanted
from node.store import attachments, feeds
from node.store.attachments import Rank, Row
from node.store.unit import Reader
from protocol.ids import FeedId, NodeId
from protocol.limits import CHUNK_MAX
from protocol.v1 import federation_pb2 as pb

Aside = Callable[..., Awaitable[Any]]


class NodeFiles:
    """`federation.desk.FileDesk` over a node's context."""

    def __init__(
        self,
        ctx: Context,
        may_serve: Callable[[NodeId, FeedId], bool],
        roomy: Callable[[], bool],
        *,
        aside: Aside = asyncio.to_thread,
    ) -> None:
        """`aside` runs what waits for the disk."""
        self._ctx, self._may_serve, self.roomy, self._aside = ctx, may_serve, roomy, aside

    async def piece(self, peer: NodeId, request: pb.BlobRequest, offset: int) -> pb.Chunk | None:
        """The next chunk of a file for `peer`; nothing where there is none for it, whatever the reason."""
        if not self._may_serve(peer, FeedId(request.feed)):
            return None
        row = await self._ctx.store.aread(lambda reader: self._servable(reader, request))
        if row is None or not 0 <= offset < row.size:
            return None
        data = await self._aside(self._ctx.blobs.read, of_entry(row.key), row.sha256, offset, CHUNK_MAX)
        if data is None:
            await self._ctx.store.awrite(lambda tx: attachments.lost(tx, row.key, row.sha256))
        return pb.Chunk(total=row.size, data=data) if data else None

    def _servable(self, reader: Reader, request: pb.BlobRequest) -> Row | None:
        feed = feeds.find(reader, FeedId(request.feed))
        return fetch.servable(reader, self._ctx, feed, request.index, request.sha256) if feed else None

    async def next_file(self, rank: Rank) -> tuple[Wanted | None, float | None]:
        """The file of a rank to fetch next; where there is none, in how many seconds to look again."""
        store, ctx = self._ctx.store, self._ctx
        while True:
            found = await store.aread(lambda reader: fetch.look(reader, ctx, rank))
            if (gone := found.unwanted) is not None:
                ctx.blobs.drop(of_entry(gone.key), gone.sha256)
                await store.awrite(lambda tx, row=gone: fetch.give_up(tx, row))  # type: ignore[misc]
            elif (here := found.here) is not None:
                await store.awrite(lambda tx, row=here: fetch.arrived(tx, row))  # type: ignore[misc]
            elif (late := found.put_off) is not None:
                await store.awrite(lambda tx, row=late: fetch.put_off(tx, ctx, row, tried=False))  # type: ignore[misc]
            elif found.wanted is not None or found.again_ms is None:
                return found.wanted, None
            else:
                return None, max(found.again_ms - ctx.now(), 1) / 1000

    async def come(self, wanted: Wanted) -> int:
        """How many of its bytes are here; of what is too much, none."""
        row = wanted.row
        have = self._ctx.blobs.come(of_entry(row.key), row.sha256)
        if have > row.size:
            self._ctx.blobs.drop(of_entry(row.key), row.sha256)
            return 0
        return have

    async def take_piece(self, wanted: Wanted, offset: int, data: bytes) -> None:
        """Keep the next bytes of a file."""
        row = wanted.row
        await self._aside(self._ctx.blobs.add, of_entry(row.key), row.sha256, offset, data)

    async def finish(self, wanted: Wanted) -> None:
        """All bytes are here: durable under the file's hash. `BadProof`, and none of them left, where they are not the file."""
        row, ctx = wanted.row, self._ctx
        await self._aside(ctx.blobs.finish, of_entry(row.key), row.sha256, row.size)
        if not await ctx.store.awrite(
            lambda tx: fetch.arrived(tx, row), urgent=row.rank == Rank.ALERT_PICTURE
        ):
            ctx.blobs.drop(of_entry(row.key), row.sha256)

    async def put_off(self, wanted: Wanted, *, tried: bool) -> None:
        """Nobody brought it; `tried`: some were asked."""
        await self._ctx.store.awrite(lambda tx: fetch.put_off(tx, self._ctx, wanted.row, tried=tried))

    async def ask_again(self, origin: NodeId) -> None:
        """An origin can be reached: what it lists is asked for at once. Where nothing waits, nothing is written."""
        store = self._ctx.store
        waiting = await store.aread(lambda r: any(attachments.due_ms(r, rank) is not None for rank in Rank))
        if waiting:
            await store.awrite(lambda tx: attachments.again(tx, origin))
