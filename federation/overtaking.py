"""What goes to one peer ahead of its backlog, and what it said of it: a few at a time, newest first, without credit.

Guarantees that an entry goes ahead once a session, that at most `UNANSWERED` wait for the peer's word, and that it is decided when
it leaves whether it still may. What it does not take comes to it in its turn.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from federation.desk import Desk
from protocol.ids import FeedId, NodeId

UNANSWERED = 4
"""Each is a transaction of the peer's, and what comes to it meanwhile waits for these."""
TRIES = 3
"""How often an entry goes ahead to a peer that says it holds another size, while a backlog comes in."""


class Overtaking:
    """One peer's entries ahead of their turn."""

    def __init__(self, desk: Desk, peer: NodeId, *, wake: Callable[[], None]) -> None:
        self._desk, self._peer, self._wake = desk, peer, wake
        self._look: dict[FeedId, int | None] = {}
        self._looked: dict[FeedId, int] = {}
        self._queue: deque[tuple[FeedId, int, int | None]] = deque()
        self._flying: dict[tuple[FeedId, int], int] = {}
        self._told: dict[FeedId, int] = {}
        """What the peer said it holds, where that was not what is on record: any size but 0 that it has passed will do."""

    def look(self, feed: FeedId, sent: int | None) -> None:
        """The peer lacks what is beyond `sent` (None: as on record) and gets it later: what of it should not wait?"""
        self._look.setdefault(feed, sent)
        self._wake()

    def answered(self, feed: FeedId, index: int) -> bool:
        """The peer has said what it did with an entry; false where none is under way."""
        self._wake()
        return self._flying.pop((feed, index), None) is not None

    def holds(self, feed: FeedId, size: int) -> None:
        """A receipt: what is on record is newer than what was told."""
        if size >= self._told.get(feed, size):
            self._told.pop(feed, None)

    def gap(self, feed: FeedId, index: int, size: int) -> None:
        """The peer holds another size than was thought: once more, from there."""
        tries = self._flying.pop((feed, index), None)
        if tries is not None:
            self._told[feed] = size
        if tries is not None and tries < TRIES and size <= index:
            self._flying[feed, index] = tries
            self._queue.appendleft((feed, index, size))
        self._wake()

    async def next(self) -> bytes | None:
        """The next frame, or None until something changes."""
        while self._look:
            feed = next(iter(self._look))
            sent = self._look.pop(feed)
            first = self._looked.get(feed, sent)
            self._looked[feed], found = await self._desk.urgent(self._peer, feed, first)
            self._queue.extendleft((feed, index, None) for index in reversed(found))
        while self._queue and (self._queue[0][2] is not None or len(self._flying) < UNANSWERED):
            feed, index, size = self._queue.popleft()
            tries = self._flying.pop((feed, index), 0)
            raw = await self._desk.ahead(
                self._peer, feed, index, self._told.get(feed) if size is None else size
            )
            if raw:
                self._flying[feed, index] = tries + 1
                return raw
        return None
