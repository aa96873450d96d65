"""Calls to a peer that only dials out: asked on `Follow`, answered on a `Serve` stream of the peer's own.

Guarantees that an answer reaches only the call of the same peer, that one stream answers one call, and that neither side
waits for the other for ever: a call that nobody waits for any more refuses what still comes.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import TYPE_CHECKING

from federation import wire
from federation.pipe import Ended
from protocol.errors import ProtocolError, TooLarge
from protocol.ids import NodeId
from protocol.v1 import federation_pb2 as pb

if TYPE_CHECKING:
    from federation.session import Session

ANSWER_WAIT_S = 20.0
QUEUE = 4
"""Answers held before they are read, at most 2 MiB each: the stream itself waits beyond that."""
BUNDLE_MAX = 32 << 20


class Mailbox:
    """Where the answers of one call come."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[pb.Answer | None] = asyncio.Queue(QUEUE)
        self.taken = self.closed = False

    async def put(self, answer: pb.Answer | None) -> None:
        """Hand over the next answer, None for the end; `ProtocolError` once nobody waits for it."""
        if not self.closed:
            await self._queue.put(answer)
        if self.closed and answer is not None:
            raise ProtocolError("this call is over", where="answer.call")

    async def get(self) -> pb.Answer | None:
        """The next answer; `Ended` where none comes."""
        try:
            async with asyncio.timeout(ANSWER_WAIT_S):
                return await self._queue.get()
        except TimeoutError:
            raise Ended("DEADLINE_EXCEEDED", "the peer did not answer a call") from None

    def close(self) -> None:
        """Nobody waits any more: whoever is about to put something in is let go."""
        self.closed = True
        while not self._queue.empty():
            self._queue.get_nowait()


class Calls:
    """The calls that are open, by peer and id."""

    def __init__(self) -> None:
        self._open: dict[tuple[NodeId, int], Mailbox] = {}
        self._next = 1

    def link(self, session: Session) -> CallLink:
        """The link of a session whose peer dialled."""
        return CallLink(self, session)

    def begin(self, peer: NodeId) -> tuple[int, Mailbox]:
        """A new call's id and where its answers come."""
        number, self._next = self._next, self._next + 1
        mailbox = self._open[peer, number] = Mailbox()
        return number, mailbox

    def end(self, peer: NodeId, number: int) -> None:
        """Nobody waits for this call any more."""
        mailbox = self._open.pop((peer, number), None)
        if mailbox is not None:
            mailbox.close()

    async def take(self, peer: NodeId, answers: AsyncIterator[bytes]) -> None:
        """Hand the answers of one `Serve` stream to their call; `ProtocolError` if there is none."""
        mailbox: Mailbox | None = None
        try:
            async for raw in answers:
                answer = wire.parse(pb.Answer, raw)
                if mailbox is None:
                    mailbox = self._claim(peer, answer.call)
                await mailbox.put(answer)
        finally:
            if mailbox is not None and not mailbox.closed:
                await mailbox.put(None)

    def _claim(self, peer: NodeId, number: int) -> Mailbox:
        mailbox = self._open.get((peer, number))
        if mailbox is None or mailbox.taken:
            raise ProtocolError("no such call is open", where="answer.call")
        mailbox.taken = True
        return mailbox


class CallLink:
    """Fetches by calling."""

    def __init__(self, calls: Calls, session: Session) -> None:
        self._calls, self._session = calls, session

    async def backfill(self, request: pb.BackfillRequest) -> AsyncGenerator[tuple[pb.Batch, int], None]:
        """Batches, in the order of the ranges."""
        async with aclosing(self._ask(pb.Call(backfill=request))) as answers:
            async for answer in answers:
                if answer.WhichOneof("part") != "batch":
                    raise ProtocolError("a batch was asked for", where="answer")
                yield answer.batch, answer.ByteSize()

    async def blob(self, request: pb.BlobRequest) -> AsyncGenerator[pb.Chunk, None]:
        """A file's bytes; nothing where the peer answers that there is nothing."""
        async with aclosing(self._ask(pb.Call(blob=request))) as answers:
            async for answer in answers:
                part = answer.WhichOneof("part")
                if part is None:
                    return
                if part != "chunk":
                    raise ProtocolError("a chunk was asked for", where="answer")
                yield answer.chunk

    async def register(self, request: pb.RegisterRequest) -> bytes:
        """A serialised `Bundle`, capped."""
        parts = bytearray()
        async with aclosing(self._ask(pb.Call(register=request))) as answers:
            async for answer in answers:
                join_chunk(parts, answer.chunk)
        return bytes(parts)

    async def _ask(self, call: pb.Call) -> AsyncGenerator[pb.Answer, None]:
        peer = self._session.peer
        call.id, mailbox = self._calls.begin(peer)
        try:
            self._session.say(pb.Frame(call=call).SerializeToString())
            while (answer := await mailbox.get()) is not None:
                yield answer
        finally:
            self._calls.end(peer, call.id)


def join_chunk(parts: bytearray, chunk: pb.Chunk, most: int = BUNDLE_MAX) -> None:
    """Add one chunk to what is gathered; `TooLarge` over the cap, `ProtocolError` for one that brings nothing."""
    if chunk.total > most or len(parts) + len(chunk.data) > most:
        raise TooLarge(f"at most {most} bytes", where="chunk")
    if not chunk.data:
        raise ProtocolError("some bytes", where="chunk.data")
    parts += chunk.data
