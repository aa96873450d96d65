"""The same recording with the same times gives the same detections, with the real sensor and detectors in between."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from ais_samples import DEMO_GEO, START, receiver, ship
from locations import shared

from node.detector import Bench, Detection, Detector, running
from node.observation import Observation
from node.simulate_ais.fleet import Fleet
from node.simulate_ais.table import vessels
from protocol.ids import UnixMs

SHIPS = DEMO_GEO.parent / "vessels.csv"


def detectors() -> list[Detector]:
    bench = Bench(folder=DEMO_GEO, speed=60)
    gap = {"rule": "ais_gap", "coverage": "coverage.geojson", "quays": "quays.geojson"}
    return [running("gap", gap, bench).detector, running("r11", {"rule": "impossible_speed"}, bench).detector]


def played(chunks: list[bytes]) -> list[Detection]:
    """One chunk of the stream each half second, then a tick."""
    taker, running_ones = receiver(), detectors()
    found: list[Detection] = []
    for number, chunk in enumerate(chunks):
        now = UnixMs(START + 500 * number)
        for observation in taker.take(chunk, now):
            for one in running_ones:
                found += one.on(observation, now)
        for one in running_ones:
            found += one.tick(now)
    return found


def fleet_chunks(seed: int = 1, seconds: int = 40) -> list[bytes]:
    fleet = Fleet(vessels(SHIPS), {}, seed=seed, speed=60)
    chunks = ["".join(f"{line}\r\n" for line in fleet.listener(0.0)).encode()]
    chunks += [
        "".join(f"{line}\r\n" for line in fleet.due(number / 2)).encode() for number in range(1, 2 * seconds)
    ]
    return chunks


def test_the_simulated_fleet_replays_to_the_same_detections() -> None:
    first, again = played(fleet_chunks()), played(fleet_chunks())
    assert first == again
    assert {one.detector for one in first} == {"ais_gap", "impossible_speed"}


def test_only_invented_ships_are_raised() -> None:
    for seed in (1, 2, 3):
        found = played(fleet_chunks(seed))
        assert {s.value[:3] for one in found for s in one.subjects if s.type == "mmsi"} == {"200"}
        assert {"ais_gap:mmsi:200000302"} <= {one.key for one in found}


def test_a_recording_replays_to_the_same_detections() -> None:
    raw = shared("data/ais/dma_aislib_stream_example.txt").read_bytes()
    chunks = [raw[begin : begin + 8192] for begin in range(0, len(raw), 8192)]
    assert played(chunks) == played(chunks)


def test_a_detector_that_reads_a_clock_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken double: its result depends on something that is not in the stream."""
    runs = iter(range(100))

    class Clocked:
        def __init__(self) -> None:
            self.run = next(runs)

        def on(self, observation: Observation, now: UnixMs) -> list[Detection]:
            return []

        def tick(self, now: UnixMs) -> list[Detection]:
            return [replace(one, key=str(self.run)) for one in detection()]

        def size(self) -> int:
            return 0

    monkeypatch.setitem(globals(), "detectors", lambda: [Clocked()])
    assert played(fleet_chunks(seconds=2)) != played(fleet_chunks(seconds=2))


def detection() -> list[Detection]:
    one = running("r11", {"rule": "impossible_speed"}, Bench(folder=Path())).detector
    one.on(ship(), START)
    one.on(replace(ship(at=START + 1000), lat=52.5), UnixMs(START + 1000))
    return one.tick(UnixMs(START + 9000))
