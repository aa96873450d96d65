"""Watches what sensors report for what this node's indicators look for; runs on the event loop, beside the detectors.

Guarantees that a first match is written at once, and later ones are counted and written at most every quarter of an hour, by a
timer, also when the match was the last; that the list is made anew after each change that may concern it, also one that comes
while it is being made; that a failing store loses no match and ends nothing; and that nothing is kept for indicators that
are gone. What was counted and not written is lost when the process ends.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import replace
from typing import Any

from node import log
from node.commands.context import Context
from node.commands.raise_alert import NoLegalBasis
from node.commands.sight import Seen, Sighted, sight
from node.commands.watch_list import Key, LookOut, WatchList, carries, load
from node.observation import Observation
from node.store.changes import Change, ChangeKind
from node.store.errors import StoreError
from node.store.unit import Reader
from policies.readership import Readership
from protocol.errors import BadRecord

EVERY_S = 15 * 60.0
LOOK_S = 30.0
"""How often it is looked for counted matches that are due."""
AGAIN_S = 15.0
"""How long after a failure of the store it is asked again."""
_logger = log.get("watch")


class Watcher:
    """The watch list at work: `await run()` beside whoever calls `see`."""

    def __init__(self, ctx: Context, people: Callable[[Reader], Readership]) -> None:
        self._ctx, self._people = ctx, people
        self._loop = asyncio.get_running_loop()
        self._list = WatchList()
        self._seen: dict[Key, Seen] = {}
        self._due: dict[Key, float] = {}
        self._wake = asyncio.Event()
        self._all = True
        self._touched: set[int] = set()
        self._failing = False
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Follow the store and write what is due, until cancelled."""
        self.stale()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._follow(), name="watch list")
            group.create_task(self._flush(), name="watch list flush")

    async def reload(self) -> None:
        """Make the list anew if what changed since may concern it. Raises what the store raises; what changed is then kept in mind."""
        everything, touched = self._all, self._touched
        self._all, self._touched = (
            False,
            set(),
        )  # before reading: what changes meanwhile counts for the next time
        try:
            found = await self._ctx.store.aread(lambda reader: self._found(reader, everything, touched))
        except BaseException:
            self._all, self._touched = self._all or everything, self._touched | touched
            raise
        if found is not None:
            self._list = found
            for kept in (self._seen, self._due):
                for key in [key for key in kept if key not in found.by_key]:
                    del kept[key]

    def changed(self, changes: Iterable[Change]) -> None:
        """What changed in the store or in the register; from any thread."""
        listed = {ChangeKind.RECORD, ChangeKind.FEED, ChangeKind.PURGED}
        numbers = {change.number for change in changes if change.kind in listed}
        if any(change.kind is ChangeKind.REGISTER for change in changes):
            self._loop.call_soon_threadsafe(self.stale)
        elif numbers:
            self._loop.call_soon_threadsafe(self._stale, numbers)

    def stale(self) -> None:
        """Anything may have changed; on the event loop."""
        self._all = True
        self._wake.set()

    def see(self, observation: Observation) -> None:
        """Match one report; on the event loop."""
        subjects = observation.subjects()
        if not subjects or not len(self._list):
            return
        for lookout in self._list.match(((s.type, s.value) for s in subjects), self._ctx.now()):
            self._count(lookout, observation)

    # ---- The list -------------------------------------------------------------------------------------------------------

    def _stale(self, numbers: set[int]) -> None:
        self._touched |= numbers
        self._wake.set()

    async def _follow(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                await self.reload()
            except Exception as error:  # noqa: BLE001  tried again; a list that stays old must not end the senses
                self._fails(error)
                self._wake.set()
                await asyncio.sleep(AGAIN_S)
            else:
                self._failing = False

    def _found(self, reader: Reader, everything: bool, touched: set[int]) -> WatchList | None:
        """The list anew; None where no feed that was touched has indicators or had them."""
        if not everything and not touched & self._list.feeds and not carries(reader, touched):
            return None
        return load(reader, self._ctx)

    # ---- Matches --------------------------------------------------------------------------------------------------------

    def _count(self, lookout: LookOut, observation: Observation) -> None:
        at = observation.at
        self._keep(lookout.key, Seen(count=1, first=at, last=at, newest=observation))
        if self._loop.time() >= self._due.get(lookout.key, 0.0):
            self._start(lookout)

    def _keep(self, key: Key, one: Seen) -> None:
        """Add to what was counted and not written."""
        kept = self._seen.get(key)
        if kept is None:
            self._seen[key] = one
            return
        early, late = sorted((kept, one), key=lambda seen: seen.last)
        first = min(kept.first, one.first)
        self._seen[key] = replace(late, count=early.count + late.count, first=first)

    async def _flush(self) -> None:
        """Write what was counted once its time is there, though nothing matches any more."""
        while True:
            await asyncio.sleep(LOOK_S)
            now = self._loop.time()
            for key in [key for key in self._seen if now >= self._due.get(key, 0.0)]:
                self._start(self._list.by_key[key])

    def _start(self, lookout: LookOut) -> None:
        self._due[lookout.key] = self._loop.time() + EVERY_S
        self._spawn(self._write(lookout))

    async def _write(self, lookout: LookOut) -> None:
        seen = self._seen.pop(lookout.key, None)
        if seen is None:
            return
        try:
            await self._ctx.store.aread(self._people)  # so that the writer finds it made
            done = await self._ctx.store.awrite(
                lambda tx: sight(tx, self._ctx, lookout, seen, self._people(tx)), urgent=True
            )
        except (BadRecord, NoLegalBasis) as error:
            why = str(error)  # names fields and registers, never values
            _logger.error("a match makes no sighting", indicator=lookout.record, why=why)  # noqa: TRY400  no trace
            return
        except Exception as error:  # noqa: BLE001  whatever it was, the match is not lost for it
            self._fails(error)
            if lookout.key in self._list.by_key:
                self._keep(lookout.key, seen)
                self._due[lookout.key] = self._loop.time() + AGAIN_S
            return
        self._failing = False
        if not lookout.silent:
            _tell(lookout, done)

    def _fails(self, error: Exception) -> None:
        """Said once; of the store by its words, of anything else by its sort, since words may quote input."""
        if not self._failing:
            why = str(error) if isinstance(error, StoreError) else type(error).__name__
            _logger.error("the watch list could not read or write; it is tried again", why=why)
        self._failing = True

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
