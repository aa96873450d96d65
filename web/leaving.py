"""Releases that still can be stopped: the seconds between an officer's word and the log.

Guarantees that what is stopped in time does not leave, that each leaves once, and that a node that stops in between
releases nothing: the draft stays a draft. What went wrong when it was to leave is kept for the drafts page, and so is, for a
quarter of an hour, what left: whoever waited for it finds it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog

from protocol.ids import RecordId, UnixMs

FAILED = "NOT_RELEASED"
LEFT_MOST, LEFT_MS = 20, 15 * 60_000
_log = structlog.get_logger("web")
Act = Callable[[], Awaitable[str]]
"""Carries the release out; returns the code of what stopped it, or ""."""


@dataclass(slots=True)
class Leaving:
    """Everything of one node that is in its cancel window."""

    on_end: Callable[[], None]
    _tasks: dict[RecordId, tuple[asyncio.Task[None], UnixMs]] = field(default_factory=dict)
    _trouble: dict[RecordId, str] = field(default_factory=dict)
    _left: dict[RecordId, UnixMs] = field(default_factory=dict)

    def when(self, record: RecordId) -> UnixMs | None:
        """When it leaves, if it is about to."""
        found = self._tasks.get(record)
        return found[1] if found else None

    def trouble(self, record: RecordId) -> str:
        """What stopped it last time."""
        return self._trouble.get(record, "")

    def left(self, now: UnixMs) -> tuple[RecordId, ...]:
        """What left at the end of its window of late, the newest first."""
        return tuple(record for record, at in reversed(self._left.items()) if now - at < LEFT_MS)

    def start(self, record: RecordId, *, after_s: float, leaves_ms: UnixMs, act: Act) -> None:
        """Begins the window; one that runs goes on."""
        if record in self._tasks:
            return
        self._trouble.pop(record, None)
        self._tasks[record] = (asyncio.create_task(self._run(record, after_s, leaves_ms, act)), leaves_ms)

    def stop(self, record: RecordId) -> bool:
        """Stops it; False when it has left or was none."""
        found = self._tasks.pop(record, None)
        if found is None:
            return False
        found[0].cancel()
        return True

    async def close(self) -> None:
        """Stops all."""
        tasks = [task for task, _ in self._tasks.values()]
        self._tasks.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, record: RecordId, after_s: float, leaves_ms: UnixMs, act: Act) -> None:
        await asyncio.sleep(after_s)
        self._tasks.pop(record, None)  # from here on it cannot be stopped any more
        try:
            code = await act()
        except Exception as fault:  # noqa: BLE001 - a full disk, say: the draft stays one, and its page says so
            _log.error("a release failed", fault=type(fault).__name__)
            code = FAILED
        if code:
            self._trouble[record] = code
        else:
            self._left.pop(record, None)
            self._left[record] = leaves_ms
            for oldest in tuple(self._left)[:-LEFT_MOST]:
                del self._left[oldest]
        self.on_end()
