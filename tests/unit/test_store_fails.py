"""A store that fails once costs what was asked of it, and ends no part of a node."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from structlog.testing import capture_logs
from virtual_time import run

from federation.beats import Beats
from node.commands.beat import Beat
from node.main import House
from node.store.errors import StoreBroken
from protocol.ids import FeedId, NodeId

BROKEN = StoreBroken("the disk or the database file fails (SQLITE_IOERR)")
FEEDS = [FeedId(bytes([n]) * 32) for n in range(3)]


def test_a_reading_that_fails_costs_one_beat_and_the_next_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Beats, "_tell_all", lambda *_: None)
    asked: list[int] = []

    async def own_beats() -> Sequence[Beat]:
        asked.append(len(asked))
        if len(asked) == 1:
            raise BROKEN
        return ()

    desk = cast("Any", SimpleNamespace(me=NodeId("port-of-ghent"), own_beats=own_beats))

    async def main() -> None:
        beats = Beats(desk, cast("Any", {NodeId("port-of-liege"): None}), cast("Any", None))
        task = asyncio.create_task(beats.run(60.0))
        await asyncio.sleep(60.0 * 3 + 1)
        assert not task.done()
        task.cancel()

    run(main())
    assert len(asked) == 3


@pytest.mark.parametrize("fault", [BROKEN, OSError(28, "No space left on device")])
def test_evidence_that_cannot_be_written_to_a_file_is_said(fault: Exception, tmp_path: Path) -> None:
    def read(_: object) -> Any:
        raise fault

    house = SimpleNamespace(
        _config=SimpleNamespace(data=tmp_path), _ground=SimpleNamespace(store=SimpleNamespace(read=read))
    )
    with capture_logs() as lines:
        asyncio.run(House._keep_evidence(cast("Any", house)))
    assert [line["log_level"] for line in lines] == ["error"]
    assert lines[0]["why"]


def test_marks_that_were_caught_up_are_told_of_each_feed_though_the_store_fails_for_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("node.main.AGAIN_S", 0.0)
    told: list[FeedId] = []
    waiting = [FEEDS]

    def grew(feed: FeedId) -> None:
        if feed == FEEDS[0]:
            raise BROKEN
        told.append(feed)

    async def main() -> None:
        again, loop = asyncio.Event(), asyncio.get_running_loop()

        async def nothing() -> None: ...

        def retry() -> Sequence[FeedId]:
            if waiting:
                return waiting.pop()
            loop.call_soon_threadsafe(again.set)
            return ()

        high = SimpleNamespace(retry=retry)
        exchange = SimpleNamespace(grew=grew)
        house = SimpleNamespace(
            _ground=SimpleNamespace(high=high), exchange=exchange, _written=nothing, _mark_taken=nothing
        )
        task = asyncio.create_task(House._catch_up_marks(cast("Any", house)))
        looked = asyncio.create_task(again.wait())
        await asyncio.wait((task, looked), return_when=asyncio.FIRST_COMPLETED)
        assert not task.done()
        task.cancel()
        looked.cancel()

    asyncio.run(main())
    assert told == FEEDS[1:]
