"""Tells origins of withdrawn alerts what was done about them here; runs beside the house (`node/commands/acted.py`).

Guarantees that each withdrawal is looked at once it is durable here, also one that came while this was not running, and that a store
that fails is asked again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from node import log
from node.commands import acted, everyone
from node.ground import Ground
from node.store.changes import Change, ChangeKind
from node.store.errors import StoreError
from node.store.unit import Reader, Tx
from policies.readership import Readership

AGAIN_S = 15.0
_logger = log.get("answers")


class Answers:
    """Runs until cancelled."""

    def __init__(self, ground: Ground) -> None:
        self._ctx, self._model, self._bus = ground.ctx, ground.model, ground.bus
        self._loop = asyncio.get_running_loop()
        self._wake = asyncio.Event()

    async def run(self) -> None:
        """At the start, and whenever a record of another port is shown otherwise than before."""
        leave = self._bus.subscribe(self._changed)
        try:
            while True:
                self._wake.clear()
                try:
                    while await self.step():
                        pass
                except StoreError:  # the store says it
                    await asyncio.sleep(AGAIN_S)
                else:
                    await self._wake.wait()
        finally:
            leave()

    async def step(self) -> bool:
        """Look at some; whether there was anything."""
        due = await self._ctx.store.aread(acted.look)
        if not due.records:
            return False
        await self._ctx.store.aread(self._people)  # so that the writer finds it made
        told = await self._ctx.store.awrite(lambda tx: self._tell(tx, due))
        if told:
            _logger.info("told what was done about withdrawn alerts", alerts=told)
        return True

    def _tell(self, tx: Tx, due: acted.Due) -> int:
        return acted.tell(tx, self._ctx, due, self._people(tx))

    def _people(self, reader: Reader) -> Readership:
        return everyone.readership(reader, self._ctx, self._model)

    def _changed(self, changes: Sequence[Change]) -> None:
        if any(change.kind is ChangeKind.RECORD and not change.own for change in changes):
            self._loop.call_soon_threadsafe(self._wake.set)
