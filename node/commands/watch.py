"""Watches what sensors report for what this node's indicators look for; runs on the event loop, beside the detectors.

Guarantees that a first match is written at once and later ones are counted and written at most every quarter of an hour; that
the list follows the store as soon as an indicator comes, goes or changes; and that nothing is kept for indicators that are gone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from typing import Any

from node import log
from node.commands.context import Context
from node.commands.people import Visitor
from node.commands.raise_alert import NoLegalBasis
from node.commands.sight import Seen, Sighted, sight
from node.commands.watch_list import LookOut, WatchList, load
from node.observation import Observation
from node.store.unit import Tx
from protocol.errors import BadRecord
from protocol.ids import RecordId

EVERY_S = 15 * 60.0
_logger = log.get("watch")


class Watcher:
    """The watch list at work."""

    def __init__(self, ctx: Context, people: Callable[[Tx], Sequence[Visitor]]) -> None:
        self._ctx, self._people = ctx, people
        self._loop = asyncio.get_running_loop()
        self._list = WatchList()
        self._seen: dict[RecordId, Seen] = {}
        self._due: dict[RecordId, float] = {}
        self._reloading = False
        self._tasks: set[asyncio.Task[None]] = set()

    async def reload(self) -> None:
        """Make the list anew from the store."""
        self._list = await self._ctx.store.aread(load)
        self._reloading = False

    def stale(self) -> None:
        """Something that may be an indicator changed; from any thread."""
        self._loop.call_soon_threadsafe(self._reload_soon)

    def see(self, observation: Observation) -> None:
        """Match one report; on the event loop."""
        subjects = observation.subjects()
        if not subjects or not len(self._list):
            return
        for lookout in self._list.match(((s.type, s.value) for s in subjects), self._ctx.now()):
            self._count(lookout, observation)

    def _count(self, lookout: LookOut, observation: Observation) -> None:
        key = lookout.record
        before = self._seen.get(key)
        if before is None:
            self._seen[key] = Seen(count=1, first=observation.at, last=observation.at, newest=observation)
        else:
            self._seen[key] = replace(before, count=before.count + 1, last=observation.at, newest=observation)
        if self._loop.time() >= self._due.get(key, 0.0):
            self._due[key] = self._loop.time() + EVERY_S
            self._spawn(self._write(lookout))

    async def _write(self, lookout: LookOut) -> None:
        seen = self._seen.pop(lookout.record, None)
        if seen is None:
            return
        try:
            done = await self._ctx.store.awrite(
                lambda tx: sight(tx, self._ctx, lookout, seen, self._people(tx)), urgent=True
            )
        except (BadRecord, NoLegalBasis) as error:
            why = str(error)  # names fields and registers, never values
            _logger.error("a match makes no sighting", indicator=lookout.record, why=why)  # noqa: TRY400  no trace
            return
        if not lookout.silent:
            _tell(lookout, done)

    def _reload_soon(self) -> None:
        if not self._reloading:
            self._reloading = True
            self._spawn(self.reload())

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _tell(lookout: LookOut, done: Sighted) -> None:
    how = "released" if done.released is not None else "kept"
    why = done.kept.code if done.kept is not None else ""
    _logger.info(
        "an indicator was matched",
        indicator=lookout.record,
        origin=lookout.origin,
        sighting=done.sighting,
        how=how,
        why=why,
    )
