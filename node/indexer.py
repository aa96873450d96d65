"""Keeps what records are found by up to date, behind every commit: a step at a time, with rests, so that nothing waits for it.

Guarantees that what was committed is looked at within about a second while little comes; that a backlog, as after a catch-up or in a
database of an older program, is gone through with one part of work to four of rest, to twenty while more comes; and that a store that fails costs a pause.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from node.commands import index
from node.commands.context import Context
from node.store.changes import Change, ChangeKind
from node.store.errors import StoreError

GATHER_S = 0.25
"""From a commit to looking at it: what comes meanwhile is one step, and no alert queues behind the step of the one before."""
REST, BUSY_REST = 4.0, 20.0
"""How much longer a rest is than the step before it; the second where something came meanwhile, as in a catch-up."""
AGAIN_S = 15.0
_TELLS = frozenset({ChangeKind.FEED, ChangeKind.RECORD, ChangeKind.PURGED})


class Indexer:
    """Made on the event loop; `await run()` beside whoever calls `changed`."""

    def __init__(self, ctx: Context, *, gather_s: float = GATHER_S) -> None:
        self._ctx, self._gather_s = ctx, gather_s
        self._loop = asyncio.get_running_loop()
        self._wake = asyncio.Event()

    def changed(self, changes: Sequence[Change]) -> None:
        """What was committed; from any thread."""
        if not self._wake.is_set() and any(change.kind in _TELLS for change in changes):
            self._loop.call_soon_threadsafe(self.wake)

    def wake(self) -> None:
        """Something may have been committed that nobody told; on the event loop."""
        self._wake.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self._caught_up()
            await self._wake.wait()
            await asyncio.sleep(self._gather_s)

    async def _caught_up(self) -> None:
        self._wake.clear()  # before looking: what comes meanwhile wakes once more
        try:
            began = self._loop.time()
            while await step(self._ctx):
                rest = BUSY_REST if self._wake.is_set() else REST
                self._wake.clear()
                await asyncio.sleep(rest * (self._loop.time() - began))
                began = self._loop.time()
        except StoreError:  # the store says it, once
            await asyncio.sleep(AGAIN_S)
            self._wake.set()


async def step(ctx: Context, *, most: int = index.AT_ONCE) -> bool:
    """Look at the next records; false when there are none."""
    gathered = await ctx.store.aread(lambda reader: index.gather(reader, most=most))
    if gathered:
        await ctx.store.awrite(lambda tx: index.keep(tx, ctx, gathered))
    return bool(gathered)
