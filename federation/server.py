"""The answering side: every RPC checks the caller's exact certificate against the register of this moment.

Messages arrive as raw bytes and are parsed by `wire`, so that what is too large or malformed is refused in words. Guarantees
that a peer has only so many RPCs open at a time, and that a fault in one ends that one. Health says to members alone, and only
that the node serves; it names no feed and no peer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import grpc
from grpc_health.v1 import health_pb2

from federation import faults, serving, wire
from federation.calls import Calls
from federation.doorstep import Doorstep
from federation.exchange import Exchange
from federation.pipe import Ended
from federation.rpc import BLOBS, FEDERATION, REGISTER, ServerPipe
from federation.session import Session
from federation.tls import NotAMember, message_options
from protocol.errors import ProtocolError
from protocol.ids import NodeId, Random, UnixMs
from protocol.v1 import federation_pb2 as pb

OPTIONS: list[tuple[str, Any]] = [
    *message_options(),
    ("grpc.keepalive_time_ms", 20_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.min_recv_ping_interval_without_data_ms", 10_000),
    ("grpc.max_concurrent_streams", 64),
    ("grpc.so_reuseport", 0),
]
AT_ONCE = {"Follow": 4, "Backfill": 4, "Serve": 8, "Fetch": 2, "Get": 4, "Check": 2}
"""RPCs of each sort that a peer may have open. More than one `Follow` only while a newer one takes over."""
HEALTH = "grpc.health.v1.Health"
Identify = Callable[[Any], NodeId]
"""From an RPC's auth context to the member it proves, or `NotAMember` with why not."""


class Doors:
    """The services of one node."""

    def __init__(
        self,
        *,
        exchange: Exchange,
        calls: Calls,
        identify: Identify,
        doorstep: Doorstep,
        now: Callable[[], UnixMs],
        random: Random,
    ) -> None:
        self._exchange, self._calls, self._identify = exchange, calls, identify
        self._doorstep = doorstep
        self._now, self._random = now, random
        self._open: Counter[tuple[NodeId, str]] = Counter()

    def handlers(self) -> list[grpc.GenericRpcHandler]:
        """The generic handlers to add to a server."""
        raw = grpc.method_handlers_generic_handler
        return [
            raw(
                FEDERATION,
                {
                    "Follow": grpc.stream_stream_rpc_method_handler(self._follow),
                    "Backfill": grpc.unary_stream_rpc_method_handler(self._backfill),
                    "Serve": grpc.stream_stream_rpc_method_handler(self._serve),
                },
            ),
            raw(REGISTER, {"Fetch": grpc.unary_stream_rpc_method_handler(self._fetch)}),
            raw(BLOBS, {"Get": grpc.unary_stream_rpc_method_handler(self._get)}),
            raw(HEALTH, {"Check": grpc.unary_unary_rpc_method_handler(self._check)}),
        ]

    async def _follow(self, _: Any, context: Any) -> None:
        async with self._caller(context, "Follow") as peer:
            session = Session(
                desk=self._exchange.desk,
                exchange=self._exchange,
                peer=peer,
                pipe=ServerPipe(context),
                link=self._calls.link,
                dialled=False,
                now=self._now,
                random=self._random,
                standing=lambda: self._refused(context),
            )
            ended = await self._exchange.host(session)
            if ended.code != "OK":
                raise ended

    async def _backfill(self, raw: bytes, context: Any) -> AsyncIterator[bytes]:
        async with self._caller(context, "Backfill") as peer:
            request = wire.parse(pb.BackfillRequest, raw)
            async for batch in serving.ranges(self._exchange.desk, peer, request):
                yield batch

    async def _serve(self, _: Any, context: Any) -> None:
        async with self._caller(context, "Serve") as peer:
            await self._calls.take(peer, _reading(context))

    async def _fetch(self, raw: bytes, context: Any) -> AsyncIterator[bytes]:
        async with self._caller(context, "Fetch"):
            request = wire.parse(pb.RegisterRequest, raw)
            async for chunk in serving.register(self._exchange.desk, request):
                yield chunk.SerializeToString()

    async def _get(self, raw: bytes, context: Any) -> AsyncIterator[bytes]:
        async with self._caller(context, "Get") as peer:
            given = False
            async for chunk in serving.file(self._exchange.desk, peer, wire.parse(pb.BlobRequest, raw)):
                given = True
                yield chunk.SerializeToString()
            if not given:
                raise Ended("NOT_FOUND", "no such file for this caller")

    async def _check(self, raw: bytes, context: Any) -> bytes:
        """`Watch` is not offered: it would have to end with a membership, and what it says the keepalive of `Follow` says too."""
        async with self._caller(context, "Check"):
            if wire.parse(health_pb2.HealthCheckRequest, raw).service:
                raise Ended("NOT_FOUND", "health is of the whole node: name no service")
        return _SERVING

    @asynccontextmanager
    async def _caller(self, context: Any, rpc: str) -> AsyncIterator[NodeId]:
        """Who calls, with a seat while it does; whatever goes wrong ends this RPC with a status and words."""
        with self._doorstep.call(context.peer()):
            try:
                peer = self._identify(context.auth_context())
            except NotAMember as stranger:
                self._exchange.stranger(stranger.why, stranger.node)
                await context.abort(grpc.StatusCode.PERMISSION_DENIED, str(stranger))
                raise
            async with self._orderly(context, peer, rpc):
                yield peer

    @asynccontextmanager
    async def _orderly(self, context: Any, peer: NodeId, rpc: str) -> AsyncIterator[None]:
        try:
            with self._seat(peer, rpc):
                yield
        except Ended as ended:
            await context.abort(grpc.StatusCode[ended.code], ended.words)
        except ProtocolError as error:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
        except grpc.aio.AbortError:
            raise
        except Exception as error:  # noqa: BLE001 - one RPC's fault is not the others'
            fault = faults.noted(error, peer, rpc)
            await context.abort(grpc.StatusCode[fault.code], fault.words)

    @contextmanager
    def _seat(self, peer: NodeId, rpc: str) -> Iterator[None]:
        key = peer, rpc
        if self._open[key] >= AT_ONCE[rpc]:
            raise Ended("RESOURCE_EXHAUSTED", f"{AT_ONCE[rpc]} {rpc} streams are open already")
        self._open[key] += 1
        try:
            yield
        finally:
            self._open[key] -= 1

    def _refused(self, context: Any) -> str:
        """Why the certificate of an open stream is nobody's now; nothing while it is a member's."""
        try:
            self._identify(context.auth_context())
        except NotAMember as stranger:
            return str(stranger)
        return ""


_SERVING: bytes = health_pb2.HealthCheckResponse(
    status=health_pb2.HealthCheckResponse.SERVING
).SerializeToString()


async def _reading(context: Any) -> AsyncIterator[bytes]:
    while (raw := await context.read()) is not grpc.aio.EOF:
        yield bytes(raw)


async def start(doors: Doors, *, listen: str, credentials: grpc.ServerCredentials) -> grpc.aio.Server:
    """A started server; `OSError` if the address cannot be bound."""
    server = grpc.aio.server(options=OPTIONS)
    server.add_generic_rpc_handlers(tuple(doors.handlers()))
    try:
        bound = server.add_secure_port(listen, credentials)
    except RuntimeError:
        bound = 0
    if not bound:
        await server.stop(None)
        raise OSError(f"{listen} cannot be bound")
    await server.start()
    return server
