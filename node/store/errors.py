"""What a store cannot do, in words for the operator: a command that cannot open one ends with them."""

from __future__ import annotations

import sqlite3
from typing import cast

from sqlalchemy.exc import DBAPIError

from node.exits import Busy, Refused


class StoreError(Refused):
    """The root of this room."""


class StoreFull(StoreError):
    """No space: nothing of what was asked is stored, everything acknowledged before is."""


class StoreBusy(StoreError, Busy):
    """Another process holds the database."""


class StoreClosed(StoreError):
    """The store is closed, or closing; the work was not done."""


class StoreBroken(StoreError):
    """The disk or the file failed; nothing of what was asked is stored."""


class NewerDatabase(StoreError):
    """The database was written by a newer program that says this one must not touch it."""


_KINDS: dict[int, type[StoreError]] = {
    sqlite3.SQLITE_FULL: StoreFull,
    sqlite3.SQLITE_BUSY: StoreBusy,
    sqlite3.SQLITE_LOCKED: StoreBusy,
    sqlite3.SQLITE_IOERR: StoreBroken,
    sqlite3.SQLITE_CORRUPT: StoreBroken,
    sqlite3.SQLITE_NOTADB: StoreBroken,
    sqlite3.SQLITE_CANTOPEN: StoreBroken,
    sqlite3.SQLITE_READONLY: StoreBroken,
}
_WORDS: dict[type[StoreError], str] = {
    StoreFull: "the disk is full",
    StoreBusy: "another process holds the database",
    StoreBroken: "the disk or the database file fails",
}


def as_alchemy(error: sqlite3.Error, sql: str) -> DBAPIError:
    """A driver's error as SQLAlchemy names it, for statements that go past it; without the values, which are nobody's to read."""
    return cast("DBAPIError", DBAPIError.instance(sql, None, error, sqlite3.Error, hide_parameters=True))


def of_driver(error: DBAPIError) -> StoreError | None:
    """The failure of disk or file behind a driver's error; `None` where the statement itself is at fault."""
    code = getattr(error.orig, "sqlite_errorcode", None)
    kind = _KINDS.get(code & 0xFF) if isinstance(code, int) else None
    if kind is None:
        return None
    name = getattr(error.orig, "sqlite_errorname", "")
    return kind(f"{_WORDS[kind]} ({name})")


def failure(error: sqlite3.Error) -> StoreError:
    """Of a BEGIN, COMMIT or ROLLBACK, which no statement of a caller's can be at fault for."""
    return of_driver(as_alchemy(error, "")) or StoreBroken(str(error))
