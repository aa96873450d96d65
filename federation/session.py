"""One `Follow` stream between two nodes: hello, what each holds, batches as feeds grow, receipts, credit.

Guarantees that nothing is named to a peer that may not follow it, that bytes which do not verify end this session and leave
nothing stored, that a slow peer holds up only itself, and that a fault of this program met here ends this session and nothing
else. It does not choose sources (`gaps.py`), and decides nothing (`desk.py`). Source: `docs/protocol.md`, sessions.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from typing import Any, Protocol

from federation import faults, wire
from federation import hello as greeting
from federation.beating import Beating
from federation.desk import Desk, Taken
from federation.outbox import Outbox
from federation.pipe import Ended, Link, Pipe
from federation.pushing import Pushing
from federation.taking import BYTES_MAX, Taking
from federation.telling import Telling
from node.commands.beat import Beat
from node.commands.outcome import ENDS_SESSION
from node.commands.serve import Head
from protocol.errors import Code, ProtocolError, TooLarge
from protocol.ids import FeedId, Hash, NodeId, Random, UnixMs
from protocol.limits import CREDIT, LIVE_MAX
from protocol.v1 import federation_pb2 as pb

HEADS_MAX = 1 << 17
"""Feeds a peer may list; the register caps open feeds far below that."""
PARTING_S = 1.0
CALLS_MAX = 8
"""Calls of a peer that are answered at the same time."""
AHEADS_AT_ONCE = 4
"""Entries ahead of their turn that are taken at the same time: they share a commit, and what comes after them does not wait for it."""

Work = Callable[[], Awaitable[None]]


class Beats(Protocol):
    """What a session tells of beats; `beats.py`."""

    async def came(self, session: Session, beats: Sequence[Beat]) -> None:
        """The peer passed these on."""
        ...


class Host(Protocol):
    """Who a session tells what happens in it: all sessions of the node, `exchange.py`."""

    async def compare_register(self, session: Session, theirs: pb.Hello) -> None:
        """Bring this node up to the register that the peer names, before anything else of it is looked at."""
        ...

    def connected(self, session: Session) -> None:
        """Both lists are known."""
        ...

    def heard_from(self, peer: NodeId) -> None:
        """A frame came."""
        ...

    def offered(self, session: Session, heads: Iterable[Head]) -> None:
        """The peer holds so much."""
        ...

    def took(self, session: Session, taken: Taken) -> None:
        """A batch is durable here."""
        ...

    def overtook(self, session: Session, taken: Taken) -> None:
        """An entry is durable here ahead of its turn, or kept aside."""
        ...

    def cosigned(self, feed: FeedId) -> None:
        """A holder's cosignature came."""
        ...

    def declined(self, peer: NodeId, feed: FeedId, error: ProtocolError) -> None:
        """A batch was not taken; the session goes on."""
        ...

    def refused_here(self, peer: NodeId, error: ProtocolError) -> None:
        """The peer's bytes end its session."""
        ...

    def refused_there(self, peer: NodeId, code: str, feed: FeedId, index: int) -> None:
        """The peer did not take something."""
        ...

    def counted(self, what: str, code: str, peer: NodeId | None, **where: object) -> None:
        """Count, and say it now and then."""
        ...

    @property
    def beats(self) -> Beats:
        """The beats of all feeds."""
        ...

    @property
    def answer(self) -> Callable[[Session, pb.Call], Awaitable[None]]:
        """Answers what the peer called for."""
        ...


class Session:
    """The conversation with one peer, from its first frame to its last."""

    def __init__(
        self,
        *,
        desk: Desk,
        exchange: Host,
        peer: NodeId,
        pipe: Pipe,
        link: Callable[[Session], Link],
        dialled: bool,
        now: Callable[[], UnixMs],
        random: Random,
        standing: Callable[[], str] = str,
        live: int = LIVE_MAX,
        credit: int = CREDIT,
    ) -> None:
        """`standing` says in words why the peer may not have this stream any more; nothing while it may."""
        self.desk, self.exchange, self.peer, self.dialled, self.standing = (
            desk,
            exchange,
            peer,
            dialled,
            standing,
        )
        self.link = link(self)
        self.ready = self.opened = False
        self._pipe, self._now, self._random = pipe, now, random
        self._outbox = Outbox(pipe, batch=self._next_batch, overflow=self._over)
        self._pushing = Pushing(desk, peer, live=live, credit=credit, wake=self._outbox.wake)
        self._taking = Taking(self._take, one_by_one=False)
        self._listing: list[Head] = []
        self._telling = Telling(desk, peer, self._outbox)
        self._greeted = self._listed = self._told_highest = False
        self._unread = self._calls = 0
        self._beating = Beating(
            self._outbox,
            beside=self._beside,
            may=partial(desk.may_serve, peer),
            came=lambda beats: self.exchange.beats.came(self, beats),
            first=partial(desk.first_beats, peer),
        )
        self._parting = b""
        self._aheads = asyncio.Semaphore(AHEADS_AT_ONCE)
        self._side: set[asyncio.Task[None]] = set()
        self._shown: set[FeedId] = set()
        """Feeds of which the newest checkpoint was shown to the peer, because the two hold different histories."""
        self._closing: asyncio.Future[Ended] = asyncio.get_running_loop().create_future()
        self._handlers: dict[str, Callable[[Any], Awaitable[None]]] = {
            "hello": self._on_newer_register,
            "heads": self._on_heads,
            "receipt": self._on_receipt,
            "witnesses": self._on_witnesses,
            "evidence": self._on_evidence,
            "highest": self._on_highest,
            "refusal": self._on_refusal,
            "window": self._on_window,
            "call": self._on_call,
            "ahead": self._on_ahead,
            "stored": self._on_stored,
            "beat": self._beating.hear,
        }

    async def run(self) -> Ended:
        """Speak until either side ends; returns how it ended. Never raises what a peer caused, nor a fault of ours."""
        writing = asyncio.ensure_future(self.guarded(self._outbox.run, "writing"))
        reading = asyncio.ensure_future(self.guarded(self._read, "reading"))
        try:
            await asyncio.wait((reading, self._closing), return_when=asyncio.FIRST_COMPLETED)
            if not self._closing.done():
                reading.result()
                self.end("OK", "the peer ended the stream")
        finally:
            self.ready = False
            self._pushing.close()
            try:
                await _stopped(reading, *self._side)
                await self._taking.close()
                self._outbox.finish(self._parting)
                await asyncio.wait((writing,), timeout=PARTING_S if self._closing.done() else 0)
            finally:  # gRPC may cancel this too, when the connection is gone: nothing is left waiting for ever
                self._taking.cancel()
                await _stopped(reading, writing, *self._side)
        ended = self._closing.result()
        with contextlib.suppress(Ended, TimeoutError):
            async with asyncio.timeout(2 * PARTING_S):
                await self._pipe.close(ended.code, ended.words)
        return ended

    async def guarded(self, work: Work, doing: str) -> None:
        """Whatever goes wrong in a part of a session ends the session, by name."""
        try:
            await work()
        except Ended as ended:
            self._over(ended)
        except ProtocolError as error:
            self.break_off(error)
        except Exception as error:  # noqa: BLE001 - one session's fault is not the others'
            self._over(faults.noted(error, self.peer, doing))

    # ---- What the exchange tells a session ------------------------------------------------------------------------------

    def grew(self, feed: FeedId) -> None:
        """A feed this node writes has new entries: send them if the peer may follow it."""
        self._pushing.grew(feed)

    def say(self, raw: bytes) -> None:
        """Queue a control frame; before the hello nothing is said, and the lists after it say what was missed."""
        if self._greeted:
            self._outbox.say(raw)

    def tell_receipt(self, receipt: pb.Receipt) -> None:
        """Give the peer a receipt for a feed it may follow."""
        if self.desk.may_serve(self.peer, FeedId(receipt.feed)):
            self.say(pb.Frame(receipt=receipt).SerializeToString())

    async def tell_evidence(self, feed: FeedId | None = None) -> None:
        """What is held against feeds that the peer may follow."""
        for raw in await self.desk.forks.evidence(self.peer, feed):
            await self._outbox.room()
            self.say(raw)

    async def _first_words(self) -> None:
        if await self.desk.restores.asks_highest():
            self.say(pb.Frame(highest=pb.Highest(ask=True)).SerializeToString())
        await self.tell_evidence()

    async def show_cosigned(self, feed: FeedId) -> None:
        """The newest checkpoint of a feed with the cosignatures of others on it."""
        if self.ready and (raw := await self.desk.forks.witness(self.peer, feed, cosigned=True)) is not None:
            self.say(raw)

    def forked(self, feed: FeedId) -> None:
        """Evidence came against a feed."""
        if self.ready:
            self._beside(partial(self.tell_evidence, feed), "telling of evidence")

    def tell_beats(self, given: Sequence[Beat]) -> bool:
        """Give the peer beats of feeds it may follow; false where it takes none now."""
        return self._greeted and not self.over and self._beating.tell(given)

    def end(self, code: str, words: str) -> None:
        """End the session from outside: superseded, or the peer is a member no more."""
        self._over(Ended(code, words))

    @property
    def over(self) -> bool:
        """Whether it is ending."""
        return self._closing.done()

    def register_changed(self) -> None:
        """The register here is another: hello again, of which only the register counts, and what the peer may know of now."""
        self.say(self._hello(greeting.NO_DIGEST))
        self._pushing.forgive()
        self._beside(self._tell_what_changed, "telling what is held")

    def break_off(self, error: ProtocolError) -> None:
        """End because the peer's bytes, here or on a stream beside this one, are not acceptable."""
        self.exchange.refused_here(self.peer, error)
        if not self._closing.done():
            self._parting = wire.refusal(error.code, field=error.where)
        self.end("INVALID_ARGUMENT", f"{error.code.value}: {error.where or 'frame'}")

    def kept_aside(self, taken: Taken) -> None:
        """Tell the peer which entries of its batch were verified and not taken."""
        for index, reason, field in taken.aside:
            self.say(
                wire.refusal(Code.QUARANTINED_HERE, feed=taken.feed, index=index, reason=reason, field=field)
            )

    def _over(self, ended: Ended) -> None:
        if not self._closing.done():
            self._closing.set_result(ended)

    # ---- Becoming ready -------------------------------------------------------------------------------------------------

    def _hello(self, known: bytes) -> bytes:
        return greeting.hello(self.desk, known, now=self._now(), random=self._random)

    async def _introduce(self, theirs: pb.Hello) -> None:
        await self._telling.first(theirs.digest)
        await self._get_ready()

    async def _tell_what_changed(self) -> None:
        await self._telling.again()
        if self.ready:
            await self._pushing.open()

    async def _get_ready(self) -> None:
        """Both have said what they hold: from now on entries flow."""
        if self._telling.done and self._listed and not self.ready:
            self.ready = self.opened = True
            self.exchange.connected(self)
            self._beside(self._first_words, "telling and asking")
            await self._pushing.open()

    async def _next_batch(self) -> bytes | None:
        return await self._pushing.next()

    # ---- Reading --------------------------------------------------------------------------------------------------------

    async def _read(self) -> None:
        known = await self.desk.record_digest(self.peer)
        self._greeted = True
        self.say(self._hello(known))
        theirs = await greeting.theirs(self._pipe)
        await self.exchange.compare_register(self, theirs)
        self._beside(partial(self._introduce, theirs), "telling what is held")
        while (raw := await self._pipe.receive()) is not None:
            self.exchange.heard_from(self.peer)
            frame = wire.frame(raw)
            body = frame.WhichOneof("body") or ""
            if body == "batch":
                await self._on_batch(frame.batch, len(raw))
            elif (handler := self._handlers.get(body)) is not None:
                await handler(getattr(frame, body))
            else:
                raise ProtocolError(f"{body} is not for this moment", where="frame")

    async def _on_newer_register(self, hello: pb.Hello) -> None:
        """Nothing after it is looked at under the older register, and nothing is served under it."""
        self._pushing.pause()
        await self.exchange.compare_register(self, hello)
        self._pushing.forgive()
        if self.ready:
            await self._pushing.open()

    async def _on_heads(self, heads: pb.Heads) -> None:
        listed = [Head(FeedId(h.feed), h.size, Hash(h.root)) for h in heads.heads]
        replace = not heads.changed_only
        if replace:
            if len(self._listing) + len(listed) > HEADS_MAX:
                raise TooLarge(f"more than {HEADS_MAX} heads", where="heads")
            self._listing += listed
            if not heads.complete:
                return  # until the whole list is here, "not listed" means nothing
            listed, self._listing = self._listing, []
        apart = await self.desk.learn(self.peer, listed, replace=replace)
        self._pushing.listed(listed, replace=replace)
        for feed in apart:
            await self._apart(feed)
        self.exchange.offered(self, listed)
        if heads.complete:
            self._listed = True
            if self.ready and replace:
                await self._pushing.open()
            await self._get_ready()

    async def _on_batch(self, batch: pb.Batch, weight: int) -> None:
        self._unread += weight
        if self._unread > BYTES_MAX:
            raise Ended("RESOURCE_EXHAUSTED", "more bytes than this node gave credit for")
        await self._taking.put(batch, weight)

    async def _take(self, batch: pb.Batch, weight: int) -> None:
        await self.guarded(partial(self._store, batch), "storing a batch")
        self._unread -= weight
        self.say(pb.Frame(window=pb.Window(add=weight)).SerializeToString())

    async def _store(self, batch: pb.Batch) -> None:
        try:
            taken = await self.desk.accept(self.peer, batch, live=True)
        except ProtocolError as error:
            if error.code in ENDS_SESSION:
                raise
            self.exchange.declined(self.peer, FeedId(batch.feed), error)
            size = self.desk.size_for(self.peer, FeedId(batch.feed))
            self.say(
                wire.refusal(error.code, feed=batch.feed, index=batch.first, size=size, field=error.where)
            )
        else:
            self.exchange.took(self, taken)

    async def _on_ahead(self, ahead: pb.Ahead) -> None:
        """Taken beside what comes after it: else a new alert would stand behind all that overtakes a backlog."""
        await self._aheads.acquire()
        task = asyncio.ensure_future(self.guarded(partial(self._overtake, ahead), "taking what goes ahead"))
        self._on_side(task)
        task.add_done_callback(lambda _: self._aheads.release())

    async def _overtake(self, ahead: pb.Ahead) -> None:
        feed = FeedId(ahead.feed)
        try:
            taken = await self.desk.overtake(self.peer, ahead)
        except ProtocolError as error:
            if error.code in ENDS_SESSION:
                raise
            self.exchange.declined(self.peer, feed, error)
            size = self.desk.size_for(self.peer, feed)
            self.say(
                wire.refusal(error.code, feed=ahead.feed, index=ahead.index, size=size, field=error.where)
            )
            return
        if taken.stored is not None:
            self.say(pb.Frame(stored=taken.stored).SerializeToString())
        self.exchange.overtook(self, taken)
        self.exchange.offered(self, [Head(feed, ahead.checkpoint.size, Hash(ahead.checkpoint.root))])

    async def _on_stored(self, stored: pb.Stored) -> None:
        if self._pushing.stored(
            FeedId(stored.feed), stored.index
        ):  # else it answers nothing, and is worth no look at its signature
            await self.desk.take_stored(self.peer, stored)

    async def _on_receipt(self, receipt: pb.Receipt) -> None:
        feed = FeedId(receipt.feed)
        if not await self.desk.take_receipt(self.peer, receipt):
            await self._apart(feed)
            return
        self.exchange.cosigned(feed)
        self._pushing.holds(feed, receipt.size)
        self.exchange.offered(self, [Head(feed, receipt.size, Hash(receipt.root))])

    async def _apart(self, feed: FeedId) -> None:
        """The peer holds another history of a feed: nothing goes on from it, and whoever holds more of it sees why."""
        self._pushing.apart(feed)
        await self._show(feed)

    async def _show(self, feed: FeedId) -> None:
        if feed not in self._shown and (raw := await self.desk.forks.witness(self.peer, feed)) is not None:
            self._shown.add(feed)
            self.say(raw)

    async def _on_witnesses(self, given: pb.Witnesses) -> None:
        if await self.desk.forks.take_witnesses(self.peer, given):
            await self._show(FeedId(given.feed))

    async def _on_evidence(self, given: pb.Evidence) -> None:
        await self.desk.forks.take_evidence(self.peer, given)

    async def _on_highest(self, given: pb.Highest) -> None:
        if not given.ask:
            await self.desk.restores.take_highest(self.peer, given)
        elif not self._told_highest:
            self._told_highest = True
            for raw in await self.desk.restores.highest(self.peer):
                self.say(raw)

    async def _on_refusal(self, refusal: pb.Refusal) -> None:
        code = wire.code_of(refusal)
        feed = FeedId(refusal.feed)
        self.exchange.refused_there(self.peer, code, feed, refusal.index)
        self._pushing.refused(code, feed, refusal.size, index=refusal.index, field=refusal.field)
        if code == Code.QUARANTINED_HERE:
            await self.desk.quarantined_there(self.peer, feed, refusal.index, refusal.reason)

    async def _on_window(self, window: pb.Window) -> None:
        self._pushing.credit(window.add)

    async def _on_call(self, call: pb.Call) -> None:
        if not self.dialled:
            raise ProtocolError("only the side that was dialled calls", where="call")
        if self._calls >= CALLS_MAX:
            raise Ended("RESOURCE_EXHAUSTED", f"more than {CALLS_MAX} calls at a time")
        self._calls += 1
        self._beside(partial(self._answer, call), "answering a call")

    async def _answer(self, call: pb.Call) -> None:
        try:
            await self.exchange.answer(self, call)
        finally:
            self._calls -= 1

    def _beside(self, work: Work, doing: str) -> None:
        """Work that must not hold the reader up: it may itself wait for the peer to read."""
        self._on_side(asyncio.ensure_future(self.guarded(work, doing)))

    def _on_side(self, task: asyncio.Task[None]) -> None:
        self._side.add(task)
        task.add_done_callback(self._side.discard)


async def _stopped(*tasks: asyncio.Future[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
