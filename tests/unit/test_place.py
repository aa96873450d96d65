"""Places: one of six, within ranges, a polygon closed and simple."""

from __future__ import annotations

import subprocess
import sys

import pytest
from locations import ROOT

from protocol.fields import walker
from protocol.place import PLACE
from protocol.rules import Mode
from protocol.v1 import records_pb2 as pb


def found(place: pb.Place) -> list[tuple[str, str]]:
    """What is wrong with a place."""
    return walker(PLACE, Mode.AUTHORING).walk(place)[1] or []


def polygon(*corners: tuple[float, float]) -> pb.Place:
    """A polygon of (lat, lon)."""
    return pb.Place(polygon=pb.Polygon(points=[pb.Point(lat=lat, lon=lon) for lat, lon in corners]))


@pytest.mark.parametrize(
    "place",
    [
        pb.Place(unlocode="BEANR"),
        pb.Place(zone="q1742"),
        pb.Place(facility="BEANR-0123"),
        pb.Place(point=pb.Point(lat=0, lon=0)),
        pb.Place(point=pb.Point(lat=-90, lon=180, accuracy_m=100_000)),
        pb.Place(circle=pb.Circle(point=pb.Point(lat=51.2, lon=4.4), radius_m=1)),
        polygon((0, 0), (0, 1), (1, 1), (0, 0)),
    ],
)
def test_a_place_holds(place: pb.Place) -> None:
    assert found(place) == []


@pytest.mark.parametrize(
    ("place", "path", "rule"),
    [
        (pb.Place(), "", "one of unlocode, zone, point, circle, polygon, facility"),
        (pb.Place(unlocode="BEAN1"), "unlocode", "a UN/LOCODE of 5 characters"),
        (pb.Place(zone="Kaai 1742"), "zone", "2 to 40 of a-z, 0-9, _ and -"),
        (pb.Place(facility="BEANR0123"), "facility", "a UN/LOCODE, a hyphen, 4 digits"),
        (pb.Place(point=pb.Point(lat=90.1, lon=0)), "point.lat", "at most 90"),
        (pb.Place(point=pb.Point(lat=float("nan"), lon=0)), "point.lat", "a finite number"),
        (pb.Place(point=pb.Point(lat=1)), "point.lon", "required"),
        (pb.Place(point=pb.Point(lat=1, lon=-181)), "point.lon", "at least -180"),
        (pb.Place(circle=pb.Circle(point=pb.Point(lat=1, lon=1))), "circle.radius_m", "required"),
        (pb.Place(circle=pb.Circle(point=pb.Point(lat=1, lon=1), radius_m=100_001)), "circle.radius_m", "at most 100000"),
        (pb.Place(circle=pb.Circle(radius_m=5)), "circle.point", "required"),
        (polygon((0, 0), (0, 1), (0, 0)), "polygon.points", "at least 4"),
        (polygon(*[(0, 0)] * 201), "polygon.points", "at most 200"),
        (polygon((0, 0), (0, 1), (1, 1), (1, 0)), "polygon.points", "closed: the last point equal to the first"),
        (polygon((0, 0), (1, 1), (0, 1), (1, 0), (0, 0)), "polygon.points", "simple: no edge crosses or touches another"),
        (polygon((0, 0), (0, 1), (0, 0), (0, 0)), "polygon.points", "simple: no edge crosses or touches another"),
        (polygon((0, 0), (float("inf"), 1), (1, 1), (0, 0)), "polygon.points[1].lat", "at most 90"),
    ],
)  # fmt: skip
def test_a_place_is_refused_at_the_field(place: pb.Place, path: str, rule: str) -> None:
    assert found(place) == [(path, rule)]


def test_geometry_is_loaded_only_for_polygons() -> None:
    """Shapely takes longer to load than the protocol."""
    script = "import sys, protocol.record as r; r.is_known('port2port/alert;v=1'); sys.exit('shapely' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False).returncode == 0
