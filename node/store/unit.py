"""A unit of work: what a command reads and writes with. One snapshot, one transaction, no engine in sight.

Guarantees that changes noted in a transaction reach nobody unless it is durable. SQL is text with `?`, values follow.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from node.store.changes import Change

Value = int | float | str | bytes | None
Row = Sequence[Any]


class Reader:
    """One consistent snapshot of the database."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self, sql: str, *values: Value) -> Sequence[Row]:
        """Every row."""
        return self._connection.exec_driver_sql(sql, values).fetchall()

    def one(self, sql: str, *values: Value) -> Row | None:
        """The first row, or none."""
        return self._connection.exec_driver_sql(sql, values).fetchone()


class Tx(Reader):
    """One transaction of the one writer; sees its own writes."""

    __slots__ = ("changes",)

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self.changes: list[Change] = []

    def run(self, sql: str, *values: Value) -> int:
        """Write; how many rows it touched."""
        return self._connection.exec_driver_sql(sql, values).rowcount

    def note(self, change: Change) -> None:
        """Told to whoever listens, after the commit and only then."""
        self.changes.append(change)
