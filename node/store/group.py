"""Group commit: several pieces of work in one transaction, each in a savepoint of its own.

Guarantees: a failing job is undone alone, and what it would have taken back in memory is (`Tx.if_undone`); a future resolves only after the commit (`resolve`); if the commit fails, every job
of the group fails with it. `Points` numbers each statement and each side of a commit, so that a test can stop the world there.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from node.store.changes import Change
from node.store.engine import driver_of
from node.store.errors import StoreBroken, StoreError, failure, of_driver
from node.store.unit import Row, Tx, Value

Point = Callable[[str], None]
"""Called before each statement that writes, and on both sides of a commit, with what is about to happen."""


@dataclass(slots=True)
class Job:
    """One transaction that somebody waits for."""

    act: Callable[[Any], Any]
    future: Future[Any]
    urgent: bool = False


class Alone(Job):
    """Work on the writing connection outside of any transaction of ours: `act` is given the connection, not a `Tx`."""


class Group:
    """One transaction over several jobs; used once."""

    def __init__(self, connection: Connection, *, point: Point | None = None) -> None:
        self._connection = connection
        self._driver = driver_of(connection)
        self._point = point
        self._done: list[tuple[Job, Any]] = []
        self._changes: list[Change] = []
        self._undone: list[Callable[[], None]] = []

    def begin(self) -> None:
        """Take the database's write lock; raises a `StoreError` where that fails."""
        try:
            self._driver.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            raise failure(error) from error

    def run(self, job: Job) -> bool:
        """Do one job. False: SQLite has ended the whole transaction; every job of it has its error and the group is over."""
        tx = PointedTx(self._connection, self._point) if self._point else Tx(self._connection)
        self._driver.execute("SAVEPOINT job")
        try:
            result = job.act(tx)
        except Exception as error:  # noqa: BLE001 - it is the future's, whatever it is
            _take_back(tx.undone)
            return self._undo(job, _named(error))
        self._driver.execute("RELEASE job")
        self._undone += tx.undone
        self._done.append((job, result))
        self._changes += tx.changes
        return True

    def commit(self) -> Sequence[Change]:
        """Make it durable; what changed is returned, for whoever listens. Where that fails the futures have the failure."""
        try:
            self._at("COMMIT")
            self._driver.execute("COMMIT")
        except sqlite3.Error as error:
            self._fail(failure(error))
            return ()
        self._at("after COMMIT")
        return self._changes

    def resolve(self) -> None:
        """Give those who wait their results, after `commit`. Waking a thread hands it the interpreter: so listeners go first."""
        for job, result in self._done:
            job.future.set_result(result)

    def _undo(self, job: Job, error: Exception) -> bool:
        if not self._driver.in_transaction:
            self._fail(error if isinstance(error, StoreError) else StoreBroken("the transaction was lost"))
            job.future.set_exception(error)
            return False
        self._driver.execute("ROLLBACK TO job")
        self._driver.execute("RELEASE job")
        job.future.set_exception(error)
        return True

    def _fail(self, error: StoreError) -> None:
        if self._driver.in_transaction:
            self._driver.execute("ROLLBACK")
        _take_back(self._undone)
        for job, _ in self._done:
            job.future.set_exception(error)
        self._done.clear()
        self._changes.clear()

    def _at(self, what: str) -> None:
        if self._point:
            self._point(what)


class PointedTx(Tx):
    """A transaction whose every write passes a point."""

    __slots__ = ("_point",)

    def __init__(self, connection: Connection, point: Point) -> None:
        super().__init__(connection)
        self._point = point

    def all(self, sql: str, *values: Value) -> Sequence[Row]:
        """Every row; one that writes passes a point."""
        if not sql.startswith(_READS):
            self._point(_verb(sql))
        return super().all(sql, *values)

    def run(self, sql: str, *values: Value) -> int:
        """Write, unless the world stops here."""
        self._point(_verb(sql))
        return super().run(sql, *values)


_READS = ("SELECT", "WITH", "PRAGMA")


def _verb(sql: str) -> str:
    return " ".join(sql.split(None, 3)[:3])


def _named(error: Exception) -> Exception:
    """A driver's error about disk or file as ours; any other as it is."""
    return (of_driver(error) or error) if isinstance(error, DBAPIError) else error


def _take_back(undone: list[Callable[[], None]]) -> None:
    while undone:
        undone.pop()()
