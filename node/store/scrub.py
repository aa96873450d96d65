"""Bytes of what was deleted, in the unused part of pages: overwritten in the database's own file.

SQLite's secure_delete overwrites what is freed, but not what balancing leaves behind when it moves a live cell to another page: such
a copy lies between the cell pointers and the cells of a page, belongs to nobody and outlives the row. Source: SQLite's database
file format, chapter 1.6. Guarantees that only such bytes are touched. The caller guarantees that nothing of the file is in the
write-ahead log, that nobody writes meanwhile, and that no connection writes back a page it read before.
"""

from __future__ import annotations

import os
import sqlite3
import struct
from pathlib import Path

from node.store.errors import StoreBroken, failure

STEP = 256
"""Pages of a step: 1 MiB of 4 KiB pages, a few milliseconds in which nobody writes."""
_HEADERS = {2: 12, 5: 12, 10: 8, 13: 8}
"""B-tree pages by their first byte, and how long their header is."""
MAX_PAGES = 1 << 25
"""Up to here the first byte of any other page, the number of the next one, is 0 or 1: no such page is taken for a B-tree's."""


def page_count(descriptor: int) -> tuple[int, int]:
    """(bytes of a page, number of pages) of a database file; (0, 0) of an empty one."""
    head = os.pread(descriptor, 100, 0)
    if len(head) < 100:
        return 0, 0
    (size,) = struct.unpack_from(">H", head, 16)
    size = 65_536 if size == 1 else size
    return size, os.fstat(descriptor).st_size // size


class Scrubber:
    """One database file, scrubbed through its writing connection. The file stays open until `close`.

    Closing any descriptor of it drops this process's locks on it, so that is done after the last connection is closed.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def step(self, driver: sqlite3.Connection, first: int, count: int = STEP) -> int | None:
        """As `contract.Store.scrub`; on the thread of the writing connection, which is in no transaction."""
        try:
            return self._step(driver, first, count)
        except sqlite3.Error as error:
            raise failure(error) from error

    def _step(self, driver: sqlite3.Connection, first: int, count: int) -> int | None:
        (patience,) = driver.execute("PRAGMA busy_timeout").fetchone()
        driver.execute("PRAGMA busy_timeout=0")  # nobody waits for this
        try:
            if driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                return None
            driver.execute("PRAGMA shrink_memory")  # pages read before are not written back
            driver.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:  # locked
            return None
        finally:
            driver.execute(f"PRAGMA busy_timeout={patience}")
        try:
            return scrub(self._file(), first, count) if self._quiet() else None
        finally:
            driver.execute("ROLLBACK")

    def close(self) -> None:
        """After the last connection."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _quiet(self) -> bool:
        """Whether the log is empty: with the write lock held it stays so, and nothing is copied from it into the file."""
        try:
            return self._path.with_name(self._path.name + "-wal").stat().st_size == 0
        except FileNotFoundError:
            return True

    def _file(self) -> int:
        if self._descriptor is None:
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CLOEXEC)
        return self._descriptor


def scrub(descriptor: int, first: int, count: int) -> int:
    """Overwrite unused bytes in `count` pages from `first` (1 is the first) on; where the next step goes on, 0 at the end.

    Raises StoreBroken for a file that is too large to tell its pages apart.
    """
    size, pages = page_count(descriptor)
    if pages >= MAX_PAGES:
        raise StoreBroken(
            "the database has too many pages to tell unused bytes from others: nothing erased is confirmed"
        )
    last = min(first + count, pages + 1)
    block = os.pread(descriptor, (last - first) * size, (first - 1) * size) if last > first else b""
    for at in range(0, len(block) - size + 1, size):
        gap = _gap(block, at, 100 if first == 1 and at == 0 else 0, size)
        if gap is not None and any(block[at + gap[0] : at + gap[1]]):
            os.pwrite(descriptor, bytes(gap[1] - gap[0]), (first - 1) * size + at + gap[0])
    if last <= pages:
        return last
    os.fsync(descriptor)
    return 0


def _gap(block: bytes, at: int, head: int, size: int) -> tuple[int, int] | None:
    """From the end of the cell pointers to the first cell; None for what is no sound B-tree page. `head`: a file's first page."""
    length = _HEADERS.get(block[at + head])
    if length is None:
        return None
    cells, start = struct.unpack_from(">HH", block, at + head + 3)
    start, end = start or 65_536, head + length + 2 * cells
    return (end, start) if end < start <= size else None
