"""The files that records list: fetched from whoever may have them. Each origin has a lane of its own for each rank, so that
nothing one lists, sends slowly or never sends is in another's way, and nothing large in the way of an alert's picture.

Guarantees that a peer is asked only through a feed it may know of, that a file goes on where it broke off, from the same or
another source, that bytes which are not the file lose their sender its session when all of them were its own, and that nothing is
written down for what could not be had. Holds nothing durable.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable
from contextlib import aclosing
from functools import partial

from federation import faults
from federation.desk import Desk
from federation.gaps import Gaps
from federation.lane import AGAIN_S, CAME_S, KEPT, LATEST_S, Lane, now, of
from federation.pipe import Ended
from federation.session import Session
from node import log
from node.commands.fetch import Look, Wanted
from node.store.attachments import Rank
from node.store.errors import StoreError
from protocol.errors import BadProof, ProtocolError
from protocol.ids import NodeId
from protocol.limits import CHUNK_MAX
from protocol.v1 import federation_pb2 as pb

CHUNK_S, EMPTY_S = 20.0, 5.0
"""How long a source may take for its next chunk, and to say that it has none."""
RATE_MIN = 16_384
"""Bytes a second below which a source keeps its asker waiting."""
OF_ONE = 3
"""Files fetched from one peer at a time; it answers four."""
LOOK_EVERY = 16
"""Chunks between two looks at whether the file is still wanted."""
SHORT_S, NO_ROOM_S = 10.0, 600.0
"""When a full disk, or a store that failed, is looked at again; when what does not fit, or may not be had now, is."""
_logger = log.get("files")


class Files:
    """What is being fetched."""

    def __init__(self, desk: Desk, sessions: Callable[[], Iterable[Session]], gaps: Gaps) -> None:
        self._me, self._desk, self._may_serve = desk.me, desk.files, desk.may_serve
        self._sessions, self._gaps = sessions, gaps
        self._lanes: dict[tuple[NodeId, Rank], Lane] = {}
        self._busy: Counter[NodeId] = Counter()
        self._spoilt: OrderedDict[tuple[NodeId, int, bytes], tuple[int, float]] = OrderedDict()
        self._came: dict[NodeId, float] = {}
        self._comings = 0
        self._known = self._stopped = False
        desk.files.lost = self.look

    def look(self, origin: NodeId) -> None:
        """A record came that lists files."""
        for rank in Rank:
            self._open(origin, rank)

    async def came(self, peer: NodeId) -> None:
        """A peer is here, and may have what was asked for in vain; the first one shows what was left from before."""
        if not self._known:
            self._known = True
            try:
                for origin, rank in await self._desk.waiting():
                    self._open(origin, rank)
            except StoreError:
                self._known = False
        if now() - self._came.get(peer, -CAME_S) >= CAME_S:
            self._came[peer] = now()
            self.again()

    def again(self) -> None:
        """More may be had than before: of a peer that came, or under another register."""
        self._comings += 1
        for lane in self._lanes.values():
            lane.again()

    def cancel(self) -> None:
        """Stop; what has come of a file stays."""
        self._stopped = True
        for lane in self._lanes.values():
            if lane.task is not None:
                lane.task.cancel()

    async def close(self) -> None:
        """The same, and wait for it."""
        tasks = [lane.task for lane in self._lanes.values() if lane.task is not None]
        self.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # ---- One lane -------------------------------------------------------------------------------------------------------

    def _open(self, origin: NodeId, rank: Rank) -> None:
        if self._stopped:
            return
        lane = self._lanes.setdefault((origin, rank), Lane())
        lane.news.set()
        if lane.task is None:
            lane.task = asyncio.ensure_future(self._run(origin, rank, lane))

    async def _run(self, origin: NodeId, rank: Rank, lane: Lane) -> None:
        """Pass after pass while anything of this lane is wanted."""
        try:
            left = True
            while left or lane.news.is_set():
                began, seconds = now(), SHORT_S
                lane.news.clear()
                try:
                    left = await self._pass(origin, rank, lane)
                    seconds = lane.pause(now() - began)
                except StoreError:
                    left = True  # the store says what is wrong, once
                except Exception as error:  # noqa: BLE001 - one lane's fault must not end the others
                    faults.noted(error, self._me, "fetching files")
                if left:
                    await _woken(lane.news, seconds)
        finally:
            self._lanes.pop((origin, rank), None)

    async def _pass(self, origin: NodeId, rank: Rank, lane: Lane) -> bool:
        """Every wanted file once, newest first, from the top again on news; whether any is left."""
        left = False
        async with aclosing(self._desk.wanted(origin, rank)) as pages:
            async for page in pages:
                for wanted in page:
                    if not lane.waits(wanted) and await self._one(wanted, lane):
                        lane.settled(wanted)
                    else:
                        left = True
                    if lane.news.is_set():
                        return True
        return left

    async def _one(self, wanted: Wanted, lane: Lane) -> bool:
        """Whether a file is wanted no more: it came, or its entry does not stand."""
        if not self._desk.roomy():
            raise StoreError("less room than the reserve")
        comings = self._comings
        try:
            look = await self._desk.look(wanted)
            if look in {Look.GONE, Look.HERE}:
                return True
            if look is Look.LATER or not await self._desk.fits(wanted):
                lane.put_off(wanted, NO_ROOM_S)
                return False
            if lane.unfinished not in {None, wanted}:
                await self._desk.drop(lane.unfinished)  # one at a time: what is half here takes room too
            lane.unfinished = wanted
            for session in self._sources(wanted):
                if await self._from(session, wanted):
                    return True
            await self._desk.let_go(wanted)
        except OSError as error:
            _logger.warning("a file cannot be kept", why=error.strerror, entry=wanted.row.key)
        lane.put_off(wanted, AGAIN_S if comings != self._comings else None)
        return False

    # ---- One file -------------------------------------------------------------------------------------------------------

    def _sources(self, wanted: Wanted) -> list[Session]:
        """Who may be asked: asking names the feed, so never who may not have it. The origin first."""
        found = [
            session
            for session in self._sessions()
            if self._gaps.may_ask(session)
            and self._busy[session.peer] < OF_ONE
            and (session.peer == wanted.origin or self._may_serve(session.peer, wanted.feed))
            and self._spoilt.get((session.peer, *of(wanted)), (0, 0.0))[1] <= now()
        ]
        return sorted(found, key=lambda session: session.peer != wanted.origin)

    async def _from(self, session: Session, wanted: Wanted) -> bool:
        """Whether this source brought it whole. What it brought otherwise stays, for it or another to go on from."""
        whole = asyncio.Event()
        self._busy[session.peer] += 1
        try:
            await session.guarded(partial(self._fetch, session, wanted, whole), "fetching a file")
        finally:
            self._busy[session.peer] -= 1
        return whole.is_set()

    async def _fetch(self, session: Session, wanted: Wanted, whole: asyncio.Event) -> None:
        """From where it broke off; once more from the beginning where the pieces of several sources do not make the file."""
        try:
            for began in dict.fromkeys((await self._desk.come(wanted), 0)):
                if began < wanted.row.size and not await self._take(session, wanted, began):
                    return
                if await self._finished(session, wanted, alone=began == 0):
                    whole.set()
                    return
        except TimeoutError:
            _logger.info("a source keeps its asker waiting for a file", peer=session.peer)
            self._gaps.blame(session.peer)
        except Ended as ended:
            if session.over:
                raise
            _logger.info("a file's fetch ended early", peer=session.peer, code=ended.code)
        except OSError as error:
            _logger.info("a file could not be kept", why=error.strerror, entry=wanted.row.key)

    async def _finished(self, session: Session, wanted: Wanted, *, alone: bool) -> bool:
        """Whether the bytes are the file; where they are not and every one was this source's, it is not asked again soon."""
        try:
            await self._desk.finish(wanted)
        except BadProof:
            if alone:
                self._spoil(session.peer, wanted)
                raise
            return False
        return True

    async def _take(self, session: Session, wanted: Wanted, offset: int) -> bool:
        """Chunk after chunk to the end; false where the source has it not, there is no room, or it is wanted no more."""
        row, started, began, count = wanted.row, now(), offset, 0
        request = pb.BlobRequest(feed=wanted.feed, index=wanted.index, sha256=row.sha256, offset=offset)
        async with aclosing(session.link.blob(request)) as chunks:
            while offset < row.size:
                async with asyncio.timeout(CHUNK_S if count else EMPTY_S):
                    chunk = await anext(chunks, None)
                if chunk is None or not self._desk.roomy():
                    return False
                if chunk.total != row.size or len(chunk.data) != min(CHUNK_MAX, row.size - offset):
                    raise ProtocolError("the next piece of the file that was asked for", where="chunk")
                await self._desk.take_piece(wanted, offset, chunk.data)
                offset, count = offset + len(chunk.data), count + 1
                seconds = now() - started
                if seconds > CHUNK_S and offset - began < RATE_MIN * seconds:
                    raise TimeoutError
                if count % LOOK_EVERY == 0 and await self._desk.look(wanted) is not Look.FETCH:
                    return False
        return True

    def _spoil(self, peer: NodeId, wanted: Wanted) -> None:
        """What this peer has of this file is not the file: it may be its disk."""
        key = peer, *of(wanted)
        tries, _ = self._spoilt.pop(key, (0, 0.0))
        self._spoilt[key] = tries + 1, now() + LATEST_S * 2.0 ** min(tries, 10)
        if len(self._spoilt) > KEPT:
            self._spoilt.popitem(last=False)


async def _woken(news: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await news.wait()
