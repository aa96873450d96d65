"""A read that disk or file fail is a StoreError, whichever statement failed, and the next one begins anew."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from node.store import engine, sqlite, unit
from node.store.errors import StoreBroken
from node.store.sqlite import SqliteStore
from node.store.unit import Reader

PUT = "INSERT INTO meta (name, value) VALUES (?, ?)"
FAILS = ("BEGIN", "SELECT", "rows", "ROLLBACK")


def names(reader: Reader) -> list[str]:
    return [row[0] for row in reader.all("SELECT name FROM meta WHERE name LIKE 'x%' ORDER BY rowid")]


class Failing:
    """A driver's connection on a disk that fails once, at a statement or while its rows are read."""

    def __init__(self, below: sqlite3.Connection, at: list[str]) -> None:
        self._below, self._at = below, at

    @property
    def in_transaction(self) -> bool:
        return self._below.in_transaction

    def execute(self, sql: str, values: Any = ()) -> Any:
        verb = sql.split(maxsplit=1)[0]
        if self._at == [verb]:
            raise self._failed()
        cursor = self._below.execute(sql, values)
        return Rows(self) if verb == "SELECT" and self._at == ["rows"] else cursor

    def _failed(self) -> sqlite3.OperationalError:
        self._at.clear()
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode, error.sqlite_errorname = sqlite3.SQLITE_IOERR, "SQLITE_IOERR"
        return error


class Rows:
    def __init__(self, driver: Failing) -> None:
        self._driver = driver

    def fetchall(self) -> None:
        raise self._driver._failed()


@pytest.fixture(name="store")
def opened_store(tmp_path: Path) -> Iterator[SqliteStore]:
    opened = SqliteStore(tmp_path / "node.db")
    yield opened
    opened.close()


@pytest.mark.parametrize("at", FAILS)
@pytest.mark.parametrize("how", ["read", "glance"])
def test_a_failed_read_is_the_store_s_and_the_next_one_sees_what_is_new(
    store: SqliteStore, how: str, at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask: Callable[[Callable[[Reader], list[str]]], list[str]] = getattr(store, how)
    store.write(lambda tx: tx.run(PUT, "x1", 1)).result()
    assert ask(names) == ["x1"]
    fails = [at]

    def driver(connection: Connection) -> Any:
        return Failing(engine.driver_of(connection), fails)

    for room in (sqlite, unit):
        monkeypatch.setattr(room, "driver_of", driver)
    with pytest.raises(StoreBroken, match="SQLITE_IOERR"):
        ask(names)
    store.write(lambda tx: tx.run(PUT, "x2", 1)).result()
    assert ask(names) == ["x1", "x2"]


@pytest.mark.parametrize("how", ["read", "glance"])
def test_a_statement_that_is_at_fault_itself_is_no_failure_of_the_store(store: SqliteStore, how: str) -> None:
    with pytest.raises(OperationalError, match="no such table"):
        getattr(store, how)(lambda reader: reader.all("SELECT 1 FROM absent"))
    assert getattr(store, how)(names) == []
