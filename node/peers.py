"""What is known of each peer's connection right now, for screens and health; nothing here decides anything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from statistics import median

from protocol.ids import NodeId, UnixMs

CLOCK_DOUBT_MS = 5 * 60_000
"""A clock further than this from the median of its peers ends nothing."""


@dataclass(frozen=True, slots=True)
class PeerStatus:
    """One peer as this node sees it. `heard` is when its last frame arrived; times are this node's clock.

    `ahead_ms`: how far its clock was ahead of this node's when it said hello.
    """

    peer: NodeId
    connected: bool = False
    since: UnixMs | None = None
    heard: UnixMs | None = None
    register: int = 0
    refused: str = ""
    ahead_ms: int | None = None


class PeerBoard:
    """The newest status of each peer; written by the federation, read by the screens."""

    def __init__(self) -> None:
        self._board: dict[NodeId, PeerStatus] = {}
        self._listeners: list[Callable[[PeerStatus], None]] = []

    def update(self, peer: NodeId, **changed: object) -> None:
        """Put what changed on the board and tell the listeners."""
        status = replace(self._board.get(peer, PeerStatus(peer)), **changed)  # type: ignore[arg-type]
        self._board[peer] = status
        for listener in self._listeners:
            listener(status)

    def of(self, peer: NodeId) -> PeerStatus:
        """The status of one peer; of one never seen, a blank one."""
        return self._board.get(peer, PeerStatus(peer))

    def ahead_ms(self) -> int:
        """How far the connected peers' clocks are ahead of this node's, in the median; 0 where nobody is connected."""
        known = [s.ahead_ms for s in self._board.values() if s.connected and s.ahead_ms is not None]
        return int(median(known)) if known else 0

    def in_doubt(self) -> bool:
        """Whether this node's clock is so far from its peers' that nothing may be destroyed or ended by it."""
        return abs(self.ahead_ms()) > CLOCK_DOUBT_MS

    def listen(self, listener: Callable[[PeerStatus], None]) -> None:
        """Call `listener` at each change, in the thread that made it."""
        self._listeners.append(listener)
