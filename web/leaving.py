"""The timers of releases that can still be undone; what is about to leave is in the store (`node/commands/leave.py`).

Guarantees that each is carried out once, and that a node that stops in between carries out none: it goes on with them when it starts. What
left is kept for a quarter of an hour: whoever waited for it finds it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog

from protocol.ids import RecordId, UnixMs

LEFT_MOST, LEFT_MS = 20, 15 * 60_000
AGAIN_S = 15.0
"""How long after a failure of the store it is tried again: what is about to leave stays so until it is decided."""
_log = structlog.get_logger("web")
Act = Callable[[], Awaitable[bool]]
"""Carries the release out; whether it left."""


@dataclass(slots=True)
class Leaving:
    """Everything of one node that is in its undo window."""

    on_end: Callable[[], None]
    again_s: float = AGAIN_S
    _tasks: dict[RecordId, asyncio.Task[None]] = field(default_factory=dict)
    _left: dict[RecordId, UnixMs] = field(default_factory=dict)

    def left(self, now: UnixMs) -> tuple[RecordId, ...]:
        """What left at the end of its window of late, the newest first."""
        return tuple(record for record, at in reversed(self._left.items()) if now - at < LEFT_MS)

    def start(self, record: RecordId, *, after_s: float, leaves_ms: UnixMs, act: Act) -> None:
        """Begins the window; one that runs goes on."""
        if record not in self._tasks:
            self._tasks[record] = asyncio.create_task(self._run(record, after_s, leaves_ms, act))

    def stop(self, record: RecordId) -> None:
        """Forgets the timer of what was undone."""
        task = self._tasks.pop(record, None)
        if task is not None:
            task.cancel()

    async def close(self) -> None:
        """Stops all timers."""
        tasks = list(self._tasks.values())
        self._tasks.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, record: RecordId, after_s: float, leaves_ms: UnixMs, act: Act) -> None:
        await asyncio.sleep(after_s)
        while True:
            try:
                gone = await act()
            except Exception as fault:  # noqa: BLE001 - a full disk, say: it stays about to leave, and is tried again
                _log.error("a release failed; it is tried again", fault=type(fault).__name__)
                await asyncio.sleep(self.again_s)
            else:
                break
        self._tasks.pop(record, None)
        if gone:
            self._left.pop(record, None)
            self._left[record] = leaves_ms
            for oldest in tuple(self._left)[:-LEFT_MOST]:
                del self._left[oldest]
        self.on_end()
