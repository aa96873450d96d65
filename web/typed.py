"""Values of records as a person types them in one line, and back.

Guarantees that what is written here reads back as the same value. None stands for what cannot be read; nothing is repeated.
The forms use no word of a language: `BEANR`, `BEANR-0123`, `#q1742`, `51.2921, 4.2844`, `51.2921, 4.2844 ±12` (metres), `51.2921, 4.2844 /500`
(within so many metres), three points or more with `;` between them.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo

from protocol.ids import UnixMs
from protocol.indicator import normalise
from protocol.v1 import records_pb2 as pb

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
_NUMBER = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?"
_POINT = re.compile(
    rf"({_NUMBER})\s*[,\s]\s*({_NUMBER})(?:\s*(?:±|\+-)\s*({_NUMBER})\s*m?)?(?:\s*/\s*({_NUMBER})\s*m?)?"
)
_UNLOCODE = re.compile(r"[A-Z]{2}[A-Z2-9]{3}")
_FACILITY = re.compile(r"[A-Z]{2}[A-Z2-9]{3}-[0-9]{4}")


def moment_text(ms: int, zone: tzinfo) -> str:
    """Wall time at the port as a browser's field has it; with its offset where the wall alone would be another time."""
    at = _EPOCH + ms * _MS
    try:
        local = at.astimezone(zone)
    except OverflowError:
        return at.isoformat(timespec="milliseconds")
    bare = local.replace(tzinfo=None).isoformat(timespec="seconds" if ms % 1000 == 0 else "milliseconds")
    plain = bare.removesuffix(":00") if ms % 60_000 == 0 else bare
    return plain if moment_ms(plain, zone) == ms else local.isoformat(timespec="milliseconds")


def moment_ms(text: str, zone: tzinfo) -> UnixMs | None:
    """Wall time at the port, or any time with its offset."""
    try:
        at = datetime.fromisoformat(text)
        at = at if at.tzinfo is not None else at.replace(tzinfo=zone)
        return UnixMs((at.astimezone(UTC) - _EPOCH) // _MS)
    except (ValueError, OverflowError):
        return None


def whole(text: str) -> int | None:
    """A whole number."""
    return int(text) if re.fullmatch(r"[+-]?[0-9]{1,18}", text) else None


def decimal(text: str) -> float | None:
    """A number; also with the comma that is used here."""
    plain = text.replace(",", ".")
    return float(plain) if re.fullmatch(_NUMBER, plain) else None


def decimal_text(value: float) -> str:
    """As short as it reads back the same."""
    text = repr(value)
    return text.removesuffix(".0")


def place_text(place: pb.Place) -> str:
    match place.WhichOneof("at"):
        case "zone":
            return f"#{place.zone}"
        case "point":
            return _point_text(place.point)
        case "circle":
            return f"{_point_text(place.circle.point)} /{decimal_text(place.circle.radius_m)}"
        case "polygon":
            return "; ".join(_point_text(point) for point in place.polygon.points)
        case _:
            return place.unlocode or place.facility


def place_of(text: str) -> pb.Place | None:
    if text.startswith("#"):
        code = text[1:].strip()
        return pb.Place(zone=code) if code else None
    upper = text.upper()
    if _FACILITY.fullmatch(upper):
        return pb.Place(facility=upper)
    if _UNLOCODE.fullmatch(upper):
        return pb.Place(unlocode=upper)
    if ";" in text:
        return _polygon(text)
    found = _point(text)
    if found is None:
        return None
    point, radius = found
    if radius is None:
        return pb.Place(point=point)
    return pb.Place(circle=pb.Circle(point=point, radius_m=radius))


def _polygon(text: str) -> pb.Place | None:
    """Closed where the last point is not the first."""
    found = [_point(part.strip()) for part in text.split(";") if part.strip()]
    points = [one[0] for one in found if one is not None and one[1] is None]
    if len(points) < len(found) or not points:
        return None
    if points[0] != points[-1]:
        points.append(points[0])
    return pb.Place(polygon=pb.Polygon(points=points))


def _point(text: str) -> tuple[pb.Point, float | None] | None:
    found = _POINT.fullmatch(text)
    if found is None:
        return None
    lat, lon, accuracy, radius = (float(part) if part else None for part in found.groups())
    return pb.Point(lat=lat, lon=lon, accuracy_m=accuracy), radius


def _point_text(point: pb.Point) -> str:
    text = f"{decimal_text(point.lat)}, {decimal_text(point.lon)}"
    return f"{text} ±{decimal_text(point.accuracy_m)}" if point.HasField("accuracy_m") else text


def subject_text(value: pb.IndicatorValue) -> str:
    return f"{value.type} {value.value}"


def subject_of(text: str) -> pb.IndicatorValue | None:
    """The type, a blank, the value as it is written. Raises BadRecord where the value is not one of its type."""
    sort, blank, raw = text.partition(" ")
    if not blank:
        return None
    return pb.IndicatorValue(type=sort.lower(), value=normalise(sort.lower(), raw.strip()))
