"""Batches of one feed that come faster than the disk confirms: they enter as they came, and share a commit. Bulk stands back for them."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ports import ANTWERP, LIMBURG, NORTH_SEA, SCHELDT
from stations import Federation, Station, tell

from federation import turns
from federation.batches import AT_ONCE, Batches
from federation.desk import Taken
from federation.turns import Calm, Line, Turns
from node.store import writer
from node.store.group import Group
from node.store.unit import Reader, Tx
from protocol.errors import ProtocolError
from protocol.ids import FeedId, NodeId
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


@dataclass
class Reads:
    """Of a node's store, beside its event loop."""

    over: asyncio.Event
    begun: int = 0
    under_way: int = 0


@contextmanager
def reading(at: Station) -> Iterator[Reads]:
    """What is read until the end."""
    reads, read = Reads(asyncio.Event()), at.store.aread
    reads.over.set()

    async def counted(ask: Callable[[Reader], Any]) -> Any:
        reads.begun += 1
        reads.under_way += 1
        reads.over.clear()
        try:
            return await read(ask)
        finally:
            reads.under_way -= 1
            if not reads.under_way:
                reads.over.set()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(at.store, "aread", counted)
        yield reads


async def taken(
    at: Station, given: Sequence[pb.Batch], *, peer: NodeId = ANTWERP, live: bool = True
) -> list[Taken | ProtocolError]:
    """All given at once while the writer is held up, as on a busy node."""
    with held_up(at), reading(at) as reads:
        taking = [asyncio.ensure_future(at.desk.accept(peer, one, live=live)) for one in given]
        await ticks()
        await reads.over.wait()
        await ticks()
    return await asyncio.gather(*taking, return_exceptions=True)  # type: ignore[return-value]


async def ticks() -> None:
    for _ in range(TICKS):
        await asyncio.sleep(0)


def commits_for_five(folder: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """Commits at the reader for five alerts that came while its disk was busy."""
    commits = 0
    commit = Group.commit
    monkeypatch.setattr(writer, "BUDGET_S", 5.0)

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
        told.append(commits)
        assert [one.size for one in came if isinstance(one, Taken)] == [3, 4, 5, 6, 7]

    told: list[int] = []
    tell(folder, story, ANTWERP, NORTH_SEA)
    return told[0]


def test_alerts_that_come_while_the_disk_is_busy_share_a_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert commits_for_five(tmp_path, monkeypatch) <= 2, "one may be of the job that held them up"


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
    assert commits_for_five(tmp_path, monkeypatch) >= 5


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
    async def at_once(_: Line) -> None:
        return

    monkeypatch.setattr(Line, "settled", at_once)
    assert mixed(tmp_path)[1] == "GAP"


def test_batches_in_no_order_would_be_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    @asynccontextmanager
    async def of(_: Turns, __: object) -> AsyncIterator[Line]:
        yield Line()

    monkeypatch.setattr(Turns, "of", of)
    assert mixed(tmp_path)[2] == "GAP"


def looked_at(folder: Path) -> int:
    """How many batches of bulk were verified while an alert was on its way into the store."""
    looks: list[int] = []

    async def story(built: Federation) -> None:
        antwerp, ghent = built.stations
        wide = fill(antwerp, AT_ONCE + 4, "BE:NONE//TLP:AMBER//AUD ports-be")
        bulk = await cut(antwerp, ghent, wide, AT_ONCE + 4)
        alert = await cut(antwerp, ghent, fill(antwerp, 1), 2)
        with held_up(ghent), reading(ghent) as reads:
            taking = asyncio.ensure_future(ghent.desk.accept(ANTWERP, alert[0], live=True))
            await ticks()
            filling = asyncio.ensure_future(ghent.desk.accept(ANTWERP, bulk[0], live=False))
            await ticks()
            looks.append(reads.begun)
        await asyncio.gather(taking, filling)

    tell(folder, story, ANTWERP, NORTH_SEA)
    return looks[0]


def test_bulk_stands_back_while_an_alert_is_being_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "ASIDE_S", 20.0)
    assert looked_at(tmp_path) == 0


def test_bulk_that_does_not_stand_back_would_be_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(_: Calm) -> None:
        return

    monkeypatch.setattr(Calm, "wait", never)
    assert looked_at(tmp_path) == 1


def test_bulk_stands_back_for_a_while_only(monkeypatch: pytest.MonkeyPatch) -> None:
    async def waited() -> None:
        calm = Calm()
        with calm.broken():
            async with asyncio.timeout(20):
                await calm.wait()

    monkeypatch.setattr(turns, "ASIDE_S", 0.001)
    asyncio.run(waited())


def entered(folder: Path) -> int:
    """How many of a live batch and one of bulk of the same feed, which came first, are the writer's while bulk stands back."""
    wrote: list[int] = []

    async def story(built: Federation) -> None:
        antwerp, ghent = built.stations
        first, bulk, alert = await cut(
            antwerp, ghent, fill(antwerp, AT_ONCE + 4), 2, AT_ONCE + 4, AT_ONCE + 5
        )
        await ghent.desk.accept(ANTWERP, first, live=True)
        calm, write = ghent.desk._batches._calm, ghent.store.write

        def counted(act: Callable[[Tx], Any], *, urgent: bool = False) -> Any:
            wrote.append(1)
            return write(act, urgent=urgent)

        with calm.broken():
            given = (bulk, False), (alert, True)
            taking = [
                asyncio.ensure_future(ghent.desk.accept(ANTWERP, one, live=live)) for one, live in given
            ]
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(ghent.store, "write", counted)
                await ticks()
        await asyncio.gather(*taking, return_exceptions=True)

    tell(folder, story, ANTWERP, NORTH_SEA)
    return len(wrote)


def test_what_is_live_waits_for_no_bulk_of_its_own_feed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "ASIDE_S", 20.0)
    assert entered(tmp_path) == 1


def test_one_line_for_live_and_bulk_would_be_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    of = Turns.of
    monkeypatch.setattr(Turns, "of", lambda turns, line: of(turns, line[:2]))
    monkeypatch.setattr(turns, "ASIDE_S", 3.0)
    assert entered(tmp_path) == 0


def answers(folder: Path, *, held: bool) -> list[object]:
    """What a port that may not have a feed hears of two of its batches, sent at once; `held`: whether the feed is held here."""
    said: list[object] = []

    async def story(built: Federation) -> None:
        antwerp, ghent = built.stations
        batches = await cut(antwerp, ghent, fill(antwerp, 3), 2, 4)
        if held:
            for one in batches:
                await ghent.desk.accept(ANTWERP, one, live=True)
        came = await taken(ghent, batches, peer=LIMBURG)
        said.extend(getattr(one, "code", "taken") for one in came)
        said.append(ghent.desk.size_for(LIMBURG, FeedId(batches[0].feed)))

    folder.mkdir()
    tell(folder, story, ANTWERP, NORTH_SEA, extra=(LIMBURG,))
    return said


def test_two_batches_at_once_tell_nobody_whether_a_feed_is_held(tmp_path: Path) -> None:
    assert answers(tmp_path / "held", held=True) == answers(tmp_path / "not", held=False)


def test_a_second_batch_that_is_looked_at_too_early_would_be_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def at_once(_: Line) -> None:
        return

    monkeypatch.setattr(Line, "settled", at_once)
    assert answers(tmp_path / "held", held=True) != answers(tmp_path / "not", held=False)


def test_what_is_broken_off_leaves_no_line_and_no_short_turns(tmp_path: Path) -> None:
    usual = sys.getswitchinterval()

    async def story(built: Federation) -> None:
        antwerp, ghent = built.stations
        given = await cut(
            antwerp, ghent, fill(antwerp, AT_ONCE + 6), 2, 3 + AT_ONCE, 4 + AT_ONCE, 5 + AT_ONCE
        )
        desk = ghent.desk
        with held_up(ghent):
            taking = [asyncio.ensure_future(desk.accept(ANTWERP, one, live=True)) for one in given]
            taking.append(asyncio.ensure_future(desk.accept(ANTWERP, given[1], live=False)))
            await ticks()
            assert desk._batches._turns._lines
            assert sys.getswitchinterval() < usual
            for one in taking:
                one.cancel()
            await asyncio.gather(*taking, return_exceptions=True)
            await ticks()
            assert not desk._batches._turns._lines
            assert sys.getswitchinterval() == usual
        assert all(isinstance(one, Taken) for one in await taken(ghent, given))

    tell(tmp_path, story, ANTWERP, NORTH_SEA)
