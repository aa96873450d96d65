"""Failed sign-ins, counted. Not an account lock: an attacker cannot keep an officer out from another address.

Guarantees: after `attempts` failures of one account from one address, after four times as many from one address,
or ten times as many for one account, within the window, no further try is looked at until the oldest is
`window_s` old. Unknown accounts count as known ones do. Memory is bounded. A restart forgets.
"""

from __future__ import annotations

import math
from collections import OrderedDict, deque
from collections.abc import Callable

from protocol.ids import UnixMs

_KEYS_MAX = 20_000
_PER_ADDRESS = 4
_PER_ACCOUNT = 10


class Throttle:
    """One for each node."""

    def __init__(self, *, attempts: int, window_s: int, now_ms: Callable[[], UnixMs]) -> None:
        self._attempts = attempts
        self._window_ms = window_s * 1000
        self._now_ms = now_ms
        self._failures: OrderedDict[tuple[str, str], deque[int]] = OrderedDict()

    def wait_s(self, account: str, client: str) -> int:
        """Whole seconds until a try is looked at; 0: now."""
        return max(self._wait(key, limit) for key, limit in self._keys(account, client))

    def failed(self, account: str, client: str) -> None:
        """Counts a failure."""
        now = self._now_ms()
        for key, limit in self._keys(account, client):
            times = self._failures.setdefault(key, deque(maxlen=limit))
            times.append(now)
            self._failures.move_to_end(key)
        while len(self._failures) > _KEYS_MAX:
            self._failures.popitem(last=False)

    def succeeded(self, account: str, client: str) -> None:
        """Forgets the failures of this account from this address."""
        self._failures.pop((_fold(account), client), None)

    def _keys(self, account: str, client: str) -> tuple[tuple[tuple[str, str], int], ...]:
        folded = _fold(account)
        return (
            ((folded, client), self._attempts),
            (("", client), self._attempts * _PER_ADDRESS),
            ((folded, ""), self._attempts * _PER_ACCOUNT),
        )

    def _wait(self, key: tuple[str, str], limit: int) -> int:
        times = self._failures.get(key)
        if times is None or len(times) < limit:
            return 0
        left = times[0] + self._window_ms - self._now_ms()
        return max(0, math.ceil(left / 1000))


def _fold(account: str) -> str:
    return account.strip().casefold()[:80] or "-"
