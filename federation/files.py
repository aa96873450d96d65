"""The files that records list: fetched from whoever may have them, one at a time of each rank, the origin first.

Guarantees that a peer is asked only through a feed it may know of, that a file goes on where it broke off, from the same or
another source, and that bytes which are not the file lose their sender its session. Pictures of alerts have a lane of their own,
so that nothing large is in their way. Holds nothing durable.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable
from contextlib import aclosing
from functools import partial

from federation import faults
from federation.desk import Desk
from federation.gaps import Gaps
from federation.pipe import Ended
from federation.session import Session
from node import log
from node.commands.fetch import Wanted
from node.store.attachments import Rank
from node.store.errors import StoreError
from protocol.errors import BadProof, ProtocolError
from protocol.ids import NodeId
from protocol.limits import CHUNK_MAX
from protocol.v1 import federation_pb2 as pb

CHUNK_S = 20.0
"""How long a source may take for its next chunk."""
RATE_MIN = 8_192
"""Bytes a second below which a source keeps its asker waiting."""
SHORT_S = 10.0
"""When a full disk, or a store that failed, is looked at again."""
_logger = log.get("files")


class Files:
    """What is being fetched."""

    def __init__(self, desk: Desk, sessions: Callable[[], Iterable[Session]], gaps: Gaps) -> None:
        self._me, self._desk, self._may_serve = desk.me, desk.files, desk.may_serve
        self._sessions, self._gaps = sessions, gaps
        self._wakes = {rank: asyncio.Event() for rank in Rank}
        self._lanes: list[asyncio.Task[None]] = []
        self._stopped = False

    def look(self) -> None:
        """There may be something to fetch: a record that lists files came, or a peer did."""
        if self._stopped:
            return
        if not self._lanes:
            self._lanes = [asyncio.ensure_future(self._lane(rank)) for rank in Rank]
        for wake in self._wakes.values():
            wake.set()

    async def came(self, peer: NodeId) -> None:
        """A peer is here, and may have what was asked for in vain."""
        with contextlib.suppress(StoreError):
            await self._desk.ask_again(peer)
        self.look()

    async def close(self) -> None:
        """Stop; what has come of a file stays."""
        self._stopped = True
        for lane in self._lanes:
            lane.cancel()
        await asyncio.gather(*self._lanes, return_exceptions=True)

    async def _lane(self, rank: Rank) -> None:
        wake = self._wakes[rank]
        while True:
            wake.clear()
            seconds: float | None = SHORT_S
            try:
                seconds = await self._step(rank)
            except StoreError:
                pass  # the store says it, once
            except Exception as error:  # noqa: BLE001 - one file's fault must not end the fetching of others
                faults.noted(error, self._me, "fetching a file")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await wake.wait()

    async def _step(self, rank: Rank) -> float | None:
        """Fetch one file, or find out how long there is nothing to do: 0 goes on at once, None waits for news."""
        if not self._desk.roomy():
            return SHORT_S
        wanted, seconds = await self._desk.next_file(rank)
        if wanted is None:
            return seconds
        asked = False
        for session in self._sources(wanted):
            asked = True
            if await self._from(session, wanted):
                return 0.0
        await self._desk.put_off(wanted, tried=asked)
        return 0.0

    def _sources(self, wanted: Wanted) -> list[Session]:
        """Who may be asked: asking names the feed, so never who may not have it. The origin first."""
        found = [
            session
            for session in self._sessions()
            if self._gaps.may_ask(session)
            and (session.peer == wanted.origin or self._may_serve(session.peer, wanted.feed))
        ]
        return sorted(found, key=lambda session: session.peer != wanted.origin)

    async def _from(self, session: Session, wanted: Wanted) -> bool:
        """Whether this source brought it whole. What it brought otherwise stays, for it or another to go on from."""
        whole = asyncio.Event()
        await session.guarded(partial(self._fetch, session, wanted, whole), "fetching a file")
        return whole.is_set()

    async def _fetch(self, session: Session, wanted: Wanted, whole: asyncio.Event) -> None:
        began = await self._desk.come(wanted)
        try:
            if began < wanted.row.size and not await self._take(session, wanted, began):
                return
        except TimeoutError:
            _logger.info("a source keeps its asker waiting for a file", peer=session.peer)
            self._gaps.blame(session.peer)
            return
        except Ended as ended:
            if session.over:
                raise
            _logger.info("a file's fetch ended early", peer=session.peer, code=ended.code)
            return
        except OSError as error:
            _logger.warning("a file could not be written", why=error.strerror)
            return
        if await self._finished(wanted, alone=began == 0):
            whole.set()

    async def _finished(self, wanted: Wanted, *, alone: bool) -> bool:
        """Whether the bytes are the file; where they are not and every one was this source's, `BadProof`."""
        try:
            await self._desk.finish(wanted)
        except BadProof:
            if alone:
                raise
            return False
        except (OSError, StoreError):
            return False  # it is looked at again: what is whole on the disk is not fetched twice
        return True

    async def _take(self, session: Session, wanted: Wanted, offset: int) -> bool:
        """Chunk after chunk to the end; false where the source has it not, or there is no room."""
        row, started, began = wanted.row, asyncio.get_running_loop().time(), offset
        request = pb.BlobRequest(feed=wanted.feed, index=wanted.index, sha256=row.sha256, offset=offset)
        async with aclosing(session.link.blob(request)) as chunks:
            while offset < row.size:
                async with asyncio.timeout(CHUNK_S):
                    chunk = await anext(chunks, None)
                if chunk is None or not self._desk.roomy():
                    return False
                if chunk.total not in {0, row.size} or not 0 < len(chunk.data) <= min(
                    CHUNK_MAX, row.size - offset
                ):
                    raise ProtocolError("a piece of the file that was asked for", where="chunk")
                await self._desk.take_piece(wanted, offset, chunk.data)
                offset += len(chunk.data)
                seconds = asyncio.get_running_loop().time() - started
                if seconds > CHUNK_S and offset - began < RATE_MIN * seconds:
                    raise TimeoutError
        return True
