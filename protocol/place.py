"""Where: exactly one of a UN/LOCODE, a zone, a point, a circle, a polygon or a facility.

Guarantees ranges, and that a polygon is closed and simple. A zone is the origin's own code and a UN/LOCODE is looked up
in the register by `protocol/record.py`; nothing here says that a place exists. Degrees are WGS84, distances metres; a
polygon across the antimeridian is not understood as such.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from protocol.fields import Field, Table, part
from protocol.rules import code, each, number, pattern
from protocol.v1 import records_pb2 as pb

POLYGON_LEAST, POLYGON_MOST = 4, 200

POINT = Table(
    pb.Point,
    (
        Field("lat", number(-90, 90), required=True),
        Field("lon", number(-180, 180), required=True),
        Field("accuracy_m", number(0, 100_000)),
    ),
)

CIRCLE = Table(
    pb.Circle,
    (
        Field("point", part(POINT), required=True),
        Field("radius_m", number(1, 100_000), required=True),
    ),
)


def _shape(polygon: Any) -> Iterator[tuple[str, str]]:
    corners = [(point.lon, point.lat) for point in polygon.points]
    if not POLYGON_LEAST <= len(corners) <= POLYGON_MOST or not all(map(math.isfinite, sum(corners, ()))):
        return  # said by the rules of the points
    if corners[0] != corners[-1]:
        yield "points", "closed: the last point equal to the first"
    elif not _is_simple(corners):
        yield "points", "simple: no edge crosses or touches another"


def _is_simple(corners: Sequence[tuple[float, float]]) -> bool:
    from shapely import LinearRing  # slow to load, and only polygons need it

    return len(set(corners)) >= 3 and bool(LinearRing(corners).is_simple)


POLYGON = Table(
    pb.Polygon,
    (
        Field(
            "points", each(part(POINT), most=POLYGON_MOST, least=POLYGON_LEAST, distinct=False), required=True
        ),
    ),
    cross=_shape,
    says=("the last point equals the first, and no edge crosses or touches another (plane geometry)",),
)

PLACE = Table(
    pb.Place,
    (
        Field("unlocode", pattern(r"[A-Z]{2}[A-Z2-9]{3}", "a UN/LOCODE of 5 characters")),
        Field("zone", code()),
        Field("point", part(POINT)),
        Field("circle", part(CIRCLE)),
        Field("polygon", part(POLYGON)),
        Field("facility", pattern(r"[A-Z]{2}[A-Z2-9]{3}-[0-9]{4}", "a UN/LOCODE, a hyphen, 4 digits")),
    ),
    one_of=("unlocode", "zone", "point", "circle", "polygon", "facility"),
)
