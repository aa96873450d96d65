"""Distances against WGS84 values of others, areas, and what a file of areas must be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ais_samples import DEMO_GEO, square

from node.geo import GeoError, ahead, area, bearing_deg, distance_m, lines, offset_m


@pytest.mark.parametrize(
    ("one", "other", "metres"),
    [
        ((0.0, 0.0), (0.0, 1.0), 111_319.5),  # WGS84 equator, one degree
        ((0.0, 0.0), (1.0, 0.0), 110_574.4),  # WGS84 meridian, first degree
        ((89.0, 0.0), (90.0, 0.0), 111_693.9),  # WGS84 meridian, last degree
        ((51.0, 4.0), (52.0, 4.0), 111_257.0),  # WGS84 meridian at 51 to 52 degrees
        ((51.0, 4.0), (51.0, 5.0), 70_197.0),  # WGS84 parallel at 51 degrees
    ],
)
def test_the_error_against_the_ellipsoid_is_within_what_is_stated(
    one: tuple[float, float], other: tuple[float, float], metres: float
) -> None:
    bound = 0.0035 if one[0] == 51.0 else 0.0057
    assert distance_m(*one, *other) == pytest.approx(metres, rel=bound)


def test_distance_over_the_date_line_and_to_the_antipode() -> None:
    assert distance_m(0, 179.5, 0, -179.5) == pytest.approx(111_195, rel=1e-4)
    assert distance_m(0, 0, 0, 180) == pytest.approx(20_015_114, rel=1e-6)


def test_ahead_undoes_distance_and_bearing() -> None:
    for course in (0.5, 45.0, 137.5, 270.0):
        lat, lon = ahead(51.3, 3.2, course, 20_000)
        assert distance_m(51.3, 3.2, lat, lon) == pytest.approx(20_000, abs=0.01)
        assert bearing_deg(51.3, 3.2, lat, lon) == pytest.approx(course, abs=1e-6)


def test_offset_is_east_and_north() -> None:
    east, north = offset_m(51.0, 4.0, 51.1, 3.9)
    assert east == pytest.approx(-6_990, rel=0.01)
    assert north == pytest.approx(11_119, rel=0.01)
    assert offset_m(0, 179.9, 0, -179.9)[0] == pytest.approx(22_239, rel=0.01)


def test_inside_and_distance_to_an_area(tmp_path: Path) -> None:
    box = area(square(tmp_path / "box.geojson", 3.0, 51.0, 4.0, 51.5))
    assert box.holds(51.2, 3.5)
    assert not box.holds(51.6, 3.5)
    assert box.distance_m(51.2, 3.5) == 0
    assert box.distance_m(51.6, 3.5) == pytest.approx(11_119, rel=0.001)
    assert box.distance_m(51.2, 4.1) == pytest.approx(distance_m(51.2, 4.0, 51.2, 4.1), rel=0.001)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "FeatureCollection"),
        ('{"features": []}', "FeatureCollection"),
        ('{"features": [1]}', "FeatureCollection"),
        ('{"features": [{"geometry": null}]}', r"features\[0\]: must be a Polygon"),
        ('{"features": [{"geometry": {"type": "Point", "coordinates": [1, 2]}}]}', "must be a Polygon"),
        ('{"features": [{"geometry": {"type": "Polygon"}}]}', "do not make a shape"),
        (
            '{"features": [{"geometry": {"type": "Polygon", "coordinates": [[["a"]]]}}]}',
            "do not make a shape",
        ),
        ('{"features": [{"geometry": {"type": "Polygon", "coordinates": []}}]}', "not empty"),
    ],
)
def test_a_file_that_is_none_is_refused_by_name(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "bad.geojson"
    file.write_text(text)
    with pytest.raises(GeoError, match=words) as refused:
        area(file)
    assert "bad.geojson" in str(refused.value)


def test_a_bow_tie_and_swapped_metres_are_refused(tmp_path: Path) -> None:
    for ring in ([[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]], [[0, 0], [9e5, 0], [9e5, 9e5], [0, 0]]):
        file = tmp_path / "bad.geojson"
        shape = {"type": "Polygon", "coordinates": [ring]}
        file.write_text(json.dumps({"features": [{"geometry": shape}]}))
        with pytest.raises(GeoError, match=r"simple|within"):
            area(file)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(GeoError, match=r"nothing\.geojson: cannot be read"):
        area(tmp_path / "nothing.geojson")


def test_the_demonstrations_drawings_can_be_read() -> None:
    coverage, quays = area(DEMO_GEO / "coverage.geojson"), area(DEMO_GEO / "quays.geojson")
    assert coverage.holds(51.4363, 3.9987)
    assert quays.holds(51.30, 4.30)
    assert all(
        coverage.holds(lat, lon)
        for lon, lat in lines(DEMO_GEO / "fairways.geojson")["Scheur and Westerschelde"]
    )
