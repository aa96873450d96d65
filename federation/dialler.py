"""The dialling side: one channel a peer, jittered back-off, reset by contact; a changed register replaces the channel.

Guarantees at most one attempt at a time for each peer, and no attempt at all to a node that is not a member.
"""

from __future__ import annotations

import asyncio
import random as jitter
from collections.abc import AsyncIterator, Callable
from typing import Any

import grpc

from federation import serving, wire
from federation.calls import BUNDLE_MAX, join_chunk
from federation.exchange import Exchange
from federation.pipe import Ended
from federation.session import Session
from node import log
from protocol.ids import NodeId, Random, UnixMs
from protocol.v1 import federation_pb2 as pb

_FEDERATION = "/port2port.v1.Federation/"
_REGISTER = "/port2port.v1.Register/Fetch"
_logger = log.get("dialler")

OpenChannel = Callable[[NodeId], "grpc.aio.Channel | None"]
"""A channel to a member, anchored on exactly its certificates; None where it has no address or is no member."""


class ClientPipe:
    """A `Follow` stream from the side that dialled."""

    def __init__(self, call: Any) -> None:
        self._call = call

    async def send(self, raw: bytes) -> None:
        """Write one frame."""
        try:
            await self._call.write(raw)
        except (grpc.RpcError, asyncio.InvalidStateError) as error:
            raise await self._why() from error

    async def receive(self) -> bytes | None:
        """The next frame, None at the end."""
        try:
            raw = await self._call.read()
        except (grpc.RpcError, asyncio.InvalidStateError) as error:
            raise await self._why() from error
        if raw is grpc.aio.EOF:
            ended = await self._why()
            if ended.code != "OK":
                raise ended
            return None
        return bytes(raw)

    async def close(self, code: str, words: str) -> None:
        """End the call; a client can only cancel."""
        _logger.debug("closing", code=code, why=words)
        self._call.cancel()

    async def _why(self) -> Ended:
        status = await self._call.code()
        return Ended(status.name, str(await self._call.details() or "the stream is gone"))


class RpcLink:
    """Fetches by RPCs of its own on the session's channel."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._backfill: Any = channel.unary_stream(_FEDERATION + "Backfill")
        self._register: Any = channel.unary_stream(_REGISTER)

    async def backfill(self, request: pb.BackfillRequest) -> AsyncIterator[bytes]:
        """Serialised `Batch` messages, in the order of the ranges."""
        async for raw in _stream(self._backfill(request.SerializeToString())):
            yield raw

    async def register(self, request: pb.RegisterRequest) -> bytes:
        """A serialised `Bundle`, capped."""
        parts = bytearray()
        async for raw in _stream(self._register(request.SerializeToString())):
            join_chunk(parts, wire.parse(pb.Chunk, raw), BUNDLE_MAX)
        return bytes(parts)


async def _stream(call: Any) -> AsyncIterator[bytes]:
    try:
        async for raw in call:
            yield bytes(raw)
    except grpc.aio.AioRpcError as error:
        raise Ended(error.code().name, error.details() or "") from error
    finally:
        call.cancel()


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
        self._tasks: dict[NodeId, asyncio.Task[None]] = {}
        self._channels: dict[NodeId, grpc.aio.Channel] = {}
        self._contact: dict[NodeId, asyncio.Event] = {}

    def refresh(self) -> None:
        """Dial who is a member now; let go of who is not."""
        wanted = set(self._peers())
        for peer in set(self._tasks) - wanted:
            self._tasks.pop(peer).cancel()
        for peer in wanted - set(self._tasks):
            self._contact[peer] = asyncio.Event()
            self._tasks[peer] = asyncio.create_task(self._keep(peer))
        self.contact()

    def contact(self) -> None:
        """Something was heard: waiting attempts start at once."""
        for event in self._contact.values():
            event.set()

    async def close(self) -> None:
        """Stop dialling and close the channels."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        await asyncio.gather(*(channel.close() for channel in self._channels.values()))

    async def answer(self, session: Session, call: pb.Call) -> None:
        """Open `Serve` and answer what the other side called for."""
        stream: Any = self._channels[session.peer].stream_stream(_FEDERATION + "Serve")()
        async for answer in serving.answers(self._exchange.desk, session.peer, call):
            await stream.write(answer.SerializeToString())
        await stream.done_writing()
        await stream.read()

    async def _keep(self, peer: NodeId) -> None:
        wait = self._wait_min
        while True:
            started = asyncio.get_running_loop().time()
            if peer not in self._exchange.sessions:
                await self._attempt(peer)
            lasted = asyncio.get_running_loop().time() - started
            wait = self._wait_min if lasted > self._wait_max else min(wait * 2, self._wait_max)
            await self._pause(peer, wait * jitter.uniform(0.5, 1.0))  # noqa: S311  # spreads load, hides nothing

    async def _pause(self, peer: NodeId, seconds: float) -> None:
        event = self._contact[peer]
        event.clear()
        try:
            await asyncio.wait_for(event.wait(), seconds)
        except TimeoutError:
            return

    async def _attempt(self, peer: NodeId) -> None:
        channel = self._channel(peer)
        if channel is None:
            return
        self._channels[peer] = channel
        call: Any = channel.stream_stream(_FEDERATION + "Follow")()
        session = Session(
            desk=self._exchange.desk,
            exchange=self._exchange,
            peer=peer,
            pipe=ClientPipe(call),
            link=lambda _: RpcLink(channel),
            dialled=True,
            now=self._now,
            random=self._random,
        )
        try:
            ended = await self._exchange.host(session)
            _logger.info("a dialled session ended", peer=peer, code=ended.code, why=ended.words)
            if ended.code == "PERMISSION_DENIED":
                self._exchange.board.update(peer, refused=ended.words)
        finally:
            call.cancel()
            await channel.close()
