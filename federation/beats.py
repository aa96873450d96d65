"""The beats of all feeds: this node's own on one timer, others' passed on to whoever has not heard them.

Guarantees that a beat goes only to a peer that may have its feed here, that one is passed on only after it counted here and at most
once to a peer, and that nothing is signed while nobody is connected. Of two nodes that both heard it the smaller id tells the other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from federation.beating import MOST
from federation.desk import Desk, Taken
from federation.session import Session
from node.commands.beat import Beat
from node.store.errors import StoreError
from protocol.ids import FeedId, NodeId

EVERY_S = 60.0
BEGIN_S = 0.2
"""A feed that has its first alert is looked for so soon: its readers should not wait for the timer."""
GREET_S, GREET_MAX = 2.0, 256
"""A new peer hears so soon of so many feeds; of the others with the next beat."""
SOON_S, LATE_S = 1.0, 3.0
"""What others said is passed on so long after it counted: to larger ids, and then to smaller ones, unless they said it meanwhile."""


class Beats:
    """One a node."""

    def __init__(
        self,
        desk: Desk,
        sessions: Mapping[NodeId, Session],
        spawn: Callable[[Callable[[], Awaitable[None]]], None],
    ) -> None:
        self._desk, self._sessions, self._spawn = desk, sessions, spawn
        self._begun: set[FeedId] = set()
        self._fresh: dict[FeedId, None] = {}
        self._waiting: dict[FeedId, tuple[Session, Beat]] = {}
        self._told: dict[NodeId, dict[FeedId, int]] = {}
        self._news: dict[FeedId, Beat] = {}
        self._latest: dict[FeedId, Beat] = {}

    async def run(self, every_s: float = EVERY_S) -> None:
        """A beat of every own feed that has one, again and again, until cancelled; a store that fails costs one of them."""
        while True:
            await asyncio.sleep(every_s)
            try:
                beats = await self._desk.own_beats() if self._sessions else ()
            except StoreError:  # the store says it
                continue
            self._latest = {beat.feed: beat for beat in beats}
            self._tell_all(beats)

    def grew(self, feed: FeedId) -> None:
        """An own feed has new entries, maybe its first alert."""
        if feed in self._begun:
            return
        if not self._fresh:
            self._spawn(self._begin)
        self._fresh[feed] = None

    async def connected(self, session: Session) -> None:
        """A new peer need not wait for the timer: what was last said goes to it, of so many feeds that meeting stays cheap."""
        await asyncio.sleep(GREET_S)
        own = list(self._latest.values())[:GREET_MAX] or await self._desk.own_beats(most=GREET_MAX)
        if self._sessions.get(session.peer) is session:
            self._tell(session, [*own, *await self._desk.known_beats(GREET_MAX)])

    def left(self, peer: NodeId) -> None:
        """A peer is gone, and what it was told."""
        self._told.pop(peer, None)
        self._waiting = {feed: held for feed, held in self._waiting.items() if held[0].peer != peer}

    async def came(self, session: Session, beats: Sequence[Beat]) -> None:
        """A peer said or passed on these."""
        told = self._told.setdefault(session.peer, {})
        beats = [self._opened(beat) for beat in beats]
        counted, later = await self._desk.take_beats(session.peer, beats)
        for beat in beats:  # what it says it need not be told, whether it was news here or not
            if self._desk.size(beat.feed):
                told[beat.feed] = max(told.get(beat.feed, 0), beat.signed_s)
        missed: list[Beat] = []
        for beat in later:
            before = self._waiting.get(beat.feed)
            if before is not None and before[1].signed_s < beat.signed_s:
                missed.append(beat)  # the last one is still ahead of what is here
            if (before is None and len(self._waiting) < MOST) or (
                before and before[1].signed_s < beat.signed_s
            ):
                self._waiting[beat.feed] = session, beat
        if missed:
            await self._desk.missed(missed)
        self._pass_on(counted)

    def _opened(self, beat: Beat) -> Beat:
        """With the OPEN that came with the last one of its feed: it comes once."""
        before = self._waiting.get(beat.feed)
        return replace(beat, opened=before[1].opened) if beat.opened is None and before else beat

    def took(self, taken: Taken) -> None:
        """More of a feed is here: a beat that came before it may count now."""
        waiting = self._waiting.get(taken.feed)
        if waiting is not None and waiting[1].checkpoint.size <= taken.size:
            del self._waiting[taken.feed]
            self._spawn(partial(self.came, waiting[0], [waiting[1]]))

    async def _begin(self) -> None:
        await asyncio.sleep(BEGIN_S)
        fresh, self._fresh = list(self._fresh), {}
        if not self._sessions:
            return  # whoever comes is told at once
        first = await self._desk.own_beats(fresh)
        self._begun |= {beat.feed for beat in first}
        self._latest.update({beat.feed: beat for beat in first})
        self._tell_all(first)

    def _tell_all(self, beats: Sequence[Beat]) -> None:
        for session in list(self._sessions.values()):
            self._tell(session, beats)

    def _pass_on(self, counted: Sequence[Beat]) -> None:
        if counted and not self._news:
            self._spawn(self._relay)
        self._news.update({beat.feed: beat for beat in counted})

    async def _relay(self) -> None:
        await asyncio.sleep(SOON_S)
        news, self._news = list(self._news.values()), {}
        for session in list(self._sessions.values()):
            if session.peer > self._desk.me:
                self._tell(session, news)
        await asyncio.sleep(LATE_S - SOON_S)
        for session in list(self._sessions.values()):
            if session.peer < self._desk.me:
                self._tell(session, news)

    def _tell(self, session: Session, beats: Sequence[Beat]) -> None:
        """Those that the peer has not said or heard, and not of its own feeds."""
        told = self._told.setdefault(session.peer, {})
        new = [
            beat
            for beat in beats
            if beat.signed_s > told.get(beat.feed, 0) and self._desk.origin(beat.feed) != session.peer
        ]
        if new and session.tell_beats(new):
            told.update({beat.feed: beat.signed_s for beat in new})
