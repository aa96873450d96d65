"""Which statements a store was asked, for tests that hold what something costs by counting instead of by time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from unittest.mock import patch

from node.store.unit import Reader, Row, Value

Asked = tuple[str, tuple[Value, ...]]


@contextmanager
def rows_read() -> Iterator[list[tuple[str, int]]]:
    """Every reading statement in this block with how many rows came of it, in order."""
    came: list[tuple[str, int]] = []
    one, every = Reader.one, Reader.all

    def counted_one(reader: Reader, sql: str, *values: Value) -> Row | None:
        row = one(reader, sql, *values)
        came.append((sql, int(row is not None)))
        return row

    def counted_all(reader: Reader, sql: str, *values: Value) -> Sequence[Row]:
        rows = every(reader, sql, *values)
        came.append((sql, len(rows)))
        return rows

    with patch.object(Reader, "one", counted_one), patch.object(Reader, "all", counted_all):
        yield came


@contextmanager
def statements() -> Iterator[list[Asked]]:
    """Every reading statement in this block with its values, in order; of a transaction's too."""
    asked: list[Asked] = []
    one, every = Reader.one, Reader.all

    def counted_one(reader: Reader, sql: str, *values: Value) -> Row | None:
        asked.append((sql, values))
        return one(reader, sql, *values)

    def counted_all(reader: Reader, sql: str, *values: Value) -> Sequence[Row]:
        asked.append((sql, values))
        return every(reader, sql, *values)

    with patch.object(Reader, "one", counted_one), patch.object(Reader, "all", counted_all):
        yield asked
