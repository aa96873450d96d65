"""One origin's files of one rank, as they are fetched: what was asked for in vain, and until when it is left alone.

In memory alone: a start asks for everything once more. Bounded: what is forgotten here is asked for again sooner, no more.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict

from node.commands.fetch import Wanted

AGAIN_S, LATEST_S = 1.0, 3600.0
"""After how long a file that nobody had is asked for again; twice as long each time, at most this."""
KEPT = 4096
"""Files of a lane, and spoilt ones of all peers, that are remembered."""
CAME_S = 60.0
"""How often at most the coming of one peer is a reason to ask for everything again."""


class Lane:
    """One origin's files of one rank: what was asked for in vain, and until when."""

    def __init__(self) -> None:
        self.news = asyncio.Event()
        self.task: asyncio.Task[None] | None = None
        self.unfinished: Wanted | None = None
        self._later: OrderedDict[tuple[int, bytes], tuple[int, float]] = OrderedDict()

    def waits(self, wanted: Wanted) -> bool:
        """Whether its time has not come."""
        _, until = self._later.get(of(wanted), (0, 0.0))
        return until > now()

    def put_off(self, wanted: Wanted, seconds: float | None = None) -> None:
        """Not now; without `seconds` twice as long as the last time."""
        tries, _ = self._later.pop(of(wanted), (0, 0.0))
        wait = min(AGAIN_S * 2.0**tries, LATEST_S) if seconds is None else seconds
        self._later[of(wanted)] = min(tries + 1, 30), now() + wait
        if len(self._later) > KEPT:
            self._later.popitem(last=False)

    def settled(self, wanted: Wanted) -> None:
        """It came, or is not wanted any more."""
        self._later.pop(of(wanted), None)
        if self.unfinished == wanted:
            self.unfinished = None

    def again(self) -> None:
        """Ask for everything once more."""
        for key, (tries, _) in self._later.items():
            self._later[key] = tries, 0.0
        self.news.set()

    def pause(self, took: float) -> float:
        """How long until the next pass, after one that took so long and left something."""
        if len(self._later) >= KEPT:
            return CAME_S + took
        return max(min((until for _, until in self._later.values()), default=0.0) - now(), took, 0.1)


def of(wanted: Wanted) -> tuple[int, bytes]:
    """What a file is remembered by."""
    return wanted.row.key, wanted.row.sha256


def now() -> float:
    """Seconds of the event loop."""
    return asyncio.get_running_loop().time()
