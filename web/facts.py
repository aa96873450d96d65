"""What a record says beyond title and summary, field by field, for a page: read off the same description as its form.

Guarantees that every field which stands in a body is told, but for those that a page has another place for; nothing is added. A field that
this release does not know is not told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from protocol import rules
from protocol.fields import Field, Table
from protocol.ids import UnixMs
from protocol.kinds import known
from protocol.preamble import COMMON
from protocol.v1 import records_pb2 as pb
from web import coded, typed
from web.sheets import box_of
from web.views import Box, Fact, Sort

Addressed = Callable[[pb.Ref], str]
"""The address of what is named."""
Called = Callable[[str], str]
"""What a UN/LOCODE, or a node, is called."""
_ELSEWHERE = {
    "alert": frozenset(field.name for field in known()["alert"].table.fields),
    "": frozenset(
        {
            "kind",
            "lang",
            "title",
            "occurred_from",
            "subjects",
            "places",
            "attachments",
            "regime",
            "controller",
        }
    )
    | {"legal_basis", "change_reason"},
}
"""Fields that a record's page shows in a place of their own; "": of the common part."""
_SHOWN_AS_SUBJECTS = frozenset({Sort.SUBJECT, Sort.SUBJECTS})


def facts(
    message: pb.Record, address: Addressed, called: Called, node: Called, *, every: bool = False
) -> Iterator[Fact]:
    """The fields of a record. `every`: also those that a record's page shows elsewhere, but for the summary."""
    kind = known()[message.common.kind]
    skipped = {kind.summary} | (frozenset() if every else _ELSEWHERE.get(kind.name, frozenset()))
    for fact in _facts(getattr(message, kind.name), kind.table, skipped, address, called):
        to = fact.field == kind.addressee
        yield replace(fact, values=tuple(map(node, fact.values))) if to else fact
    yield from _facts(message.common, COMMON, _ELSEWHERE[""], address, called)


def _facts(
    message: Any, table: Table, skipped: frozenset[str] | set[str], address: Addressed, called: Called
) -> Iterator[Fact]:
    by_name = {field.name: field for field in table.fields}
    there = {descriptor.name for descriptor, _ in message.ListFields()}
    for name, field in by_name.items():
        if name not in there or name in skipped or _is_machine(field):
            continue
        box = box_of(field, table, name)
        if box.sort not in _SHOWN_AS_SUBJECTS:
            yield _fact(box, message, address, called)


def _is_machine(field: Field) -> bool:
    """Hashes, tokens and maps are not for reading."""
    rule = field.rule.item or field.rule
    return rule.sort in {rules.Sort.OCTETS, rules.Sort.MAP} or field.name in {
        "person_tokens",
        "photo",
        "evidence",
    }


def _fact(box: Box, message: Any, address: Addressed, called: Called) -> Fact:
    held, name = getattr(message, box.field), box.field
    if box.inside:
        parts = held if box.sort is Sort.PARTS else [held]
        return Fact(name, parts=tuple(tuple(_inside(box, part, address, called)) for part in parts))
    if box.sort in {Sort.RECORD, Sort.RECORDS}:
        refs = held if box.sort is Sort.RECORDS else [held]
        return Fact(name, records=tuple(address(ref) for ref in refs))
    if box.table:
        codes = coded.said_each(message, name) if box.sort is Sort.TICKS else (coded.said(message, name),)
        return Fact(name, codes, box.table)
    if box.sort is Sort.MOMENT:
        return Fact(name, at_ms=UnixMs(held))
    if box.sort in {Sort.PLACE, Sort.PLACES}:
        places = held if box.sort is Sort.PLACES else [held]
        return Fact(name, tuple(place_words(place, called) for place in places))
    if box.sort is Sort.FLAG:
        return Fact(name, ("yes" if held else "no",), "yes_no")
    if box.sort is Sort.DECIMAL:
        return Fact(name, (typed.decimal_text(held),))
    values = (str(held),) if isinstance(held, str | int) else tuple(map(str, held))
    return Fact(name, values, coded.listed_table(name))


def _inside(box: Box, part: Any, address: Addressed, called: Called) -> Iterator[Fact]:
    there = {descriptor.name for descriptor, _ in part.ListFields()}
    for inner in box.inside:
        if inner.field in there and inner.sort is Sort.SUBJECT:
            yield Fact(inner.field, (getattr(part, inner.field).value,))
        elif inner.field in there:
            yield _fact(inner, part, address, called)


def place_words(place: pb.Place, called: Called) -> str:
    """Where, in words and numbers."""
    match place.WhichOneof("at"):
        case "unlocode":
            return called(place.unlocode)
        case "zone":
            return place.zone
        case "facility":
            return place.facility
        case "point":
            return _point(place.point)
        case "circle":
            return f"{_point(place.circle.point)} ± {place.circle.radius_m:.0f} m"
        case "polygon":
            return f"{_point(place.polygon.points[0])} …" if place.polygon.points else "…"
        case _:
            return "…"


def _point(point: pb.Point) -> str:
    north, east = ("N" if point.lat >= 0 else "S"), ("E" if point.lon >= 0 else "W")
    return f"{abs(point.lat):.3f} {north}, {abs(point.lon):.3f} {east}"
