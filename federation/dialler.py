"""The dialling side: one channel a peer, jittered back-off, reset by contact; a changed register replaces the channel.

Guarantees at most one attempt at a time for each peer, none to a node that is not a member, and that an attempt which has not
reached its peer stands in the way of no stream that the peer opens meanwhile. A fault in an attempt ends that attempt.
"""

from __future__ import annotations

import asyncio
import random as jitter
from collections.abc import Callable

import grpc

from federation import faults, rpc
from federation.exchange import Exchange
from federation.rpc import ClientPipe, RpcLink
from federation.session import Session
from node import log
from protocol.errors import ProtocolError
from protocol.ids import NodeId, Random, UnixMs
from protocol.v1 import federation_pb2 as pb

_logger = log.get("dialler")

OpenChannel = Callable[[NodeId], "grpc.aio.Channel | None"]
"""A channel to a member, anchored on exactly its certificates; None where it has no address or is no member."""


class Dialler:
    """Keeps a session open to each peer this node dials."""

    def __init__(
        self,
        *,
        exchange: Exchange,
        channel: OpenChannel,
        peers: Callable[[], list[NodeId]],
        now: Callable[[], UnixMs],
        random: Random,
        wait_min_s: float,
        wait_max_s: float,
    ) -> None:
        self._exchange, self._channel, self._peers = exchange, channel, peers
        self._now, self._random = now, random
        self._wait_min, self._wait_max = wait_min_s, wait_max_s
        self._wanted: set[NodeId] = set()
        self._tasks: dict[NodeId, asyncio.Task[None]] = {}
        self._contact: dict[NodeId, asyncio.Event] = {}
        self._failed: dict[NodeId, int] = {}
        exchange.came, exchange.left = self._came, self._left

    def refresh(self) -> None:
        """Dial who is a member now. Who is not is not dialled again; its open stream is the exchange's to end, by name."""
        self._wanted = set(self._peers())
        for peer in self._wanted - set(self._tasks):
            self._contact[peer] = asyncio.Event()
            self._tasks[peer] = asyncio.ensure_future(self._keep(peer))
        self.contact()

    def contact(self) -> None:
        """The network may be another: waiting attempts start at once."""
        for peer in self._contact:
            self._try(peer)

    async def close(self) -> None:
        """Stop dialling; what is open ends with it."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def answer(self, session: Session, call: pb.Call) -> None:
        """Answer what the other side of a stream that was dialled here calls for."""
        if isinstance(session.link, RpcLink):
            await session.link.answer(self._exchange.desk, session.peer, call)

    # ---- When -----------------------------------------------------------------------------------------------------------

    def _came(self, peer: NodeId) -> None:
        """A first session after none at all: this node was cut off, and others may be reached again too."""
        if len(self._exchange.sessions) == 1:
            self.contact()
        self._failed.pop(peer, None)

    def _left(self, peer: NodeId) -> None:
        """Its stream ended: dial after the shortest pause."""
        self._failed.pop(peer, None)
        self._try(peer)

    def _try(self, peer: NodeId) -> None:
        self._failed.pop(peer, None)
        if peer in self._contact:
            self._contact[peer].set()

    async def _keep(self, peer: NodeId) -> None:
        try:
            while peer in self._wanted:
                if peer not in self._exchange.sessions:
                    await self._attempt(peer)
                await self._pause(peer)
        finally:
            del self._tasks[peer], self._contact[peer]

    async def _pause(self, peer: NodeId) -> None:
        """Twice as long after each failure; contact cuts it down to the shortest."""
        event = self._contact[peer]
        failures = self._failed[peer] = self._failed.get(peer, 0) + 1
        shortest = self._wait_min * _spread()
        await asyncio.sleep(shortest)
        longer = min(self._wait_min * 2.0 ** min(failures, 30), self._wait_max) * _spread() - shortest
        try:
            async with asyncio.timeout(max(longer, 0.0)):
                await event.wait()
        except TimeoutError:
            pass
        event.clear()

    # ---- One attempt ----------------------------------------------------------------------------------------------------

    async def _attempt(self, peer: NodeId) -> None:
        try:
            channel = self._channel(peer)
        except ProtocolError as error:
            self._note(peer, str(error))
            return
        if channel is None:
            return
        try:
            if await rpc.connected(channel):
                await self._speak(peer, channel)
            else:
                why = await rpc.unreached(channel)
                if why is rpc.Unreached.WRONG_SERVER:
                    self._exchange.wrong_server(peer)
                else:
                    self._note(peer, why)
        except Exception as error:  # noqa: BLE001 - an attempt's fault must not end the dialling
            faults.noted(error, peer, "dialling")
        finally:
            await channel.close()

    async def _speak(self, peer: NodeId, channel: grpc.aio.Channel) -> None:
        desk = self._exchange.desk
        door = desk.door(peer)
        pipe = ClientPipe(channel.stream_stream(f"/{rpc.FEDERATION}/Follow")())
        session = Session(
            desk=desk,
            exchange=self._exchange,
            peer=peer,
            pipe=pipe,
            link=lambda _: RpcLink(channel),
            dialled=True,
            now=self._now,
            random=self._random,
            standing=lambda: "" if desk.door(peer) == door else "its certificates or address have changed",
        )
        ended = await self._exchange.host(session)
        if (
            not session.opened
        ):  # where another stream stands: the call goes out, so that the peer knows who dialled
            await pipe.close(ended.code, ended.words)
        _logger.info("a dialled session ended", peer=peer, code=ended.code, why=ended.words)
        if ended.code == "PERMISSION_DENIED":
            self._exchange.board.update(peer, refused=ended.words)

    def _note(self, peer: NodeId, why: str) -> None:
        """The first failure, and then each time their number reaches a power of two."""
        times = self._failed.get(peer, 0) + 1
        if log.doubled(times):
            _logger.info("a peer cannot be dialled", peer=peer, why=why, times=times)


def _spread() -> float:
    """Spreads load; hides nothing."""
    return jitter.uniform(0.5, 1.0)  # noqa: S311
