"""The embedded store: one SQLite file, one writing thread, readers beside it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from node.store.contract import Publish
from node.store.engine import Tuning, driver_of, reader_engine, writer_engine
from node.store.errors import StoreBroken, failure, of_driver
from node.store.schema import prepare
from node.store.scrub import Scrubber
from node.store.unit import Reader, Tx
from node.store.writer import Writer

T = TypeVar("T")
SETTLED_NS = 1_000_000_000
"""Longer than any tick by which a file system dates what is written."""


def _nobody(_changes: object) -> None:
    """Where nobody listens."""


def _keep_private(path: Path) -> None:
    """Mode 0600 before anything is in it; SQLite gives what it makes beside a database the mode of that.

    What the system does not let us open, SQLite will refuse in its own words.
    """
    with contextlib.suppress(OSError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    for each in (path, *(path.with_name(path.name + more) for more in ("-wal", "-shm"))):
        with contextlib.suppress(FileNotFoundError):
            if each.stat().st_mode & 0o077:
                each.chmod(0o600)


class SqliteStore:
    """`contract.Store` over a file, which is this user's alone, however it was before. The directory must be too: `node/lock.py`."""

    def __init__(self, path: Path, *, publish: Publish = _nobody, tuning: Tuning | None = None) -> None:
        tuning = tuning or Tuning()
        _keep_private(path)
        self._writing = writer_engine(path, tuning)
        self._reading = reader_engine(path, tuning)
        try:
            with self._writing.connect() as connection:
                prepare(connection, path.name)
        except DBAPIError as error:
            self._writing.dispose()
            found = of_driver(error) or StoreBroken(str(error.orig))
            raise type(found)(f"{path}: {found}") from error
        except BaseException:
            self._writing.dispose()
            raise
        self._glancing, self._glance = self._reading.connect(), threading.Lock()
        self._writer = Writer(self._writing, publish)
        self._log = path.with_name(path.name + "-wal")
        self._scrubber = Scrubber(path)
        self._readers = ThreadPoolExecutor(tuning.readers, thread_name_prefix="store-read")

    def read(self, ask: Callable[[Reader], T]) -> T:
        """What `ask` finds in one snapshot; `StoreError` where disk or file fail."""
        try:
            connection = self._reading.connect()
        except DBAPIError as error:
            raise of_driver(error) or StoreBroken(str(error.orig)) from error
        with connection:
            return _in_snapshot(connection, ask)

    def glance(self, ask: Callable[[Reader], T]) -> T:
        """`read` on a connection that only glances have; after a failure on another one."""
        with self._glance:
            return _in_snapshot(self._glancing, ask)

    def write(self, act: Callable[[Tx], T], *, urgent: bool = False) -> Future[T]:
        """Queue one transaction."""
        return self._writer.submit(act, urgent=urgent)

    async def aread(self, ask: Callable[[Reader], T]) -> T:
        """`read` on one of the store's own threads: what else a node does in threads keeps no reader waiting."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self.read, ask)

    async def awrite(self, act: Callable[[Tx], T], *, urgent: bool = False) -> T:
        """`write`, awaited. Once begun it is done, also when the awaiting task is cancelled."""
        return await asyncio.wrap_future(self.write(act, urgent=urgent))

    def written(self) -> tuple[int, int] | None:
        """Another value after anything was committed, by another process too; asks the file system and not the database.

        None: something was a moment ago, and what comes in the same tick of the file system's clock would not show.
        """
        try:
            found = self._log.stat()
        except OSError:
            return 0, 0
        settled = abs(time.time_ns() - found.st_mtime_ns) > SETTLED_NS
        return (found.st_mtime_ns, found.st_size) if settled else None

    async def scrub(self, first: int) -> int | None:
        """A step, between two transactions of the writer."""
        done = self._writer.alone(lambda connection: self._scrubber.step(driver_of(connection), first))
        return await asyncio.wrap_future(done)

    def close(self) -> None:
        """Finish what is queued, then close; the last connection folds the write-ahead log into the file."""
        self._writer.close()
        self._readers.shutdown(cancel_futures=True)
        self._glancing.close()
        self._reading.dispose()
        self._writing.dispose()
        self._scrubber.close()


def _in_snapshot(connection: Connection, ask: Callable[[Reader], T]) -> T:
    """A connection on which disk or file failed is closed, and opened anew when it is used again: it may be in a transaction still."""
    try:
        driver = driver_of(connection)
        driver.execute("BEGIN")
        try:
            return ask(Reader(connection))
        finally:
            if driver.in_transaction:  # some failures end it
                driver.execute("ROLLBACK")
    except sqlite3.Error as error:
        connection.invalidate()
        raise failure(error) from error
    except DBAPIError as error:
        if (found := of_driver(error)) is None:
            raise
        connection.invalidate()
        raise found from error
