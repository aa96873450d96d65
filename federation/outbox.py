"""What goes out on one stream: control frames at once and in order, batches when there is nothing else to say.

Guarantees one writer (concurrent writes kill an RPC), and bounded memory before a peer that does not read: control frames
that wait weigh at most `WAITING_MAX`, and a frame that cannot be handed over for `SEND_S` ends the session.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from federation.pipe import Ended, Pipe

WAITING_MAX = 4 << 20
"""Bytes of control frames that may wait; answers to a peer that keeps asking and does not read."""
ROOM = 256 << 10
"""Whoever has much to say (lists) waits until less than this waits."""
SEND_S = 60.0
NOT_READING = Ended("RESOURCE_EXHAUSTED", "the peer does not read what it is sent")
Next = Callable[[], Awaitable[bytes | None]]


class Outbox:
    """The writing half of a stream. `batch` gives the next frame of bulk, or None while there is none."""

    def __init__(self, pipe: Pipe, *, batch: Next, overflow: Callable[[Ended], None]) -> None:
        self._pipe, self._batch, self._overflow = pipe, batch, overflow
        self._waiting: deque[bytes] = deque()
        self._weight = 0
        self._wake = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._last = False

    def say(self, raw: bytes) -> None:
        """Queue a control frame; these need no credit and go before batches."""
        if self._last:
            return
        if self._weight + len(raw) > WAITING_MAX:
            self._overflow(NOT_READING)
            return
        self._waiting.append(raw)
        self._weight += len(raw)
        if self._weight >= ROOM:
            self._room.clear()
        self._wake.set()

    async def room(self) -> None:
        """Until there is room for more that can wait."""
        await self._room.wait()

    def wake(self) -> None:
        """There may be batches to send."""
        self._wake.set()

    def finish(self, raw: bytes = b"") -> None:
        """Nothing more but this; `run` returns when it is handed over."""
        self._waiting.clear()
        self._weight = 0
        self._last = False
        if raw:
            self.say(raw)
        self._last = True
        self._wake.set()

    async def run(self) -> None:
        """Write until `finish`; raises `Ended` where the stream is gone or the peer does not read."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            await self._drain()
            while not self._last and (raw := await self._batch()) is not None:
                await self._send(raw)
                await self._drain()
            if self._last:
                await self._drain()
                return

    async def _drain(self) -> None:
        while self._waiting:
            raw = self._waiting.popleft()
            self._weight -= len(raw)
            if self._weight < ROOM:
                self._room.set()
            await self._send(raw)

    async def _send(self, raw: bytes) -> None:
        try:
            async with asyncio.timeout(SEND_S):
                await self._pipe.send(raw)
        except TimeoutError:
            raise Ended(NOT_READING.code, NOT_READING.words) from None
