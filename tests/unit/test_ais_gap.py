"""R6: which silence is raised, and each reason for keeping quiet, with the case beside it that is not kept quiet."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ais_samples import START, drive, ship, square

from node.detector import Bench, Detection, Detector, DetectorError, running
from node.detectors.ais_gap import reporting_interval_s
from node.observation import Observation, SensorSilent, VesselPosition
from protocol.ids import UnixMs

MIN = 60_000
DARK = 200_000_001
OTHERS = range(200_000_100, 200_000_110)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    square(tmp_path / "coverage.geojson", 2.0, 51.0, 5.0, 52.0)
    square(tmp_path / "quays.geojson", 4.2, 51.2, 4.4, 51.4)
    return tmp_path


def detector(folder: Path, speed: float = 1.0, **changes: Any) -> Detector:
    table = {"rule": "ais_gap", "coverage": "coverage.geojson", "quays": "quays.geojson", **changes}
    return running("gap", table, Bench(folder=folder, speed=speed)).detector


def others(
    until_min: float, *, step_ms: int = 10_000, ships: range = OTHERS, speed: float = 1.0
) -> list[VesselPosition]:
    """Ships that go on reporting: the receiver works."""
    end = START + round(until_min * MIN / speed)
    return [
        replace(ship(mmsi), at=UnixMs(at), lat=51.6)
        for at in range(START, end, round(step_ms / speed))
        for mmsi in ships
    ]


def alerts(folder: Path, *fixes: Observation, minutes: float = 40, **changes: Any) -> list[Detection]:
    crowd: list[Observation] = [*others(minutes), *fixes]
    crowd.sort(key=lambda one: one.at)
    return drive(detector(folder, **changes), crowd, until=START + round(minutes * MIN))


def test_a_ship_under_way_that_falls_silent(folder: Path) -> None:
    (alert,) = alerts(folder, ship(DARK, name="DEMO DARK"))
    assert (alert.severity, alert.certainty, alert.urgency) == ("Moderate", "Possible", "Immediate")
    assert (alert.rule, alert.category, alert.key) == ("R6", "vessel_anomaly", f"ais_gap:mmsi:{DARK}")
    assert alert.title.text == f"Dark vessel: MMSI {DARK} silent for 15 min while under way"
    assert alert.explanation[-1].text == "It calls itself “DEMO DARK”."
    assert "every 10 s (ITU-R M.1371), alert after 15.0 min" in alert.explanation[0].text
    assert 15 * MIN < alert.occurred_to - alert.occurred_from < 15 * MIN + 2_000
    assert alert.observations[0].subjects() == alert.subjects


def test_not_before_the_gap_and_once_in_a_silence(folder: Path) -> None:
    assert alerts(folder, ship(DARK), minutes=15) == []
    assert len(alerts(folder, ship(DARK), minutes=90)) == 1


def test_again_after_it_was_heard_in_between(folder: Path) -> None:
    assert len(alerts(folder, ship(DARK), ship(DARK, at=START + 20 * MIN))) == 2


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"sog_kn": 0.5}, "slow"),
        ({"sog_kn": None}, "speed unknown"),
        ({"nav_status": 1}, "at anchor"),
        ({"nav_status": 5}, "moored"),
        ({"nav_status": 6}, "aground"),
        ({"ship_class": "B"}, "class B"),
        ({"lat": 52.5}, "outside the coverage"),
        ({"lat": 51.3, "lon": 4.3}, "at a quay"),
        ({"lat": 51.3, "lon": 4.08}, "within 5 nm of a quay"),
        ({"lat": 51.95, "cog_deg": 0.0, "sog_kn": 15.0}, "sailing out of the coverage"),
        ({"lat": 51.3, "lon": 4.0, "cog_deg": 90.0, "sog_kn": 14.0}, "sailing to a quay"),
        ({"mmsi": 2_050_001}, "a base station"),
    ],
)
def test_no_alert(folder: Path, changes: dict[str, Any], why: str) -> None:
    assert alerts(folder, replace(ship(DARK), **changes)) == [], why


@pytest.mark.parametrize(
    "changes",
    [
        {"sog_kn": 0.6},
        {"lat": 51.3, "lon": 4.0, "cog_deg": 270.0},
        {"lat": 51.95, "cog_deg": 180.0, "sog_kn": 15.0},
        {"cog_deg": None},
        {"nav_status": None},
    ],
)
def test_beside_each_reason_an_alert(folder: Path, changes: dict[str, Any]) -> None:
    assert len(alerts(folder, replace(ship(DARK), **changes))) == 1


def test_a_receiver_outage_is_no_alert_and_forgotten(folder: Path) -> None:
    before = others(1)
    after = [replace(one, at=UnixMs(one.at + 30 * MIN)) for one in others(40, ships=OTHERS[:9])]
    found = drive(detector(folder), [*before, *after], until=START + 80 * MIN)
    assert {one.key for one in found} <= {f"ais_gap:mmsi:{mmsi}" for mmsi in OTHERS[:9]}
    assert not any(one.occurred_from < START + 30 * MIN for one in found)


def test_a_second_wave_of_an_outage_is_no_alert_either(folder: Path) -> None:
    """Most ships are lost at once, one more a little later than half the gap: the receiver dies by and by."""
    ships = range(200_000_100, 200_000_114)
    lost, late, alive = ships[:6], ships[6], ships[7:]
    fixes = [
        one
        for one in others(40, ships=ships)
        if one.mmsi in alive
        or (one.mmsi in lost and one.at < START + MIN)
        or (one.mmsi == late and one.at < START + 4.5 * MIN)
    ]
    assert drive(detector(folder, min_gap="6m"), fixes, until=START + 40 * MIN) == []


def part_silent(folder: Path, share: float, **changes: Any) -> list[Detection]:
    """Twenty ships, of which a share falls silent at once."""
    ships = range(200_000_100, 200_000_120)
    quiet = round(len(ships) * share)
    rest = [one for one in others(30, ships=ships) if one.mmsi >= ships[quiet] or one.at < START + MIN]
    return drive(detector(folder, **changes), rest, until=START + 30 * MIN)


def test_the_outage_share_decides(folder: Path) -> None:
    assert len(part_silent(folder, 0.3)) == 6
    assert part_silent(folder, 0.35) == []
    assert len(part_silent(folder, 0.35, outage_share=0.4)) == 7


def test_moored_ships_count_towards_an_outage(folder: Path) -> None:
    moored = [
        replace(ship(200_000_200 + n, at=at), sog_kn=0.0, nav_status=5)
        for at in (START, START + 3 * MIN)
        for n in range(12)
    ]
    running_ships = others(4, ships=OTHERS[:3])
    live = others(40, ships=range(200_000_300, 200_000_304))
    fixes = sorted([*moored, *running_ships, *live], key=lambda one: one.at)
    assert drive(detector(folder), fixes, until=START + 35 * MIN) == []


def test_a_silent_sensor_takes_its_ships_along(folder: Path) -> None:
    silent = SensorSilent("vts", "antwerp", UnixMs(START + MIN), START, True)
    other = [replace(one, sensor="second") for one in others(40)]
    fixes: list[Observation] = [*other, ship(DARK), silent]
    fixes.sort(key=lambda one: one.at)
    assert drive(detector(folder), fixes, until=START + 30 * MIN) == []
    assert (
        len(drive(detector(folder), [one for one in fixes if one is not silent], until=START + 30 * MIN)) == 1
    )


def test_demo_speed_shortens_the_gap_and_keeps_the_ships_time_in_words(folder: Path) -> None:
    crowd: list[Observation] = [*others(60, speed=60), ship(DARK)]
    crowd.sort(key=lambda one: one.at)
    (alert,) = drive(detector(folder, speed=60), crowd, until=START + 40_000)
    assert 15_000 < alert.occurred_to - alert.occurred_from <= 16_000
    assert "silent for 16 min" in alert.title.text  # 15.5 s, sixtyfold


def test_long_intervals_lengthen_the_gap(folder: Path) -> None:
    assert len(alerts(folder, ship(DARK), min_gap="1s", interval_factor=20, minutes=5)) == 1
    assert alerts(folder, ship(DARK), min_gap="1s", interval_factor=20, minutes=3) == []


@pytest.mark.parametrize(
    ("changes", "seconds"),
    [
        ({"nav_status": 1, "sog_kn": 0.1}, 180),
        ({"nav_status": 5, "sog_kn": 3.0}, 180),
        ({"nav_status": 5, "sog_kn": 3.1}, 10),
        ({"sog_kn": 14.0}, 10),
        ({"sog_kn": 14.0, "turning": True}, 10 / 3),
        ({"sog_kn": 14.1}, 6),
        ({"sog_kn": 23.0, "turning": True}, 2),
        ({"sog_kn": 23.1}, 2),
    ],
)
def test_the_reporting_intervals_of_m_1371(changes: dict[str, Any], seconds: float) -> None:
    assert reporting_interval_s(replace(ship(), **changes)) == seconds


def test_state_is_bounded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("node.detectors.ais_gap.SHIPS_MAX", 50)
    machine = detector(folder)
    for n in range(500):
        machine.on(ship(200_000_000 + n), START)
    assert machine.size() == 50
    for minute in range(20, 200, 20):
        machine.tick(UnixMs(START + minute * MIN))
        for n in range(50):
            machine.on(ship(300_000_000 + n + minute), UnixMs(START + minute * MIN))
    assert machine.size() <= 100


def test_a_missing_file_is_named_with_the_table(tmp_path: Path) -> None:
    with pytest.raises(DetectorError, match=r"detectors\.gap: .*coverage\.geojson: cannot be read"):
        detector(tmp_path)


def test_a_wrong_value_is_named(folder: Path) -> None:
    with pytest.raises(DetectorError, match=r"detectors\.gap\.outage_share"):
        detector(folder, outage_share=1.5)
