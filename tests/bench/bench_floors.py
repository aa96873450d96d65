"""What the machine itself can do, measured in the same run: what every figure is held against.

Inserting rows alone goes through the product's engine and statement, so that schema, indexes, page cache and durability are the
same; around it there is nothing else. CPU is of this process, which does nothing besides.
"""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Self

from bench_records import SIZE
from nacl.signing import SigningKey
from sqlalchemy import Connection

from node.store import entries
from node.store.engine import Tuning, writer_engine
from node.store.entries import EntryRow
from node.store.schema import prepare
from node.store.sqlite import SqliteStore
from node.store.unit import Tx
from protocol.entry import check_entry
from protocol.header import parse_header
from protocol.limits import BACKFILL_MAX
from protocol.merkle import CompactRange
from protocol.v1 import records_pb2 as pb

VERIFIED = 2_000
PROBE_S = 0.02


def verify_us() -> float:
    """CPU microseconds to verify one Ed25519 signature over one record."""
    key, record = SigningKey.generate(), os.urandom(SIZE)
    public, signature = key.verify_key, key.sign(record).signature
    began = time.process_time()
    for _ in range(VERIFIED):
        public.verify(record, signature)
    return (time.process_time() - began) / VERIFIED * 1e6


def newest(database: Path, feed: str, count: int) -> list[EntryRow]:
    """The last `count` rows of a feed, as they are stored."""
    with closing(SqliteStore(database)) as store:
        rows = store.read(
            lambda r: r.all(
                "SELECT e.* FROM entry e JOIN feed f ON e.feed = f.number WHERE f.feed = ? ORDER BY e.key DESC LIMIT ?",
                bytes.fromhex(feed),
                count,
            )
        )
    return [EntryRow._make(row) for row in reversed(rows)]


def insert(database: Path, rows: Sequence[EntryRow]) -> tuple[float, float]:
    """CPU microseconds a row and rows a second to store these rows in batches as they arrive, each durable."""
    with _connected(database) as connection:
        tx = Tx(connection)
        cpu, began = time.process_time(), time.monotonic()
        for start in range(0, len(rows), BACKFILL_MAX):
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            entries.insert(tx, rows[start : start + BACKFILL_MAX])
            connection.exec_driver_sql("COMMIT")
        spent, wall = time.process_time() - cpu, time.monotonic() - began
    return spent / len(rows) * 1e6, len(rows) / wall


def looked_at(rows: Sequence[EntryRow]) -> float:
    """CPU microseconds a row for what nobody who takes it can leave out: its header and body parsed, both hashed, and the tree's nodes.

    By the product's own functions; not the origin's right, the body's rules, the feed's row, the receipt.
    """
    cpu, held = time.process_time(), CompactRange()
    for start in range(0, len(rows), BACKFILL_MAX):
        run = [row.entry for row in rows[start : start + BACKFILL_MAX]]
        held, _ = held.extend([entry.leaf for entry in run])
        for entry in run:
            check_entry(entry, parse_header(entry.header))
            pb.Record.FromString(entry.content or b"")
    return (time.process_time() - cpu) / len(rows) * 1e6


def copied(database: Path, target: Path) -> None:
    """A copy of a closed database, without what a log beside an older copy would add."""
    for stale in target.parent.glob(f"{target.name}*"):
        stale.unlink()
    shutil.copyfile(database, target)


class Disk(threading.Thread):
    """The disk's own commits while something else is measured: one durable row each, and one bare fdatasync."""

    def __init__(self, folder: Path) -> None:
        super().__init__(daemon=True)
        self._folder, self._over = folder, threading.Event()
        self.commit_ms: list[float] = []
        self.sync_ms: list[float] = []

    def run(self) -> None:
        path = self._folder / "probe.db"
        file = os.open(self._folder / "probe.bin", os.O_RDWR | os.O_CREAT, 0o600)
        os.write(file, bytes(1 << 20))
        os.fsync(file)
        try:
            with _connected(path) as connection:
                connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS probe (row BLOB)")
                while not self._over.wait(PROBE_S):
                    self.commit_ms.append(_timed(lambda: _one_row(connection)))
                    self.sync_ms.append(_timed(lambda: _one_block(file)))
        finally:
            os.close(file)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self.join()


class _connected:  # noqa: N801 - used as a function
    """The product's writing connection to a database that it migrates."""

    def __init__(self, path: Path) -> None:
        self._engine = writer_engine(path, Tuning())
        self._path = path

    def __enter__(self) -> Connection:
        self._connection = self._engine.connect()
        prepare(self._connection, self._path.name)
        return self._connection

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()
        self._engine.dispose()


def _one_row(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    connection.exec_driver_sql("INSERT INTO probe (row) VALUES (?)", (bytes(SIZE),))
    connection.exec_driver_sql("COMMIT")


def _one_block(file: int) -> None:
    os.pwrite(file, os.urandom(4096), 0)
    os.fdatasync(file)


def _timed(act: Callable[[], None]) -> float:
    began = time.monotonic()
    act()
    return (time.monotonic() - began) * 1e3
