"""One process a data directory, and one user: a lock that the system lets go of when its holder ends, however it ends.

Guarantees that nobody but its owner (and root) may look into a directory that is in use: it is made so, or refused.
"""

from __future__ import annotations

import fcntl
import os
import stat
from pathlib import Path
from types import TracebackType
from typing import Self

from node.exits import Busy, Refused

FILE = "node.lock"


class DataLock:
    """Holds `<data>/node.lock`, in which the holder's process id stands; `Busy` says whose it is.

    `Refused` where group or others may read, enter or write the directory.
    """

    def __init__(self, data: Path) -> None:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        if stat.S_IMODE(data.stat().st_mode) & (stat.S_IRWXG | stat.S_IRWXO):
            raise Refused(f"{data} is open to others on this machine; make it yours alone: chmod 700 {data}")
        self._path = data / FILE
        self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(self._descriptor, 20).decode("ascii", "replace").strip()
            os.close(self._descriptor)
            raise Busy(f"{data} is in use by process {holder or 'unknown'}; stop that one first") from None
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Let go; the file stays."""
        os.close(self._descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()
