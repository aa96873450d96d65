"""The same store on the caller's thread, for the simulator and unit tests: the same SQL, no threads, and a world that can be
stopped at any numbered point of a write.

A file or memory. After `Crash` the database is what the disk would hold: an open transaction is gone, a commit that
returned is there. `reopen` is the restart.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from functools import cache
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection

from node.store.contract import Publish
from node.store.engine import Tuning, driver_of, writer_engine
from node.store.errors import StoreClosed
from node.store.group import Group, Job
from node.store.schema import prepare
from node.store.scrub import Scrubber
from node.store.sqlite import _nobody
from node.store.unit import Reader, Tx

T = TypeVar("T")


class Crash(BaseException):
    """The process ended here. No handler of the product catches it."""


class InlineStore:
    """`contract.Store` without threads."""

    def __init__(self, path: Path | None = None, *, publish: Publish = _nobody) -> None:
        self._engine = writer_engine(path, Tuning(cache_bytes=8 << 20))
        self._connection = self._engine.connect()
        self._publish = publish
        self._name = path.name if path else "memory"
        self._scrubber = Scrubber(path) if path else None
        self._crash_at: int | None = None
        self._down = False
        self.points = 0
        if path is None:
            _fill(self._connection)
        prepare(self._connection, self._name)

    def crash_at(self, point: int | None) -> None:
        """Count write points from now; at number `point` (from 1) the world stops. None: never."""
        self.points = 0
        self._crash_at = point

    def reopen(self) -> None:
        """Start again on what the disk holds."""
        self._down = False
        self.crash_at(None)
        prepare(self._connection, self._name)

    def read(self, ask: Callable[[Reader], T]) -> T:
        """What `ask` finds."""
        self._up()
        return ask(Reader(self._connection))

    def glance(self, ask: Callable[[Reader], T]) -> T:
        """`read`."""
        return self.read(ask)

    def write(self, act: Callable[[Tx], T], *, urgent: bool = False) -> Future[T]:
        """One transaction, done when this returns; raises `Crash` at the point set."""
        self._up()
        future: Future[T] = Future()
        group = Group(self._connection, point=self._point)
        try:
            group.begin()
            changes = group.commit() if group.run(Job(act, future)) else ()
        except Crash:
            self._down = True
            if driver_of(self._connection).in_transaction:  # some failures end it whole
                self._connection.exec_driver_sql("ROLLBACK")
            raise
        if changes:
            self._publish(changes)
        group.resolve()
        return future

    async def aread(self, ask: Callable[[Reader], T]) -> T:
        """`read`."""
        return self.read(ask)

    async def awrite(self, act: Callable[[Tx], T], *, urgent: bool = False) -> T:
        """`write`."""
        return self.write(act, urgent=urgent).result()

    async def scrub(self, first: int) -> int | None:
        """A step; of a database in memory there is no file."""
        self._up()
        return self._scrubber.step(driver_of(self._connection), first) if self._scrubber else 0

    def close(self) -> None:
        """Close the connection."""
        self._down = True
        self._connection.close()
        self._engine.dispose()
        if self._scrubber:
            self._scrubber.close()

    def _up(self) -> None:
        if self._down:
            raise StoreClosed("the store is down")

    def _point(self, what: str) -> None:
        self.points += 1
        if self.points == self._crash_at:
            raise Crash(f"at point {self.points}: {what}")


@cache
def _empty() -> bytes:
    """A migrated database, made once: a simulator opens thousands."""
    engine = writer_engine(None, Tuning())
    with engine.connect() as connection:
        prepare(connection, "memory")
        image = driver_of(connection).serialize()
    engine.dispose()
    return image


def _fill(connection: Connection) -> None:
    driver_of(connection).deserialize(_empty())
