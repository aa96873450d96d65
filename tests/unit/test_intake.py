"""The intake in virtual time: who gets what, once in its re-arm time, and what a fault of one part does to the others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from ais_samples import START, ToldClock, ship
from pydantic import BaseModel
from virtual_time import run

from node import intake
from node.detector import Bench, Detection, DetectorType, Running, running
from node.intake import Intake, Rearm
from node.observation import Observation, SensorSilent, VesselPosition, VesselStatic
from node.sensor import Said, Sensor, SensorError, SensorHealth, Source, Station, known, load, source
from protocol.ids import UnixMs


class Nothing(BaseModel):
    site: str = "antwerp"


@dataclass
class Echo:
    """A detector that finds every observation."""

    fails: bool = False
    heard: list[Observation] = field(default_factory=list)
    ticks: int = 0

    def on(self, observation: Observation, now: UnixMs) -> list[Detection]:
        self.heard.append(observation)
        if self.fails:
            raise ZeroDivisionError("planted")
        return [finding(f"mmsi:{getattr(observation, 'mmsi', 0)}")]

    def tick(self, now: UnixMs) -> list[Detection]:
        self.ticks += 1
        return []

    def size(self) -> int:
        return len(self.heard)


def finding(key: str, rearm_ms: int = 60_000) -> Detection:
    fix = ship()
    found = running("x", {"rule": "impossible_speed"}, Bench(folder=Path()))
    found.detector.on(fix, fix.at)
    found.detector.on(replace(fix, lat=52.5, at=UnixMs(START + 1000)), UnixMs(START + 1000))
    (detection,) = found.detector.tick(UnixMs(START + 9000))
    return replace(detection, key=key, rearm_ms=rearm_ms)


def working(detector: Echo, *consumes: type[Observation], name: str = "echo") -> Running:
    sort = DetectorType(
        name=name,
        rule="R0",
        version="1",
        consumes=frozenset(consumes),
        config=Nothing,
        make=lambda *_: detector,
    )
    return Running(name, sort, detector)


@dataclass
class Played:
    """An open sensor that says what it was given and then waits, or fails."""

    observations: list[Observation]
    fails: bool = False
    closed: bool = False

    async def __aiter__(self) -> AsyncIterator[Observation]:
        for observation in self.observations:
            yield observation
        if self.fails:
            raise ZeroDivisionError("planted")
        await asyncio.sleep(3600)

    def stats(self) -> Mapping[str, int]:
        return {"messages": len(self.observations)}

    def health(self) -> SensorHealth:
        return SensorHealth("vts", "played", True, False, START, Said.HEARD)

    async def aclose(self) -> None:
        self.closed = True


def playing(*plays: Played) -> Source:
    left = list(plays)

    def open_next(_: Nothing, station: Station) -> Played:
        assert station.site == "antwerp"
        return left.pop(0) if len(left) > 1 else left[0]

    return Source("vts", Sensor(name="played", config=Nothing, open=open_next), Nothing())


def made(
    detectors: list[Running],
    on_detection: intake.OnDetection,
    sources: list[Source] | None = None,
    **more: Any,
) -> Intake:
    clock = more.pop("clock", ToldClock())
    return Intake(
        sources=sources or [],
        detectors=detectors,
        clock=clock,
        random=bytes,
        on_detection=on_detection,
        **more,
    )


def lived(one: Intake, seconds: float, meanwhile: Callable[[], None] = lambda: None) -> None:
    async def main() -> None:
        task = asyncio.create_task(one.run())
        await asyncio.sleep(0)
        meanwhile()
        await asyncio.sleep(seconds)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(main())


def test_observations_go_to_who_consumes_their_type_and_to_the_watch_list() -> None:
    positions, silences, watched = Echo(), Echo(), list[Observation]()
    silent = SensorSilent("vts", "antwerp", START, START, True)
    static = VesselStatic("vts", "antwerp", START, "", 200_000_001)
    play = Played([ship(), silent, static])
    detectors = [working(positions, VesselPosition), working(silences, SensorSilent, name="other")]
    one = made(detectors, lambda _: None, [playing(play)], on_observation=watched.append)
    lived(one, 1)
    assert [type(o) for o in positions.heard] == [VesselPosition]
    assert silences.heard == [silent]
    assert watched == play.observations
    assert play.closed
    assert positions.ticks == 2


def test_a_finding_is_handed_on_once_in_its_rearm_time() -> None:
    clock, got = ToldClock(), list[Detection]()
    one = made([working(Echo(), VesselPosition)], got.append, clock=clock)

    def meanwhile() -> None:
        for _ in range(3):
            one.take(ship())
        clock.pass_s(59.999)
        one.take(ship())
        clock.pass_s(0.001)
        one.take(ship())
        one.take(ship(200_000_002))

    lived(one, 1, meanwhile)
    assert [detection.key for detection in got] == ["mmsi:200000001", "mmsi:200000001", "mmsi:200000002"]
    assert one.stats()["intake"]["repeated"] == 3


def test_repetition_does_not_lengthen_the_rearm_time() -> None:
    rearm, found = Rearm(), finding("k", rearm_ms=1000)
    assert rearm.admits(found, START)
    assert not rearm.admits(found, UnixMs(START + 900))
    assert rearm.admits(found, UnixMs(START + 1000))


def test_remembered_keys_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "KEYS_MAX", 10)
    rearm, found = Rearm(), finding("k")
    assert all(rearm.admits(replace(found, key=f"k{n}"), START) for n in range(50))
    assert not rearm.admits(replace(found, key="k49"), START)
    assert rearm.admits(replace(found, key="k0"), START)


def test_a_failing_detector_does_not_stop_the_others() -> None:
    bad, good, got = Echo(fails=True), Echo(), list[Detection]()
    one = made([working(bad, VesselPosition, name="bad"), working(good, VesselPosition)], got.append)
    lived(one, 1, lambda: one.take(ship()))
    assert len(got) == 1
    assert one.stats()["intake"]["failed.bad"] == 1


def test_a_failing_watch_list_does_not_stop_detection() -> None:
    got = list[Detection]()

    def planted(_: Observation) -> None:
        raise ZeroDivisionError("planted")

    one = made([working(Echo(), VesselPosition)], got.append, on_observation=planted)
    lived(one, 1, lambda: one.take(ship()))
    assert len(got) == 1


def test_a_detection_that_is_not_taken_is_offered_again_in_order() -> None:
    got, left = list[str](), [3]

    async def taken(detection: Detection) -> None:
        await asyncio.sleep(0)
        if left[0]:
            left[0] -= 1
            raise OSError("no space")
        got.append(detection.key)

    one = made([working(Echo(), VesselPosition)], taken)

    def meanwhile() -> None:
        one.take(ship(200_000_001))
        one.take(ship(200_000_002))

    lived(one, 10, meanwhile)
    assert got == ["mmsi:200000001", "mmsi:200000002"]
    assert one.stats()["intake"]["failed.on_detection"] == 3


def test_a_detection_that_cannot_be_taken_does_not_block_the_one_behind_it() -> None:
    got = list[str]()

    def taken(detection: Detection) -> None:
        if detection.key == "mmsi:200000001":
            raise ValueError("planted: no record can hold it")
        got.append(detection.key)

    one = made([working(Echo(), VesselPosition)], taken)

    def meanwhile() -> None:
        one.take(ship(200_000_001))
        one.take(ship(200_000_002))

    lived(one, 1, meanwhile)
    assert got == ["mmsi:200000002"]
    assert one.stats()["intake"]["detections_refused"] == 1
    assert one.stats()["intake"]["failed.on_detection"] == 1


def test_what_waits_to_be_taken_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "PENDING_MAX", 5)

    def never(_: Detection) -> None:
        raise OSError("no space")

    one = made([working(Echo(), VesselPosition)], never)

    def meanwhile() -> None:
        for n in range(20):
            one.take(ship(200_000_000 + n))

    lived(one, 1, meanwhile)
    assert one.stats()["intake"]["pending"] == 5
    assert one.stats()["intake"]["detections_dropped"] == 15


def test_a_sensor_that_fails_is_opened_again() -> None:
    first, second, heard = Played([ship()], fails=True), Played([ship(200_000_002)]), Echo()
    one = made([working(heard, VesselPosition)], lambda _: None, [playing(first, second)])
    lived(one, 10)
    assert [getattr(o, "mmsi", 0) for o in heard.heard] == [200_000_001, 200_000_002]
    assert first.closed
    assert one.stats()["intake"]["failed.vts"] == 1


def test_a_sensor_that_does_not_open_is_tried_again_and_stops_nothing_else() -> None:
    tries, heard = [2], Echo()
    play = Played([ship()])

    def opens(_: Nothing, station: Station) -> Played:
        if tries[0]:
            tries[0] -= 1
            raise OSError("planted")
        return play

    bad = Source("vts", Sensor(name="played", config=Nothing, open=opens), Nothing())
    one = made([working(heard, VesselPosition)], lambda _: None, [bad, playing(Played([ship(200_000_002)]))])
    lived(one, 12)
    assert {getattr(o, "mmsi", 0) for o in heard.heard} == {200_000_001, 200_000_002}
    assert one.stats()["intake"]["failed.vts"] == 2


def test_health_before_and_while_it_runs() -> None:
    one = made([], lambda _: None, [playing(Played([]))])
    assert one.health()[0].words == Said.NOT_OPEN
    seen = list[SensorHealth]()

    async def main() -> None:
        task = asyncio.create_task(one.run())
        await asyncio.sleep(1)
        seen.extend(one.health())
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    run(main())
    assert seen[0].connected
    assert one.health()[0].words == Said.NOT_OPEN


def test_the_known_sensors_are_plug_ins_only() -> None:
    assert known() == ("ais",)
    for name in ("ais_nmea", "ais_decode", "radar", "../ais", ""):
        with pytest.raises(SensorError, match="known: ais"):
            load(name)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"type": "aiss"}, r"sensors\.vts\.type: no sensor type 'aiss'; known: ais"),
        ({"type": "ais", "site": "antwerp"}, r"sensors\.vts\.source: this key is required"),
        ({"type": "ais", "site": "antwerp", "source": "x"}, r"sensors\.vts\.source: .*tcp://host:port"),
        ({"type": "ais", "site": "antwerp", "source": "tcp://a:1", "queue": 0}, r"sensors\.vts\.queue"),
    ],
)
def test_a_bad_table_is_refused_by_its_key(table: dict[str, Any], words: str) -> None:
    with pytest.raises(SensorError, match=words):
        source("vts", table)


def test_a_detector_that_follows_workers_needs_its_card(monkeypatch: pytest.MonkeyPatch) -> None:
    import node.detectors.impossible_speed as module
    from node.detector import DetectorError

    monkeypatch.setattr(module, "DETECTOR", replace(module.DETECTOR, follows_workers=True))
    with pytest.raises(DetectorError, match="legal_basis"):
        running("x", {"rule": "impossible_speed"}, Bench(folder=Path()))


def test_of_a_sensor_s_counters_only_those_are_told_that_its_input_alone_moves() -> None:
    played = Played([ship(), ship()])
    told = Sensor(name="played", config=Nothing, open=lambda *_: played, counted=("messages", "garbage"))
    silent = Sensor(name="played", config=Nothing, open=lambda *_: played)
    one = made([], lambda _: None, [Source("vts", told, Nothing()), Source("quay", silent, Nothing())])
    assert [counts for _, counts in one.heard()] == [{"messages": 0, "garbage": 0}, {}]
    seen: list[Mapping[str, int]] = []

    async def meanwhile() -> None:
        task = asyncio.create_task(one.run())
        await asyncio.sleep(1.0)
        seen.extend(counts for _, counts in one.heard())
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    run(meanwhile())
    assert seen == [{"messages": 2, "garbage": 0}, {}]
