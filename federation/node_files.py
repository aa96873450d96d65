"""The files of a real node, as sessions ask for and bring them: commands over its store, bytes on its disk.

What reads, hashes, writes or destroys files runs in threads that are not the store's. Guarantees that each chunk is decided anew,
and that a file is read whole and compared with its hash before it is first served after a start.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from typing import Any

from node import log
from node.blobs import of_entry
from node.commands import fetch
from node.commands.context import Context
from node.commands.fetch import Look, Wanted
from node.commands.room import FileRoom
from node.store import attachments, feeds
from node.store.attachments import Rank, Row
from node.store.entries import INDEX_BITS
from node.store.feeds import FeedRow
from node.store.unit import Reader
from protocol.ids import FeedId, NodeId
from protocol.limits import CHUNK_MAX
from protocol.v1 import federation_pb2 as pb

PAGE = 64
SOUND_MAX = 65_536
"""Files remembered as unchanged since this node started; beyond that they are looked at again."""
_logger = log.get("files")

Aside = Callable[..., Awaitable[Any]]


class NodeFiles:
    """`federation.side_desks.FileDesk` over a node's context."""

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
        self._room = FileRoom(ctx)
        self._sound: set[tuple[int, bytes]] = set()
        self._looking: dict[tuple[int, bytes], asyncio.Future[bool]] = {}
        self.lost: Callable[[NodeId], None] = lambda _: None

    # ---- What others ask for --------------------------------------------------------------------------------------------

    async def piece(self, peer: NodeId, request: pb.BlobRequest, offset: int) -> pb.Chunk | None:
        """The next chunk of a file for `peer`; nothing where there is none for it, whatever the reason."""
        if not self._may_serve(peer, FeedId(request.feed)):
            return None
        row = await self._ctx.store.aread(lambda reader: self._servable(reader, request))
        if row is None or not 0 <= offset < row.size:
            return None
        try:
            if not await self._is_sound(row):
                return None
            data = await self._aside(self._ctx.blobs.read, of_entry(row.key), row.sha256, offset, CHUNK_MAX)
        except OSError as error:  # of this moment, as too many open files: it says nothing about the file
            _logger.warning("a file cannot be read now", why=error.strerror, entry=row.key)
            return None
        return pb.Chunk(total=row.size, data=data) if data else None

    def _servable(self, reader: Reader, request: pb.BlobRequest) -> Row | None:
        feed = feeds.find(reader, FeedId(request.feed))
        return fetch.servable(reader, self._ctx, feed, request.index, request.sha256) if feed else None

    async def _is_sound(self, row: Row) -> bool:
        """Whether its bytes are what they were, looked at once a start; what is not, is wanted again."""
        key = row.key, row.sha256
        if key in self._sound:
            return True
        if (
            key not in self._looking
        ):  # goes on when whoever asked first is gone: the next one need not wait for all of it
            self._looking[key] = asyncio.ensure_future(self._looked(row))
            self._looking[key].add_done_callback(lambda _: self._looking.pop(key, None))
        return await asyncio.shield(self._looking[key])

    async def _looked(self, row: Row) -> bool:
        ctx, key = self._ctx, (row.key, row.sha256)
        if await self._aside(ctx.blobs.sound, of_entry(row.key), row.sha256, row.size):
            if len(self._sound) >= SOUND_MAX:
                self._sound.clear()
            self._sound.add(key)
            return True
        _logger.error("a file is gone or is not what it was: it is fetched again", entry=row.key)
        await ctx.store.awrite(lambda tx: attachments.lost(tx, *key))
        await self._aside(ctx.blobs.drop, of_entry(row.key), row.sha256)
        feed = await ctx.store.aread(lambda reader: feeds.numbered(reader, row.key >> INDEX_BITS))
        self.lost(feed.origin)
        return False

    # ---- What this node lacks -------------------------------------------------------------------------------------------

    async def waiting(self) -> Sequence[tuple[NodeId, Rank]]:
        """Whose files are wanted, of which ranks."""
        return await self._ctx.store.aread(attachments.waiting)

    async def wanted(self, origin: NodeId, rank: Rank) -> AsyncGenerator[Sequence[Wanted], None]:
        """The files of an origin that are wanted, page after page, newest first."""
        for feed in await self._ctx.store.aread(lambda reader: fetch.feeds_of(reader, origin)):
            below: tuple[int, bytes] | None = None
            while page := await self._page(feed, rank, below):
                yield page
                below = page[-1].row.key, page[-1].row.sha256

    async def _page(self, feed: FeedRow, rank: Rank, below: tuple[int, bytes] | None) -> Sequence[Wanted]:
        return await self._ctx.store.aread(lambda reader: fetch.page(reader, feed, rank, below, PAGE))

    async def look(self, wanted: Wanted) -> Look:
        """Whether to ask for a file now; what the store has to be told about one for which not is told."""
        store, row = self._ctx.store, wanted.row
        found = await store.aread(lambda reader: fetch.look(reader, self._ctx, wanted))
        if found is Look.GONE:
            await store.awrite(lambda tx: fetch.give_up(tx, row))
            await self.drop(wanted)
        elif found is Look.HERE:
            await self._arrived(wanted)
        return found

    async def fits(self, wanted: Wanted) -> bool:
        """Whether it may take the room it needs, of all and of its origin's share."""
        return await self._room.fits(wanted.origin, wanted.row.size)

    async def come(self, wanted: Wanted) -> int:
        """How many of its bytes are here; of what is too much, none."""
        row = wanted.row
        have = self._ctx.blobs.come(of_entry(row.key), row.sha256)
        if have > row.size:
            await self.drop(wanted)
            return 0
        return have

    async def take_piece(self, wanted: Wanted, offset: int, data: bytes) -> None:
        """Keep the next bytes of a file."""
        row = wanted.row
        await self._aside(self._ctx.blobs.add, of_entry(row.key), row.sha256, offset, data)

    async def finish(self, wanted: Wanted) -> None:
        """All bytes are here: durable under the file's hash. `BadProof`, and none of them left, where they are not the file."""
        row = wanted.row
        await self._aside(self._ctx.blobs.finish, of_entry(row.key), row.sha256, row.size)
        await self._arrived(wanted)

    async def _arrived(self, wanted: Wanted) -> None:
        row = wanted.row
        urgent = row.rank == Rank.ALERT_PICTURE
        if await self._ctx.store.awrite(lambda tx: fetch.arrived(tx, row), urgent=urgent):
            self._room.took(wanted.origin, row.size)
        else:
            await self.drop(wanted)

    async def let_go(self, wanted: Wanted) -> None:
        """Nobody brought it whole now: what came of it stays only while its entry lists it and stands."""
        found = await self._ctx.store.aread(lambda reader: fetch.look(reader, self._ctx, wanted))
        if found is Look.GONE:
            await self.drop(wanted)

    async def drop(self, wanted: Wanted) -> None:
        """Destroy what came of it."""
        await self._aside(self._ctx.blobs.drop, of_entry(wanted.row.key), wanted.row.sha256)
