"""The store as the rest of the node sees it: snapshots to read, one writer in turn.

Guarantees: a write's future resolves only after its transaction is durable; what a failing write did is undone and
touches no other write; writes take effect in one order, urgent ones ahead of bulk; a read sees one moment.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Protocol, TypeVar

from node.store.changes import Change
from node.store.unit import Reader, Tx

T = TypeVar("T")
Publish = Callable[[Sequence[Change]], None]
"""Told what changed, after the commit and before whoever waits for the write, on the writer's thread; must not block."""


class Store(Protocol):
    """One node's database."""

    def read(self, ask: Callable[[Reader], T]) -> T:
        """What `ask` finds in one snapshot; on the caller's thread."""
        ...

    def glance(self, ask: Callable[[Reader], T]) -> T:
        """`read` of a few rows just written, for the event loop: waits for no other reader, and must take less than a hand-over."""
        ...

    def write(self, act: Callable[[Tx], T], *, urgent: bool = False) -> Future[T]:
        """Queue one transaction. Its exception is the future's; `StoreFull` and others of `errors.py` besides."""
        ...

    async def aread(self, ask: Callable[[Reader], T]) -> T:
        """`read`, without holding up the event loop."""
        ...

    async def awrite(self, act: Callable[[Tx], T], *, urgent: bool = False) -> T:
        """`write`, awaited: returns after the commit."""
        ...

    async def scrub(self, first: int) -> int | None:
        """Overwrite what deleted rows left in the file, a megabyte from page `first` (1 is the first) on.

        Where the next step goes on, 0 at the end; None: a reader or another process is in the way, try again. What was deleted
        before a pass from 1 to 0 began is in no file of the database after it.
        """
        ...

    def close(self) -> None:
        """Finish what is queued, refuse what comes, close the files."""
        ...
