"""The beats of one session: what the peer says is gathered and looked at together, what it is told goes as fast as it reads.

Guarantees that beats hold up neither the reader nor what else is said, and that those of a flooding peer take bounded room.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from federation.outbox import Outbox
from node.commands import beat
from node.commands.beat import Beat
from protocol.ids import FeedId
from protocol.v1 import federation_pb2 as pb

MOST = 1 << 15
"""Feeds of which beats of one peer may wait to be looked at; of others it is looked at the next one."""

AT_ONCE = 64
"""Beats that are looked up in one step."""

Beside = Callable[[Callable[[], Awaitable[None]], str], None]
"""Do work beside the reading of the stream; the words say what it is."""


class Beating:
    """`came` looks at what was gathered; `may` says whether the peer may have a feed; `first` makes the frames of those that the peer
    hears for the first time in this session.
    """

    def __init__(
        self,
        outbox: Outbox,
        *,
        beside: Beside,
        may: Callable[[FeedId], bool],
        came: Callable[[Sequence[Beat]], Awaitable[None]],
        first: Callable[[Sequence[Beat]], Awaitable[Sequence[bytes]]],
    ) -> None:
        self._outbox, self._beside, self._may, self._came, self._first = outbox, beside, may, came, first
        self._said: set[FeedId] = set()
        self._gathered: dict[FeedId, Beat] = {}
        self._counting = self._telling = False

    async def hear(self, message: pb.Beat) -> None:
        """The peer said one: of a feed the last one counts."""
        one = beat.from_wire(message)
        if one.feed in self._gathered or len(self._gathered) < MOST:
            self._gathered[one.feed] = one
        if not self._counting:
            self._counting = True
            self._beside(self._count, "counting beats")

    def tell(self, beats: Sequence[Beat]) -> bool:
        """Say these to the peer; false while it has not read those before."""
        if self._telling:
            return False
        self._telling = True
        self._beside(partial(self._tell, beats), "telling beats")
        return True

    async def _count(self) -> None:
        try:
            while self._gathered:
                await asyncio.sleep(0)
                gathered, self._gathered = list(self._gathered.values()), {}
                await self._came(gathered)
        finally:
            self._counting = False

    async def _tell(self, beats: Sequence[Beat]) -> None:
        try:
            for start in range(0, len(beats), AT_ONCE):
                part = beats[start : start + AT_ONCE]
                new = [one for one in part if one.feed not in self._said and self._may(one.feed)]
                frames = dict(
                    zip((one.feed for one in new), await self._first(new) if new else (), strict=True)
                )
                for one in part:
                    if self._may(one.feed):
                        await self._outbox.room()
                        self._outbox.say(frames.get(one.feed) or beat.to_frame(one))
                self._said |= frames.keys()
        finally:
            self._telling = False
