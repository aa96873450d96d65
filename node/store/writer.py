"""The thread that owns the database's one writing connection.

Jobs queue by urgency, then by age. As many as are waiting share a commit, within `BUDGET_S`: an urgent one that comes in
meanwhile is done next and commits at once, so an alert waits for at most one bulk job and one commit.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from queue import Empty, PriorityQueue
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine

from node import log
from node.store.contract import Publish
from node.store.errors import StoreClosed, StoreError, StoreFull
from node.store.group import Alone, Group, Job
from node.store.unit import Tx

T = TypeVar("T")
BUDGET_S = 0.02  # how long a group may grow before it commits
ROOM_AGAIN_S = 15.0
"""How long nothing may have met a full disk before it is said that there is room again: small writes go on for a while."""

_URGENT, _BULK, _STOP = 0, 1, 2
_log = log.get("store")


class Writer:
    """Runs transactions one group after the other, on one thread."""

    def __init__(self, engine: Engine, publish: Publish) -> None:
        self._engine = engine
        self._publish = publish
        self._queue: PriorityQueue[tuple[int, int, Job | None]] = PriorityQueue()
        self._order = itertools.count()
        self._lock = threading.Lock()
        self._closed = False
        self._full_at: float | None = None
        self._thread = threading.Thread(target=self._loop, name="store-writer", daemon=True)
        self._thread.start()

    def submit(self, act: Callable[[Tx], T], *, urgent: bool) -> Future[T]:
        """Queue one transaction; the future fails with `StoreClosed` once the writer is closed."""
        future: Future[T] = Future()
        future.add_done_callback(self._note)
        with self._lock:
            if self._closed:
                future.set_exception(StoreClosed("the store is closed"))
            else:
                rank = _URGENT if urgent else _BULK
                self._queue.put((rank, next(self._order), Job(act, future, urgent)))
        return future

    def alone(self, act: Callable[[Connection], T]) -> Future[T]:
        """Queue work on the writing connection, between two transactions and in none."""
        future: Future[T] = Future()
        with self._lock:
            if self._closed:
                future.set_exception(StoreClosed("the store is closed"))
            else:
                self._queue.put((_BULK, next(self._order), Alone(act, future)))
        return future

    def close(self) -> None:
        """Do what is queued, then end the thread."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._queue.put((_STOP, next(self._order), None))
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _loop(self) -> None:
        with self._engine.connect() as connection:
            while (job := self._queue.get()[2]) is not None:
                if not job.future.set_running_or_notify_cancel():
                    continue
                if isinstance(job, Alone):
                    _alone(connection, job)
                else:
                    self._group(Group(connection), job)

    def _group(self, group: Group, first: Job) -> None:
        try:
            group.begin()
        except StoreError as error:
            first.future.set_exception(error)
            return
        deadline = time.monotonic() + BUDGET_S
        job: Job | None = first
        while job is not None:
            if not group.run(job):
                return
            job = self._next(job, deadline)
        self._tell(group)

    def _next(self, before: Job, deadline: float) -> Job | None:
        """The next job for the same commit; none where somebody has waited long enough."""
        while time.monotonic() < deadline:
            try:
                ranked = self._queue.get_nowait()
            except Empty:
                return None
            job = ranked[2]
            if job is None or isinstance(job, Alone) or (before.urgent and not job.urgent):
                self._queue.put(ranked)
                return None
            if job.future.set_running_or_notify_cancel():
                return job
        return None

    def _note(self, done: Future[Any]) -> None:
        """Say once that the disk is full, and once that it is not any more."""
        if done.cancelled():
            return
        now = time.monotonic()
        if isinstance(done.exception(), StoreFull):
            if self._full_at is None:
                _log.error("the disk is full: nothing new is stored until there is room")
            self._full_at = now
        elif self._full_at is not None and done.exception() is None and now - self._full_at > ROOM_AGAIN_S:
            self._full_at = None
            _log.info("there is room on the disk again")

    def _tell(self, group: Group) -> None:
        changes = group.commit()
        try:
            if changes:
                self._publish(changes)
        except Exception as error:  # noqa: BLE001 - a listener must not stop the writer
            _log.error("a listener of the store failed", error=type(error).__name__)
        group.resolve()


def _alone(connection: Connection, job: Alone) -> None:
    try:
        result = job.act(connection)
    except Exception as error:  # noqa: BLE001 - it is the future's, whatever it is
        job.future.set_exception(error)
    else:
        job.future.set_result(result)
