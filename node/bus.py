"""Wake-ups inside one process: who waits is woken by what happened, never by a timer.

Guarantees that a publisher never blocks and never fails by a listener's fault, and that a slow subscription loses only
items, not the knowledge that it lost some: it then reads the store. Order is that of publishing.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Generic, Self, TypeVar

from node import log

T = TypeVar("T")
QUEUED_MAX = 1024

_log = log.get("bus")


@dataclass(frozen=True, slots=True)
class Wake(Generic[T]):
    """What came since the last wake-up; `missed`: more came than was kept."""

    items: tuple[T, ...]
    missed: bool = False


class Subscription(Generic[T]):
    """One waiting task's queue; `async with`, then `async for wake in`."""

    def __init__(self, bus: Bus[T], limit: int) -> None:
        self._bus = bus
        self._limit = limit
        self._loop = asyncio.get_running_loop()
        self._ready = asyncio.Event()
        self._lock = threading.Lock()
        self._queue: deque[T] = deque()
        self._missed = False
        self._leave: Callable[[], None] | None = None

    async def __aenter__(self) -> Self:
        self._leave = self._bus.subscribe(self._take)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._leave:
            self._leave()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Wake[T]:
        """What came since last time; waits for it."""
        await self._ready.wait()
        with self._lock:
            self._ready.clear()
            wake = Wake(tuple(self._queue), self._missed)
            self._queue.clear()
            self._missed = False
        return wake

    def _take(self, items: Sequence[T]) -> None:
        with self._lock:
            room = self._limit - len(self._queue)
            self._queue.extend(items[:room])
            self._missed = self._missed or len(items) > room
        self._loop.call_soon_threadsafe(self._ready.set)


class Bus(Generic[T]):
    """The embedded bus of one node."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: tuple[Callable[[Sequence[T]], None], ...] = ()

    def publish(self, items: Sequence[T]) -> None:
        """Tell everyone; from any thread."""
        for listener in self._listeners:
            try:
                listener(items)
            except Exception as error:  # noqa: BLE001 - one listener's fault is not the others'
                _log.error("a listener failed", error=type(error).__name__)

    def subscribe(self, listener: Callable[[Sequence[T]], None]) -> Callable[[], None]:
        """Call `listener` on the publisher's thread with each lot; it must not block. Returns what ends it."""
        with self._lock:
            self._listeners += (listener,)

        def leave() -> None:
            with self._lock:
                self._listeners = tuple(one for one in self._listeners if one is not listener)

        return leave

    def listen(self, *, limit: int = QUEUED_MAX) -> Subscription[T]:
        """A subscription for a task of the running event loop."""
        return Subscription(self, limit)
