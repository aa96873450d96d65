"""Files that are there whole or not at all, and on the disk when the call returns: their bytes and their names.

OSError where the disk does not take them; then what was there before is there still, and nothing half is left.
"""

from __future__ import annotations

import os
from pathlib import Path


def replace(path: Path, data: bytes, *, mode: int = 0o600) -> None:
    """Put `data` in the place of whatever is there; `mode` from its first byte on, less what the umask takes."""
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    create(part, data, mode=mode)
    part.replace(path)
    sync(path.parent)


def create(path: Path, data: bytes, *, mode: int = 0o600) -> None:
    """A new file; FileExistsError where there is one, which stays as it is."""
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        path.unlink(missing_ok=True)
        raise


def sync(path: Path) -> None:
    """What a folder lists, or a file holds, is on the disk."""
    number = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(number)
    finally:
        os.close(number)
