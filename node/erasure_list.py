"""What was destroyed here, on a file outside the database and outside every backup set, so that a restored backup can be held to it.

Append-only, one line an erasure: lineage, record and version. Guarantees that what was appended is on the disk when the call
returns, and that a line which a crash cut off is read as none. Holds ids only, nothing that a record said.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from node import durable
from node.exits import Refused
from protocol.ids import RecordId

_LINE = re.compile(r"([0-9a-f]{32}) ([0-9a-f]{32}) ([1-9][0-9]{0,9})")


class Gone(NamedTuple):
    """Versions 1 to `version` of a record of a lineage were destroyed here."""

    lineage: bytes
    record: RecordId
    version: int


class ErasureList:
    """The list in one file; without a path in memory alone, for tests."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._memory: list[Gone] = []

    def append(self, gone: Iterable[Gone]) -> None:
        """Add them; on the disk when this returns. OSError where they could not be."""
        more = list(gone)
        if self._path is None:
            self._memory += more
            return
        if not more:
            return
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        text = "".join(f"{one.lineage.hex()} {one.record.hex()} {one.version}\n" for one in more)
        way = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        descriptor = os.open(self._path, way, 0o600)
        try:
            end = os.lseek(descriptor, 0, os.SEEK_END)
            if end and os.pread(descriptor, 1, end - 1) != b"\n":
                text = "\n" + text  # a crash cut the last line off: it stays one that says nothing
            if os.write(descriptor, text.encode("ascii")) < len(text):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self._path))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if end == 0:
            durable.sync(self._path.parent)  # the file's name too

    def read(self) -> Sequence[Gone]:
        """Everything on it, the oldest first. Refused, in words, where it is there and cannot be read."""
        if self._path is None:
            return tuple(self._memory)
        try:
            text = self._path.read_text("ascii")
        except FileNotFoundError:
            return ()
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is not text"
            raise Refused(
                f"{self._path}: the list of what was destroyed here cannot be read: {why}; without it nothing "
                "that was restored may be shown"
            ) from None
        found = [_LINE.fullmatch(line) for line in text.split("\n")[:-1]]
        return [Gone(bytes.fromhex(m[1]), RecordId(bytes.fromhex(m[2])), int(m[3])) for m in found if m]
