"""From whom a gap is filled: one source a feed at a time, the origin's own push first, a blamed source last.

Guarantees that a feed goes on from another entitled holder when one is away, slow or sends bytes that do not verify. Holds
nothing durable: what is missing follows from what peers list and what is stored here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from federation import wire
from federation.desk import Desk, Taken
from federation.pipe import Ended
from federation.session import HEADS_MAX, PUSH_LAG, Session
from node import log
from node.commands.serve import Head
from protocol.errors import Code, ProtocolError
from protocol.ids import FeedId, NodeId
from protocol.limits import RANGES_MAX
from protocol.v1 import federation_pb2 as pb

WAIT_S = 2.0
"""How long a gap is left to the origin's own push before another holder is asked; the pause after a source failed."""
BLAME_S = 60.0
"""How long a source whose bytes did not verify is passed over."""
_SKIP = {
    Code.GAP,
    Code.UNKNOWN_LABEL,
    Code.ABOVE_ACCREDITATION,
    Code.UNKNOWN_OP,
    Code.FORKED,
    Code.OLD_REGISTER,
    Code.NO_SPACE,
}
_logger = log.get("gaps")


@dataclass
class _Source:
    """What one peer holds beyond us."""

    offers: dict[FeedId, int] = field(default_factory=dict)
    since: dict[FeedId, float] = field(default_factory=dict)
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None


class Gaps:
    """The gaps of this node's feeds, and who is filling them."""

    def __init__(
        self,
        *,
        desk: Desk,
        session: Callable[[NodeId], Session | None],
        took: Callable[[Session, Taken], None],
    ) -> None:
        self._desk, self._session, self._took = desk, session, took
        self._sources: dict[NodeId, _Source] = {}
        self._fetching: dict[FeedId, NodeId] = {}
        self._blamed: dict[NodeId, float] = {}

    def offered(self, session: Session, head: Head) -> None:
        """A peer holds so much of a feed; what is more than is here is fetched if nobody else brings it."""
        if self._desk.origin(head.feed) == self._desk.me:
            return
        source = self._sources.setdefault(session.peer, _Source())
        if len(source.offers) >= HEADS_MAX and head.feed not in source.offers:
            return
        source.offers[head.feed] = head.size
        source.since.setdefault(head.feed, _now())
        source.wake.set()
        if source.task is None or source.task.done():
            source.task = asyncio.create_task(self._serve(session.peer, source))

    def blame(self, peer: NodeId) -> None:
        """The peer's bytes did not verify: other sources first, for a while."""
        self._blamed[peer] = _now() + BLAME_S

    def left(self, peer: NodeId) -> None:
        """The peer is gone; what it was bringing may come from another."""
        source = self._sources.pop(peer, None)
        if source is not None and source.task is not None:
            source.task.cancel()
        self._release(peer)
        for other in self._sources.values():
            other.wake.set()

    def close(self) -> None:
        """Stop fetching."""
        for peer in list(self._sources):
            self.left(peer)

    async def _serve(self, peer: NodeId, source: _Source) -> None:
        """Fill gaps from one peer, a request at a time, while it is connected."""
        while True:
            await source.wake.wait()
            source.wake.clear()
            session = self._session(peer)
            if session is None:
                return
            if self._is_blamed(peer) or not session.ready:
                await self._later(source)
                continue
            ranges, waiting = await self._gaps(peer, source)
            if ranges:
                await self._fill(session, source, ranges)
                source.wake.set()
            elif waiting:
                await self._later(source)

    @staticmethod
    async def _later(source: _Source) -> None:
        await asyncio.sleep(WAIT_S)
        source.wake.set()

    async def _gaps(self, peer: NodeId, source: _Source) -> tuple[list[pb.Range], bool]:
        """What to ask the peer for now, and whether something is left for later."""
        ranges: list[pb.Range] = []
        waiting = False
        for feed, size in list(source.offers.items()):
            held = await self._desk.held(feed)
            have = held.size if held else 0
            if have >= size:
                _forget(source, feed)
            elif (
                feed in self._fetching or len(ranges) == RANGES_MAX or self._pushed(source, feed, size - have)
            ):
                waiting = True
            else:
                ranges.append(pb.Range(feed=feed, first=have, end=0))
                self._fetching[feed] = peer
        return ranges, waiting

    def _pushed(self, source: _Source, feed: FeedId, gap: int) -> bool:
        """Whether the gap is small, its origin is connected (or not known yet) and has had no time to push it."""
        if gap > PUSH_LAG or _now() >= source.since.get(feed, 0.0) + WAIT_S:
            return False
        origin = self._desk.origin(feed)
        if origin is None:
            return True
        session = self._session(origin)
        return session is not None and session.ready and not self._is_blamed(origin)

    async def _fill(self, session: Session, source: _Source, ranges: list[pb.Range]) -> None:
        try:
            async for raw in session.link.backfill(pb.BackfillRequest(ranges=ranges)):
                await self._take(session, source, wire.parse(pb.Batch, raw))
        except ProtocolError as error:
            session.break_off(error)
        except Ended as ended:
            _logger.info("a bulk fetch ended early", peer=session.peer, code=ended.code)
            await asyncio.sleep(WAIT_S)
        finally:
            self._release(session.peer)

    async def _take(self, session: Session, source: _Source, batch: pb.Batch) -> None:
        feed = FeedId(batch.feed)
        if not batch.entries:
            _forget(source, feed)
            return
        try:
            self._took(session, await self._desk.accept(session.peer, batch))
        except ProtocolError as error:
            if error.code not in _SKIP:
                raise
            _logger.info("bulk was not taken", peer=session.peer, code=error.code.value, where=error.where)
            _forget(source, feed)

    def _release(self, peer: NodeId) -> None:
        self._fetching = {feed: source for feed, source in self._fetching.items() if source != peer}

    def _is_blamed(self, peer: NodeId) -> bool:
        return self._blamed.get(peer, 0.0) > _now()


def _forget(source: _Source, feed: FeedId) -> None:
    source.offers.pop(feed, None)
    source.since.pop(feed, None)


def _now() -> float:
    return asyncio.get_running_loop().time()
