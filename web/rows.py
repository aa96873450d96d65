"""Subjects and places of a form: each has inputs of its own, a list of them a row for each.

Guarantees that what is written here reads back as the same value, to the bit; that a row in which nothing was typed is none; that an error
names the input which is wrong and repeats nothing. Whether a ship, a code or a position exists is not known here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from protocol.errors import BadRecord
from protocol.indicator import normalise
from protocol.indicator_forms import SORTS
from protocol.v1 import records_pb2 as pb
from web import typed
from web.views import Named, Sort

SUBJECT, PLACE = ("type", "value"), ("at", "code", "lat", "lon", "radius_m", "accuracy_m", "corners")
INPUTS: Mapping[Sort, tuple[str, ...]] = MappingProxyType(
    {Sort.SUBJECT: SUBJECT, Sort.SUBJECTS: SUBJECT, Sort.PLACE: PLACE, Sort.PLACES: PLACE}
)
"""The inputs of each sort, in the order of the form."""
AT = ("unlocode", "facility", "zone", "point", "circle", "polygon")
"""How a place is said; the first unless another is chosen."""
_CODES = frozenset({"unlocode", "facility", "zone"})
_LIMITS = {"lat": (-90.0, 90.0), "lon": (-180.0, 180.0), "radius_m": (1.0, 1e5), "accuracy_m": (0.0, 1e5)}
Take = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, with which input; `words`: the rule that it breaks."""

    at: str
    code: str
    limit: int | None = None
    words: str = ""


def is_filled(sort: Sort, take: Take) -> bool:
    """Whether somebody typed or chose anything in it."""
    usual = AT[0] if INPUTS[sort] is PLACE else ""
    first, *others = INPUTS[sort]
    return take(first) not in {"", usual} or any(take(name) for name in others)


def written(held: pb.IndicatorValue | pb.Place) -> Iterator[tuple[str, str]]:
    """What stands in the inputs of a value."""
    if isinstance(held, pb.IndicatorValue):
        yield from (("type", held.type), ("value", held.value))
    else:
        yield from _of_place(held)


def _of_place(held: pb.Place) -> Iterator[tuple[str, str]]:
    at = held.WhichOneof("at") or AT[0]
    yield "at", at
    if at in _CODES:
        yield "code", getattr(held, at)
    elif at == "polygon":
        yield "corners", "\n".join(typed.point_text(point) for point in held.polygon.points)
    else:
        point = held.point if at == "point" else held.circle.point
        yield from (("lat", typed.decimal_text(point.lat)), ("lon", typed.decimal_text(point.lon)))
        if at == "circle":
            yield "radius_m", typed.decimal_text(held.circle.radius_m)
        if point.HasField("accuracy_m"):
            yield "accuracy_m", typed.decimal_text(point.accuracy_m)


def read(sort: Sort, take: Take, known: Sequence[Named]) -> pb.IndicatorValue | pb.Place | Fault:
    """The value of filled inputs; `known`: places by UN/LOCODE and name."""
    return _subject(take) if INPUTS[sort] is SUBJECT else _place(take, known)


def _subject(take: Take) -> pb.IndicatorValue | Fault:
    sort, raw = take("type"), take("value")
    if sort not in SORTS:
        return Fault("type", "not_listed" if sort else "choose")
    if not raw:
        return Fault("value", "required")
    try:
        return pb.IndicatorValue(type=sort, value=normalise(sort, raw))
    except BadRecord as error:
        rule = error.violations[0].rule
        return Fault("value", "check_digit") if "check" in rule else Fault("value", "subject", words=rule)


def _place(take: Take, known: Sequence[Named]) -> pb.Place | Fault:
    at = take("at") or AT[0]
    if at not in AT:
        return Fault("at", "not_listed")
    if at in _CODES:
        return _coded(at, take("code"), known)
    if at == "polygon":
        points = typed.corners(take("corners"))
        return Fault("corners", "corners") if points is None else pb.Place(polygon=pb.Polygon(points=points))
    names = ("lat", "lon") if at == "point" else ("lat", "lon", "radius_m")
    numbers: dict[str, float] = {}
    for name in (*names, "accuracy_m"):
        if name in names or take(name):
            number = _number(name, take(name))
            if isinstance(number, Fault):
                return number
            numbers[name] = number
    point = pb.Point(lat=numbers["lat"], lon=numbers["lon"], accuracy_m=numbers.get("accuracy_m"))
    if at == "point":
        return pb.Place(point=point)
    return pb.Place(circle=pb.Circle(point=point, radius_m=numbers["radius_m"]))


def _coded(at: str, text: str, known: Sequence[Named]) -> pb.Place | Fault:
    if not text:
        return Fault("code", "required")
    if at == "zone":
        return pb.Place(zone=text)
    if at == "unlocode":
        named = [one.id for one in known if one.name.casefold() == text.casefold()]
        text = named[0] if len(named) == 1 else text
        return (
            pb.Place(unlocode=text.upper()) if typed.UNLOCODE.fullmatch(text.upper()) else Fault("code", at)
        )
    return pb.Place(facility=text.upper()) if typed.FACILITY.fullmatch(text.upper()) else Fault("code", at)


def _number(name: str, text: str) -> float | Fault:
    number, (least, most) = typed.decimal(text), _LIMITS[name]
    if number is None:
        return Fault(name, "number" if text else "required")
    if number > most:
        return Fault(name, "number_high", int(most))
    return Fault(name, "number_low", int(least)) if number < least else number


def input_of(sort: Sort, steps: Sequence[str]) -> str:
    """The input that the rest of a violation's path is about; the one that is typed where it is about the whole value."""
    if INPUTS[sort] is SUBJECT:
        return "type" if steps[:1] == ["type"] else "value"
    if not steps or steps[0] in _CODES:
        return "code"
    return "corners" if steps[0] == "polygon" else steps[-1] if steps[-1] in _LIMITS else "lat"
