"""How much room the files of peers have: all together, and of one origin. Told from a count that is at most a minute old, and what
came since.

Guarantees that no origin's files take more than a quarter of the room, and that what peers bring stops a quarter short of all of
it, so that an officer here can always attach a picture.
"""

from __future__ import annotations

from collections import Counter

from node.blobs import BLOCK
from node.commands.context import Context
from node.store import attachments
from protocol.ids import NodeId, UnixMs

SHARE = 4
COUNTED_MS = 60_000


class FileRoom:
    """The room of one node's files."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._used: Counter[NodeId] = Counter()
        self._counted: UnixMs | None = None

    async def fits(self, origin: NodeId, size: int) -> bool:
        """Whether a file of a peer may take so many bytes."""
        limits = self._ctx.settings
        if size > limits.blob:
            return False
        await self._count()
        share = limits.blobs_total // SHARE
        received = self._used.total() - self._used[self._ctx.me]
        return received + size <= limits.blobs_total - share and self._used[origin] + size <= share

    def took(self, origin: NodeId, size: int) -> None:
        """A file came."""
        self._used[origin] += max(size, BLOCK)

    async def _count(self) -> None:
        now = self._ctx.now()
        if self._counted is None or not 0 <= now - self._counted < COUNTED_MS:
            self._used = Counter(await self._ctx.store.aread(attachments.used))
            self._counted = now
