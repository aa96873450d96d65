"""Streams over gRPC as pipes and links. What gRPC raises becomes `Ended`; concurrent writes are the caller's to avoid.

A client cannot end a call with a status: it closes its half, waits a moment for the other side to end, and cancels.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from enum import StrEnum
from typing import Any

import grpc

from federation import serving, wire
from federation.calls import BUNDLE_MAX, join_chunk
from federation.desk import Desk
from federation.pipe import Ended
from protocol.ids import NodeId
from protocol.v1 import federation_pb2 as pb

FEDERATION = "port2port.v1.Federation"
REGISTER = "port2port.v1.Register"
BLOBS = "port2port.v1.Blobs"
PARTING_S = 1.0
CONNECT_S = 10.0
ASK_S = 1.0
_GONE = (grpc.RpcError, asyncio.InvalidStateError, grpc.aio.UsageError, grpc.aio.InternalError)


class ServerPipe:
    """A `Follow` stream from the side that was dialled; its handler ends it with what `run` returned."""

    def __init__(self, context: Any) -> None:
        self._context = context

    async def send(self, raw: bytes) -> None:
        """Write one frame."""
        try:
            await self._context.write(raw)
        except _GONE as error:
            raise Ended("UNAVAILABLE", "the stream is gone") from error

    async def receive(self) -> bytes | None:
        """The next frame, None at the end."""
        try:
            raw = await self._context.read()
        except _GONE as error:
            raise Ended("UNAVAILABLE", "the stream is gone") from error
        return None if raw is grpc.aio.EOF else bytes(raw)

    async def close(self, code: str, words: str) -> None:
        """The handler's return is the end."""


class ClientPipe:
    """A `Follow` stream from the side that dialled."""

    def __init__(self, call: Any) -> None:
        self._call = call

    async def send(self, raw: bytes) -> None:
        """Write one frame."""
        try:
            await self._call.write(raw)
        except _GONE as error:
            raise await self._why() from error

    async def receive(self) -> bytes | None:
        """The next frame, None at the end."""
        try:
            raw = await self._call.read()
        except _GONE as error:
            raise await self._why() from error
        if raw is not grpc.aio.EOF:
            return bytes(raw)
        ended = await self._why()
        if ended.code != "OK":
            raise ended
        return None

    async def close(self, code: str, words: str) -> None:  # noqa: ARG002 - a client has no status to give
        """Close this half and let the other side end; a client that only cancels would take back what it sent last."""
        try:
            async with asyncio.timeout(PARTING_S):
                await self._call.done_writing()
                while await self._call.read() is not grpc.aio.EOF:
                    pass
        except (*_GONE, TimeoutError):
            pass
        finally:
            self._call.cancel()

    async def _why(self) -> Ended:
        status = await self._call.code()
        return Ended(status.name, str(await self._call.details() or "the stream is gone"))


class RpcLink:
    """Fetches by RPCs of its own on the session's channel, and answers calls on it."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._backfill: Any = channel.unary_stream(f"/{FEDERATION}/Backfill")
        self._register: Any = channel.unary_stream(f"/{REGISTER}/Fetch")
        self._blob: Any = channel.unary_stream(f"/{BLOBS}/Get")
        self._serve: Any = channel.stream_stream(f"/{FEDERATION}/Serve")

    async def backfill(self, request: pb.BackfillRequest) -> AsyncGenerator[tuple[pb.Batch, int], None]:
        """Batches, in the order of the ranges."""
        async for raw in _stream(self._backfill(request.SerializeToString())):
            yield wire.parse(pb.Batch, raw), len(raw)

    async def blob(self, request: pb.BlobRequest) -> AsyncGenerator[pb.Chunk, None]:
        """A file's bytes; nothing where the peer says NOT_FOUND."""
        try:
            async for raw in _stream(self._blob(request.SerializeToString())):
                yield wire.parse(pb.Chunk, raw)
        except Ended as ended:
            if ended.code != "NOT_FOUND":
                raise

    async def register(self, request: pb.RegisterRequest) -> bytes:
        """A serialised `Bundle`, capped."""
        parts = bytearray()
        async for raw in _stream(self._register(request.SerializeToString())):
            join_chunk(parts, wire.parse(pb.Chunk, raw), BUNDLE_MAX)
        return bytes(parts)

    async def answer(self, desk: Desk, peer: NodeId, call: pb.Call) -> None:
        """Open `Serve` and answer what the other side called for; a caller that no longer waits is no fault."""
        stream = self._serve()
        try:
            async for raw in serving.answers(desk, peer, call):
                await stream.write(raw)
            await stream.done_writing()
            await stream.read()
        except _GONE:
            return
        finally:
            stream.cancel()


async def _stream(call: Any) -> AsyncIterator[bytes]:
    try:
        async for raw in call:
            yield bytes(raw)
    except grpc.aio.AioRpcError as error:
        raise Ended(error.code().name, error.details() or "") from error
    finally:
        call.cancel()


class Unreached(StrEnum):
    """Why a channel does not stand, in words for a person."""

    DOWN = "nobody answers at its address"
    SILENT = "no answer in time at its address"
    WRONG_SERVER = "what answers at its address has no certificate that the register lists for it"
    SHUT = "it ended the connection: it may not know this node's certificate"


async def unreached(channel: grpc.aio.Channel) -> Unreached:
    """Why `connected` said no. gRPC says it in the words of a call that fails, and only there."""
    check: Any = channel.unary_unary("/grpc.health.v1.Health/Check")
    try:
        await check(b"", timeout=ASK_S)
    except grpc.aio.AioRpcError as error:
        words = (error.details() or "").lower()
        if error.code() is grpc.StatusCode.DEADLINE_EXCEEDED:
            return Unreached.SILENT
        if "handshake failed" in words:
            return Unreached.WRONG_SERVER
        return Unreached.SHUT if "socket closed" in words else Unreached.DOWN
    return Unreached.SILENT  # it is there by now


async def connected(channel: grpc.aio.Channel) -> bool:
    """Whether the channel stands, certificates on both sides included, within `CONNECT_S`."""
    try:
        async with asyncio.timeout(CONNECT_S):
            state = channel.get_state(try_to_connect=True)
            while state is not grpc.ChannelConnectivity.READY:
                if state in {
                    grpc.ChannelConnectivity.TRANSIENT_FAILURE,
                    grpc.ChannelConnectivity.SHUTDOWN,
                }:
                    return False
                await channel.wait_for_state_change(state)
                state = channel.get_state(try_to_connect=True)
    except TimeoutError:
        return False
    return True
