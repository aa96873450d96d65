"""Batches of one feed that come faster than the disk confirms: they enter as they came, and share a commit. Bulk stands back for them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from ports import ANTWERP, NORTH_SEA, SCHELDT
from stations import Federation, Station, tell

from federation import turns
from federation.batches import AT_ONCE, Batches
from federation.desk import Taken
from federation.turns import Calm, Turn, Turns
from node.store.group import Group
from node.store.unit import Reader
from protocol.errors import ProtocolError
from protocol.ids import FeedId
from protocol.v1 import federation_pb2 as pb

TICKS = 50
"""Rounds of the event loop after which whatever can go on without the writer has."""


async def cut(at: Station, to: Station, feed: FeedId, *ends: int) -> list[pb.Batch]:
    """A feed in batches that end at these sizes, as they are pushed."""
    await at.until(lambda: at.desk.size(feed) >= ends[-1])
    pieces = [await at.desk.run(to.name, feed, *span, 64) for span in zip((0, *ends), ends, strict=False)]
    return [pb.Batch.FromString(piece.raw) for piece in pieces]


def fill(at: Station, count: int, label: str = SCHELDT) -> FeedId:
    """Records, each with a checkpoint of its own."""
    return [at.release(label) for _ in range(count)][-1].feed.feed


@contextmanager
def held_up(at: Station) -> Iterator[None]:
    """The writer is at something until the end."""
    gate = threading.Event()
    held = at.store.write(lambda _: gate.wait(20), urgent=True)
    try:
        yield
    finally:
        gate.set()
        held.result()


async def taken(at: Station, given: Sequence[pb.Batch], *, live: bool = True) -> list[Taken | ProtocolError]:
    """All given at once while the writer is held up, as on a busy node."""
    with held_up(at):
        taking = [asyncio.ensure_future(at.desk.accept(ANTWERP, one, live=live)) for one in given]
        await ticks()
    return await asyncio.gather(*taking, return_exceptions=True)  # type: ignore[return-value]


async def ticks() -> None:
    for _ in range(TICKS):
        await asyncio.sleep(0)


def commits_for_five(folder: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """Commits at the reader for five alerts that came while its disk was busy."""
    commits = 0
    commit = Group.commit

    def counted(group: Group) -> object:
        nonlocal commits
        commits += 1
        return commit(group)

    async def story(built: Federation) -> None:
        nonlocal commits
        antwerp, ghent = built.stations
        feed = fill(antwerp, 6)
        first, *rest = await cut(antwerp, ghent, feed, 2, 3, 4, 5, 6, 7)
        await ghent.desk.accept(ANTWERP, first, live=True)
        with held_up(ghent):
            monkeypatch.setattr(Group, "commit", counted)
            commits = 0
        came = await taken(ghent, rest)
        assert [one.size for one in came if isinstance(one, Taken)] == [3, 4, 5, 6, 7]

    tell(folder, story, ANTWERP, NORTH_SEA)
    return commits


def test_alerts_that_come_while_the_disk_is_busy_share_a_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert commits_for_five(tmp_path, monkeypatch) <= 4, "two are the writer's own"


def test_a_node_that_waited_for_each_to_be_durable_would_be_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered = Batches._entered

    async def one_by_one(batches: Batches, *args: object, **how: object) -> object:
        async with turn:
            writing = await entered(batches, *args, **how)  # type: ignore[arg-type]
            await asyncio.wait([writing])
            return writing

    turn = asyncio.Lock()
    monkeypatch.setattr(Batches, "_entered", one_by_one)
    assert commits_for_five(tmp_path, monkeypatch) > 4


def mixed(folder: Path) -> list[str]:
    """What came of a small batch, a long one and a small one of one feed, given at once; the last of what was refused."""
    said: list[str] = []

    async def story(built: Federation) -> None:
        antwerp, ghent = built.stations
        feed = fill(antwerp, AT_ONCE + 6)
        ends = 3, 3 + AT_ONCE + 1, 3 + AT_ONCE + 2, 3 + AT_ONCE + 3
        came = await taken(ghent, await cut(antwerp, ghent, feed, *ends))
        said.extend("taken" if isinstance(one, Taken) else str(getattr(one, "code", one)) for one in came)
        await ticks()
        assert not ghent.desk._batches._turns._lines, "nobody stands in line any more"

    tell(folder, story, ANTWERP, NORTH_SEA)
    return said


def test_small_and_long_batches_of_a_feed_enter_as_they_came(tmp_path: Path) -> None:
    assert mixed(tmp_path) == ["taken"] * 4


def test_a_long_batch_that_did_not_wait_would_be_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def at_once(_: Turn) -> None:
        return

    monkeypatch.setattr(Turn, "settled", at_once)
    assert mixed(tmp_path)[1] == "GAP"


def test_batches_in_no_order_would_be_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    @asynccontextmanager
    async def of(_: Turns, __: object) -> AsyncIterator[Turn]:
        yield Turn()

    monkeypatch.setattr(Turns, "of", of)
    assert mixed(tmp_path)[2] == "GAP"


def looked_at(folder: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many batches of bulk were verified while an alert was on its way into the store."""
    looks = 0

    async def story(built: Federation) -> None:
        nonlocal looks
        antwerp, ghent = built.stations
        bulk = await cut(
            antwerp, ghent, fill(antwerp, AT_ONCE + 4, "BE:NONE//TLP:AMBER//AUD ports-be"), AT_ONCE + 4
        )
        alert = await cut(antwerp, ghent, fill(antwerp, 1), 2)
        read = ghent.store.aread

        async def counted(ask: Callable[[Reader], Any]) -> Any:
            nonlocal looks
            looks += 1
            return await read(ask)

        monkeypatch.setattr(ghent.store, "aread", counted)
        with held_up(ghent):
            taking = asyncio.ensure_future(ghent.desk.accept(ANTWERP, alert[0], live=True))
            await ticks()
            filling = asyncio.ensure_future(ghent.desk.accept(ANTWERP, bulk[0], live=False))
            await ticks()
            while_alert = looks
        await asyncio.gather(taking, filling)
        assert looks == 1, "it was verified after that"
        looks = while_alert

    tell(folder, story, ANTWERP, NORTH_SEA)
    return looks


def test_bulk_stands_back_while_an_alert_is_being_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "ASIDE_S", 20.0)
    assert looked_at(tmp_path, monkeypatch) == 0


def test_bulk_that_does_not_stand_back_would_be_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(_: Calm) -> None:
        return

    monkeypatch.setattr(Calm, "wait", never)
    assert looked_at(tmp_path, monkeypatch) == 1


def test_bulk_stands_back_for_a_while_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def waited() -> bool:
        calm = Calm()
        with calm.broken():
            await calm.wait()
        return True

    monkeypatch.setattr(turns, "ASIDE_S", 0.001)
    assert asyncio.run(waited())
