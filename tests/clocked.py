"""A node whose clock is wrong: the product's own command in a process of its own, with its time moved by so many milliseconds."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from unittest.mock import patch

from node.clock import SystemClock
from protocol.ids import UnixMs

DAY_MS = 86_400_000


def main(words: Sequence[str]) -> int:
    """`OFFSET_MS run --config FILE`: as `port2port` would be on a machine whose clock is that wrong; `still` stands for one that
    does not go."""
    from node.cli import main as command

    offset, *rest = words
    with stopped() if offset == "still" else moved(int(offset)):
        return command(rest)


@contextmanager
def stopped() -> Iterator[None]:
    """Everything in here is at one moment."""
    now = UnixMs(time.time_ns() // 1_000_000)
    with patch.object(SystemClock, "now_ms", lambda _: now):
        yield


@contextmanager
def moved(offset_ms: int) -> Iterator[None]:
    """The machine's clock is so wrong in here, as the product reads it."""

    def wrong(self: SystemClock) -> UnixMs:
        return UnixMs(time.time_ns() // 1_000_000 + offset_ms)

    with patch.object(SystemClock, "now_ms", wrong):
        yield
