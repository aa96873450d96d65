"""What this node's own feeds owe one peer, and when it is sent: as they grow, within the peer's credit, one batch at a time.

Guarantees that nothing goes out before the peer has said what it holds (`open`), that a feed it refused whole is not sent
again under the same registers, and that feeds take turns. What must not wait overtakes (`overtaking.py`), in turn with them: a new alert of one feed waits for no backlog of another. Relayed feeds are never pushed: who wants them asks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from federation import wire
from federation.desk import Desk
from federation.overtaking import Overtaking
from node.commands.overtake import FROM_SIZE
from node.commands.serve import Head
from protocol.errors import Code
from protocol.ids import FeedId, NodeId

RETRY_S, RETRY_MAX_S = 10.0, 600.0
"""When a peer without space is tried again. One with an older register says when it has a newer one; it is tried all the
same, twice as long after each refusal: the word and the refusal may have crossed."""
_WHOLE = {Code.UNKNOWN_LABEL, Code.ABOVE_ACCREDITATION, Code.UNKNOWN_OP, Code.FORKED}
_LATER = {Code.NO_SPACE, Code.OLD_REGISTER, Code.BRAKED}


class Pushing:
    """One peer's place in the feeds this node writes."""

    def __init__(self, desk: Desk, peer: NodeId, *, live: int, credit: int, wake: Callable[[], None]) -> None:
        self._desk, self._peer, self._live, self._wake = desk, peer, live, wake
        self._most = self._credit = credit
        self._open = False
        self._sent: dict[FeedId, int] = {}
        self._dirty: dict[FeedId, None] = {}
        self._unwanted: set[FeedId] = set()
        self._retries: dict[FeedId, asyncio.TimerHandle] = {}
        self._waits: dict[FeedId, float] = {}
        self._hasty: set[FeedId] = set()
        self._ahead = Overtaking(desk, peer, wake=wake)
        self._aheads_turn = True

    # ---- What changes what is owed --------------------------------------------------------------------------------------

    def grew(self, feed: FeedId) -> None:
        """An own feed has new entries."""
        self._dirty[feed] = None
        self._hasty.discard(feed)
        self._wake()

    async def open(self) -> None:
        """What the peer holds is on record now: whatever it lacks of own feeds is due."""
        for feed, size in (await self._desk.behind(self._peer)).items():
            self._sent.setdefault(feed, size)
            self._dirty[feed] = None
        self._open = True
        self._wake()

    def pause(self) -> None:
        """Hold back until `open`: a newer register is on its way, and this node may not serve under an older one."""
        self._open = False

    def forgive(self) -> None:
        """A register changed: what was refused under the one before may be taken now."""
        self._unwanted.clear()
        self._waits.clear()
        self.close()

    def listed(self, heads: Iterable[Head], *, replace: bool) -> None:
        """The peer said what it holds; `replace`: what it does not name it does not hold."""
        if replace:
            self._sent.clear()
        for head in heads:
            if self._desk.origin(head.feed) == self._desk.me:
                self._sent[head.feed] = head.size

    def holds(self, feed: FeedId, size: int) -> None:
        """A receipt: the peer holds at least so much."""
        self._ahead.holds(feed, size)
        if feed in self._sent:
            self._sent[feed] = max(self._sent[feed], size)
            self._waits.pop(feed, None)

    def apart(self, feed: FeedId) -> None:
        """The peer holds another history of it: nothing that goes on from ours would fit."""
        if self._desk.origin(feed) == self._desk.me:
            self._unwanted.add(feed)

    def stored(self, feed: FeedId, index: int) -> bool:
        """The peer has an entry that went ahead; false where none is under way."""
        return self._ahead.answered(feed, index)

    def refused(self, code: str, feed: FeedId, size: int, *, index: int = 0, field: str = "") -> None:
        """The peer did not take what it was sent of an own feed."""
        if code == Code.GAP and field == FROM_SIZE:
            self._ahead.gap(feed, index, size)
            return
        self._ahead.answered(feed, index)
        if code == Code.QUARANTINED_HERE:
            return
        if self._desk.origin(feed) != self._desk.me or not self._desk.may_serve(self._peer, feed):
            return
        if code == Code.GAP:
            self._sent[feed] = size
            # At once, unless it waits for a retry: then this is only what came after the refused.
            self.grew(feed)
        elif code in _WHOLE:
            self._unwanted.add(feed)
        elif code in _LATER:
            self._sent[feed] = size
            self._retry(feed, doubling=code != Code.NO_SPACE)

    def credit(self, add: int) -> None:
        """The peer has worked off so many bytes."""
        self._credit = min(self._credit + add, self._most)
        self._wake()

    def close(self) -> None:
        """The session is over, or what its retries wait for is here."""
        for timer in self._retries.values():
            timer.cancel()
        self._retries.clear()

    # ---- What goes out --------------------------------------------------------------------------------------------------

    async def next(self) -> bytes | None:
        """The next frame, or None until something changes. What goes ahead and what is owed take turns."""
        if not self._open:
            return None
        self._hurry()
        first, then = self._ahead.next, self._owed
        if not self._aheads_turn:
            first, then = then, first
        if (raw := await first()) is not None:
            self._aheads_turn = not self._aheads_turn
            return raw
        return await then()

    async def _owed(self) -> bytes | None:
        while self._open and self._dirty and self._credit > 0:
            feed = next(iter(self._dirty))
            del self._dirty[feed]
            if feed in self._unwanted or feed in self._retries:
                continue
            if (raw := await self._frame(feed)) is not None:
                return raw
        return None

    def _hurry(self) -> None:
        """While the peer takes no more bulk, what must not wait goes ahead of what does."""
        if self._credit > 0:
            return
        for feed in [one for one in self._dirty if one not in self._hasty and one not in self._unwanted]:
            self._hasty.add(feed)
            self._ahead.look(feed, self._sent.get(feed))

    async def _frame(self, feed: FeedId) -> bytes | None:
        due = await self._desk.due(self._peer, feed, self._sent.get(feed), self._live)
        if due is None:
            return None
        if not due.frame:
            self._ahead.look(feed, self._sent.get(feed))
            return wire.heads([due.head], changed_only=True, complete=True)
        self._credit -= len(due.frame)
        self._sent[feed] = due.sent
        if due.sent < due.head.size:
            self._dirty[feed] = None
        return due.frame

    def _retry(self, feed: FeedId, *, doubling: bool) -> None:
        if feed not in self._retries:
            wait = self._waits.get(feed, RETRY_S) if doubling else RETRY_S
            self._waits[feed] = min(2 * wait, RETRY_MAX_S)
            self._retries[feed] = asyncio.get_running_loop().call_later(wait, self._again, feed)

    def _again(self, feed: FeedId) -> None:
        del self._retries[feed]
        self.grew(feed)
