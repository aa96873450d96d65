"""How often one officer searches: so many times a minute at most. In memory, of people of this node alone, so it is small."""

from __future__ import annotations

from collections import deque

from protocol.ids import UnixMs

A_MINUTE = 30
_MINUTE_MS = 60_000


class Pace:
    """When whom searched of late."""

    def __init__(self) -> None:
        self._times: dict[str, deque[UnixMs]] = {}

    def wait(self, who: str, now: UnixMs) -> int:
        """Seconds until this officer's next search; 0: now, and it counts."""
        times = self._times.setdefault(who, deque(maxlen=A_MINUTE))
        if len(times) == A_MINUTE and 0 <= now - times[0] < _MINUTE_MS:
            return -(-(times[0] + _MINUTE_MS - now) // 1000)
        times.append(now)
        return 0
