"""Batches of one peer on their way into the store: those of several feeds beside each other, so that they share a commit.

Those of one feed are begun as they came, or one after the other (`one_by_one`). Guarantees that no more than `BYTES_MAX` and `AT_ONCE`
batches are under way: what takes longer holds up its own peer and nobody else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from protocol.ids import FeedId
from protocol.limits import CREDIT, FRAME_MAX
from protocol.v1 import federation_pb2 as pb

AT_ONCE = 32
BYTES_MAX = CREDIT + FRAME_MAX
"""A batch may overdraw the credit of its sender once."""
Take = Callable[[pb.Batch, int], Awaitable[None]]
"""Take one batch of so many bytes; what it raises is handled by whoever gave it."""


class Taking:
    """The batches under way. `take` does the work and deals with what comes of it; it must not raise.

    `one_by_one`: of one feed none is begun before what came of the one before it is known.
    """

    def __init__(self, take: Take, *, one_by_one: bool) -> None:
        self._take, self._one_by_one = take, one_by_one
        self._feeds: dict[FeedId, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._weight = 0
        self._change = asyncio.Event()

    async def put(self, batch: pb.Batch, weight: int) -> None:
        """Start taking it; waits while too much is under way."""
        while self._tasks and (len(self._tasks) >= AT_ONCE or self._weight + weight > BYTES_MAX):
            self._change.clear()
            await self._change.wait()
        feed = FeedId(batch.feed)
        task = asyncio.ensure_future(self._after(self._feeds.get(feed), batch, weight))
        if self._one_by_one:
            self._feeds[feed] = task
        self._tasks.add(task)
        self._weight += weight
        task.add_done_callback(lambda done: self._done(done, feed, weight))

    async def finished(self) -> None:
        """Until nothing is under way."""
        while self._tasks:
            self._change.clear()
            await self._change.wait()

    async def close(self) -> None:
        """Stop; a transaction that has begun is done nevertheless."""
        self.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cancel(self) -> None:
        """Stop, without waiting until it has stopped."""
        for task in self._tasks:
            task.cancel()

    async def _after(self, before: asyncio.Task[None] | None, batch: pb.Batch, weight: int) -> None:
        if before is not None:
            await asyncio.wait([before])
        await self._take(batch, weight)

    def _done(self, task: asyncio.Task[None], feed: FeedId, weight: int) -> None:
        self._tasks.discard(task)
        self._weight -= weight
        if self._feeds.get(feed) is task:
            del self._feeds[feed]
        self._change.set()
