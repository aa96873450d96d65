"""What a node does for itself now and then: content whose time is over is destroyed, a pass over the store a minute at a time.

Guarantees that nothing is destroyed while this node's clock is more than five minutes from the median of its peers, and that a
store that fails, or a file that cannot be destroyed, is tried again a minute later (and at the next start); each is said once,
for an operator to look at.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from node import log
from node.blobs import of_entry
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
        self._said = self._failing = False
        self._left: list[tuple[int, bytes]] = []

    async def run(self) -> None:
        """A pass a minute."""
        while True:
            await asyncio.sleep(self._every_s)
            if not self._in_doubt():
                await self._tried()

    async def _tried(self) -> None:
        """A pass; a store that fails, as on a full disk, costs this one and not those after it."""
        try:
            await self.pass_once()
        except StoreError as error:
            if not self._failing:
                _logger.error(  # noqa: TRY400  no trace
                    "a pass over the store failed: nothing is destroyed until one succeeds", why=str(error)
                )
            self._failing = True
            return
        if self._failing:
            _logger.info("a pass over the store succeeded again")
        self._failing = False

    async def pass_once(self) -> int:
        """One pass over the whole store, in steps that hold nobody up; how many contents were destroyed."""
        if self._left:
            await asyncio.to_thread(self._drop, ())
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
        if not found.due:
            return found.next or None, 0
        forgotten = await ctx.store.awrite(lambda tx: expire.forget(tx, ctx, found.due))
        await asyncio.to_thread(self._drop, forgotten.files)
        return found.next or None, forgotten.entries

    def _drop(self, files: Sequence[tuple[int, bytes]]) -> None:
        """These, and what could not be destroyed before."""
        stuck, self._left = bool(self._left), [*self._left, *files]
        left: list[tuple[int, bytes]] = []
        why = ""
        for key, sha256 in self._left:
            try:
                self._ctx.blobs.drop(of_entry(key), sha256)
            except OSError as error:
                left.append((key, sha256))
                why = error.strerror or type(error).__name__
        self._left = left
        if left and not stuck:
            _logger.error(
                "files whose time is over cannot be destroyed: tried again each minute",
                why=why,
                files=len(left),
            )
        elif stuck and not left:
            _logger.info("files whose time was over are destroyed now")

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
