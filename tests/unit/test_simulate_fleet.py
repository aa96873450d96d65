"""The simulator's ships: real ones sail on and nothing else, invented ones are marked, water is kept to."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path

import pytest
from ais_samples import DEMO_GEO, receiver
from locations import shared

from node.geo import distance_m, lines
from node.observation import VesselPosition, VesselStatic
from node.simulate_ais import fleet as module
from node.simulate_ais.fleet import Fleet
from node.simulate_ais.table import INVENTED_MID, TableError, Vessel, vessels
from node.simulate_ais.track import Line, Track
from protocol.ids import UnixMs

CORNER_M = 250.0
"""A ship that turns back changes to the other side of the fairway, 120 m from its middle on each."""

SHIPS = DEMO_GEO.parent / "vessels.csv"
FAIRWAYS = {
    name: Line([(lat, lon) for lon, lat in line])
    for name, line in lines(DEMO_GEO / "fairways.geojson").items()
}


def heard(fleet: Fleet, seconds: float, step: float = 0.25) -> dict[int, list[tuple[float, VesselPosition]]]:
    """Every position by ship with the real second it was sent."""
    taker, found = receiver(), defaultdict[int, list[tuple[float, VesselPosition]]](list)
    taker.take(b"".join(line.encode() + b"\n" for line in fleet.listener(0)), UnixMs(0))
    at = 0.0
    while at < seconds:
        at += step
        chunk = "".join(f"{line}\r\n" for line in fleet.due(at)).encode()
        for one in taker.take(chunk, UnixMs(round(at * 1000))):
            if isinstance(one, VesselPosition):
                found[one.mmsi].append((at, one))
    assert set(taker.counts) <= {"messages"}, taker.counts
    return found


def make(area: str = "all", *, seed: int = 1, speed: float = 1.0) -> Fleet:
    return Fleet(vessels(SHIPS, area), FAIRWAYS, seed=seed, speed=speed)


def seeded(seed: int) -> Fleet:
    return make(seed=seed)


def test_every_area_has_real_ships_and_a_jumper() -> None:
    for area in ("antwerp", "scheldt", "zeebrugge"):
        ships = vessels(SHIPS, area)
        assert sum(one.origin == "recording" for one in ships) >= 15
        assert any(one.role.startswith("jump") for one in ships)
    assert "DEMO WATCHED" in {one.name for one in vessels(SHIPS, "antwerp")}


def test_invented_ships_have_a_country_code_nobody_has() -> None:
    codes = shared("data/ais/mid_country_codes.csv").read_text()
    allocated = {row["prefix"] for row in csv.DictReader(codes.splitlines())}
    assert str(INVENTED_MID) not in allocated
    assert "205" in allocated
    assert {one.mmsi // 1_000_000 for one in vessels(SHIPS) if one.origin == "invented"} == {INVENTED_MID}


def test_real_ships_are_where_and_what_the_recording_says() -> None:
    raw = shared("data/ais/dma_aislib_stream_example.txt").read_bytes()
    first: dict[int, VesselPosition] = {}
    names: dict[int, str] = {}
    for one in receiver().take(raw + b"\n", UnixMs(0)):
        if isinstance(one, VesselPosition):
            first.setdefault(one.mmsi, one)
        elif isinstance(one, VesselStatic):
            names[one.mmsi] = one.name
    for ship in vessels(SHIPS):
        if ship.origin == "recording":
            there = first[ship.mmsi]
            assert (ship.lat, ship.lon, ship.speed_kn) == (there.lat, there.lon, there.sog_kn)
            assert ship.course_deg == there.cog_deg
            assert ship.name in {names.get(ship.mmsi, ""), ""}


def test_it_begins_where_the_table_says_and_moored_ships_stay() -> None:
    found = heard(make(), 200, step=1)
    table = {one.mmsi: one for one in vessels(SHIPS)}
    for mmsi, fixes in found.items():
        ship, (at, first) = table[mmsi], fixes[0]
        if ship.role.startswith("jump"):
            continue
        away = distance_m(ship.lat, ship.lon, first.lat, first.lon)
        assert away <= ship.speed_kn * 0.5145 * at * 1.1 + 5, ship
        if ship.track == "stay":
            assert {(round(one.lat, 5), round(one.lon, 5)) for _, one in fixes} == {
                (round(ship.lat, 5), round(ship.lon, 5))
            }


def test_nobody_sails_faster_than_it_says_but_jumpers() -> None:
    for ship in vessels(SHIPS):
        track = Track(ship, FAIRWAYS)
        for second in range(0, 40_000, 97):
            one, other = track.at(second), track.at(second + 10)
            made_good = distance_m(one.lat, one.lon, other.lat, other.lon)
            assert made_good <= ship.speed_kn * 0.51445 * 10 * 1.25 + CORNER_M, (ship.mmsi, second)


def test_ships_on_the_fairway_stay_within_it() -> None:
    line = FAIRWAYS["Scheur and Westerschelde"]
    points = [line.at(metres)[0] for metres in range(0, round(line.metres) + 100, 100)]
    for ship in vessels(SHIPS):
        if ship.track.startswith("fairway"):
            track = Track(ship, FAIRWAYS)
            for second in range(3_000, 100_000, 997):
                fix = track.at(second)
                if ship.speed_kn * 0.5145 * second > 3_100:
                    assert min(distance_m(fix.lat, fix.lon, *point) for point in points) < 250, ship


def test_a_ship_turns_at_the_end_of_its_track() -> None:
    ship = next(one for one in vessels(SHIPS) if one.track == "line:30")
    track = Track(ship, {})
    there_s = 30_000 / (ship.speed_kn * 1852 / 3600)
    out, back = track.at(there_s * 0.9), track.at(there_s * 1.1)
    assert distance_m(out.lat, out.lon, back.lat, back.lon) < 10
    assert out.course_deg is not None
    assert back.course_deg is not None
    assert abs((out.course_deg - back.course_deg) % 360) == pytest.approx(180, abs=1)


def test_a_jumper_shows_within_seconds_and_again_and_again() -> None:
    fixes = heard(make("antwerp"), 20)[200_000_201]
    jumps = [
        at
        for (_, one), (at, other) in pairwise(fixes)
        if distance_m(one.lat, one.lon, other.lat, other.lon) > 30_000
    ]
    assert jumps[0] <= module.JUMP_S + 1.5
    assert len(jumps) >= 5


@pytest.mark.parametrize("speed", [1.0, 60.0])
def test_a_dark_ship_sends_for_ten_seconds_and_then_not(speed: float) -> None:
    fixes = heard(make("zeebrugge", speed=speed), 25)[200_000_302]
    assert fixes[0][0] <= 1.5
    assert 8 < fixes[-1][0] <= module.DARK_AFTER_S


def test_a_new_listener_sees_a_dark_ship_again() -> None:
    fleet = make("zeebrugge")
    heard(fleet, 25)
    fleet.listener(25.0)
    lines_after = [line for step in range(1, 8) for line in fleet.due(25.0 + step)]
    taken = receiver().take("".join(f"{one}\r\n" for one in lines_after).encode(), UnixMs(0))
    assert 200_000_302 in {one.mmsi for one in taken if isinstance(one, VesselPosition)}


def test_a_listener_is_told_who_everybody_is() -> None:
    said = "".join(f"{line}\r\n" for line in make().listener(0.0)).encode()
    names = {one.name for one in receiver().take(said, UnixMs(0)) if isinstance(one, VesselStatic)}
    assert {"DEMO WATCHED", "DEMO DARK", "AURA", "CETUS"} <= names


def test_reports_come_at_the_intervals_of_m_1371() -> None:
    found = heard(make(), 400, step=0.5)
    counts = Counter({mmsi: len(fixes) for mmsi, fixes in found.items()})
    assert counts[246_191_000] in {2, 3}  # AURA at its berth: every three minutes
    assert counts[265_429_000] in range(38, 42)  # 9 kn: every ten seconds
    assert counts[248_363_000] in range(60, 69)  # 15 kn: every six


def test_one_seed_one_stream_another_seed_another() -> None:
    one, same, other = ([fleet.due(n / 4) for n in range(100)] for fleet in map(seeded, (1, 1, 2)))
    assert one == same
    assert one != other


def test_a_rate_is_so_many_reports() -> None:
    assert len(make("scheldt").next(1.0, 500)) == 500


HEAD = "mmsi,imo,name,ship_type,ship_class,lat,lon,course_deg,speed_kn,heading_deg,nav_status,length_m,beam_m,areas,track,role,origin"


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("205000001,,REAL,70,A,51,3,90,5,,0,,,antwerp,stay,dark,recording", "a real ship has no role"),
        ("205000001,,DEMO X,70,A,51,3,90,5,,0,,,antwerp,stay,dark,invented", "its MMSI begins with 200"),
        ("200000001,,OTHER,70,A,51,3,90,5,,0,,,antwerp,stay,dark,invented", "named DEMO"),
        ("200000001,,DEMO,70,A,91,3,90,5,,0,,,antwerp,stay,,invented", "lat"),
        ("200000001,,DEMO,70,C,51,3,90,5,,0,,,antwerp,stay,,invented", "ship_class"),
        ("200000001,,DEMO,70,A,51,3,90,5,,0,,,atlantis,stay,,invented", "areas"),
        ("200000001,,DEMO,70,A,51,3,90,5,,0,,,antwerp,circle,,invented", "track"),
        ("200000001,,DEMO,70,A,51,3,90,5,,0,,,antwerp,stay,,invented,more", "bad.csv:3"),
        ("200000001,,DEMO,70,A", "bad.csv:3"),
    ],
)
def test_a_bad_row_is_refused_by_file_line_and_column(tmp_path: Path, row: str, words: str) -> None:
    file = tmp_path / "bad.csv"
    file.write_text(f"# comment\n{HEAD}\n{row}\n")
    with pytest.raises(TableError, match=words) as refused:
        vessels(file)
    assert "bad.csv:3" in str(refused.value)


def test_a_ship_twice_no_ship_and_no_file_are_refused(tmp_path: Path) -> None:
    row = "200000001,,DEMO,70,A,51,3,90,5,,0,,,antwerp,stay,,invented"
    file = tmp_path / "bad.csv"
    file.write_text(f"{HEAD}\n{row}\n{row}\n")
    with pytest.raises(TableError, match="twice"):
        vessels(file)
    file.write_text(HEAD)
    with pytest.raises(TableError, match="no ships"):
        vessels(file)
    with pytest.raises(TableError, match="cannot be read"):
        vessels(tmp_path / "none.csv")


def test_the_table_names_its_origin() -> None:
    head = SHIPS.read_text().split("mmsi,")[0]
    assert "Danish Maritime Authority" in head
    assert "Apache License 2.0" in head
    assert all(isinstance(one, Vessel) for one in vessels(SHIPS))
