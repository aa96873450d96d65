"""After a restore: asks, when an origin has given its list and again as it is caught up with, whether what was hidden of it is read again.

Guarantees nothing by itself: what is shown is the desk's (`node/commands/unheard.py`). A node that was never restored pays one look
into an empty set a batch.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from federation.desk import Desk
from federation.gaps import Gaps
from federation.session import Session
from protocol.ids import NodeId

LOOK_S = 1.0
"""How often at most it is looked for one origin: batches come faster."""


class Hearing:
    """One a node."""

    def __init__(
        self,
        desk: Desk,
        gaps: Gaps,
        sessions: Mapping[NodeId, Session],
        spawn: Callable[[Callable[[], Awaitable[None]]], None],
    ) -> None:
        self._desk, self._gaps, self._sessions, self._spawn = desk, gaps, sessions, spawn
        self._due: set[NodeId] = set()

    def look(self, origin: NodeId) -> None:
        """It gave its list, or more of what it said is here."""
        if origin in self._due or not self._desk.restores.unheard(origin):
            return
        self._due.add(origin)
        asyncio.get_running_loop().call_later(LOOK_S, self._look, origin)

    def _look(self, origin: NodeId) -> None:
        self._due.discard(origin)
        session = self._sessions.get(origin)
        if session is None or not session.ready:
            return  # its list may be of yesterday: it gives another when it is back
        lacking = self._gaps.lacking(origin)
        if all(
            self._desk.origin(feed) is not None for feed in lacking
        ):  # else it may be the next epoch of any
            self._spawn(partial(self._desk.restores.hear, origin, lacking))
