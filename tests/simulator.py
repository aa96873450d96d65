"""N nodes in memory, through the product's own sessions, exchange, desk and commands: only transport, clock, randomness and
disk are fakes. One seed drives a run and replays it.

What can happen to a world: links cut and heal, frames are delayed, repeated or tampered with, a node stops at a numbered write
point and starts again on what its disk holds. Time is virtual (`virtual_time.py`). Every byte that a node is handed is
remembered by where it went, so that a test can ask whether somebody got what is not theirs.
"""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Sequence
from typing import Any, NamedTuple, cast

import ports
import registers
from google.protobuf.message import Message
from inline_store import Crash
from record_examples import NOW

from federation import serving, wire
from federation.calls import Calls
from federation.exchange import Exchange
from federation.node_desk import NodeDesk
from federation.pipe import Ended, Link
from federation.session import Session
from node.commands import restored, revocation
from node.commands.attach import tidy
from node.commands.publish import Released
from node.peers import PeerBoard
from node.register import Outcome
from node.register.bundle import BadRegister
from node.register.store import Applied
from node.store import entries, feeds
from node.store.changes import Change, ChangeKind
from node.store.engine import driver_of
from node.store.errors import StoreClosed
from protocol.ids import FeedId, NodeId, UnixMs
from protocol.limits import BACKFILL_MAX, LIVE_MAX
from protocol.register_view import Register
from protocol.v1 import federation_pb2 as pb

FOUR = (ports.ANTWERP, ports.NORTH_SEA, ports.LIMBURG, ports.LIEGE)
IN_FLIGHT = 64
STILL_S = 130.0
"""Nothing of the product waits longer than this (a blamed source, a minute) before it tries again."""
Tamper = Callable[[NodeId, NodeId, type[Message], bytes], bytes]
"""From, to, what the bytes are a message of, the bytes: what arrives of them."""


class Ending(NamedTuple):
    """How a session ended at one side, and when."""

    at: NodeId
    peer: NodeId
    code: str
    words: str
    time: float


class _Registers:
    """The register as one node has it. What travels is a version's number; only what the world has is a register."""

    root_version = 1

    def __init__(self, node: Node) -> None:
        self._node = node

    def bundle(self, since_root: int = 0, version: int = 0) -> bytes:
        return str(self._node.register.version).encode()

    def apply_bundle(self, raw: bytes, now: UnixMs) -> Applied:
        world = self._node.world
        known = {str(one.version).encode(): one for one in world.registers}
        if raw not in known or known[raw].version <= self._node.register.version:
            raise BadRegister("one that is newer", where="register bundle")
        self._node.take_register(known[raw])
        return Applied(Outcome.UPDATED, known[raw])


class Clock:
    """Virtual time as a node's clock."""

    def now_ms(self) -> UnixMs:
        return UnixMs(NOW + int(asyncio.get_running_loop().time() * 1000))


class Stream:
    """One direction of a stream: in order, delayed, at most so many frames on the way."""

    def __init__(self, world: World, source: NodeId, target: NodeId) -> None:
        self._world, self._source, self._target = world, source, target
        self._queue: asyncio.Queue[bytes | Ended | None] = asyncio.Queue()
        self._room = asyncio.Semaphore(IN_FLIGHT)
        self._last = 0.0
        self.ended: Ended | None = None

    async def put(self, raw: bytes) -> None:
        if self.ended is not None:
            raise self.ended
        for one in self._world.echoed(raw):
            await self._room.acquire()
            self._later(self._world.handed(self._source, self._target, pb.Frame, one))

    async def get(self) -> bytes | None:
        got = await self._queue.get()
        if isinstance(got, Ended):
            self._queue.put_nowait(got)
            raise got
        if got is not None:
            self._room.release()
        return got

    def finish(self, ended: Ended | None) -> None:
        """No more comes: after what is on the way (None), or at once (a broken link)."""
        self.ended = self.ended or ended or Ended("OK", "ended")
        if ended is None or ended.code == "INVALID_ARGUMENT":
            self._later(ended)
        else:
            while not self._queue.empty():
                self._queue.get_nowait()
            self._queue.put_nowait(ended)

    def _later(self, item: bytes | Ended | None) -> None:
        loop = asyncio.get_running_loop()
        self._last = max(
            self._last + 1e-6, loop.time() + self._world.delay()
        )  # timers of one moment have no order
        loop.call_at(self._last, self._queue.put_nowait, item)


class SimPipe:
    """`federation.pipe.Pipe` over two streams."""

    def __init__(self, out: Stream, into: Stream) -> None:
        self._out, self._in = out, into

    async def send(self, raw: bytes) -> None:
        await self._out.put(raw)

    async def receive(self) -> bytes | None:
        return await self._in.get()

    async def close(self, code: str, words: str) -> None:
        self._out.finish(None if code == "OK" else Ended(code, words))
        self._in.ended = self._in.ended or Ended("CANCELLED", "closed here")


class SimLink:
    """Bulk on streams of its own, for the side that dialled."""

    def __init__(self, world: World, me: NodeId, peer: NodeId) -> None:
        self._world, self._me, self._peer = world, me, peer

    async def backfill(self, request: pb.BackfillRequest) -> AsyncGenerator[tuple[pb.Batch, int], None]:
        other = self._world.nodes[self._peer]
        try:
            async for raw in serving.ranges(other.desk, self._me, request, self._world.bulk):
                await self._world.carried(self._peer, self._me)
                handed = self._world.handed(self._peer, self._me, pb.Batch, raw)
                yield wire.parse(pb.Batch, handed), len(handed)
        except StoreClosed:
            raise Ended("UNAVAILABLE", "the process ended") from None

    async def blob(self, request: pb.BlobRequest) -> AsyncGenerator[pb.Chunk, None]:
        try:
            async for chunk in serving.file(self._world.nodes[self._peer].desk, self._me, request):
                await self._world.carried(self._peer, self._me)
                raw = self._world.handed(self._peer, self._me, pb.Chunk, chunk.SerializeToString())
                yield wire.parse(pb.Chunk, raw)
        except StoreClosed:
            raise Ended("UNAVAILABLE", "the process ended") from None

    async def register(self, request: pb.RegisterRequest) -> bytes:
        return await self._world.nodes[self._peer].desk.bundle(request)


class Node:
    """One node of a world: its disk survives a crash, all else is made anew."""

    def __init__(self, world: World, name: NodeId) -> None:
        self.world, self.name = world, name
        self.register = world.registers[0]
        self.port = ports.port(name, seed=world.seed, register=lambda: self.register)
        object.__setattr__(self.port.ctx, "clock", Clock())
        self.checkpoints: dict[tuple[FeedId, int], bytes] = {}
        self.alive = True
        self.heard: Callable[[Change], None] = lambda _: None
        self.tasks: set[asyncio.Task[Any]] = set()
        self._watch_store()
        self.start()

    def start(self) -> None:
        self.port.store.write(lambda tx: restored.look(tx, self.port.ctx)).result()
        self.desk = NodeDesk(self.port.ctx, cast("Any", _Registers(self)), aside=_here)
        self.calls = Calls()
        self.exchange = Exchange(
            desk=self.desk, board=PeerBoard(), now=self.port.ctx.now, answer=self._answer
        )
        if self.world.beats:
            self.tasks.add(asyncio.get_running_loop().create_task(self.exchange.beats.run()))

    def take_register(self, register: Register) -> None:
        """It is in force here from now on, and sessions know."""
        self.register = register
        if self.alive:
            self.port.store.write(lambda tx: revocation.follow(tx, self.port.ctx)).result()
            self.tasks.add(asyncio.get_running_loop().create_task(self.exchange.register_changed()))

    def release(self, label: str = ports.AMBER, **changes: Any) -> Released:
        """Publish one alert; raises `Crash` where the world stops in it."""
        return self.port.release(label, **changes)

    def sizes(self) -> dict[FeedId, tuple[int, bytes]]:
        """Every feed of records held: size and root."""
        rows = self.port.store.read(feeds.every) if self.alive else ()
        return {row.feed: (row.size, row.root) for row in rows if row.role is feeds.FeedRole.RECORDS}

    def contents(self, feed: FeedId) -> list[tuple[bytes, bytes | None, bytes | None]]:
        """Header, content and salt of every entry held of a feed."""
        row = self.port.store.read(lambda r: feeds.find(r, feed))
        if row is None:
            return []
        held = self.port.store.read(lambda r: entries.between(r, row.number, 0, row.size))
        return [(one.header, one.content, one.salt) for one in held]

    def crash(self) -> None:
        """The process ends here; memory is gone, the disk is not."""
        self.alive = False
        self.port.store.crash_at(None)
        self.port.store._down = True
        for task in (*self.tasks, *self.exchange._tasks):
            task.cancel()
        self.exchange._gaps.close()
        self.exchange._files.cancel()
        self.world.gone(self.name)

    def image(self) -> bytes:
        """What its disk holds, as a backup of it would."""
        return driver_of(self.port.store._connection).serialize()

    def put_back(self, image: bytes) -> None:
        """Its process ends, and its disk is as it was: a backup is restored, or another copy of it runs on."""
        self.crash()
        driver_of(self.port.store._connection).deserialize(image)

    def restart(self) -> None:
        """Start on what the disk holds."""
        self.port.store.reopen()
        self.alive = True
        tidy(self.port.ctx)
        self.start()

    def _watch_store(self) -> None:
        store = self.port.store
        write = store.write

        def watched(act: Any, *, urgent: bool = False) -> Any:
            try:
                return write(act, urgent=urgent)
            except Crash:
                self.crash()
                raise

        store.write = watched  # type: ignore[method-assign]
        store._publish = self._changed

    def _changed(self, changes: Sequence[Change]) -> None:
        self.port.ctx.high.note([change.mark for change in changes if change.mark is not None])
        self.port.changes.extend(changes)
        for change in changes:
            self.heard(change)
            if change.kind is ChangeKind.CUT and change.feed is not None and self.alive:
                asyncio.get_running_loop().call_soon(self._cut, change.feed)
            if change.kind is ChangeKind.EVIDENCE and change.feed is not None and self.alive:
                asyncio.get_running_loop().call_soon(self._forked, change.feed)
            if change.kind is ChangeKind.PURGED and change.feed is not None and self.alive:
                self.exchange.purged(change.feed)
            if change.kind is ChangeKind.FEED and change.feed is not None and self.alive:
                self._note_checkpoint(change.feed)
                self.exchange.grew(change.feed)

    def _cut(self, feed: FeedId) -> None:
        if self.alive:
            self.exchange.cut(feed)

    def _forked(self, feed: FeedId) -> None:
        if self.alive:
            self.exchange.forked(feed)

    def _note_checkpoint(self, feed: FeedId) -> None:
        """Everything this node ever signed, for the promise never to contradict itself."""
        row = self.port.store._connection.exec_driver_sql(
            "SELECT own, checkpoint_size, checkpoint_root FROM feed WHERE feed = ?", (feed,)
        ).fetchone()
        if row is not None and row[0]:
            before = self.checkpoints.setdefault((feed, row[1]), row[2])
            if before != row[2]:
                self.world.contradictions.append((self.name, feed, row[1]))

    async def _answer(self, session: Session, call: pb.Call) -> None:
        other = self.world.nodes[session.peer]

        async def carried() -> AsyncIterator[bytes]:
            async for raw in serving.answers(self.desk, session.peer, call):
                await self.world.carried(self.name, session.peer)
                yield self.world.handed(self.name, session.peer, pb.Answer, raw)

        await other.calls.take(self.name, carried())


class World:
    """A federation under one seed. Use inside `virtual_time.run`. All begin with the same register."""

    def __init__(
        self,
        seed: int,
        names: Iterable[NodeId] = FOUR,
        *,
        register: Register | None = None,
        beats: bool = False,
    ) -> None:
        """`beats`: whether every node says each minute that its feeds are whole; it keeps time from standing still."""
        self.seed, self.beats = seed, beats
        self.registers = [register or registers.register()]
        self.random = random.Random(seed)
        self.tamper: Tamper = lambda _source, _target, _kind, raw: raw
        self.live, self.bulk = LIVE_MAX, BACKFILL_MAX
        self.echoes = 0.0
        self.got: dict[NodeId, list[bytes]] = defaultdict(list)
        self.contradictions: list[tuple[NodeId, FeedId, int]] = []
        self.endings: list[Ending] = []
        self._cut: set[frozenset[NodeId]] = set()
        self._streams: dict[frozenset[NodeId], list[Stream]] = defaultdict(list)
        self._tasks: set[asyncio.Task[Any]] = set()
        asyncio.get_running_loop().set_exception_handler(_crashes_are_meant)
        self.nodes = {name: Node(self, name) for name in names}
        for a in self.nodes:
            for b in self.nodes:
                if a < b:
                    self._spawn(self._keep(*self.random.sample([a, b], 2)))

    # ---- What happens ---------------------------------------------------------------------------------------------------

    def cut(self, a: NodeId, b: NodeId) -> None:
        """The link between two nodes breaks, and stays so."""
        self._cut.add(frozenset((a, b)))
        self.drop(a, b)

    def drop(self, a: NodeId, b: NodeId) -> None:
        """The stream between two nodes breaks; it may be dialled again at once."""
        for stream in self._streams.pop(frozenset((a, b)), []):
            stream.finish(Ended("UNAVAILABLE", "the link broke"))

    def heal(self) -> None:
        """All links are up again."""
        self._cut.clear()

    def restart_all(self) -> None:
        """Every node that is down starts again; none is about to stop."""
        for node in self.nodes.values():
            node.port.store.crash_at(None)
            if not node.alive:
                node.restart()

    def publish_register(self, register: Register, *at: NodeId) -> None:
        """A newer register is in force at these nodes; the others fetch it from them."""
        self.registers.append(register)
        for name in at:
            self.nodes[name].take_register(register)

    def gone(self, name: NodeId) -> None:
        """A node's process ended: its streams break, its links may be dialled again."""
        for other in self.nodes if hasattr(self, "nodes") else ():
            self.drop(name, other)

    async def settle(self) -> None:
        """Let virtual time pass until nothing has changed for longer than anything waits."""
        before: object = None
        while (now := {name: node.sizes() for name, node in self.nodes.items()}) != before:
            before = now
            await asyncio.sleep(STILL_S)

    # ---- Transport ------------------------------------------------------------------------------------------------------

    def handed(self, source: NodeId, target: NodeId, kind: type[Message], raw: bytes) -> bytes:
        """What arrives of a message, and that it arrived."""
        arrived = self.tamper(source, target, kind, raw)
        self.got[target].append(arrived)
        return arrived

    def echoed(self, raw: bytes) -> list[bytes]:
        """A frame, or the same one twice, where that is nothing wrong to say."""
        body = pb.Frame.FromString(raw).WhichOneof("body") if self.echoes else None
        twice = (
            body in {"batch", "receipt", "heads", "ahead", "stored", "beat"}
            and self.random.random() < self.echoes
        )
        return [raw, raw] if twice else [raw]

    def delay(self) -> float:
        """Seconds one frame takes."""
        return self.random.uniform(0.001, 0.08)

    async def carried(self, source: NodeId, target: NodeId) -> None:
        """One message of a bulk stream makes its way, or the link is broken."""
        await asyncio.sleep(self.delay())
        if not self.linked(source, target):
            raise Ended("UNAVAILABLE", "the link broke")

    def linked(self, a: NodeId, b: NodeId) -> bool:
        """Whether two nodes can speak."""
        return frozenset((a, b)) not in self._cut and self.nodes[a].alive and self.nodes[b].alive

    async def _keep(self, dialler: NodeId, answerer: NodeId) -> None:
        loop, wait = asyncio.get_running_loop(), 0.5
        while True:
            began = loop.time()
            if self.linked(dialler, answerer):
                await self._converse(dialler, answerer)
                wait = 0.5 if loop.time() - began > 2.0 else min(wait * 2, 8.0)
            await asyncio.sleep(self.random.uniform(0.4, 1.0) * wait)

    async def _converse(self, dialler: NodeId, answerer: NodeId) -> None:
        there, back = Stream(self, dialler, answerer), Stream(self, answerer, dialler)
        self._streams[frozenset((dialler, answerer))] = [there, back]
        sides = [
            self._spawn(self._side(dialler, answerer, SimPipe(there, back), dialled=True)),
            self._spawn(self._side(answerer, dialler, SimPipe(back, there), dialled=False)),
        ]
        await asyncio.wait(sides)

    async def _side(self, me: NodeId, peer: NodeId, pipe: SimPipe, *, dialled: bool) -> None:
        node = self.nodes[me]
        task = asyncio.current_task()
        assert task is not None
        node.tasks.add(task)

        def link(session: Session) -> Link:
            return SimLink(self, me, peer) if dialled else node.calls.link(session)

        session = Session(
            desk=node.desk,
            exchange=node.exchange,
            peer=peer,
            pipe=pipe,
            link=link,
            dialled=dialled,
            now=node.port.ctx.now,
            random=self.random.randbytes,
            live=self.live,
        )
        try:
            ended = await node.exchange.host(session)
            self.endings.append(Ending(me, peer, ended.code, ended.words, asyncio.get_running_loop().time()))
        except Crash:
            return
        finally:
            node.tasks.discard(task)
            self.drop(me, peer)

    def _spawn(self, work: Any) -> asyncio.Task[Any]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


async def _here(work: Callable[..., Any], *given: Any) -> Any:
    """What waits for the disk: virtual time has no threads."""
    return work(*given)


def _crashes_are_meant(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """A task that a crash ended has no one to tell; anything else has."""
    if not isinstance(context.get("exception"), Crash | StoreClosed):
        loop.default_exception_handler(context)
