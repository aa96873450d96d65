"""Holds the demonstration's processes to their supervisor: none outlives it, and one that does is found by the next start.

Guarantees: on Linux a child is told to stop (SIGTERM) the moment its supervisor ends, however it ends (`prctl(2)`,
PR_SET_PDEATHSIG); everywhere, the lock of `children.lock` is held as long as any process of a start lives, because each inherits
it open (`flock(2)`: a lock belongs to the open file, not to a process).
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import sys
from collections.abc import Iterable
from pathlib import Path

from node.exits import Busy

FILE = "children.lock"
_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class Leash:
    """The lock of one start; `Busy` names the processes of an earlier one that still live."""

    def __init__(self, folder: Path) -> None:
        self._parent = os.getpid()
        self.descriptor = os.open(folder / FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            words = _left(os.read(self.descriptor, 4096).decode("ascii", "replace"))
            os.close(self.descriptor)
            raise Busy(f"{folder}: an earlier start left processes running: {words}") from None
        os.ftruncate(self.descriptor, 0)

    def note(self, children: Iterable[tuple[int, str]]) -> None:
        """Write down who was started, for the next start."""
        os.ftruncate(self.descriptor, 0)
        os.pwrite(self.descriptor, "".join(f"{pid} {name}\n" for pid, name in children).encode(), 0)

    def bind(self) -> None:
        """In a new child, before it becomes its program: stop when the supervisor stops."""
        if _LIBC is not None:
            _LIBC.prctl(_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
            if os.getppid() != self._parent:  # it ended in between
                os._exit(1)

    def release(self) -> None:
        """Let go of it here; a child that still lives goes on holding it."""
        os.close(self.descriptor)


def _left(noted: str) -> str:
    living = [words for line in noted.splitlines() if _lives(words := line.partition(" "))]
    if not living:
        return "their process ids are not known; look for `port2port`"
    named = ", ".join(f"{name} ({pid})" for pid, _, name in living)
    return f"{named}; end them with: kill {' '.join(pid for pid, _, _ in living)}"


def _lives(words: tuple[str, str, str]) -> bool:
    try:
        os.kill(int(words[0]), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True
