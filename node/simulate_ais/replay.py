"""Plays a recording as it is: every line unchanged, paced by the times it carries or at a fixed rate.

Times are tag blocks' `c:` and Gatehouse `$PGHP` lines; a recording without any is played at `PLAIN_RATE`. A pause is never
longer than `PAUSE_MAX_S`, and time that goes backwards is no pause.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from node.sensors.ais_nmea import gatehouse_time, stamp_time

PLAIN_RATE = 50.0
"""Lines a second of a recording that carries no times."""

PAUSE_MAX_S = 60.0
LINE_MAX = 65_536
_BLOCK_TIME = re.compile(rb"^\\[^\\]{0,200}?\bc:(\d{1,13})")


def plan(path: Path, *, rate: float = 0.0, speed: float = 1.0) -> Iterator[tuple[float, bytes]]:
    """Each line without its end, with the seconds to wait before it. `rate` lines a second if not 0, else its own times."""
    last: int | None = None
    plain = bool(rate) or not carries_times(path)
    step = 1 / (rate or PLAIN_RATE)
    for line in _lines(path):
        if plain:
            yield step, line
            continue
        at = time_of(line)
        wait = 0.0 if at is None or last is None else min(max(at - last, 0) / 1000 / speed, PAUSE_MAX_S)
        last = max(at, last or at) if at is not None else last
        yield wait, line


def carries_times(path: Path) -> bool:
    """Whether one of its first thousand lines says when it was received."""
    return any(time_of(line) is not None for _, line in zip(range(1000), _lines(path), strict=False))


def time_of(line: bytes) -> int | None:
    """When the line says its message was received (Unix ms)."""
    if line.startswith(b"$P") and line[3:5] == b"HP":
        return gatehouse_time(line.split(b","))
    if found := _BLOCK_TIME.match(line):
        return stamp_time(found[1].decode("ascii"))
    return None


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while line := file.readline(LINE_MAX):
            if bare := line.rstrip(b"\r\n"):
                yield bare
