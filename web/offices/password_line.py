"""Where passwords wait to be looked at, or to be hashed: one at a time, on a thread of their own, and only so many.

Guarantees that however many sign in at once, one password hash (64 MiB) is worked on at a time, and that no other work of
the node waits for one. Says nothing about who may try: `node/commands/sign_in.py` does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")

PLACES = 16
"""A hash takes about a tenth of a second: the last in line waits less than two."""
AGAIN_S = 2
"""When somebody who found no place tries again."""


class PasswordLine:
    """One node's. Its places are taken and given on the event loop."""

    def __init__(self, places: int = PLACES) -> None:
        self._free = places
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="passwords")

    @contextmanager
    def place(self) -> Iterator[bool]:
        """A place for as long as the block runs; False where there is none."""
        if self._free == 0:
            yield False
            return
        self._free -= 1
        try:
            yield True
        finally:
            self._free += 1

    async def look(self, work: Callable[[], T]) -> T:
        """What `work` comes to, in its turn. For whoever has a place."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def close(self) -> None:
        """Look at no more passwords."""
        self._thread.shutdown(wait=False, cancel_futures=True)
