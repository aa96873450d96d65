"""The answering side: every RPC checks the caller's exact certificate against the register of this moment.

Messages arrive as raw bytes and are parsed by `wire`, so that what is too large or malformed is refused in words. Health says
only whether the node serves; it names no feed and no peer.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from federation import serving, wire
from federation.calls import Calls
from federation.exchange import Exchange
from federation.pipe import Ended
from federation.session import Session
from federation.tls import NotAMember, message_options
from node import log
from protocol.errors import ProtocolError
from protocol.ids import NodeId, Random, UnixMs
from protocol.v1 import federation_pb2 as pb

OPTIONS: list[tuple[str, Any]] = [
    *message_options(),
    ("grpc.keepalive_time_ms", 20_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.min_recv_ping_interval_without_data_ms", 10_000),
    ("grpc.so_reuseport", 0),
]
BULK_AT_ONCE = 4
"""Bulk streams a peer may have open; more wait for RESOURCE_EXHAUSTED to pass."""
Identify = Callable[[Any], NodeId]
"""From an RPC's auth context to the member it proves, or `NotAMember` with why not."""
_logger = log.get("server")


class ServerPipe:
    """A `Follow` stream from the side that was dialled."""

    def __init__(self, context: Any) -> None:
        self._context = context
        self.end: Ended | None = None

    async def send(self, raw: bytes) -> None:
        """Write one frame."""
        try:
            await self._context.write(raw)
        except (grpc.RpcError, asyncio.InvalidStateError) as error:
            raise Ended("UNAVAILABLE", "the stream is gone") from error

    async def receive(self) -> bytes | None:
        """The next frame, None at the end."""
        try:
            raw = await self._context.read()
        except (grpc.RpcError, asyncio.InvalidStateError) as error:
            raise Ended("UNAVAILABLE", "the stream is gone") from error
        return None if raw is grpc.aio.EOF else bytes(raw)

    async def close(self, code: str, words: str) -> None:
        """Remember how it ends; the handler returns it."""
        self.end = Ended(code, words)


class Doors:
    """The services of one node."""

    def __init__(
        self,
        *,
        exchange: Exchange,
        calls: Calls,
        identify: Identify,
        now: Callable[[], UnixMs],
        random: Random,
    ) -> None:
        self._exchange, self._calls, self._identify = exchange, calls, identify
        self._now, self._random = now, random
        self._bulk: dict[NodeId, int] = {}

    def handlers(self) -> list[grpc.GenericRpcHandler]:
        """The generic handlers to add to a server."""
        raw = grpc.method_handlers_generic_handler
        return [
            raw(
                "port2port.v1.Federation",
                {
                    "Follow": grpc.stream_stream_rpc_method_handler(self._follow),
                    "Backfill": grpc.unary_stream_rpc_method_handler(self._backfill),
                    "Serve": grpc.stream_stream_rpc_method_handler(self._serve),
                },
            ),
            raw("port2port.v1.Register", {"Fetch": grpc.unary_stream_rpc_method_handler(self._register)}),
        ]

    async def _follow(self, _: Any, context: Any) -> None:
        peer = await self._caller(context)
        pipe = ServerPipe(context)
        session = Session(
            desk=self._exchange.desk,
            exchange=self._exchange,
            peer=peer,
            pipe=pipe,
            link=self._calls.link,
            dialled=False,
            now=self._now,
            random=self._random,
        )
        ended = await self._exchange.host(session)
        if ended.code != "OK":
            await context.abort(grpc.StatusCode[ended.code], ended.words)

    async def _backfill(self, raw: bytes, context: Any) -> AsyncIterator[bytes]:
        peer = await self._caller(context)
        request = await self._parsed(pb.BackfillRequest, raw, context)
        if self._bulk.get(peer, 0) >= BULK_AT_ONCE:
            await context.abort(
                grpc.StatusCode.RESOURCE_EXHAUSTED, f"{BULK_AT_ONCE} bulk streams are open already"
            )
        self._bulk[peer] = self._bulk.get(peer, 0) + 1
        try:
            async for batch in serving.ranges(self._exchange.desk, peer, request):
                yield batch
        finally:
            self._bulk[peer] -= 1

    async def _serve(self, _: Any, context: Any) -> None:
        peer = await self._caller(context)
        try:
            await self._calls.take(peer, _reading(context))
        except ProtocolError as error:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))

    async def _register(self, raw: bytes, context: Any) -> AsyncIterator[bytes]:
        await self._caller(context)
        request = await self._parsed(pb.RegisterRequest, raw, context)
        async for chunk in serving.register(self._exchange.desk, request):
            yield chunk.SerializeToString()

    async def _caller(self, context: Any) -> NodeId:
        try:
            return self._identify(context.auth_context())
        except NotAMember as stranger:
            self._exchange.stranger(stranger.why, stranger.node)
            await context.abort(grpc.StatusCode.PERMISSION_DENIED, str(stranger))
            raise

    async def _parsed(self, kind: Any, raw: bytes, context: Any) -> Any:
        try:
            return wire.parse(kind, raw)
        except ProtocolError as error:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
            raise


async def _reading(context: Any) -> AsyncIterator[bytes]:
    while (raw := await context.read()) is not grpc.aio.EOF:
        yield bytes(raw)


async def start(doors: Doors, *, listen: str, credentials: grpc.ServerCredentials) -> grpc.aio.Server:
    """A started server; `OSError` if the address cannot be bound."""
    server = grpc.aio.server(options=OPTIONS)
    server.add_generic_rpc_handlers(tuple(doors.handlers()))
    servicer = health.aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    try:
        bound = server.add_secure_port(listen, credentials)
    except RuntimeError as error:
        raise OSError(f"{listen} cannot be bound") from error
    if not bound:
        raise OSError(f"{listen} cannot be bound")
    await server.start()
    await servicer.set("", health_pb2.HealthCheckResponse.SERVING)
    return server
