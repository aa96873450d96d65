"""Values of records as a person types them, and back: times, numbers, corners of an area.

Guarantees that what is written here reads back as the same value. None stands for what cannot be read; nothing is repeated.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo

from protocol.ids import UnixMs
from protocol.v1 import records_pb2 as pb

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
_NUMBER = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?"
_POINT = re.compile(rf"({_NUMBER})(?:\s*,\s*|\s+)({_NUMBER})(?:\s*(?:±|\+-)\s*({_NUMBER})\s*m?)?")
_POINT_MAX = 120
"""Characters of a position; reading a line costs no more than that, whatever stands in it."""
UNLOCODE = re.compile(r"[A-Z]{2}[A-Z2-9]{3}")
FACILITY = re.compile(r"[A-Z]{2}[A-Z2-9]{3}-[0-9]{4}")


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


def point_text(point: pb.Point) -> str:
    """`51.2921, 4.2844`, with `±12` (metres) where its accuracy is said."""
    text = f"{decimal_text(point.lat)}, {decimal_text(point.lon)}"
    return f"{text} ±{decimal_text(point.accuracy_m)}" if point.HasField("accuracy_m") else text


def corners(text: str) -> list[pb.Point] | None:
    """The points of an area, one a line or with `;` between them; closed where the last is not the first."""
    found = [_point(part.strip()) for part in text.replace("\n", ";").split(";") if part.strip()]
    points = [one for one in found if one is not None]
    if len(points) < len(found) or not points:
        return None
    return points if points[0] == points[-1] else [*points, points[0]]


def _point(text: str) -> pb.Point | None:
    found = _POINT.fullmatch(text) if len(text) <= _POINT_MAX else None
    if found is None:
        return None
    lat, lon, accuracy = (float(part) if part else None for part in found.groups())
    return pb.Point(lat=lat, lon=lon, accuracy_m=accuracy)
