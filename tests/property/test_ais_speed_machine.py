"""R11 against its own definition: ships that sail at what they can are never raised, a jump beyond all reach always is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ais_samples import START, drive, ship
from hypothesis import given
from hypothesis import strategies as st

from node.detector import Bench, Detector, running
from node.geo import KN_MS, ahead, distance_m
from node.observation import VesselPosition
from protocol.ids import UnixMs

legs = st.lists(
    st.tuples(st.floats(0, 360), st.floats(0, 39.9), st.integers(0, 600), st.integers(0, 10_000)),
    min_size=1,
    max_size=20,
)


def detector() -> Detector:
    return running("r11", {"rule": "impossible_speed"}, Bench(folder=Path())).detector


@given(legs)
def test_no_voyage_within_the_limit_is_raised_whatever_the_delay(
    voyage: list[tuple[float, float, int, int]],
) -> None:
    """Course, knots, seconds and milliseconds of delay on the way, which may put reports out of order."""
    fix, sailed, reports = ship(), START, [ship()]
    for course, knots, seconds, delay_ms in voyage:
        lat, lon = ahead(fix.lat, fix.lon, course, knots * KN_MS * seconds)
        sailed = UnixMs(sailed + seconds * 1000)
        fix = replace(fix, lat=lat, lon=lon)
        reports.append(replace(fix, at=UnixMs(sailed + delay_ms)))
    reports.sort(key=lambda one: one.at)
    ordered: list[VesselPosition] = [one for one in reports if one.at >= START]
    assert drive(detector(), ordered, until=ordered[-1].at + 10_000) == [] or _out_of_order(voyage)


def _out_of_order(voyage: list[tuple[float, float, int, int]]) -> bool:
    """Legs shorter than a delay let a later report overtake; then two delays add up and the slack does not cover both."""
    return any(seconds * 1000 < 10_000 for _, _, seconds, _ in voyage)


@given(st.floats(0, 360), st.floats(5_000, 400_000), st.integers(0, 60))
def test_a_jump_beyond_all_reach_is_raised_once(course: float, metres: float, seconds: int) -> None:
    first = ship()
    lat, lon = ahead(first.lat, first.lon, course, metres)
    after = replace(first, lat=lat, lon=lon, at=UnixMs(START + seconds * 1000))
    (alert,) = drive(detector(), [first, after], until=START + 90_000)
    assert alert.observations == (first, after) or seconds == 0
    assert abs(distance_m(first.lat, first.lon, lat, lon) - metres) < 1
    assert 0.5 < alert.score <= 1
    assert all(0 < len(one.text) <= 400 for one in alert.explanation)
    assert len(alert.title.text) <= 120


@given(st.integers(1, 40))
def test_the_alert_of_an_area_comes_from_five_ships_on(count: int) -> None:
    firsts = [
        replace(ship(200_000_001 + n), lat=51.3 + n * 0.005, at=UnixMs(START + n)) for n in range(count)
    ]
    jumps = [replace(one, lon=one.lon + 0.3, at=UnixMs(one.at + 5_000)) for one in firsts]
    found = drive(detector(), [*firsts, *jumps], until=START + 60_000)
    codes = [one.title.code for one in found]
    assert codes == (["impossible_speed.area"] if count >= 5 else ["impossible_speed.ship"] * count)
    assert all(len(one.observations) <= 50 and len(one.subjects) <= 50 for one in found)
