"""How far this node may have signed, by feed, in a file outside its database and its database's backups.

Guarantees that a mark is on the disk before what it is about leaves this node (`covers`), so that a database which is older than its
own statements shows: it was restored. Forgets nothing but what a torn last write was about, which had not left. Does not know what
a feed holds.

The file: the line `port2port/high-water/v1`, then records of 96 bytes: feed id 32, lineage 16, u32be epoch, u64be size, root 32, and
the first 4 bytes of the SHA-256 of those 92. Of a feed the largest size counts; the feed of zeros is none (`commands/restored.py`). One write and one flush for a commit.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple, Protocol

from node import durable
from protocol.ids import FeedId, Hash

MAGIC = b"port2port/high-water/v1\n"
RECORD = 96
REWRITE_BYTES = 4 << 20
"""A file that has grown to this is written anew, with one record a feed, at the next start."""


class Mark(NamedTuple):
    """A checkpoint of an own feed: size and root; `lineage` and `epoch` of the feed, so that it is known without the database."""

    feed: FeedId
    lineage: bytes
    epoch: int
    size: int
    root: Hash


class HighWater(Protocol):
    """What commands need of it."""

    @property
    def blind(self) -> bool:
        """Whether there was no file when this node started: then it cannot tell what it has said before."""
        ...

    def get(self, feed: FeedId) -> Mark | None:
        """The largest mark of a feed."""
        ...

    def newest(self, lineage: bytes) -> Mark | None:
        """That of the highest epoch of a lineage."""
        ...

    def every(self) -> tuple[Mark, ...]:
        """The largest mark of each feed."""
        ...

    def look(self) -> None:
        """Read what another process of this node marked since."""
        ...

    def note(self, marks: Iterable[Mark]) -> None:
        """Durable when this returns; OSError where it is not: then nothing of it leaves until it is (`retry`)."""
        ...


class Marks:
    """The marks in memory; by itself the `HighWater` of tests, where nothing is lost that is not meant to be."""

    def __init__(self, *, blind: bool = False) -> None:
        self.blind = blind
        self._marks: dict[FeedId, Mark] = {}

    def get(self, feed: FeedId) -> Mark | None:
        """The largest mark of a feed."""
        return self._marks.get(feed)

    def newest(self, lineage: bytes) -> Mark | None:
        """That of the highest epoch of a lineage."""
        return max(
            (m for m in self._marks.values() if m.lineage == lineage), key=lambda m: m.epoch, default=None
        )

    def every(self) -> tuple[Mark, ...]:
        """The largest mark of each feed."""
        return tuple(self._marks.values())

    def note(self, marks: Iterable[Mark]) -> None:
        """Keep what is larger than what is there."""
        for mark in marks:
            before = self._marks.get(mark.feed)
            if before is None or before.size < mark.size:
                self._marks[mark.feed] = mark

    def look(self) -> None:
        """Read what another process of this node marked since."""


class MarksBeside(Marks):
    """The marks of a node, for a command in a process beside it: appends to the file that the node made, and never makes or rewrites one.

    Where there is no whole file nothing is marked, so nothing leaves: the node itself decides at its start what that means.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self.look()

    def look(self) -> None:
        super().note(_records(self._path.read_bytes() if self._path.exists() else b""))

    def note(self, marks: Iterable[Mark]) -> None:
        """Append and flush; OSError where that fails."""
        new = [mark for mark in marks if (k := self._marks.get(mark.feed)) is None or k.size < mark.size]
        if not new or not self._path.exists():
            return
        file = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
        try:
            whole = os.pread(file, len(MAGIC), 0) == MAGIC
            if not whole or (os.fstat(file).st_size - len(MAGIC)) % RECORD:
                return
            _write(file, b"".join(_packed(mark) for mark in new))
        finally:
            os.close(file)
        super().note(new)


class HighWaterFile(Marks):
    """The marks in a file. From any thread."""

    def __init__(self, path: Path) -> None:
        """Read it; OSError where it cannot be read or made. What is not whole at its end was being written, and never left."""
        raw = path.read_bytes() if path.exists() else b""
        super().__init__(blind=not raw.startswith(MAGIC))
        super().note(_records(raw))
        self._path, self._lock = path, threading.Lock()
        self._late: list[Mark] = []
        self._seen = 0
        if self.blind or len(raw) > REWRITE_BYTES or (len(raw) - len(MAGIC)) % RECORD:
            self._rewrite()
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)

    def note(self, marks: Iterable[Mark]) -> None:
        """Append and flush; what could not be written is written with the next."""
        with self._lock:
            self._late += [m for m in marks if (k := self._marks.get(m.feed)) is None or k.size < m.size]
            if not self._late:
                return
            _write(self._file, b"".join(_packed(mark) for mark in self._late))
            super().note(self._late)
            self._late.clear()

    def look(self) -> None:
        """Read what a command beside this node marked since; of a file that cannot be read nothing, so that nothing leaves."""
        with self._lock, contextlib.suppress(OSError):
            if (size := self._path.stat().st_size) != self._seen:
                super().note(_records(self._path.read_bytes()))
                self._seen = size

    def retry(self) -> tuple[FeedId, ...]:
        """Write what could not be written; the feeds that it is about. OSError where it still cannot."""
        late = tuple(mark.feed for mark in self._late)
        if late:
            self.note(())
        return late

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)

    def _rewrite(self) -> None:
        durable.replace(self._path, MAGIC + b"".join(_packed(mark) for mark in self._marks.values()))


def _write(file: int, raw: bytes) -> None:
    """All of it, on the disk. A part that was written before a failure is cut off, so that records stay aligned."""
    at = os.lseek(file, 0, os.SEEK_END)
    try:
        _put(file, raw)
        os.fdatasync(file)
    except OSError:
        os.ftruncate(file, at)
        raise


def _put(file: int, raw: bytes) -> None:
    if os.write(file, raw) != len(raw):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _packed(mark: Mark) -> bytes:
    body = b"".join(
        (mark.feed, mark.lineage, mark.epoch.to_bytes(4, "big"), mark.size.to_bytes(8, "big"), mark.root)
    )
    return body + hashlib.sha256(body).digest()[:4]


def _records(raw: bytes) -> Iterable[Mark]:
    for at in range(len(MAGIC), len(raw) - RECORD + 1, RECORD):
        record = raw[at : at + RECORD]
        body = record[:-4]
        if hashlib.sha256(body).digest()[:4] == record[-4:]:
            yield Mark(
                FeedId(body[:32]),
                body[32:48],
                int.from_bytes(body[48:52], "big"),
                int.from_bytes(body[52:60], "big"),
                Hash(body[60:92]),
            )
