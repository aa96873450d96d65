"""R11: what is raised, what is not, and that a hostile stream finds no end to fill."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ais_samples import START, drive, ship

from node.detector import Bench, Detection, Detector, DetectorError, running
from node.geo import KN_MS, ahead
from node.observation import VesselPosition, VesselStatic
from protocol.ids import UnixMs

LATER = START + 120_000


def detector(speed: float = 1.0, **changes: Any) -> Detector:
    bench = Bench(folder=Path(), speed=speed)
    return running("impossible_speed", {"rule": "impossible_speed", **changes}, bench).detector


def moved(
    fix: VesselPosition, *, east_km: float = 0.0, north_km: float = 0.0, s: float = 10.0
) -> VesselPosition:
    lat, lon = ahead(fix.lat, fix.lon, 0 if north_km >= 0 else 180, abs(north_km) * 1000)
    lat, lon = ahead(lat, lon, 90 if east_km >= 0 else 270, abs(east_km) * 1000)
    return replace(fix, lat=lat, lon=lon, at=UnixMs(fix.at + round(s * 1000)))


def found(fixes: list[VesselPosition], **changes: Any) -> list[Detection]:
    return drive(detector(**changes), fixes, until=LATER)


def test_a_jump_says_how_far_how_fast_and_where() -> None:
    first = ship(name="DEMO ALPHA")
    (alert,) = found([first, moved(first, east_km=62, s=40)])
    assert (alert.severity, alert.certainty, alert.urgency) == ("Moderate", "Likely", "Immediate")
    assert (alert.category, alert.rule, alert.key) == (
        "vessel_anomaly",
        "R11",
        "impossible_speed:mmsi:200000001",
    )
    assert alert.title.text == "Impossible position: MMSI 200000001 moved 62.0 km in 40 s"
    assert alert.explanation[-1].text == "It calls itself “DEMO ALPHA”."
    assert alert.explanation[0].text == "62.0 km in 40 s: 3 013 kn; at most 40 kn is possible for class A."
    assert [one.at for one in alert.observations] == [START, START + 40_000]
    assert alert.place is not None
    assert 0.9 < alert.score <= 1


def test_it_waits_for_the_hold_and_no_longer() -> None:
    running_one, first = detector(jamming_hold="3s"), ship()
    jump = moved(first, east_km=20)
    running_one.on(first, first.at)
    running_one.on(jump, jump.at)
    assert running_one.tick(UnixMs(jump.at + 2_999)) == []
    assert len(running_one.tick(UnixMs(jump.at + 3_000))) == 1
    assert running_one.tick(UnixMs(jump.at + 3_500)) == []


@pytest.mark.parametrize(("ship_class", "limit_kn"), [("A", 40.0), ("B", 60.0)])
def test_the_threshold_is_the_classes(ship_class: str, limit_kn: float) -> None:
    first = ship(ship_class=ship_class)
    far = 3600.0  # seconds: the slack of 15 s and the accuracies are then below one percent
    for factor, count in ((0.98, 0), (1.02, 1)):
        after = moved(first, east_km=limit_kn * KN_MS * far * factor / 1000, s=far)
        assert len(drive(detector(), [first, after], until=after.at + 10_000)) == count, factor


def test_a_delay_on_the_way_is_no_jump() -> None:
    first = ship(sog_kn=39.0)
    late = moved(
        first, east_km=39 * KN_MS * 14 / 1000, s=0
    )  # 14 s of sailing that arrived with the one before
    assert found([first, late]) == []


def test_poor_accuracy_is_allowed_for() -> None:
    first = ship(accuracy_m=200)
    after = replace(moved(first, east_km=0.65, s=2), accuracy_m=200)
    assert found([first, after]) == []


def test_a_late_copy_by_another_station_is_no_jump_back() -> None:
    first = ship()
    steps = [moved(first, east_km=0.06 * n, s=10 * n) for n in range(1, 6)]
    late = replace(steps[0], station="r2")
    assert found([first, *steps, late]) == []


def test_a_report_older_than_the_last_says_nothing() -> None:
    machine, first = detector(), ship()
    after = moved(first, east_km=10, s=600)
    for one in (first, after, replace(first, station="r2")):
        machine.on(one, after.at)
    assert machine.tick(UnixMs(after.at + 10_000)) == []


def test_stations_and_aircraft_are_no_ships() -> None:
    for mmsi in (2_050_001, 111_232_506, 992_190_934, 970_123_456):
        first = ship(mmsi)
        assert found([first, moved(first, east_km=50)]) == []


def test_one_identity_at_two_places() -> None:
    here = ship()
    there = moved(here, north_km=30, s=1)
    fixes = [
        replace(one, at=UnixMs(START + 2_000 * n), lat=one.lat + n * 1e-5)
        for n, one in enumerate([here, there, here, there])
    ]
    alerts = drive(detector(jamming_hold="8s"), fixes, until=LATER)
    sentences = [one.text for one in alerts[0].explanation]
    assert any("at least twice from each of two places 30.0 km apart" in text for text in sentences)


def test_two_places_without_an_impossible_speed() -> None:
    here = ship()
    there = moved(here, north_km=30, s=1)
    hour = 3_600_000
    fixes = [
        replace(one, at=UnixMs(START + hour * n), lat=one.lat + n * 1e-5)
        for n, one in enumerate([here, there, here, there])
    ]
    alerts = drive(detector(two_places_window="1h"), fixes, until=0, step_ms=60_000)
    assert alerts == []
    alerts = drive(detector(two_places_window="1h", max_kn_class_a=10), fixes, until=fixes[-1].at + 60_000)
    assert alerts
    slow = [replace(one, at=UnixMs(START + 900_000 * n)) for n, one in enumerate(fixes)]
    (alert, *_) = drive(detector(two_places_window="1h", max_kn_class_a=90), slow, until=slow[-1].at + 60_000)
    assert alert.explanation[0].code == "impossible_speed.two_places"


def test_one_report_heard_twice_is_not_two_fixes() -> None:
    here = ship()
    there = moved(here, north_km=30, s=2)
    again = replace(here, lat=here.lat + 1e-4, at=UnixMs(START + 4_000))
    copies = [replace(one, station="r2", at=UnixMs(one.at + 100)) for one in (there, again)]
    fixes = sorted([here, there, again, *copies], key=lambda one: one.at)
    codes = {
        one.code
        for alert in drive(detector(jamming_hold="8s"), fixes, until=LATER)
        for one in alert.explanation
    }
    assert "impossible_speed.speed" in codes
    assert "impossible_speed.two_places" not in codes


def jumping(count: int, *, spread_s: float = 2.0, east_km: float = 15.0) -> list[VesselPosition]:
    firsts = [
        replace(ship(200_000_001 + n), lat=51.45 + n * 0.01, at=UnixMs(START + n)) for n in range(count)
    ]
    jumps = [
        moved(one, east_km=east_km, north_km=4, s=5 + spread_s * n / count) for n, one in enumerate(firsts)
    ]
    return [*firsts, *sorted(jumps, key=lambda fix: fix.at)]


def test_five_ships_by_one_vector_are_one_area_alert() -> None:
    (alert,) = found(jumping(5))
    assert alert.title.text == "Satellite positioning disturbed: 5 ships jumped by the same vector"
    assert "15.0 km east and 4.0 km north" in alert.explanation[0].text
    assert alert.place is not None
    assert 2_000 < alert.place.radius_m < 3_000
    assert len(alert.subjects) == 5


def test_ships_made_up_a_moment_ago_do_not_hide_one_that_was_long_here() -> None:
    ghosts = jumping(60)
    real = replace(ship(244_999_999), lat=51.44, at=UnixMs(START - 600_000))
    after = moved(real, east_km=15, north_km=4, s=606)
    (alert,) = found(sorted([real, *ghosts, after], key=lambda fix: fix.at))
    assert "61 ships" in alert.title.text
    assert alert.subjects[0].value == "244999999"
    assert len(alert.subjects) == 50
    assert {one.type for one in alert.subjects} == {"mmsi"}
    assert any(getattr(one, "mmsi", 0) == 244_999_999 for one in alert.observations)


def test_every_ship_of_an_area_has_its_number_before_any_has_another_identity() -> None:
    named = [
        replace(fix, static=VesselStatic("vts", "antwerp", fix.at, station="", mmsi=fix.mmsi, imo="9074729"))
        for fix in jumping(30)
    ]
    (alert,) = found(named)
    assert [one.type for one in alert.subjects].count("mmsi") == 30


def test_four_are_four() -> None:
    assert len(found(jumping(4))) == 4


def test_five_by_different_vectors_are_five() -> None:
    fixes = jumping(5)
    turned = [replace(one, lat=one.lat + n * 0.3) for n, one in enumerate(fixes[5:])]
    assert len(found([*fixes[:5], *turned])) == 5


def test_a_sixth_ship_soon_after_is_part_of_the_area() -> None:
    fixes = jumping(6)
    late = replace(fixes[-1], at=UnixMs(fixes[-1].at + 20_000))
    (alert,) = found([*fixes[:-1], late])
    assert alert.title.code == "impossible_speed.area"


def test_demo_speed_is_the_ships_time() -> None:
    first = ship()
    after = moved(first, east_km=12 * KN_MS * 300 / 1000, s=5)  # 12 kn for 300 s, played in 5 s
    assert found([first, after], speed=60) == []
    assert len(found([first, after])) == 1


def test_state_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    import node.detectors.impossible_speed as module

    monkeypatch.setattr(module, "SHIPS_MAX", 100)
    machine = detector()
    now = START
    for n in range(3_000):
        first = replace(ship(200_000_000 + n), at=UnixMs(START + n))
        after = moved(first, east_km=20 + n % 7, s=1)
        now = after.at
        machine.on(first, first.at)
        machine.on(after, now)
    assert machine.size() <= 100 + 3 * module.JUMPS_MAX + module.FIXES_MAX * 100
    machine.tick(UnixMs(now + 10_000))
    machine.tick(UnixMs(now + 100_000))
    assert machine.size() <= 100 + module.FIXES_MAX * 100


def test_an_unknown_rule_names_the_known_ones() -> None:
    with pytest.raises(
        DetectorError,
        match=r"detectors\.x: no detector rule 'imposible_speed'; known: ais_gap, impossible_speed",
    ):
        running("x", {"rule": "imposible_speed"}, Bench(folder=Path()))


@pytest.mark.parametrize("rule", ["", "../x", "impossible_speed.terms", "IMPOSSIBLE", "a" * 500])
def test_a_rule_name_is_no_path(rule: str) -> None:
    with pytest.raises(DetectorError, match="no detector rule"):
        running("x", {"rule": rule}, Bench(folder=Path()))
