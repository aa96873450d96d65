"""Which batch enters the store when: one peer's live batches of a feed as they came, its bulk likewise, and bulk behind what is live.

Guarantees that what came first in a line enters first, though it need not be durable before the next one enters: so many small batches
that came while the disk was busy share a commit. And that bulk which is verified beside the writer stands back for what is live, for
a while at most.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Hashable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any

ASIDE_S = 0.1
"""How long at most a batch of bulk stands back: verifying one costs what is live beside it several times its own time."""

SWITCH_S = 0.0005
"""How long one thread may keep the others from running while something live is being taken. Each statement of the writer's lets go of the
interpreter, and gets it back after so long from a thread that verifies: at Python's own 5 ms an alert stood still for forty. It costs
bulk a tenth of its time, so it is so only while it helps."""
_USUAL_S = sys.getswitchinterval()


class Line:
    """One peer's batches of one feed, live ones or bulk: at its head one at a time until it has entered.

    `users`: how many stand in it, or have entered and are not durable yet.
    """

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.users = 0
        self.last: asyncio.Future[Any] | None = None

    def entered(self, writing: asyncio.Future[Any]) -> None:
        """It is the writer's now: what comes next may enter."""
        self.last = writing

    async def settled(self) -> None:
        """Until what entered before is durable, refused or given up; whoever took that has seen it by then, having waited first."""
        if self.last is not None:
            await asyncio.wait([self.last])


class Turns:
    """The lines in which something is under way."""

    def __init__(self) -> None:
        self._lines: dict[Hashable, Line] = {}

    @asynccontextmanager
    async def of(self, line: Hashable) -> AsyncIterator[Line]:
        """The turn in this line; first come, first served."""
        turn = self._lines.setdefault(line, Line())
        turn.users += 1
        try:
            async with turn.lock:
                yield turn
        finally:
            if turn.last is None or turn.last.done():
                self._left(line, turn)
            else:
                turn.last.add_done_callback(lambda _: self._left(line, turn))

    def _left(self, line: Hashable, turn: Line) -> None:
        turn.users -= 1
        if not turn.users:
            del self._lines[line]


class Calm:
    """Whether nothing live is being taken. While something is, threads take shorter turns.

    The length of a turn is the whole process's: where it runs several nodes, the first that is calm again ends that for all.
    """

    def __init__(self) -> None:
        self._busy = 0
        self._calm = asyncio.Event()
        self._calm.set()

    @contextmanager
    def broken(self) -> Iterator[None]:
        """While something live is being taken."""
        self._busy += 1
        if self._busy == 1:
            self._calm.clear()
            sys.setswitchinterval(SWITCH_S)
        try:
            yield
        finally:
            self._busy -= 1
            if not self._busy:
                self._calm.set()
                sys.setswitchinterval(_USUAL_S)

    async def wait(self) -> None:
        """Until it is calm, `ASIDE_S` at most: a peer that is never quiet does not keep others' backlogs out."""
        with suppress(TimeoutError):
            async with asyncio.timeout(ASIDE_S):
                await self._calm.wait()
