"""From whom a gap is filled: one source a feed at a time, the origin's own push first, a blamed source last.

Guarantees that a feed goes on from another entitled holder when one is away, slow or sends bytes that do not verify, and that a
source gives exactly what it was asked for or loses its session. Holds nothing durable: what is missing follows from what
peers list and what is stored here.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial

from federation.desk import PUSH_LAG, Desk, Taken
from federation.pipe import Ended
from federation.session import HEADS_MAX, Session
from federation.taking import Taking
from node import log
from node.commands.outcome import ENDS_SESSION
from node.commands.serve import Head
from protocol.errors import Code, ProtocolError
from protocol.ids import FeedId, NodeId
from protocol.limits import RANGES_MAX
from protocol.v1 import federation_pb2 as pb

WAIT_S = 2.0
"""How long a gap is left to the origin's own push before another holder is asked; the pause after a source failed."""
BLAME_S = 60.0
"""How long a source is passed over whose bytes did not verify, or that kept its asker waiting."""
BATCH_S, REQUEST_S = 20.0, 300.0
"""How long a source may take for its next batch and for all that one request asks."""
RATE_MIN = 1.0
"""Entries a second that a request has to bring; slower is a source that keeps its asker waiting."""
RETRY_S, BRAKE_S = 10.0, 600.0
"""When what a full disk refused is asked for again; and what was refused because its origin had brought too much."""
_logger = log.get("gaps")


@dataclass
class _Source:
    """What one peer holds beyond us; `skipped`: offers that were refused here and may be taken another day.

    Until `resumes` nothing is asked of it: there was no room for what it sent. `failed`: requests in a row that ended early. `began`:
    when it first offered anything in this session.
    """

    offers: dict[FeedId, int] = field(default_factory=dict)
    skipped: dict[FeedId, int] = field(default_factory=dict)
    since: dict[FeedId, float] = field(default_factory=dict)
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None
    resumes: float = 0.0
    failed: int = 0
    began: float = 0.0

    def forget(self, feed: FeedId, *, skip: bool = False) -> None:
        """The offer is taken up, or not to be taken up now."""
        size = self.offers.pop(feed, 0)
        self.since.pop(feed, None)
        if skip and size:
            self.skipped[feed] = size


class Gaps:
    """The gaps of this node's feeds, and who is filling them."""

    def __init__(
        self,
        *,
        desk: Desk,
        session: Callable[[NodeId], Session | None],
        took: Callable[[Session, Taken], None],
        declined: Callable[[NodeId, FeedId, ProtocolError], None],
    ) -> None:
        self._desk, self._session, self._took, self._declined = desk, session, took, declined
        self._sources: dict[NodeId, _Source] = {}
        self._fetching: dict[FeedId, NodeId] = {}
        self._blamed: dict[NodeId, float] = {}
        self._later: asyncio.TimerHandle | None = None

    def offered(self, session: Session, heads: Iterable[Head]) -> None:
        """A peer holds so much; what is more than is here is fetched if nobody else brings it."""
        new = [h for h in heads if h.size > self._desk.size(h.feed) and self._may_bring(session.peer, h.feed)]
        if not new:
            return
        source = self._sources.setdefault(session.peer, _Source(began=_now()))
        for head in new:
            if head.feed in source.offers or len(source.offers) < HEADS_MAX:
                source.offers[head.feed] = head.size
                source.since.setdefault(head.feed, _now())
        source.wake.set()
        if source.task is None or source.task.done():
            source.task = asyncio.ensure_future(self._serve(session.peer, source))

    def lacking(self, peer: NodeId) -> dict[FeedId, int]:
        """What a peer listed and is not here yet, feed to size: also what was refused for now, but of no feed that was refused whole."""
        source = self._sources.get(peer)
        if source is None:
            return {}
        known = {feed: size for feed, size in source.skipped.items() if self._desk.origin(feed) is not None}
        listed = {**known, **source.offers}
        return {feed: size for feed, size in listed.items() if self._desk.size(feed) < size}

    def blame(self, peer: NodeId, seconds: float = BLAME_S) -> None:
        """Other sources first, for a while."""
        self._blamed[peer] = max(self._blamed.get(peer, 0.0), _now() + seconds)

    def retry(self) -> None:
        """What was refused here may be taken now: the register changed."""
        for source in self._sources.values():
            source.offers = {**source.skipped, **source.offers}
            source.skipped.clear()
            source.wake.set()

    def left(self, peer: NodeId) -> None:
        """The peer is gone; what it was bringing may come from another."""
        source = self._sources.pop(peer, None)
        if source is not None and source.task is not None:
            source.task.cancel()
        self._release(peer)
        self._wake_others(peer)

    def close(self) -> None:
        """Stop fetching."""
        if self._later is not None:
            self._later.cancel()
        for peer in list(self._sources):
            self.left(peer)

    async def _serve(self, peer: NodeId, source: _Source) -> None:
        """Fill gaps from one peer, a request at a time, while it is connected."""
        while (session := self._session(peer)) is not None:
            source.wake.clear()
            if not self._desk.listed():  # until another register: `retry` wakes it
                await source.wake.wait()
                continue
            may = self.may_ask(session) and self._has_room(source)
            ranges, waiting = self._gaps(peer, source) if may else ([], True)
            if ranges:
                await session.guarded(partial(self._fill, session, source, ranges), "filling gaps")
                self._release(peer)
                self._wake_others(peer)
            else:
                await _woken(source.wake, WAIT_S if waiting else None)

    def _may_bring(self, peer: NodeId, feed: FeedId) -> bool:
        """Whether to ask a peer for a feed: asking names it and what is held of it, so never where the peer may not have it."""
        origin = self._desk.origin(feed)
        if origin == self._desk.me:
            return self._desk.restores.takes_back(feed)
        return origin is None or origin == peer or self._desk.may_serve(peer, feed)

    def _wake_others(self, peer: NodeId) -> None:
        """What one source let go of may come from another, at once."""
        for other, source in self._sources.items():
            if other != peer:
                source.wake.set()

    def may_ask(self, session: Session) -> bool:
        """Whether a peer is asked for anything in bulk now: it is here, not passed over for what it sent, and we are a member."""
        here = session.ready and not session.over and self._desk.listed()
        return here and self._blamed.get(session.peer, 0.0) <= _now()

    def _has_room(self, source: _Source) -> bool:
        """Whether what a source offers could be taken in bulk; where it offers nothing, nobody looks."""
        return not source.offers or (source.resumes <= _now() and self._desk.roomy())

    def _gaps(self, peer: NodeId, source: _Source) -> tuple[list[pb.Range], bool]:
        """What to ask the peer for now, and whether something is left for later."""
        ranges: list[pb.Range] = []
        waiting = False
        for feed, size in list(source.offers.items()):
            have = self._desk.size(feed)
            if have >= size:
                source.forget(feed)
            elif feed in self._fetching or self._pushed(source, feed, size - have):
                waiting = True
            elif len(ranges) == RANGES_MAX:
                break
            else:
                ranges.append(pb.Range(feed=feed, first=have))
                self._fetching[feed] = peer
        return ranges, waiting

    def _pushed(self, source: _Source, feed: FeedId, gap: int) -> bool:
        """Whether the gap is small, its origin is connected (or not known yet, or about to be, as after a line that failed for all) and
        has had no time to push it.
        """
        if gap > PUSH_LAG or _now() >= source.since.get(feed, 0.0) + WAIT_S:
            return False
        origin = self._desk.origin(feed)
        if origin is None:
            return True
        session = self._session(origin)
        if session is None or not session.ready:
            return _now() < source.began + WAIT_S
        return self.may_ask(session)

    async def _fill(self, session: Session, source: _Source, ranges: list[pb.Range]) -> None:
        """One request, from its first batch to its last; what brought nothing is not asked for again."""
        taking = Taking(
            lambda batch, _: session.guarded(partial(self._take, session, source, batch), "taking bulk"),
            one_by_one=True,
        )
        began, brought = _now(), 0
        try:
            async with asyncio.timeout(REQUEST_S) as whole, aclosing(_asked(session, ranges)) as batches:
                async for batch, weight in batches:
                    if not self._has_room(source):
                        return
                    if FeedId(batch.feed) not in source.offers:
                        await taking.finished()
                        return  # refused: its rest need not travel, and what else was asked is asked again
                    brought += len(batch.entries)
                    _keeps_pace(brought, _now() - began)
                    await taking.put(batch, weight)
                await taking.finished()
        except TimeoutError:
            if not whole.expired() or _slow(brought, _now() - began):
                _logger.info("a source keeps its asker waiting", peer=session.peer)
                self.blame(session.peer)
        except Ended as ended:
            source.failed += 1
            _logger.info("a bulk fetch ended early", peer=session.peer, code=ended.code, times=source.failed)
            self.blame(session.peer, min(WAIT_S * 2**source.failed, BLAME_S))
        else:
            source.failed = 0
            for one in ranges if self._has_room(source) else ():
                if (
                    self._desk.size(FeedId(one.feed)) == one.first
                ):  # less: what was held is void, and asked for anew
                    source.forget(FeedId(one.feed))
        finally:
            await taking.close()

    async def _take(self, session: Session, source: _Source, batch: pb.Batch) -> None:
        feed = FeedId(batch.feed)
        if not batch.entries or source.resumes > _now() or feed not in source.offers:
            return  # also what follows in a feed of which something was refused
        try:
            taken = await self._desk.accept(session.peer, batch, live=False)
        except ProtocolError as error:
            if error.code in ENDS_SESSION:
                raise
            if error.code is Code.NO_SPACE:
                source.resumes = _now() + RETRY_S
                return
            if error.code is Code.GAP:
                return
            source.forget(feed, skip=True)
            self._declined(session.peer, feed, error)
            if error.code is Code.BRAKED:
                self._try_later()
        else:
            self._took(session, taken)

    def _try_later(self) -> None:
        if self._later is None:
            self._later = asyncio.get_running_loop().call_later(BRAKE_S, self._again)

    def _again(self) -> None:
        self._later = None
        self.retry()

    def _release(self, peer: NodeId) -> None:
        self._fetching = {feed: source for feed, source in self._fetching.items() if source != peer}


def _keeps_pace(brought: int, seconds: float) -> None:
    if _slow(brought, seconds):
        raise TimeoutError


def _slow(brought: int, seconds: float) -> bool:
    """Whether a request brings too little to be worth waiting for. One that lasts because there is so much is asked again."""
    return seconds > BATCH_S and brought < RATE_MIN * seconds


async def _asked(session: Session, ranges: list[pb.Range]) -> AsyncGenerator[tuple[pb.Batch, int], None]:
    """The batches of a request and their bytes, each held against what was asked: the next of a range, or the end of it."""
    wanted = iter(ranges)
    feed, at = b"", 0
    async with aclosing(session.link.backfill(pb.BackfillRequest(ranges=ranges))) as batches:
        while True:
            async with asyncio.timeout(BATCH_S):
                came = await anext(batches, None)
            if came is None:
                return
            batch, _ = came
            while batch.feed != feed:
                one = next(wanted, None)
                if one is None:
                    raise ProtocolError("a range that was asked for", where="batch.feed")
                feed, at = one.feed, one.first
            if batch.first != at:
                raise ProtocolError("the next entry of the range", where="batch.first")
            at += len(batch.entries)
            yield came


async def _woken(wake: asyncio.Event, seconds: float | None) -> None:
    try:
        async with asyncio.timeout(seconds):
            await wake.wait()
    except TimeoutError:
        return


def _now() -> float:
    return asyncio.get_running_loop().time()
