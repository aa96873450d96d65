"""What a node does for itself now and then: content whose time is over is destroyed, a pass over the store a minute at a time.

Guarantees that nothing is destroyed while this node's clock is more than five minutes from the median of its peers; that is
said once, for an operator to look at.
"""

from __future__ import annotations

import asyncio

from node import log
from node.commands import expire
from node.commands.context import Context
from node.peers import PeerBoard
from node.store.errors import StoreError

EVERY_S = 60.0
CLOCK_DOUBT_MS = 5 * 60_000
_logger = log.get("upkeep")


class Upkeep:
    """Runs beside the house until cancelled."""

    def __init__(self, ctx: Context, board: PeerBoard, *, every_s: float = EVERY_S) -> None:
        self._ctx, self._board, self._every_s = ctx, board, every_s
        self._said = False

    async def run(self) -> None:
        """A pass a minute."""
        while True:
            await asyncio.sleep(self._every_s)
            if self._in_doubt():
                continue
            try:
                await self.pass_once()
            except StoreError as error:
                why = str(error)
                _logger.error("a pass over the store failed; the next one is tried", why=why)  # noqa: TRY400  no trace

    async def pass_once(self) -> int:
        """One pass over the whole store, in steps that hold nobody up; how many contents were destroyed."""
        after: int | None = 0
        forgotten = 0
        while after is not None:
            after, count = await self._step(after)
            forgotten += count
        if forgotten:
            _logger.info("content whose time was over is destroyed", entries=forgotten)
        return forgotten

    async def _step(self, after: int) -> tuple[int | None, int]:
        """Where the next step goes on, None at the end; and how many contents this one destroyed."""
        ctx = self._ctx
        found = await ctx.store.aread(lambda reader: expire.look(reader, ctx, after))
        count = await ctx.store.awrite(lambda tx: expire.forget(tx, ctx, found.due)) if found.due else 0
        return found.next or None, count

    def _in_doubt(self) -> bool:
        ahead = self._board.ahead_ms()
        doubt = abs(ahead) > CLOCK_DOUBT_MS
        if doubt and not self._said:
            _logger.error(
                "this node's clock is far from its peers': nothing is destroyed until that is mended",
                ahead_ms=ahead,
            )
        self._said = doubt
        return doubt
