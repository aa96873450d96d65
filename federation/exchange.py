"""All sessions of one node: who is connected, what grew, and who is told.

Guarantees one session a peer, and that commits reach sessions without polling. Gaps are `gaps.py`'s.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from federation.desk import Desk, Taken
from federation.gaps import Gaps
from federation.pipe import Ended
from federation.session import Session
from node import log
from node.commands.serve import Head
from node.peers import PeerBoard
from protocol.ids import FeedId, NodeId, UnixMs
from protocol.v1 import federation_pb2 as pb

TELL_WAIT_S = 0.5
"""Receipts to others than the source are gathered so long: to them they are news, not acknowledgements."""
STRANGER_LINE_MS = 60_000
"""Unknown certificates are counted, and said at most so often."""
_logger = log.get("exchange")


class Exchange:
    """The node's side of the federation: hands commits to sessions and gaps to sources."""

    def __init__(
        self,
        *,
        desk: Desk,
        board: PeerBoard,
        now: Callable[[], UnixMs],
        answer: Callable[[Session, pb.Call], Awaitable[None]],
    ) -> None:
        self.desk, self.board = desk, board
        self.sessions: dict[NodeId, Session] = {}
        self.counters: Counter[tuple[str, str]] = Counter()
        self._now, self._answer = now, answer
        self._said_ms = -STRANGER_LINE_MS
        self._gaps = Gaps(desk=desk, session=self.sessions.get, took=self.took)
        self._news: dict[FeedId, pb.Receipt] = {}
        self._tasks: set[asyncio.Task[Any]] = set()

    # ---- Sessions come and go -------------------------------------------------------------------------------------------

    async def host(self, session: Session) -> Ended:
        """Run a session as the peer's only one; of two that were dialled at once the smaller id's stays."""
        peer = session.peer
        if not self.desk.member(peer):
            return Ended("PERMISSION_DENIED", "this node is not a member of the federation")
        other = self.sessions.get(peer)
        if other is not None:
            if other.dialled != session.dialled and self._dialler(other) < self._dialler(session):
                return Ended("ABORTED", "this pair already has a stream")
            other.end("ABORTED", "a newer stream took over")
        self.sessions[peer] = session
        try:
            return await session.run()
        finally:
            if self.sessions.get(peer) is session:
                del self.sessions[peer]
                self._gaps.left(peer)
                self.board.update(peer, connected=False, since=self._now())

    def connected(self, session: Session) -> None:
        """Both lists are known: the conversation is open."""
        self.board.update(session.peer, connected=True, since=self._now(), refused="")
        _logger.info("peer connected", peer=session.peer, dialled=session.dialled)

    def heard_from(self, peer: NodeId) -> None:
        """A frame of the peer arrived."""
        self.board.update(peer, heard=self._now())

    def blame(self, peer: NodeId) -> None:
        """The peer's bytes did not verify."""
        self._gaps.blame(peer)

    def counted(self, what: str, code: str) -> None:
        """Count a refusal, for health and metrics."""
        self.counters[what, code] += 1

    def stranger(self, why: str, node: NodeId | None) -> None:
        """A certificate that is no member's: counted; said by name where it was somebody's, else at most once a minute."""
        self.counted("stranger", why)
        if node is not None:
            self.board.update(node, refused=why)
        now = self._now()
        if node is not None or now - self._said_ms >= STRANGER_LINE_MS:
            self._said_ms = now
            _logger.warning(
                "a certificate was refused", why=why, node=node, times=self.counters["stranger", why]
            )

    async def close(self) -> None:
        """End all sessions in order, and what was being fetched."""
        for session in list(self.sessions.values()):
            session.end("UNAVAILABLE", "this node stops")
        self._gaps.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # ---- News of this node ----------------------------------------------------------------------------------------------

    def grew(self, feed: FeedId) -> None:
        """A feed has new entries here; this node's own are pushed."""
        if self.desk.origin(feed) == self.desk.me:
            for session in self.sessions.values():
                session.grew(feed)

    async def register_changed(self) -> None:
        """The register is another: who is out is told so and closed, the others hear what they may follow now."""
        for peer, session in list(self.sessions.items()):
            if not self.desk.member(peer):
                self.board.update(peer, refused="not a member")
                session.end("PERMISSION_DENIED", "this node is not a member of the federation any more")
            elif session.ready:
                session.tell_register()
                await session.tell_holdings()
                await session.offer_own()

    async def compare_register(self, session: Session, theirs: pb.Hello) -> None:
        """The older side fetches before it serves anything; one version with other bytes is evidence, and ends it."""
        version, snapshot = self.desk.register()
        self.board.update(session.peer, register=theirs.register)
        if theirs.register == version and theirs.register_hash != snapshot:
            _logger.error("one register version with two contents", peer=session.peer, version=version)
            raise Ended("FAILED_PRECONDITION", f"register {version} differs between the two nodes")
        if theirs.register > version:
            request = pb.RegisterRequest(root=self.desk.root_version())
            await self.desk.take_bundle(session.peer, await session.link.register(request))

    # ---- What peers hold, and what came of it ---------------------------------------------------------------------------

    def offered(self, session: Session, head: Head) -> None:
        """A peer holds so much of a feed."""
        self._gaps.offered(session, head)

    def took(self, session: Session, taken: Taken) -> None:
        """A batch is durable here: its receipt goes back at once, and to the feed's other readers soon."""
        for index, reason, field in taken.aside:
            session.kept_aside(taken.feed, index, reason, field)
        if taken.receipt is None:
            return
        session.tell_receipt(taken.receipt)
        if not self._news:
            self._spawn(self._tell_news())
        self._news[taken.feed] = taken.receipt

    async def _tell_news(self) -> None:
        await asyncio.sleep(TELL_WAIT_S)
        news, self._news = self._news, {}
        for receipt in news.values():
            for session in self.sessions.values():
                session.tell_receipt(receipt)

    def answer(self, session: Session, call: pb.Call) -> None:
        """Answer what the other side asks of a node that it cannot dial."""
        self._spawn(self._answer(session, call))

    def _spawn(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(_quiet(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _dialler(self, session: Session) -> NodeId:
        return self.desk.me if session.dialled else session.peer


async def _quiet(work: Awaitable[None]) -> None:
    """Work beside a session: its end is the session's concern, its failure a line."""
    try:
        await work
    except Ended as ended:
        _logger.info("a side stream ended", code=ended.code)
