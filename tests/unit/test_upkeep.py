"""Content leaves when its time is over, and not while the clock is in doubt."""

from __future__ import annotations

import asyncio
from typing import Any

import ports
from structlog.testing import capture_logs
from virtual_time import run

from node.peers import PeerBoard
from node.store import entries
from node.store.errors import StoreFull
from node.upkeep import CLOCK_DOUBT_MS, Upkeep

DAY = 86_400_000


def contents(port: ports.Port, number: int) -> list[bool]:
    return [row.content is not None for row in port.store.read(lambda r: entries.between(r, number, 1, 100))]


def passed(port: ports.Port, board: PeerBoard) -> None:
    async def main() -> None:
        task = asyncio.create_task(Upkeep(port.ctx, board).run())
        await asyncio.sleep(61)
        task.cancel()

    run(main())


def test_content_past_its_retention_is_destroyed_and_the_rest_stays() -> None:
    port = ports.port()
    first = port.release()
    port.clock.at += 20 * DAY
    port.release()
    port.clock.at += 10 * DAY
    passed(port, PeerBoard())
    assert contents(port, first.feed.number) == [False, True]


def test_nothing_is_destroyed_while_the_clock_is_far_from_its_peers() -> None:
    port, board = ports.port(), PeerBoard()
    first = port.release()
    port.clock.at += 40 * DAY
    board.update(ports.LIEGE, connected=True, ahead_ms=-CLOCK_DOUBT_MS - 1)
    passed(port, board)
    assert contents(port, first.feed.number) == [True]
    board.update(ports.LIEGE, ahead_ms=0)
    passed(port, board)
    assert contents(port, first.feed.number) == [False]


def test_a_full_disk_does_not_end_retention_and_is_said_once() -> None:
    port = ports.port()
    first = port.release()
    port.clock.at += 40 * DAY
    failing, real = [3], port.store.awrite

    async def awrite(act: Any, *, urgent: bool = False) -> Any:
        if failing[0]:
            failing[0] -= 1
            raise StoreFull("the disk is full (SQLITE_FULL)")
        return await real(act, urgent=urgent)

    port.store.awrite = awrite  # type: ignore[method-assign]

    async def main() -> None:
        task = asyncio.create_task(Upkeep(port.ctx, PeerBoard()).run())
        await asyncio.sleep(60 * 5 + 1)
        assert not task.done()
        task.cancel()

    with capture_logs() as lines:
        run(main())
    assert contents(port, first.feed.number) == [False]
    said = [line["event"] for line in lines]
    assert said.count("a pass over the store failed: nothing is destroyed until one succeeds") == 1
    assert said.count("a pass over the store succeeded again") == 1
