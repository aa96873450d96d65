"""The tasks of one node. A part that fails is said, by sort and place, and ends the node: one that misses a part must not look
healthy, and whoever starts it again (a supervisor) is told by its exit code.
"""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable, Coroutine
from typing import Any

from node import log

_logger = log.get("main")


class Parts:
    """Made on the event loop; `broken` is called once, when the first part fails."""

    def __init__(self, broken: Callable[[], None] = lambda: None) -> None:
        self._broken = broken
        self._tasks: set[asyncio.Task[Any]] = set()
        self._closing = False
        self.whole = True

    def start(self, work: Coroutine[Any, Any, None], name: str, *, ends: bool = False) -> None:
        """Run a part; one that does not say it `ends` and ends anyway has failed too."""
        self.watch(asyncio.get_running_loop().create_task(work, name=name), ends=ends)

    def watch(self, task: asyncio.Task[Any], *, ends: bool = False) -> None:
        """The same for a task that somebody else made and closes."""
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._done(done, ends))

    async def close(self) -> None:
        """Cancel what still runs, and wait for it."""
        self.closing()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def closing(self) -> None:
        """From now on whatever ends may."""
        self._closing = True

    def _done(self, task: asyncio.Task[Any], ends: bool) -> None:
        self._tasks.discard(task)
        fault = None if task.cancelled() else task.exception()
        if self._closing or (fault is None and (ends or task.cancelled())):
            return
        _logger.error("a part of this node failed; it stops", part=task.get_name(), fault=_place(fault))
        if self.whole:
            self.whole = False
            self._broken()


def _place(fault: BaseException | None) -> str:
    """Its sort and the line it came from; its words may quote input. Of a group, the first within."""
    while isinstance(fault, BaseExceptionGroup):
        fault = fault.exceptions[0]
    if fault is None:
        return "it ended"
    frames = traceback.extract_tb(fault.__traceback__)
    at = f" at {frames[-1].filename}:{frames[-1].lineno}" if frames else ""
    return type(fault).__name__ + at
