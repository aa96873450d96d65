"""Hypothesis strategies for records of every kind: an example, changed field by field to other values that its rules allow."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st
from record_examples import NOW

from protocol import rules
from protocol.errors import BadRecord
from protocol.fields import DAY_MS, Field, Table
from protocol.kind import Kind
from protocol.preamble import COMMON
from protocol.record import content_type, validate_message
from protocol.register_view import Register
from protocol.rules import Mode
from protocol.v1 import records_pb2 as pb

SUMMER_MS = 1_792_886_400_000
"""25 October 2026, 00:00 UTC: at 01:00 the clocks of the port go back."""
_TURNS = 24
_LETTERS = st.characters(codec="utf-8", exclude_categories=("C", "Z"), include_characters=" \n'\"<>&%;#é€")
_WORD = st.text(_LETTERS, min_size=1, max_size=30)
_SQUARE = ((51.2, 4.2), (51.2, 4.3), (51.3, 4.3), (51.3, 4.2), (51.2, 4.2))
_SUBJECTS = (
    *(("imo", "1234567"), ("mmsi", "200123456"), ("eni", "06105123"), ("container", "CSQU3054383")),
    *(("seal", "BE1234567"), ("plate", "BE:1ABC234"), ("ip", "2001:db8::1"), ("domain", "haven.example")),
    ("enterprise", "BE0999999922"),
)
VARIED = frozenset(
    {
        "title",
        "occurred_from",
        "occurred_to",
        "places",
        "subjects",
        "subject_category",
        "external_ref",
        "statement",
        "reliability",
    }
    | {"credibility", "non_attribution"}
)
"""Fields of the common part."""

Refs = Mapping[str, Sequence[pb.Ref]]
"""Records that may be named, by kind; "": of any."""


def texts(rule: rules.Rule) -> st.SearchStrategy[str]:
    """Texts that a rule allows, without blanks around them, which no form keeps."""
    check = rule.check(Mode.AUTHORING)
    most = int(rule.most or 40)
    made = st.one_of(
        _WORD,
        st.sampled_from(("BE", "nl", "switch", "ISPS A/16.3", "2026-01-10", "1990-00-00", "port-liege")),
    )
    return made.map(lambda text: unicodedata.normalize("NFC", text).strip()[:most].strip()).filter(
        lambda text: text != "" and check(text) is None
    )


def places() -> st.SearchStrategy[pb.Place]:
    """Places of every sort."""
    lat, lon = st.floats(-89, 89, allow_nan=False), st.floats(-179, 179, allow_nan=False)
    point = st.builds(pb.Point, lat=lat, lon=lon, accuracy_m=st.one_of(st.none(), st.floats(0, 99_999)))
    square = pb.Polygon(points=[pb.Point(lat=a, lon=b) for a, b in _SQUARE])
    return st.one_of(
        st.sampled_from(("BEANR", "BEZEE", "BEGNE")).map(lambda code: pb.Place(unlocode=code)),
        st.sampled_from(("BEANR-0123", "NLRTM-0001")).map(lambda code: pb.Place(facility=code)),
        st.sampled_from(("q1742", "north_quay", "51")).map(lambda code: pb.Place(zone=code)),
        point.map(lambda made: pb.Place(point=made)),
        st.builds(
            lambda made, radius: pb.Place(circle=pb.Circle(point=made, radius_m=radius)),
            point,
            st.floats(1, 99_999),
        ),
        st.just(pb.Place(polygon=square)),
    )


def values(field: Field, table: Table, refs: Sequence[pb.Ref]) -> st.SearchStrategy[Any]:
    """What may stand in a field; of a list, the list."""
    rule, descriptor = field.rule, table.message.DESCRIPTOR.fields_by_name[field.name]
    many = rule.sort is rules.Sort.LIST
    one = _one(rule.item if many and rule.item is not None else rule, descriptor, field, refs)
    if not many:
        return one
    most = min(int(rule.most or 3), 3)
    if descriptor.enum_type is not None:
        return st.lists(one, unique=True, max_size=most).map(sorted)
    return st.lists(one, max_size=most)


def _one(rule: rules.Rule, descriptor: Any, field: Field, refs: Sequence[pb.Ref]) -> st.SearchStrategy[Any]:
    message = descriptor.message_type
    if message is not None and message.name == "Place":
        return places()
    if message is not None and message.name == "Ref":
        return st.sampled_from(refs) if refs else st.nothing()
    if message is not None and message.name == "IndicatorValue":
        return st.sampled_from(_SUBJECTS).map(lambda pair: pb.IndicatorValue(type=pair[0], value=pair[1]))
    if field.inside is not None:
        return _part(field.inside)
    if descriptor.enum_type is not None:
        return st.sampled_from([value.number for value in descriptor.enum_type.values if value.number])
    if rule.sort is rules.Sort.FLAG:
        return st.booleans()
    if rule.sort is rules.Sort.MOMENT:
        near = st.integers(NOW - 300 * DAY_MS, NOW + 300 * DAY_MS)
        return st.one_of(
            near,
            st.integers(SUMMER_MS, SUMMER_MS + 3 * 3_600_000),
            near.map(lambda ms: ms // 60_000 * 60_000),
        )
    if rule.sort is rules.Sort.DAY:
        days = st.integers(0, 20_000).map(lambda n: (date(1980, 1, 1) + timedelta(days=n)).isoformat())
        return (
            st.one_of(days, st.sampled_from(("1990-04-00", "1990-00-00")))
            if rule.check(Mode.AUTHORING)("1990-00-00") is None
            else days
        )
    if rule.sort is rules.Sort.NUMBER and descriptor.cpp_type == descriptor.CPPTYPE_DOUBLE:
        return st.floats(rule.least, rule.most, allow_nan=False, exclude_min=True)
    if rule.sort is rules.Sort.NUMBER:
        return st.integers(int(rule.least or 0), int(rule.most or 0))
    return texts(rule)


@st.composite
def _part(draw: st.DrawFn, table: Table) -> Any:
    made = table.message()
    for field in table.fields:
        if field.required or draw(st.booleans()):
            _set(made, field.name, draw(values(field, table, ())))
    if made.DESCRIPTOR.name == "Goods":  # one of the two
        made.ClearField(draw(st.sampled_from(("mass_kg", "count"))))
    return made


def _set(message: Any, name: str, value: Any) -> None:
    message.ClearField(name)
    if isinstance(value, list):
        getattr(message, name).extend(value)
    elif hasattr(value, "DESCRIPTOR"):
        getattr(message, name).CopyFrom(value)
    else:
        setattr(message, name, value)


@st.composite
def records(
    draw: st.DrawFn,
    kind: Kind,
    example: pb.Record,
    *,
    register: Register,
    refs: Refs,
    typed: Callable[[str], bool],
) -> pb.Record:
    """A record that its kind allows as a first version: each change of one to three fields stays where it still holds."""
    made = pb.Record()
    made.CopyFrom(example)
    pointers = {
        one.field: [ref for name in (one.kinds or refs) for ref in refs.get(name, ())]
        for one in kind.pointers
    }
    common = [("common", COMMON, field) for field in COMMON.fields if field.name in VARIED]
    fields = [(kind.name, kind.table, field) for field in kind.table.fields if typed(field.name)] + common
    listed = dict(kind.listed)
    for _ in range(draw(st.integers(0, _TURNS))):
        after = pb.Record()
        after.CopyFrom(made)
        for part, table, field in draw(st.lists(st.sampled_from(fields), min_size=1, max_size=3)):
            body = getattr(after, part)
            if not field.required and draw(st.integers(0, 4)) == 0:
                body.ClearField(field.name)
            elif field.name not in pointers or pointers[field.name]:
                if field.name in listed:
                    codes = st.sampled_from(sorted(getattr(register.vocabulary, listed[field.name])))
                    many = field.rule.sort is rules.Sort.LIST
                    _set(body, field.name, draw(codes.map(lambda code: [code]) if many else codes))
                    continue
                named = pointers.get(field.name, refs.get("", ()))
                _set(body, field.name, draw(values(field, table, named)))
        if holds(kind, after, register):
            made = after
    return made


def holds(kind: Kind, message: pb.Record, register: Register) -> bool:
    """Whether an author may keep it as a first version."""
    try:
        validate_message(content_type(kind.name), message, register=register, now=NOW)
    except BadRecord:
        return False
    return not list(kind.turn(None, getattr(message, kind.name)))
