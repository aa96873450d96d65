"""One `Follow` stream between two nodes: hello, what each holds, batches as feeds grow, receipts, credit.

Guarantees that nothing is named to a peer that may not follow it, that bytes which do not verify end this session and leave
nothing stored, and that a slow peer holds up only itself. It does not choose sources: `exchange.py` does. Only the origin of a
feed pushes it; every other holder says what it has and is asked. Source: `docs/protocol.md`, sessions.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any

from federation import wire
from federation.desk import Desk
from federation.pipe import Ended, Link, Pipe
from node import log
from node.commands.serve import Head, digest
from protocol.errors import Code, ProtocolError, TooLarge
from protocol.ids import FeedId, Hash, NodeId, Random, UnixMs
from protocol.limits import CREDIT, LIST_MAX, LIVE_MAX
from protocol.v1 import federation_pb2 as pb

if TYPE_CHECKING:
    from federation.exchange import Exchange

PROTOCOL = 1
PUSH_LAG = 4 * LIVE_MAX
"""Entries a peer may lack and still be pushed them; more than that it fetches in bulk, beside the live stream."""
HEADS_MAX = 1 << 18
"""Feeds a peer may list; the register caps open feeds far below that."""
CONTROL_MAX = 10_000
"""Control frames that wait for a peer that does not read; then the session ends."""
HELLO_WAIT_S = 10.0
RETRY_S = 10.0
_FATAL = {Code.MALFORMED, Code.TOO_LARGE, Code.BAD_PROOF, Code.BAD_SIGNATURE}
_logger = log.get("session")


class Session:
    """The conversation with one peer, from its first frame to its last."""

    def __init__(
        self,
        *,
        desk: Desk,
        exchange: Exchange,
        peer: NodeId,
        pipe: Pipe,
        link: Callable[[Session], Link],
        dialled: bool,
        now: Callable[[], UnixMs],
        random: Random,
        live: int = LIVE_MAX,
        credit: int = CREDIT,
    ) -> None:
        self.desk, self.exchange, self.peer, self.dialled = desk, exchange, peer, dialled
        self.link = link(self)
        self.ready = False
        self._pipe, self._now, self._random, self._live = pipe, now, random, live
        self._theirs: dict[FeedId, int] = {}
        self._listing: list[Head] = []
        self._unwanted: set[FeedId] = set()
        self._dirty: dict[FeedId, None] = {}
        self._control: deque[bytes] = deque()
        self._credit = credit
        self._wake = asyncio.Event()
        self._side: set[asyncio.Task[None]] = set()
        self._closing: asyncio.Future[Ended] = asyncio.get_running_loop().create_future()
        self._handlers: dict[str, Callable[[Any], Awaitable[None]]] = {
            "hello": self._on_newer_register,
            "heads": self._on_heads,
            "batch": self._on_batch,
            "receipt": self._on_receipt,
            "refusal": self._on_refusal,
            "window": self._on_window,
            "call": self._on_call,
        }

    async def run(self) -> Ended:
        """Speak until either side ends; returns how it ended. Never raises what a peer caused."""
        tasks: list[asyncio.Task[None]] = []
        parting = b""
        try:
            theirs = await self._greet()
            tasks = [
                asyncio.create_task(self._read()),
                asyncio.create_task(self._write()),
                asyncio.create_task(self._introduce(theirs)),
            ]
            ended = await self._until_over(*tasks)
        except Ended as error:
            ended = error
        except ProtocolError as error:
            self._note(error)
            parting = wire.refusal(error.code)
            ended = Ended("INVALID_ARGUMENT", f"{error.code.value}: {error.where or 'frame'}")
        finally:
            for task in (*tasks, *self._side):
                task.cancel()
            await asyncio.gather(*tasks, *self._side, return_exceptions=True)
            self.ready = False
        await self._part(parting)
        await self._pipe.close(ended.code, ended.words)
        return ended

    async def _part(self, parting: bytes) -> None:
        """Tell the peer which rule its bytes broke, if it still listens."""
        if parting:
            with contextlib.suppress(TimeoutError, Ended):
                await asyncio.wait_for(self._pipe.send(parting), 1.0)

    async def _until_over(self, reading: asyncio.Task[None], *others: asyncio.Task[None]) -> Ended:
        """Wait for the reader's end, a failure of any task, or an end from outside."""
        waiting: set[asyncio.Future[Any]] = {reading, *others, self._closing}
        while True:
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            if self._closing in done:
                return self._closing.result()
            for task in done:
                task.result()
            if reading in done:
                return Ended("OK", "the peer ended the stream")

    # ---- What the exchange tells a session ------------------------------------------------------------------------------

    def grew(self, feed: FeedId) -> None:
        """A feed this node writes has new entries: send them if the peer may follow it."""
        self._dirty[feed] = None
        self._wake.set()

    def say(self, raw: bytes) -> None:
        """Queue a control frame; these need no credit and go before batches."""
        if len(self._control) >= CONTROL_MAX:
            self.end("RESOURCE_EXHAUSTED", "the peer does not read what it is answered")
            return
        self._control.append(raw)
        self._wake.set()

    def tell_receipt(self, receipt: pb.Receipt) -> None:
        """Give the peer a receipt for a feed it may follow."""
        if self.desk.may_serve(self.peer, FeedId(receipt.feed)) or self._origin_is_peer(receipt.feed):
            self.say(pb.Frame(receipt=receipt).SerializeToString())

    def end(self, code: str, words: str) -> None:
        """End the session from outside: superseded, or the peer is a member no more."""
        if not self._closing.done():
            self._closing.set_result(Ended(code, words))

    def lacks(self, feed: FeedId) -> int:
        """The size the peer is known to hold of a feed."""
        return self._theirs.get(feed, 0)

    async def offer_own(self) -> None:
        """Look at every feed this node writes: what the peer may follow and lacks goes out."""
        for one in await self.desk.holdings(self.peer):
            if self.desk.origin(one.feed) == self.desk.me and one.size > self.lacks(one.feed):
                self._dirty[one.feed] = None
        self._wake.set()

    def tell_register(self) -> None:
        """Say that the register here is another: hello again, of which only the register counts."""
        self.say(self._hello(bytes(32)))

    def kept_aside(self, feed: FeedId, index: int, reason: int, field: str) -> None:
        """Tell the peer which entry of its batch was verified but not taken."""
        self.say(wire.refusal(Code.QUARANTINED_HERE, feed=feed, index=index, reason=reason, field=field))

    def break_off(self, error: ProtocolError) -> None:
        """End because the peer's bytes, here or on a stream beside this one, are not acceptable."""
        self._note(error)
        self.end("INVALID_ARGUMENT", f"{error.code.value}: {error.where or 'batch'}")

    # ---- Hello ----------------------------------------------------------------------------------------------------------

    async def _greet(self) -> pb.Hello:
        known = await self.desk.on_record(self.peer)
        self._theirs = {one.feed: one.size for one in known}
        await self._pipe.send(self._hello(digest(known)))
        return await self._their_hello()

    def _hello(self, known: bytes) -> bytes:
        version, snapshot = self.desk.register()
        hello = pb.Hello(
            protocol_min=PROTOCOL,
            protocol_max=PROTOCOL,
            register=version,
            register_hash=snapshot,
            digest=known,
            unix_ms=self._now(),
            session=self._random(16),
        )
        return pb.Frame(hello=hello).SerializeToString()

    async def _their_hello(self) -> pb.Hello:
        try:
            raw = await asyncio.wait_for(self._pipe.receive(), HELLO_WAIT_S)
        except TimeoutError as error:
            raise Ended("DEADLINE_EXCEEDED", f"no hello within {HELLO_WAIT_S:.0f} s") from error
        if raw is None:
            raise Ended("OK", "the peer ended the stream before its hello")
        frame = wire.frame(raw)
        if frame.WhichOneof("body") != "hello":
            raise Ended("FAILED_PRECONDITION", "the first frame must be hello")
        if not frame.hello.protocol_min <= PROTOCOL <= frame.hello.protocol_max:
            raise Ended("FAILED_PRECONDITION", f"this node speaks protocol {PROTOCOL}")
        return frame.hello

    async def _introduce(self, theirs: pb.Hello) -> None:
        """After both hellos: the newer register first, then what is held, if the peer's record of it is not right."""
        await self.exchange.compare_register(self, theirs)
        await self.tell_holdings(theirs.digest)

    async def tell_holdings(self, known: bytes = b"") -> None:
        """Send what the peer may know of, whole; one empty frame when its digest shows that it knows already."""
        mine = await self.desk.holdings(self.peer)
        if digest(mine) == known:
            self._say_heads([], changed_only=True)
        else:
            self._say_heads(mine, changed_only=False)

    def _say_heads(self, holdings: list[Head], *, changed_only: bool) -> None:
        parts = [holdings[i : i + LIST_MAX] for i in range(0, len(holdings), LIST_MAX)] or [[]]
        for number, part in enumerate(parts, 1):
            heads = pb.Heads(
                heads=[pb.Head(feed=h.feed, size=h.size, root=h.root) for h in part],
                changed_only=changed_only,
                complete=number == len(parts),
            )
            self.say(pb.Frame(heads=heads).SerializeToString())

    # ---- Writing --------------------------------------------------------------------------------------------------------

    async def _write(self) -> None:
        """The one task that writes to the stream: concurrent writes kill an RPC."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            await self._drain()
            while self.ready and self._dirty and self._credit > 0:
                feed = next(iter(self._dirty))
                del self._dirty[feed]
                await self._push(feed)
                await self._drain()

    async def _drain(self) -> None:
        while self._control:
            await self._pipe.send(self._control.popleft())

    async def _push(self, feed: FeedId) -> None:
        """Send one batch of a feed this node writes, or say its size when the peer lacks so much that it should fetch."""
        held = await self.desk.held(feed)
        if held is None or feed in self._unwanted or not self.desk.may_serve(self.peer, feed):
            return
        sent = self.lacks(feed)
        if held.size <= sent:
            return
        if held.size - sent > PUSH_LAG:
            self._say_heads([held], changed_only=True)
            return
        raw, count = await self.desk.run(self.peer, feed, sent, held.size, self._live)
        if not count:
            return
        self._credit -= len(raw)
        self._theirs[feed] = sent + count
        await self._pipe.send(wire.batch_frame(raw))
        if self._theirs[feed] < held.size:
            self._dirty[feed] = None

    # ---- Reading --------------------------------------------------------------------------------------------------------

    async def _read(self) -> None:
        while (raw := await self._pipe.receive()) is not None:
            self.exchange.heard_from(self.peer)
            frame = wire.frame(raw)
            body = frame.WhichOneof("body") or ""
            handler = self._handlers.get(body)
            if handler is None:
                raise ProtocolError(f"{body} is not for this moment", where="frame")
            await handler(getattr(frame, body))

    async def _on_newer_register(self, hello: pb.Hello) -> None:
        self._beside(self.exchange.compare_register(self, hello))

    async def _on_heads(self, heads: pb.Heads) -> None:
        listed = [Head(FeedId(h.feed), h.size, Hash(h.root)) for h in heads.heads]
        if not heads.changed_only:
            listed = self._gathered(listed)
            if not heads.complete:
                return  # until the whole list is here, "not listed" means nothing
            self._listing, self._theirs = [], {}
        await self.desk.learn(self.peer, listed, replace=not heads.changed_only)
        for one in listed:
            self._theirs[one.feed] = one.size
            self.exchange.offered(self, one)
        if heads.complete and not self.ready:
            await self._become_ready()

    def _gathered(self, part: list[Head]) -> list[Head]:
        if len(self._listing) + len(part) > HEADS_MAX:
            raise TooLarge(f"more than {HEADS_MAX} heads", where="heads")
        self._listing = [*self._listing, *part]
        return self._listing

    async def _become_ready(self) -> None:
        self.ready = True
        self.exchange.connected(self)
        await self.offer_own()

    async def _on_batch(self, batch: pb.Batch) -> None:
        size = batch.ByteSize()
        try:
            taken = await self.desk.accept(self.peer, batch)
        except ProtocolError as error:
            if error.code in _FATAL:
                raise
            await self._decline(error, batch)
        else:
            self.exchange.took(self, taken)
        self.say(pb.Frame(window=pb.Window(add=size)).SerializeToString())

    async def _decline(self, error: ProtocolError, batch: pb.Batch) -> None:
        """Not taken, and why; the session goes on."""
        held = await self.desk.held(FeedId(batch.feed))
        size = held.size if held else 0
        _logger.info("a batch was not taken", peer=self.peer, code=error.code.value, where=error.where)
        self.exchange.counted("declined", error.code.value)
        self.say(wire.refusal(error.code, feed=batch.feed, index=batch.first, size=size))

    async def _on_receipt(self, receipt: pb.Receipt) -> None:
        await self.desk.take_receipt(self.peer, receipt)
        feed = FeedId(receipt.feed)
        self._theirs[feed] = max(self.lacks(feed), receipt.size)
        self.exchange.offered(self, Head(feed, receipt.size, Hash(receipt.root)))

    async def _on_refusal(self, refusal: pb.Refusal) -> None:
        code, feed = pb.Refusal.Code.Name(refusal.code), FeedId(refusal.feed)
        _logger.info("the peer refused", peer=self.peer, code=code, feed=refusal.feed, index=refusal.index)
        self.exchange.counted("refused", code)
        if code == Code.GAP:
            self._theirs[feed] = refusal.size
            self.grew(feed)
        elif code in {Code.UNKNOWN_LABEL, Code.ABOVE_ACCREDITATION, Code.UNKNOWN_OP, Code.FORKED}:
            self._unwanted.add(feed)
        elif code in {Code.NO_SPACE, Code.OLD_REGISTER}:
            self._theirs[feed] = refusal.size
            asyncio.get_running_loop().call_later(RETRY_S, self.grew, feed)
        elif code == Code.QUARANTINED_HERE:
            await self.desk.quarantined_there(self.peer, feed, refusal.index, refusal.reason)

    async def _on_window(self, window: pb.Window) -> None:
        self._credit = min(self._credit + window.add, CREDIT)
        self._wake.set()

    async def _on_call(self, call: pb.Call) -> None:
        if not self.dialled:
            raise ProtocolError("only the side that was dialled calls", where="call")
        self.exchange.answer(self, call)

    def _note(self, error: ProtocolError) -> None:
        code = error.code.value
        _logger.warning(
            "bytes that are not acceptable end a session", peer=self.peer, code=code, where=error.where
        )
        self.exchange.counted("refused_here", code)
        self.exchange.blame(self.peer)

    def _beside(self, work: Coroutine[Any, Any, None]) -> None:
        """Work that must not hold the reader up: it may itself wait for an answer of this peer."""
        task = asyncio.create_task(self._until_failure(work))
        self._side.add(task)
        task.add_done_callback(self._side.discard)

    async def _until_failure(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Ended as ended:
            self.end(ended.code, ended.words)
        except ProtocolError as error:
            self.break_off(error)

    def _origin_is_peer(self, feed: bytes) -> bool:
        return self.desk.origin(FeedId(feed)) == self.peer
