"""All sessions of one node: who is connected, what grew, and who is told.

Guarantees one session a peer, that commits reach sessions without polling, and that what a peer can make this node write
down is bounded: refusals are counted, and said when the count reaches the next power of two. Gaps are `gaps.py`'s.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import Any

from federation import faults
from federation.beats import Beats
from federation.desk import Desk, Taken
from federation.files import Files
from federation.gaps import BRAKE_S, Gaps
from federation.hearing import Hearing
from federation.pipe import Ended
from federation.session import Session
from federation.updates import Updates
from node import log
from node.commands.serve import Head
from node.peers import PeerBoard
from protocol.errors import Code, ProtocolError
from protocol.ids import FeedId, NodeId, UnixMs
from protocol.v1 import federation_pb2 as pb

WITNESS_S = 30.0
"""Cosignatures that came are shown to the feed's other readers once or twice so long after: they prove what the log was, and nobody waits for them."""
TELL_WAIT_S = 0.5
"""Receipts to others than the source are gathered so long: to them they are news, not acknowledgements."""
HEARD_MS = 1_000
"""How often at most the board is told that a peer was heard."""
CLOSE_S = 3.0
QUIET_MS = int(2 * BRAKE_S * 1000)
"""An origin of which nothing was refused for so long, and something was taken live, is braked no more: bulk that waited would have
been refused once more by then."""
NO_MEMBER = "this node is not a member of the federation any more"
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
        self.desk, self.board, self.answer = desk, board, answer
        self.sessions: dict[NodeId, Session] = {}
        self.counters: Counter[tuple[str, str]] = Counter()
        self.came: Callable[[NodeId], None] = lambda _: None
        self.left: Callable[[NodeId], None] = lambda _: None
        self._now = now
        self._said: Counter[tuple[str, str, NodeId | None]] = Counter()
        self._heard: dict[NodeId, UnixMs] = {}
        self._braked: dict[NodeId, tuple[UnixMs, str]] = {}
        self._gaps = Gaps(desk=desk, session=self.sessions.get, took=self._took_bulk, declined=self.declined)
        self._files = Files(desk, self.sessions.values, self._gaps)
        self._updates = Updates(desk, board)
        self.beats = Beats(desk, self.sessions, self._spawn)
        self._hearing = Hearing(desk, self._gaps, self.sessions, self._spawn)
        self._witnessed: set[FeedId] = set()
        self._news: dict[FeedId, tuple[pb.Receipt, NodeId]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._hosting: set[asyncio.Task[Any]] = set()

    # ---- Sessions come and go -------------------------------------------------------------------------------------------

    async def host(self, session: Session) -> Ended:
        """Run a session as the peer's only one; of two that were dialled at once the smaller id's stays."""
        peer = session.peer
        if not self.desk.member(peer):
            return Ended("PERMISSION_DENIED", NO_MEMBER)
        other = self.sessions.get(peer)
        if other is not None:
            if other.dialled != session.dialled and self._dialler(other) < self._dialler(session):
                return Ended("ABORTED", "this pair already has a stream")
            other.end("ABORTED", "a newer stream took over")
            self._gaps.left(peer)
        self.sessions[peer] = session
        task = asyncio.current_task()
        assert task is not None
        self._hosting.add(task)
        acceptable = False
        try:
            ended = await session.run()
            acceptable = session.opened and ended.code != "INVALID_ARGUMENT"
            return ended
        finally:
            self._hosting.discard(task)
            if self.sessions.get(peer) is session:
                del self.sessions[peer]
                self._gaps.left(peer)
                self.beats.left(peer)
                self.board.update(peer, connected=False, since=self._now())
                self.desk.parted(peer)
                self._spawn(partial(self._look_up, peer))
                if acceptable:
                    self.left(peer)

    async def _look_up(self, peer: NodeId) -> None:
        """What a peer holds takes a while to add up over many feeds: before it comes back, not while it waits."""
        await self.desk.record_digest(peer)

    def connected(self, session: Session) -> None:
        """Both lists are known: the conversation is open."""
        _, braked = self._braked.get(session.peer, (0, ""))
        self.board.update(session.peer, connected=True, since=self._now(), refused=braked)
        _logger.info("peer connected", peer=session.peer, dialled=session.dialled)
        self.came(session.peer)
        self._spawn(partial(self._files.came, session.peer))
        self._spawn(partial(self._ask_for_good, session))
        self._spawn(partial(self.beats.connected, session))
        self._hearing.look(session.peer)

    def heard_from(self, peer: NodeId) -> None:
        """A frame of the peer arrived."""
        now = self._now()
        if now - self._heard.get(peer, 0) >= HEARD_MS:
            self._heard[peer] = now
            self.board.update(peer, heard=now)

    async def close(self) -> None:
        """End all sessions in order, and what was being fetched."""
        for session in list(self.sessions.values()):
            session.end("UNAVAILABLE", "this node stops")
        if self._hosting:
            await asyncio.wait(self._hosting, timeout=CLOSE_S)
        self._gaps.close()
        await self._files.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # ---- What is counted, and said now and then -------------------------------------------------------------------------

    def refused_here(self, peer: NodeId, error: ProtocolError) -> None:
        """The peer's bytes are not acceptable: its session ends and others are asked first."""
        self._gaps.blame(peer)
        self.counted("refused_here", error.code.value, peer, where=error.where)

    def declined(self, peer: NodeId, feed: FeedId, error: ProtocolError) -> None:
        """A batch of the peer was not taken; the session goes on."""
        if error.code is Code.BRAKED:
            self._brake(self.desk.origin(feed) or peer, error)
        if error.code in _UNSAID:
            self.counters["declined", error.code.value] += 1
            return
        self.counted("declined", error.code.value, peer, where=error.where)

    def _brake(self, origin: NodeId, error: ProtocolError) -> None:
        """Said once, and on the board until it is over."""
        if origin not in self._braked:
            _logger.warning("an origin brings more than this node takes of one", peer=origin, why=error.rule)
        self._braked[origin] = self._now(), error.rule
        self.board.update(origin, refused=error.rule)

    def _release(self, feed: FeedId, *, bulk: bool) -> None:
        """Something of a feed was taken. In bulk: its origin is braked no more. Live it may be from the reserve, so only in time."""
        origin = self.desk.origin(feed)
        if origin in self._braked and (bulk or self._now() - self._braked[origin][0] > QUIET_MS):
            del self._braked[origin]
            _logger.info("what an origin brings is taken again", peer=origin)
            self.board.update(origin, refused="")

    def refused_there(self, peer: NodeId, code: str, feed: FeedId, index: int) -> None:
        """The peer did not take something. A gap is part of catching up, and of what overtakes it."""
        if code == Code.GAP:
            self.counters["refused_there", code] += 1
            return
        self.counted("refused_there", code, peer, feed=feed, index=index)

    def stranger(self, why: str, node: NodeId | None) -> None:
        """A certificate that is no member's; `node`: whose it was, where it was anybody's."""
        if node is not None:
            self.board.update(node, refused=why)
        self.counted("stranger", why, node)

    def turned_away(self) -> None:
        """A connection to the peers' port came to no call: whoever it was did not prove to be a node of the register."""
        self.counted("turned_away", "NO_CALL", None)

    def wrong_server(self, peer: NodeId) -> None:
        """What answers at a peer's address does not hold the peer's certificate."""
        self.counted("wrong_server", "HANDSHAKE", peer)

    def counted(self, what: str, code: str, peer: NodeId | None, **where: object) -> None:
        """Count, and say it when the count has reached the next power of two."""
        self.counters[what, code] += 1
        self._said[what, code, peer] += 1
        times = self._said[what, code, peer]
        if log.doubled(times):
            _logger.warning(_WORDS[what], peer=peer, code=code, times=times, **where)

    # ---- News of this node ----------------------------------------------------------------------------------------------

    def grew(self, feed: FeedId) -> None:
        """A feed has new entries here; this node's own are pushed."""
        if self.desk.grew(feed):
            for session in self.sessions.values():
                session.grew(feed)
            self.beats.grew(feed)

    def cut(self, feed: FeedId) -> None:
        """A feed was cut off, or was another history than the good one: what is good of it comes from its origin."""
        self.desk.forked(feed)
        for session in self.sessions.values():
            self._spawn(partial(self._ask_for_good, session))

    async def _ask_for_good(self, session: Session) -> None:
        if heads := await self.desk.forks.lacking(session.peer):
            self.offered(session, heads)

    def forked(self, feed: FeedId) -> None:
        """Evidence came against a feed: its readers are told, each of them once."""
        self.desk.forked(feed)
        _logger.error(
            "evidence: the origin of a feed signed two histories", feed=feed, peer=self.desk.origin(feed)
        )
        for session in self.sessions.values():
            session.forked(feed)

    def purged(self, feed: FeedId) -> None:
        """Nothing of a feed is held here any more."""
        self.desk.purged(feed)

    async def register_changed(self) -> None:
        """The register is another: who is out is told so and closed, the others hear what they may follow now."""
        for peer, session in list(self.sessions.items()):
            words = session.standing() if self.desk.member(peer) else NO_MEMBER
            if words:
                self.board.update(peer, refused=words)
                session.end("PERMISSION_DENIED", words)
            else:
                session.register_changed()
        self._gaps.retry()
        self._files.again()

    async def compare_register(self, session: Session, theirs: pb.Hello) -> None:
        """The older side fetches before it serves anything."""
        await self._updates.compare(session, theirs)

    # ---- What peers hold, and what came of it ---------------------------------------------------------------------------

    def offered(self, session: Session, heads: Iterable[Head]) -> None:
        """A peer holds so much of these feeds."""
        self._gaps.offered(session, heads)

    def took(self, session: Session, taken: Taken) -> None:
        """A batch is durable here: its receipt goes back at once, and to the feed's other readers soon."""
        self._release(taken.feed, bulk=False)
        session.kept_aside(taken)
        if taken.files:
            self._files.look(taken.origin)
        self.beats.took(taken)
        for origin in {taken.origin, session.peer}:
            self._hearing.look(origin)
        if taken.receipt is None:
            return
        session.tell_receipt(taken.receipt)
        self._gather(taken.feed, taken.receipt, session.peer)

    def overtook(self, session: Session, taken: Taken) -> None:
        """An entry is durable here ahead of its turn; its files are wanted like any other's."""
        session.kept_aside(taken)
        if taken.files:
            self._files.look(taken.origin)

    def _took_bulk(self, session: Session, taken: Taken) -> None:
        self._release(taken.feed, bulk=True)
        self.took(session, taken)

    def came_by_hand(self, taken: Taken) -> None:
        """A batch of a bundle is durable here: everybody who may know hears it as news."""
        if taken.files:
            self._files.look(taken.origin)
        if taken.receipt is not None:
            self._gather(taken.feed, taken.receipt, self.desk.me)

    def cosigned(self, feed: FeedId) -> None:
        """Readers show each other the cosignatures on a feed's newest checkpoint, now and then.

        Each feed at moments of its own, that its id alone sets: whatever else comes moves them neither in time nor in order.
        """
        if feed not in self._witnessed:
            self._witnessed.add(feed)
            loop = asyncio.get_running_loop()
            moment = int.from_bytes(feed[:4], "big") / (1 << 32) * WITNESS_S
            loop.call_later(WITNESS_S + (moment - loop.time()) % WITNESS_S, self._show_witnesses, feed)

    def _show_witnesses(self, feed: FeedId) -> None:
        self._witnessed.discard(feed)
        for session in self.sessions.values():
            self._spawn(partial(session.show_cosigned, feed))

    def _gather(self, feed: FeedId, receipt: pb.Receipt, source: NodeId) -> None:
        """Each feed has a time of its own: when a receipt is told must not depend on what else came."""
        if feed not in self._news:
            asyncio.get_running_loop().call_later(TELL_WAIT_S, self._tell_news, feed)
        self._news[feed] = receipt, source

    def _tell_news(self, feed: FeedId) -> None:
        receipt, source = self._news.pop(feed)
        for peer, session in self.sessions.items():
            if peer != source:
                session.tell_receipt(receipt)

    def _spawn(self, work: Callable[[], Awaitable[None]]) -> None:
        task = asyncio.ensure_future(self._quiet(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _quiet(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except Exception as error:  # noqa: BLE001 - a fault beside the sessions must not end the node
            faults.noted(error, self.desk.me, "beside the sessions")

    def _dialler(self, session: Session) -> NodeId:
        return self.desk.me if session.dialled else session.peer


_UNSAID = {Code.NO_SPACE, Code.GAP, Code.BRAKED}
"""Why batches are not taken on a full disk, which the store has said, once: for want of room, and for want of those before; and
what a brake said once."""
_WORDS = {
    "refused_here": "bytes that are not acceptable end a session",
    "declined": "a batch was not taken",
    "refused_there": "the peer did not take something",
    "stranger": "a certificate was refused",
    "turned_away": "connections to the peers' port ended before they proved who they are",
    "wrong_server": "what answers at a peer's address has no certificate of that peer",
    "two_registers": "evidence: one register version with two contents",
}
