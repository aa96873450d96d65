"""Bundles that came on media: read from a folder, and each batch taken as one from a peer is, by the same desk.

Guarantees that a bundle is judged by nothing but its batches, that one which does not verify ends that bundle and nothing else, and
that what came of each is left beside it in words for whoever brought it. A bundle is read once: taken or not, it is removed.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from federation import wire
from federation.desk import Desk, Taken
from node import log
from node.commands.outcome import ENDS_SESSION
from node.store.errors import StoreError
from protocol import medium
from protocol.errors import ProtocolError
from protocol.ids import FeedId
from protocol.v1 import federation_pb2 as pb

EVERY_S = 1.0
FOLDER = "inbox"
"""In the node's data folder."""
SUFFIX, RESULT = ".bundle", ".json"
SCHEMA = "port2port/bundle-import/v1"
_logger = log.get("inbox")


@dataclass
class Import:
    """What came of one bundle. `refused` counts batches by code; `fault`: why the rest of it was not read."""

    batches: int = 0
    entries: int = 0
    kept_aside: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    fault: str = ""

    def told(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "schema": SCHEMA,
            "ok": not self.fault and not self.refused,
            "batches": self.batches,
            "entries": self.entries,
            "kept_aside": self.kept_aside,
            "refused": dict(sorted(self.refused.items())),
            "fault": self.fault,
        }


class Inbox:
    """The folder of one node. `took` is told of each batch that is durable."""

    def __init__(self, desk: Desk, folder: Path, *, took: Callable[[Taken], None]) -> None:
        self._desk, self._folder, self._took = desk, folder, took
        self._passed: set[Path] = set()
        """What could not be dealt with, until it is gone or the node starts again."""

    async def run(self, *, every_s: float = EVERY_S) -> None:
        """Until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(every_s)

    async def look(self) -> None:
        """Deal with what waits. A bundle with which disk or store fail is said once and passed over: no other waits for it."""
        waiting = await asyncio.to_thread(self._waiting)
        self._passed.intersection_update(waiting)
        for path in waiting:
            if path in self._passed:
                continue
            try:
                await self._bundle(path)
            except (OSError, StoreError) as error:
                self._passed.add(path)
                _logger.warning(
                    "a bundle is passed over until it is taken away or the node starts again",
                    file=path.name,
                    why=getattr(error, "strerror", None) or str(error),
                )

    def _waiting(self) -> list[Path]:
        return sorted(self._folder.glob(f"*{SUFFIX}")) if self._folder.is_dir() else []

    async def _bundle(self, path: Path) -> None:
        found = await self.take(path)
        _logger.info(
            "a bundle was read",
            batches=found.batches,
            entries=found.entries,
            refused=sum(found.refused.values()),
            whole=not found.fault,
        )
        await asyncio.to_thread(_leave_word, path, found)

    async def take(self, path: Path) -> Import:
        """Take every batch of a bundle that can be taken."""
        found = Import()
        try:
            with path.open("rb") as file:
                batches = medium.read(file)
                while (raw := await asyncio.to_thread(next, batches, None)) is not None:
                    await self._batch(wire.parse(pb.Batch, raw), found)
        except ProtocolError as error:
            found.fault = f"{error.code.value}: {error}"
        except OSError as error:
            found.fault = f"cannot be read: {error.strerror}"
        return found

    async def _batch(self, batch: pb.Batch, found: Import) -> None:
        """One batch, as from a relay that is nobody: this node's own operator brought it."""
        size = self._desk.size_for(self._desk.me, FeedId(batch.feed))
        try:
            taken = await self._desk.accept(self._desk.me, batch, live=False)
        except ProtocolError as error:
            if error.code in ENDS_SESSION:
                raise
            found.refused[error.code.value] += 1
            return
        found.batches += 1
        found.entries += max(0, taken.size - size)
        found.kept_aside += len(taken.aside)
        self._took(taken)


def _leave_word(path: Path, found: Import) -> None:
    """The result first, then the bundle goes: a crash between the two reads it once more, which changes nothing."""
    part = path.with_suffix(".part")
    part.write_text(json.dumps(found.told()), "utf-8")
    part.replace(path.with_suffix(RESULT))
    path.unlink()
