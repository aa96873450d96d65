"""Time as it is passed in: nothing below the wiring reads the machine's clock itself."""

from __future__ import annotations

import time
from typing import Protocol

from protocol.ids import UnixMs


class Clock(Protocol):
    """A source of wall time; decisions order nothing by another node's."""

    def now_ms(self) -> UnixMs:
        """Unix time, UTC, in milliseconds."""
        ...


class SystemClock:
    """The machine's clock."""

    def now_ms(self) -> UnixMs:
        """Unix time, UTC, in milliseconds."""
        return UnixMs(time.time_ns() // 1_000_000)
