"""What is known of each peer's connection right now, for screens and health; nothing here decides anything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from protocol.ids import NodeId, UnixMs


@dataclass(frozen=True, slots=True)
class PeerStatus:
    """One peer as this node sees it. `heard` is when its last frame arrived; times are this node's clock."""

    peer: NodeId
    connected: bool = False
    since: UnixMs | None = None
    heard: UnixMs | None = None
    register: int = 0
    refused: str = ""


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

    def listen(self, listener: Callable[[PeerStatus], None]) -> None:
        """Call `listener` at each change, in the thread that made it."""
        self._listeners.append(listener)
