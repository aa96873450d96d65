"""A unit of work: what a command reads and writes with. One snapshot, one transaction, no engine in sight.

Guarantees that changes noted in a transaction reach nobody unless it is durable. SQL is text with `?`, values follow. It goes
to the driver itself: what SQLAlchemy does around a statement costs several times the statement, and an alert waits for each.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection

from node.store.changes import Change
from node.store.engine import driver_of
from node.store.errors import as_alchemy

Value = int | float | str | bytes | None
Row = Sequence[Any]


class Reader:
    """One consistent snapshot of the database."""

    __slots__ = ("_driver",)

    def __init__(self, connection: Connection) -> None:
        self._driver = driver_of(connection)

    def all(self, sql: str, *values: Value) -> Sequence[Row]:
        """Every row."""
        try:
            return self._driver.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise as_alchemy(error, sql) from error

    def one(self, sql: str, *values: Value) -> Row | None:
        """The first row, or none."""
        try:
            return self._driver.execute(sql, values).fetchone()  # type: ignore[no-any-return]
        except sqlite3.Error as error:
            raise as_alchemy(error, sql) from error


class Tx(Reader):
    """One transaction of the one writer; sees its own writes."""

    __slots__ = ("changes", "undone")

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self.changes: list[Change] = []
        self.undone: list[Callable[[], None]] = []

    def run(self, sql: str, *values: Value) -> int:
        """Write; how many rows it touched."""
        try:
            return self._driver.execute(sql, values).rowcount
        except sqlite3.Error as error:
            raise as_alchemy(error, sql) from error

    def note(self, change: Change) -> None:
        """Told to whoever listens, after the commit and only then."""
        self.changes.append(change)

    def if_undone(self, act: Callable[[], None]) -> None:
        """Called on the writer's thread if this does not become durable, the newest first: takes back what memory has of it."""
        self.undone.append(act)

    @contextmanager
    def whole(self) -> Iterator[None]:
        """What is written in this block stands whole or, where something is raised in it, not at all; what went before stays."""
        changes, undone = len(self.changes), len(self.undone)
        self._driver.execute("SAVEPOINT block")
        try:
            yield
        except Exception:
            while len(self.undone) > undone:
                self.undone.pop()()
            del self.changes[changes:]
            if self._driver.in_transaction:  # else SQLite has ended all of it
                self._driver.execute("ROLLBACK TO block")
                self._driver.execute("RELEASE block")
            raise
        self._driver.execute("RELEASE block")
