"""Distances and areas on the sea, in metres, knots and nautical miles.

Distances are great circles on a sphere of the mean Earth radius (IUGG R1): the error against the WGS84 ellipsoid is at most
0.56 % (a meridian arc at a pole or the equator), below 0.35 % in Belgian waters, so a threshold of 5 km is exact to 28 m. Areas
are polygons of a GeoJSON file (RFC 7946) in plain longitude and latitude; edges are straight in that projection, which over an
edge of 50 km in these latitudes departs from the great circle by less than 150 m. Not for navigation.
"""

from __future__ import annotations

import json
from math import asin, atan2, cos, degrees, hypot, radians, sin, sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

EARTH_M = 6_371_008.8
NM_M = 1852.0
KN_MS = NM_M / 3600
DEGREE_M = EARTH_M * radians(1)

_FILE_MAX = 8 << 20
_POINTS_MAX = 200_000


class GeoError(ValueError):
    """A file of areas that cannot be used: which file, and what about it."""


def distance_m(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Great-circle distance in metres between two points in degrees (haversine)."""
    a, b = radians(lat1), radians(lat2)
    half = sin((b - a) / 2) ** 2 + cos(a) * cos(b) * sin(radians(lon2 - lon1) / 2) ** 2
    return 2 * EARTH_M * asin(min(1.0, sqrt(half)))


def offset_m(lat1: float, lon1: float, lat2: float, lon2: float) -> tuple[float, float]:
    """How far east and north (metres) the second point lies; flat, for vectors to compare, within 1 % below 100 km."""
    east = (lon2 - lon1 + 180) % 360 - 180
    return east * DEGREE_M * cos(radians((lat1 + lat2) / 2)), (lat2 - lat1) * DEGREE_M


def bearing_deg(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Initial course from the first point to the second, degrees from true north, 0 <= x < 360."""
    a, b, along = radians(lat1), radians(lat2), radians(lon2 - lon1)
    east, north = sin(along) * cos(b), cos(a) * sin(b) - sin(a) * cos(b) * cos(along)
    return degrees(atan2(east, north)) % 360


def ahead(lat: float, lon: float, course_deg: float, metres: float) -> tuple[float, float]:
    """Latitude and longitude after sailing so far on a course along a great circle."""
    a, turn, arc = radians(lat), radians(course_deg), metres / EARTH_M
    north = asin(max(-1.0, min(1.0, sin(a) * cos(arc) + cos(a) * sin(arc) * cos(turn))))
    east = atan2(sin(turn) * sin(arc) * cos(a), cos(arc) - sin(a) * sin(north))
    return degrees(north), (lon + degrees(east) + 180) % 360 - 180


class Area:
    """One or more polygons with their union's questions: is a point inside, how far is it away."""

    def __init__(self, shape: BaseGeometry) -> None:
        from shapely import prepare

        self._shape = shape
        prepare(shape)

    def holds(self, lat: float, lon: float) -> bool:
        """Whether the point lies inside (a point on the edge does not)."""
        from shapely import contains_xy

        return bool(contains_xy(self._shape, lon, lat))

    def distance_m(self, lat: float, lon: float) -> float:
        """Metres to the nearest edge, 0 inside; the nearest is sought in a plane stretched to the point's latitude."""
        from shapely.affinity import scale
        from shapely.geometry import Point
        from shapely.ops import nearest_points

        squeeze = cos(radians(lat))
        there = scale(self._shape, xfact=squeeze, yfact=1.0, origin=(0, 0))
        near, _ = nearest_points(there, Point(lon * squeeze, lat))
        return hypot(near.x - lon * squeeze, near.y - lat) * DEGREE_M


def area(path: Path) -> Area:
    """The polygons of a GeoJSON FeatureCollection as one area; `GeoError` names the file, the feature and what is wrong."""
    from shapely.ops import unary_union

    features = _features(path)
    return Area(unary_union([_polygon(path, number, one) for number, one in enumerate(features)]))


def lines(path: Path) -> dict[str, tuple[tuple[float, float], ...]]:
    """The LineStrings of a GeoJSON FeatureCollection by their property `name`, as (longitude, latitude) pairs."""
    found = {}
    for number, feature in enumerate(_features(path)):
        shape = _shape(path, number, feature, ("LineString",))
        found[str(feature["properties"]["name"])] = tuple((x, y) for x, y, *_ in shape.coords)
    return found


def _features(path: Path) -> list[dict[str, Any]]:
    try:
        if path.stat().st_size > _FILE_MAX:
            raise GeoError(f"{path}: larger than {_FILE_MAX} bytes")
        document = json.loads(path.read_bytes())
    except OSError as error:
        raise GeoError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise GeoError(f"{path}: not JSON") from error
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list) or not features or not all(isinstance(one, dict) for one in features):
        raise GeoError(f"{path}: not a GeoJSON FeatureCollection with at least one feature")
    return features


def _polygon(path: Path, number: int, feature: dict[str, Any]) -> BaseGeometry:
    return _shape(path, number, feature, ("Polygon", "MultiPolygon"))


def _shape(path: Path, number: int, feature: dict[str, Any], sorts: tuple[str, ...]) -> BaseGeometry:
    from shapely import count_coordinates
    from shapely.errors import ShapelyError
    from shapely.geometry import shape

    where = f"{path}: features[{number}]"
    geometry = feature.get("geometry")
    if not isinstance(geometry, dict) or geometry.get("type") not in sorts:
        raise GeoError(f"{where}: must be a {' or '.join(sorts)}")
    try:
        made: BaseGeometry = shape(geometry)
    except (ShapelyError, ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise GeoError(f"{where}: its coordinates do not make a shape") from error
    if made.is_empty or not made.is_valid or count_coordinates(made) > _POINTS_MAX:
        raise GeoError(f"{where}: must be simple, not empty, and at most {_POINTS_MAX} points")
    west, south, east, north = made.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise GeoError(f"{where}: longitude must be within 180 and latitude within 90 degrees")
    return made
