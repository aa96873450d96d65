"""The register's folder is looked at, and read only when it was changed; one that cannot be read ends nothing."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest
from structlog.testing import capture_logs
from virtual_time import run

from node.exits import Refused
from node.register.by_hand import EVERY_S, watch
from node.register.store import RegisterStore


class Told:
    """A register store whose folder does what a test says; `notice` runs in a thread in life, and here where it is called."""

    def __init__(self, *moments: bool | Exception) -> None:
        self.moments, self.looks, self.noticed = list(moments), 0, 0

    def overtaken(self) -> bool:
        self.looks += 1
        moment = self.moments.pop(0) if self.moments else False
        if isinstance(moment, Exception):
            raise moment
        return moment

    def notice(self) -> None:
        self.noticed += 1


async def _watched(registers: Told, seconds: float) -> None:
    async def at_once(act: Any) -> None:
        act()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asyncio, "to_thread", at_once)
        task = asyncio.ensure_future(watch(cast("RegisterStore", registers)))
        await asyncio.sleep(seconds)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def test_it_is_read_only_when_it_was_changed() -> None:
    registers = Told(False, False, True, False)
    run(_watched(registers, 10.5 * EVERY_S))
    assert (registers.looks, registers.noticed) == (10, 1)


def test_what_cannot_be_read_is_said_once_and_looked_at_again() -> None:
    gone = OSError(5, "gone")
    registers = Told(gone, Refused("no register"), True, gone)
    with capture_logs() as lines:
        run(_watched(registers, 6.5 * EVERY_S))
    assert (registers.looks, registers.noticed) == (6, 1)
    said = [line["event"] for line in lines]
    assert said == ["the register on disk cannot be read; the one held goes on"] * 2
