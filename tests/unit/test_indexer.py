"""The index is kept up to date behind the commits: woken by them, in steps, and a store that fails costs a pause."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
import virtual_time
from finding import seeker
from ports import ANTWERP, Port, port

from node import indexer
from node.indexer import AGAIN_S, Indexer
from node.store.changes import Change
from node.store.errors import StoreFull


def say(at: Port, count: int) -> None:
    for number in range(count):
        at.release(description=f"Drone {number}")


def looked_at(at: Port) -> int:
    return int(at.store.read(lambda r: r.all("SELECT count(*) FROM words_content"))[0][0])


async def until(done: Callable[[], bool]) -> None:
    for _ in range(12_000):  # of virtual time
        if done():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it never came")


def test_what_is_committed_is_found_soon_and_nothing_is_asked_of_an_idle_store() -> None:
    at = port(ANTWERP)
    say(at, 250)  # a backlog of several steps
    reads: list[int] = []
    real = at.store.aread

    async def counted(ask: Callable[..., object]) -> object:
        reads.append(1)
        return await real(ask)

    async def main() -> None:
        at.store.aread = counted  # type: ignore[method-assign, assignment]
        running = Indexer(at.ctx)
        task = asyncio.create_task(running.run())
        await until(lambda: looked_at(at) == 250)
        await asyncio.sleep(5)
        asked = len(reads)
        await asyncio.sleep(3600)
        assert len(reads) == asked
        before = len(at.changes)
        at.release(description="Zeppelin")
        running.changed(list[Change](at.changes[before:]))
        await until(lambda: looked_at(at) == 251)
        task.cancel()

    virtual_time.run(main())
    at.store.aread = real  # type: ignore[method-assign]
    assert len(seeker(at).titles("zeppelin")) == 1


def test_a_store_that_fails_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    at = port(ANTWERP)
    say(at, 3)
    failed: list[int] = []
    real = indexer.step

    async def failing(*given: object, **more: object) -> bool:
        if len(failed) < 2:
            failed.append(1)
            raise StoreFull("no room")
        return await real(*given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(indexer, "step", failing)

    async def main() -> None:
        task = asyncio.create_task(Indexer(at.ctx).run())
        loop = asyncio.get_running_loop()
        began = loop.time()
        await until(lambda: looked_at(at) == 3)
        assert loop.time() - began >= 2 * AGAIN_S
        task.cancel()

    virtual_time.run(main())
