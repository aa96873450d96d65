"""Looks for traces of a record: its text and its id, in any spelling in which a program might have kept them.

Guarantees that every byte of every file of a folder is looked at, database, write-ahead log, register, logs and keys alike.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from pathlib import Path

CHUNK = 1 << 20


def spellings(marker: str, record: str = "") -> tuple[bytes, ...]:
    """What to look for: the text in UTF-8, UTF-16, hexadecimal and at each place of Base64; the id raw and in hexadecimal."""
    plain = marker.encode()
    found = [plain, marker.encode("utf-16-le"), marker.encode("utf-16-be")]
    found += [plain.hex().encode(), plain.hex().upper().encode()]
    found += list(_in_base64(plain))
    if record:
        found += [record.encode(), record.upper().encode(), bytes.fromhex(record)]
    return tuple(found)


def _in_base64(plain: bytes) -> Iterator[bytes]:
    """The part of its Base64 that is the same whatever stands before and after it, for each of the three offsets."""
    for before in range(3):
        whole = base64.b64encode(b"\x00" * before + plain)
        first = -(-before * 4 // 3)  # the first digit that depends on nothing before
        last = (before + len(plain)) * 8 // 6  # up to the last digit that depends on nothing after
        yield whole[first:last]


def files_with(folder: Path, needles: Iterable[bytes]) -> list[Path]:
    """The files below a folder that hold any of these bytes."""
    wanted = tuple(needles)
    return [path for path in sorted(folder.rglob("*")) if path.is_file() and _holds(path, wanted)]


def _holds(path: Path, needles: tuple[bytes, ...]) -> bool:
    overlap = max(len(needle) for needle in needles) - 1
    kept = b""
    try:
        opened = path.open("rb")
    except FileNotFoundError:
        return False  # a running node put it away in between; what it became is looked at when the node has stopped
    with opened as file:
        while chunk := file.read(CHUNK):
            window = kept + chunk
            if any(needle in window for needle in needles):
                return True
            kept = window[-overlap:] if overlap else b""
    return False
