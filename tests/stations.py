"""Real nodes in one process: register, keys, SQLite files, mTLS over loopback. What `node/main.py` wires, without screens and senses."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import grpc
import ports
from federations import founded, keys_of, opened, real_now, specification

from federation import hello
from federation.calls import Calls
from federation.dialler import Dialler
from federation.doorstep import Doorstep
from federation.exchange import Exchange
from federation.node_desk import NodeDesk
from federation.rpc import FEDERATION
from federation.server import Doors, start
from federation.session import Session
from federation.tls import Door, channel_credentials, channel_options
from node.ceremony import Ceremony
from node.clock import SystemClock
from node.commands.context import Context, Settings
from node.keys import NodeKeys
from node.peers import PeerBoard
from node.register import RegisterStore
from node.store import feeds, receipts
from node.store.changes import Change, ChangeKind
from node.store.feeds import FeedRow
from node.store.receipts import ReceiptRow
from node.store.sqlite import SqliteStore
from protocol.ids import FeedId, NodeId
from protocol.register_view import Register
from protocol.v1 import federation_pb2 as pb

WAIT_S = 20.0
STORY_S = 90.0
TURN_AWAY_S = 5.0
"""So long a connection to a station may take to its first call, on a busy machine too."""
MANY = 600
"""Entries: more than are pushed."""


class Station(ports.Port):
    """One running node. Publishes like any `Port`."""

    def __init__(self, name: NodeId, keys: NodeKeys, register: RegisterStore, folder: Path) -> None:
        self.registers, self.own = register, keys
        self.loop = asyncio.get_running_loop()
        store = SqliteStore(folder / "node.db", publish=self._changed)
        ctx = Context(
            me=name,
            clock=SystemClock(),
            random=os.urandom,
            keys=keys,
            store=store,
            blobs=ports.blobs(),
            registers=lambda: register.current,
            settings=Settings(retention=ports.RETENTION),
        )
        super().__init__(name, store, ctx, ports.ToldClock())  # type: ignore[arg-type]
        self.board = PeerBoard()
        self.desk = NodeDesk(ctx, register)
        self.calls = Calls()
        self.exchange = Exchange(desk=self.desk, board=self.board, now=ctx.now, answer=self._answer)
        self.addresses: dict[NodeId, str] = {}
        self.dials: set[NodeId] = set()
        self.port = 0
        self.heard: Callable[[Change], None] = lambda _: None
        self._changes = asyncio.Event()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._leave = register.subscribe(self._new_register)
        self.dialler = Dialler(
            exchange=self.exchange,
            channel=self._channel,
            peers=lambda: [n for n in register.current.nodes if n in self.dials],
            now=ctx.now,
            random=os.urandom,
            wait_min_s=0.05,
            wait_max_s=0.5,
        )

    async def open(self) -> None:
        self.doorstep = Doorstep(self.exchange.turned_away, wait_s=TURN_AWAY_S)
        door = Door(keys=self.own, store=self.registers, now=self.ctx.now, begun=self.doorstep.begun)
        doors = Doors(
            exchange=self.exchange,
            calls=self.calls,
            identify=door.peer,
            doorstep=self.doorstep,
            now=self.ctx.now,
            random=os.urandom,
        )
        self.port = _free_port()
        self.server = await start(doors, listen=f"127.0.0.1:{self.port}", credentials=door.credentials())

    async def close(self) -> None:
        await self.dialler.close()
        await self.exchange.close()
        await self.server.stop(0.2)
        self._leave()
        self.store.close()

    def dial(self, *others: Station) -> None:
        """Keep a stream to these from now on."""
        self.addresses.update({one.name: f"127.0.0.1:{one.port}" for one in others})
        self.dials.update(one.name for one in others)
        self.dialler.refresh()

    async def until(self, what: Callable[[], object], words: str = "") -> None:
        """Wait for something to become true, looked at whenever something changes here."""
        try:
            async with asyncio.timeout(WAIT_S):
                while not what():
                    self._changes.clear()
                    try:
                        async with asyncio.timeout(0.05):
                            await self._changes.wait()
                    except TimeoutError:
                        continue
        except TimeoutError:
            raise AssertionError(f"{self.name}: not within {WAIT_S:.0f} s: {words or what}") from None

    def connected(self, *others: Station) -> bool:
        return all(self.board.of(one.name).connected and one.board.of(self.name).connected for one in others)

    def feed(self, feed: FeedId) -> FeedRow | None:
        return self.store.read(lambda r: feeds.find(r, feed))

    def size(self, feed: FeedId) -> int:
        row = self.feed(feed)
        return row.size if row else 0

    def receipt_of(self, holder: Station, feed: FeedId) -> ReceiptRow | None:
        row = self.feed(feed)
        return self.store.read(lambda r: receipts.of_node(r, row.number, holder.name)) if row else None

    def _changed(self, changes: Sequence[Change]) -> None:
        self.ctx.high.note([change.mark for change in changes if change.mark is not None])
        for change in changes:
            self.heard(change)
            if change.kind is ChangeKind.EVIDENCE and change.feed:
                self.loop.call_soon_threadsafe(self.exchange.forked, change.feed)
            if change.kind is ChangeKind.FEED and change.own and change.feed:
                self.loop.call_soon_threadsafe(self.exchange.grew, change.feed)
        self.loop.call_soon_threadsafe(self._changes.set)

    def _new_register(self, _: Register) -> None:
        self.loop.call_soon_threadsafe(self._register_changed)

    def _register_changed(self) -> None:
        self.dialler.refresh()
        task = asyncio.ensure_future(self.exchange.register_changed())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _channel(self, peer: NodeId) -> grpc.aio.Channel | None:
        entry = self.registers.current.nodes.get(peer)
        if entry is None or peer not in self.addresses:
            return None
        credentials = channel_credentials(self.own, entry, now=self.ctx.now())
        return grpc.aio.secure_channel(self.addresses[peer], credentials, options=channel_options(peer))

    async def _answer(self, session: Session, call: pb.Call) -> None:
        await self.dialler.answer(session, call)


federations_now = real_now


class Federation:
    """Some stations, and the ceremony that can change their register."""

    def __init__(self, ceremony: Ceremony, keys: dict[NodeId, NodeKeys], folder: Path) -> None:
        self.ceremony, self.keys, self.folder = ceremony, keys, folder
        self.stations: list[Station] = []

    async def join(self, name: NodeId) -> Station:
        folder = self.folder / name
        folder.mkdir()
        station = Station(name, self.keys[name], opened(self.ceremony, folder), folder)
        await station.open()
        self.stations.append(station)
        return station

    def replace_certificate(self, name: NodeId) -> None:
        """The register lists another certificate of a node, whose own goes on using the one before."""
        fresh = NodeKeys.generate(name, random=os.urandom, now=real_now())
        claim = {k: v for k, v in specification()["nodes"][name].items() if k != "id"}
        card = {**self.keys[name].public_card(), "tls": [fresh.tls_cert_pem.decode()]}
        self.ceremony.add_node(card, claim, real_now())


@asynccontextmanager
async def federation(folder: Path, *names: NodeId, extra: Iterable[NodeId] = ()) -> AsyncIterator[Federation]:
    """Nodes of one register that run until the end; `extra` have keys and are in the register, but do not run."""
    keys = keys_of(*names, *extra)
    built = Federation(founded(keys, now=real_now()), keys, folder)
    async with AsyncExitStack() as stack:
        for name in names:
            station = await built.join(name)
            stack.push_async_callback(station.close)
        yield built


def tell(
    folder: Path,
    story: Callable[[Federation], Coroutine[Any, Any, None]],
    *names: NodeId,
    extra: Iterable[NodeId] = (),
) -> None:
    """Run a story in a federation of these nodes."""

    async def told() -> None:
        async with asyncio.timeout(STORY_S), federation(folder, *names, extra=extra) as built:
            await story(built)

    asyncio.run(told())


@asynccontextmanager
async def by_hand(
    built: Federation, me: NodeId, to: Station, *, rpc: str = "Follow", times: int = 1, most: int = 0
) -> AsyncIterator[Any]:
    """A stream to a station, in a member's name, whose messages a test writes and reads itself; a list of so many."""
    entry = to.registers.current.nodes[to.name]
    credentials = channel_credentials(built.keys[me], entry, now=real_now())
    options = dict(channel_options(to.name))
    options |= {
        "grpc.http2.bdp_probe": 0,
        "grpc.http2.lookahead_bytes": 16_384,
    }  # a peer that does not read is felt soon
    options |= {"grpc.max_send_message_length": most} if most else {}
    address = f"127.0.0.1:{to.port}"
    async with grpc.aio.secure_channel(address, credentials, options=list(options.items())) as channel:
        open_stream: Any = channel.stream_stream(f"/{FEDERATION}/{rpc}")
        calls = [open_stream() for _ in range(times)]
        for call in calls:
            with suppress(grpc.aio.AioRpcError):  # one that is refused at once tells so at its end
                await call.wait_for_connection()
        try:
            yield calls if times > 1 else calls[0]
        finally:
            for call in calls:
                call.cancel()


def hello_of(to: Station) -> bytes:
    """What a member with the same register says first."""
    return hello.hello(to.desk, hello.NO_DIGEST, now=real_now(), random=os.urandom)


def frame(raw: bytes) -> pb.Frame:
    return pb.Frame.FromString(raw)


async def ending(call: Any) -> tuple[list[pb.Frame], str, str]:
    """What still comes on a stream, and the status and words it ends with."""
    frames = []
    with suppress(grpc.aio.AioRpcError):
        while (raw := await call.read()) is not grpc.aio.EOF:
            frames.append(frame(raw))
    return frames, (await call.code()).name, await call.details()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
