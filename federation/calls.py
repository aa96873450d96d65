"""Calls to a peer that only dials out: asked on `Follow`, answered on a `Serve` stream of the peer's own.

Guarantees that an answer reaches only the call of the same peer, and that one stream answers one call.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from federation import wire
from federation.pipe import Ended
from protocol.errors import ProtocolError, TooLarge
from protocol.ids import NodeId
from protocol.v1 import federation_pb2 as pb

if TYPE_CHECKING:
    from federation.session import Session

ANSWER_WAIT_S = 20.0
QUEUE = 8
"""Answers held before they are read: the stream itself waits beyond that."""
BUNDLE_MAX = 64 << 20
_Queue = asyncio.Queue["pb.Answer | None"]


class Calls:
    """The calls that are open, by peer and id."""

    def __init__(self) -> None:
        self._open: dict[tuple[NodeId, int], _Queue] = {}
        self._next = 1

    def link(self, session: Session) -> CallLink:
        """The link of a session whose peer dialled."""
        return CallLink(self, session)

    def begin(self, peer: NodeId) -> tuple[int, _Queue]:
        """A new call's id and where its answers come."""
        number, self._next = self._next, self._next + 1
        queue: _Queue = asyncio.Queue(QUEUE)
        self._open[peer, number] = queue
        return number, queue

    def end(self, peer: NodeId, number: int) -> None:
        """Nobody waits for this call any more."""
        self._open.pop((peer, number), None)

    async def take(self, peer: NodeId, answers: AsyncIterator[bytes]) -> None:
        """Hand the answers of one `Serve` stream to their call; `ProtocolError` if there is none."""
        queue: _Queue | None = None
        try:
            async for raw in answers:
                answer = wire.parse(pb.Answer, raw)
                if queue is None:
                    queue = self._open.get((peer, answer.call))
                if queue is None:
                    raise ProtocolError("no such call is open", where="answer.call")
                await queue.put(answer)
        finally:
            if queue is not None:
                await queue.put(None)


class CallLink:
    """Fetches by calling."""

    def __init__(self, calls: Calls, session: Session) -> None:
        self._calls, self._session = calls, session

    async def backfill(self, request: pb.BackfillRequest) -> AsyncIterator[bytes]:
        """Serialised `Batch` messages, in the order of the ranges."""
        async for answer in self._ask(backfill=request):
            if answer.WhichOneof("part") != "batch":
                raise ProtocolError("a batch was asked for", where="answer")
            yield answer.batch.SerializeToString()

    async def register(self, request: pb.RegisterRequest) -> bytes:
        """A serialised `Bundle`, capped."""
        parts = bytearray()
        async for answer in self._ask(register=request):
            join_chunk(parts, answer.chunk)
        return bytes(parts)

    async def _ask(
        self, *, backfill: pb.BackfillRequest | None = None, register: pb.RegisterRequest | None = None
    ) -> AsyncIterator[pb.Answer]:
        peer = self._session.peer
        number, queue = self._calls.begin(peer)
        call = pb.Call(id=number, backfill=backfill, register=register)
        self._session.say(pb.Frame(call=call).SerializeToString())
        try:
            while (answer := await asyncio.wait_for(queue.get(), ANSWER_WAIT_S)) is not None:
                yield answer
        except TimeoutError as error:
            raise Ended("DEADLINE_EXCEEDED", "the peer did not answer a call") from error
        finally:
            self._calls.end(peer, number)


def join_chunk(parts: bytearray, chunk: pb.Chunk, most: int = BUNDLE_MAX) -> None:
    """Add one chunk to what is gathered; `TooLarge` over the cap."""
    if chunk.total > most or len(parts) + len(chunk.data) > most:
        raise TooLarge(f"at most {most} bytes", where="chunk")
    parts += chunk.data
