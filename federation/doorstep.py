"""Who came to the peers' port and never proved who it is.

gRPC ends a handshake with a stranger's certificate by itself and tells nobody. What can be seen is that a connection began and
that a call came in over one, so those that began and came to no call within `WAIT_S` are counted: a certificate that the
register does not list, no certificate, no TLS, a scan. Their number is exact; which of several waiting ones it was is not known,
and no address is kept longer than `LINGER_S` after its last call.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

WAIT_S = 15.0
"""From a connection's begin to its first call; a member that dials takes `rpc.CONNECT_S` at most and calls at once."""
LINGER_S = 60.0
"""So long a connection whose calls are over is still known, should it call again."""
WAITING_MAX = 1_024
"""Connections beyond it count at once: a flood costs no memory."""
INSIDE_MAX = 4_096


class Doorstep:
    """Counts connections of one node's port; made in its event loop. `turned_away` is called there for each without a call."""

    def __init__(self, turned_away: Callable[[], None], *, wait_s: float = WAIT_S) -> None:
        self._turned_away, self._wait_s = turned_away, wait_s
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[asyncio.TimerHandle] = deque()
        self._inside: Counter[str] = Counter()

    @property
    def waiting(self) -> int:
        """Connections that may still prove who they are."""
        return len(self._waiting)

    def begun(self) -> None:
        """A connection begins; from any thread, never raises."""
        with suppress(RuntimeError):  # the loop is closed: the node has stopped
            self._loop.call_soon_threadsafe(self._begun)

    @contextmanager
    def call(self, address: str) -> Iterator[None]:
        """A call came in over the connection of this address: it proved a certificate that is or was a node's."""
        if address not in self._inside and self._waiting:
            self._waiting.pop().cancel()
        self._inside[address] += 1
        try:
            yield
        finally:
            if self._inside[address] > 1 or len(self._inside) > INSIDE_MAX:
                self._leave(address)
            else:
                self._loop.call_later(LINGER_S, self._leave, address)

    def _begun(self) -> None:
        if len(self._waiting) >= WAITING_MAX:
            self._turned_away()
        else:
            self._waiting.append(self._loop.call_later(self._wait_s, self._waited))

    def _waited(self) -> None:
        self._waiting.popleft()
        self._turned_away()

    def _leave(self, address: str) -> None:
        self._inside[address] -= 1
        if self._inside[address] <= 0:
            del self._inside[address]
