"""The watch list at work in virtual time: what it counts, what it loses (nothing), and when it looks at the store again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from typing import Any

import ports
import pytest
import registers
from record_examples import NOW, example
from structlog.testing import capture_logs
from virtual_time import run

from node.commands import watch
from node.commands.publish import Released
from node.commands.watch import AGAIN_S, EVERY_S, Watcher
from node.commands.watch_list import WatchList, load
from node.observation import VesselPosition
from node.store.changes import Change, ChangeKind
from node.store.errors import StoreBroken, StoreFull
from node.store.unit import Reader
from policies.readership import NOBODY
from protocol.ids import UnixMs
from protocol.register import build_register
from protocol.register_view import Register
from protocol.v1 import records_pb2 as pb

MMSI = 205123456
DAY = 86_400_000


def with_sightings(**communities: Any) -> Register:
    board = registers.board()
    board["processing"][0]["kinds"] = ["alert", "incident", "indicator", "sighting"]
    for name, community in communities.items():
        board["communities"][name.replace("_", "-")].update(community)
    return build_register(board, registers.nodes(), version=3, hash=bytes(32), expires_ms=registers.EXPIRES)


REGISTER = with_sightings()


def report(second: int = 0, mmsi: int = MMSI) -> VesselPosition:
    at = UnixMs(NOW + second * 1000)
    return VesselPosition(
        sensor="vts",
        site="antwerp",
        at=at,
        station="",
        mmsi=mmsi,
        lat=51.2,
        lon=4.3,
        ship_class="A",
        accuracy_m=10,
    )


class Scene:
    """Antwerp holds an indicator of Liège, and its watcher runs."""

    def __init__(self, register: Callable[[], Register] | Register = REGISTER) -> None:
        self.liege = ports.port(ports.LIEGE, register=REGISTER)
        self.antwerp = ports.port(register=register)
        self.first = self.indicator()
        self.loads = 0

    def indicator(self, mmsi: int = MMSI) -> Released:
        value = pb.IndicatorValue(type="mmsi", value=str(mmsi))
        released = self.liege.publish(example("indicator", value=value))
        self.antwerp.pull(self.liege, released.feed.feed)
        return released

    def withdraw(self) -> None:
        self.liege.withdraw(self.first)
        self.antwerp.pull(self.liege, self.first.feed.feed)

    def counts(self) -> list[int]:
        """What the sightings of this port say, oldest first."""
        rows = self.antwerp.store.read(
            lambda r: r.all(
                "SELECT content FROM entry JOIN feed f ON f.number = entry.feed WHERE f.own = 1 AND entry.kind = ? ORDER BY key",
                "port2port/sighting;v=1",
            )
        )
        return [pb.Record.FromString(row[0]).sighting.count for row in rows]

    def listed(self) -> WatchList:
        return self.antwerp.store.read(lambda reader: load(reader, self.antwerp.ctx))

    def lived(self, act: Callable[[Watcher], Awaitable[None]]) -> list[Any]:
        """What was logged while `act` ran beside a running watcher."""

        async def main() -> None:
            watcher = Watcher(self.antwerp.ctx, lambda _: NOBODY)
            task = asyncio.create_task(watcher.run())
            await asyncio.sleep(1)
            self.antwerp.changes.clear()
            await act(watcher)
            assert not task.done()
            task.cancel()

        with capture_logs() as lines:
            run(main())
        return [line for line in lines if line["log_level"] == "error"]

    def told(self, watcher: Watcher) -> None:
        """The bus's part: hand on what changed since."""
        watcher.changed(list(self.antwerp.changes))
        self.antwerp.changes.clear()


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    made = Scene()

    def counted(reader: Reader, ctx: Any) -> WatchList:
        made.loads += 1
        return load(reader, ctx)

    monkeypatch.setattr(watch, "load", counted)
    yield made
    made.antwerp.store.close()


def test_counted_matches_are_written_though_the_ship_does_not_return(scene: Scene) -> None:
    async def act(watcher: Watcher) -> None:
        for second in range(5):
            watcher.see(report(second))
            await asyncio.sleep(1)
        assert scene.counts() == [1]
        await asyncio.sleep(EVERY_S + 60)

    assert scene.lived(act) == []
    assert scene.counts() == [1, 5]


@pytest.mark.parametrize("fault", [StoreFull("the disk is full"), ZeroDivisionError("planted")])
def test_a_write_that_fails_loses_no_match(scene: Scene, fault: Exception) -> None:
    real, failing = scene.antwerp.store.awrite, [2]

    async def awrite(act: Any, *, urgent: bool = False) -> Any:
        await asyncio.sleep(0.1)
        if failing[0]:
            failing[0] -= 1
            raise fault
        return await real(act, urgent=urgent)

    scene.antwerp.store.awrite = awrite  # type: ignore[method-assign]

    async def act(watcher: Watcher) -> None:
        for second in range(3):
            watcher.see(report(second))
        await asyncio.sleep(5 * AGAIN_S)

    (said,) = scene.lived(act)
    assert "planted" not in str(said)
    assert scene.counts() == [3]


def test_a_change_while_the_list_is_read_is_read_again(scene: Scene) -> None:
    real = scene.antwerp.store.aread

    async def slow(ask: Any) -> Any:
        found = await real(ask)
        await asyncio.sleep(5)
        return found

    scene.antwerp.store.aread = slow  # type: ignore[method-assign]

    async def act(watcher: Watcher) -> None:
        await asyncio.sleep(10)
        scene.indicator(205000001)
        scene.told(watcher)
        await asyncio.sleep(2)
        scene.indicator(205000002)
        scene.told(watcher)
        await asyncio.sleep(20)
        assert len(watcher._list) == 3

    assert scene.lived(act) == []


def test_a_read_that_fails_is_tried_again_and_said_once(scene: Scene) -> None:
    real, failing = scene.antwerp.store.aread, [0]

    async def aread(ask: Any) -> Any:
        if failing[0]:
            failing[0] -= 1
            raise StoreBroken("the disk or the database file fails")
        return await real(ask)

    scene.antwerp.store.aread = aread  # type: ignore[method-assign]

    async def act(watcher: Watcher) -> None:
        failing[0] = 3
        scene.indicator(205000001)
        scene.told(watcher)
        await asyncio.sleep(4 * AGAIN_S)
        assert len(watcher._list) == 2

    assert len(scene.lived(act)) == 1


def test_nothing_is_kept_for_an_indicator_that_is_gone(scene: Scene) -> None:
    async def act(watcher: Watcher) -> None:
        for second in range(3):
            watcher.see(report(second))
            await asyncio.sleep(0)
        assert watcher._seen
        assert watcher._due
        scene.antwerp.changes.clear()
        scene.withdraw()
        scene.told(watcher)
        await asyncio.sleep(1)
        assert (watcher._seen, watcher._due, len(watcher._list)) == ({}, {}, 0)
        await asyncio.sleep(2 * EVERY_S)

    assert scene.lived(act) == []
    assert scene.counts() == [1]


def test_it_looks_again_only_when_a_feed_with_indicators_changed(scene: Scene) -> None:
    async def act(watcher: Watcher) -> None:
        before = scene.loads
        scene.antwerp.pull(scene.liege, scene.liege.release(ports.SCHELDT).feed.feed)
        assert any(change.kind is ChangeKind.FEED for change in scene.antwerp.changes)
        scene.told(watcher)
        await asyncio.sleep(1)
        assert scene.loads == before
        scene.indicator(205000001)
        scene.told(watcher)
        await asyncio.sleep(1)
        assert scene.loads == before + 1
        watcher.changed([Change(kind=ChangeKind.REGISTER)])
        await asyncio.sleep(1)
        assert scene.loads == before + 2

    assert scene.lived(act) == []


def test_what_this_node_may_not_follow_any_more_is_not_looked_for() -> None:
    register = [REGISTER]
    scene = Scene(lambda: register[0])
    assert len(scene.listed()) == 1
    others = {name: 1 for name in REGISTER.communities["ports-be"].members if str(name) != ports.ANTWERP}
    serving = [node for node in REGISTER.communities["ports-be"].serving if node != ports.ANTWERP]
    register[0] = with_sightings(ports_be={"members": others, "serving": serving, "steward": min(others)})
    assert len(scene.listed()) == 0


def test_without_this_node_in_the_register_nothing_is_looked_for() -> None:
    register = [REGISTER]
    scene = Scene(lambda: register[0])
    nodes = {name: node for name, node in REGISTER.nodes.items() if name != ports.ANTWERP}
    register[0] = replace(REGISTER, nodes=nodes)
    assert len(scene.listed()) == 0


def test_what_is_not_to_be_kept_any_more_is_not_looked_for() -> None:
    scene = Scene()
    watching = scene.listed()
    (lookout,) = watching.by_key.values()
    assert lookout.valid_until <= NOW + 30 * DAY
    scene.antwerp.clock.at = NOW + 30 * DAY
    assert len(scene.listed()) == 0
    assert watching.match([("mmsi", str(MMSI))], scene.antwerp.ctx.now()) == []
