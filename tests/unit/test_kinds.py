"""Every record kind: its minimal record holds, each required field and each limit of its table bites, at its path.

The cases are made from the tables, so a new kind needs an example in `record_examples.py` and no test of its own for these.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from google.protobuf.message import Message
from record_examples import NOW, example

from protocol.errors import BadRecord
from protocol.fields import Field, Table, Walker, walker
from protocol.kind import Kind
from protocol.kinds import known
from protocol.marks import required_caveats
from protocol.preamble import COMMON
from protocol.record import content_type, serialise, validate, validate_message
from protocol.rules import LATEST_MS, Mode, Rule, Sort, join
from protocol.v1 import records_pb2 as pb

KINDS = known()


def _tables(table: Table) -> Iterator[Table]:
    yield table
    for field in table.fields:
        if field.inside is not None:
            yield from _tables(field.inside)


ALL_TABLES = {
    id(table): table for root in (COMMON, *(kind.table for kind in KINDS.values())) for table in _tables(root)
}
ALL_FIELDS = [(table, field) for table in ALL_TABLES.values() for field in table.fields]


def _name(value: Any) -> str:
    return value.message.__name__ if isinstance(value, Table) else getattr(value, "name", str(value))


def _one(rule: Rule) -> Any:
    """A value of the right type, sound or not: what fills a list that is too long."""
    if rule.sort is Sort.PART:
        return {}
    if rule.sort is Sort.OCTETS:
        return b"x"
    return 1 if rule.sort in {Sort.CHOICE, Sort.NUMBER} else "xx"


def _broken(field: Field, message: type[Message]) -> Iterator[Any]:
    """Values that break the field's rule, made from its limits."""
    rule = field.rule
    descriptor = message.DESCRIPTOR.fields_by_name[field.name]
    is_part = descriptor.message_type is not None
    match rule.sort:
        case Sort.TEXT:
            yield from ("x" * (int(rule.most or 0) + 1), "a\u202eb", "a\x00b", "e\u0301")
        case Sort.FORM:
            yield (
                {"type": "imo", "value": "1"}
                if is_part
                else [b"x"]
                if field.name == "person_tokens"
                else (b"x" if descriptor.type == descriptor.TYPE_BYTES else "\x7f")
            )
        case Sort.NUMBER:
            assert rule.least is not None
            assert rule.most is not None
            whole = descriptor.type not in {descriptor.TYPE_DOUBLE, descriptor.TYPE_FLOAT}
            widest = 2**32 - 1 if descriptor.type == descriptor.TYPE_UINT32 else 2**63 - 1
            if rule.most < widest:
                yield int(rule.most) + 1 if whole else rule.most + 0.5
            if not whole:
                yield from (rule.least - 0.5, float("nan"), float("inf"), float("-inf"))
            elif rule.least > 0 and descriptor.has_presence:
                yield int(rule.least) - 1
        case Sort.MOMENT:
            yield from (-1, LATEST_MS + 1)
        case Sort.DAY:
            yield from ("2026-02-30", "1899-01-01", "1-1-2026")
        case Sort.CHOICE:
            yield from (99, -1)
        case Sort.OCTETS:
            yield from (b"x", b"x" * (int(rule.most or 0) + 1))
        case Sort.LIST:
            assert rule.item is not None
            item = (
                {"type": "imo", "value": "1"} if is_part and rule.item.sort is Sort.FORM else _one(rule.item)
            )
            yield [item] * (int(rule.most or 0) + 1)
        case Sort.MAP:
            yield {f"k{i}": "v" for i in range(int(rule.most or 0) + 1)}
            yield {"not a code": "v"}
        case Sort.FLAG | Sort.PART:
            return


def _messages(descriptor: Any, seen: frozenset[str] = frozenset()) -> set[str]:
    """Every message type within one."""
    within = {field.message_type for field in descriptor.fields if field.message_type is not None}
    names = {one.full_name for one in within}
    return names.union(*(_messages(one, seen | names) for one in within if one.full_name not in seen))


@pytest.mark.parametrize("kind", list(known().values()), ids=lambda kind: kind.name)
def test_a_kind_whose_body_can_hold_a_file_says_which(kind: Kind) -> None:
    """Else it would be neither fetched nor shown nor destroyed."""
    holds = pb.Blob.DESCRIPTOR.full_name in _messages(kind.table.message.DESCRIPTOR)
    default = Kind(name="none", table=kind.table).files
    assert holds == (kind.files is not default)


def _found(table: Table, mode: Mode, **fields: Any) -> list[str]:
    found = walker(table, mode).walk(table.message(**fields))[1] or []
    return [path for path, _ in found]


@pytest.mark.parametrize(("table", "field"), ALL_FIELDS, ids=_name)
def test_each_limit_bites_at_its_field(table: Table, field: Field) -> None:
    for value in _broken(field, table.message):
        paths = _found(table, Mode.AUTHORING, **{field.name: value})
        assert any(path.startswith(field.name) for path in paths), value


def test_every_field_but_flags_and_parts_has_a_limit_that_was_tried() -> None:
    """Otherwise the test above could pass by trying nothing."""
    untried = {f.rule.sort for t, f in ALL_FIELDS if not list(_broken(f, t.message))}
    assert untried <= {Sort.FLAG, Sort.PART, Sort.NUMBER}
    bare = [f.name for t, f in ALL_FIELDS if f.rule.sort is Sort.NUMBER and not list(_broken(f, t.message))]
    assert sorted(set(bare)) == ["register", "version"]  # as wide as their types


def test_a_limit_that_is_not_looked_at_turns_the_test_red(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken double: a walker that finds nothing."""
    monkeypatch.setattr(Walker, "walk", lambda _self, _message: (0, None))
    table = KINDS["alert"].table
    with pytest.raises(AssertionError):
        test_each_limit_bites_at_its_field(table, next(f for f in table.fields if f.name == "score"))


@pytest.mark.parametrize("name", KINDS)
def test_the_minimal_record_holds(name: str) -> None:
    record = validate(content_type(name), serialise(example(name)), now=NOW)
    assert record.kind == name
    assert not record.opaque


@pytest.mark.parametrize("name", KINDS)
def test_the_minimal_record_holds_at_a_peer_too(name: str) -> None:
    record = validate(content_type(name), serialise(example(name)), now=NOW, accepting=True)
    assert record == validate(content_type(name), serialise(example(name)), now=NOW)


def _required(name: str) -> Iterator[tuple[str, str]]:
    kind = KINDS[name]
    common = kind.common if kind.common is not None else [f.name for f in COMMON.fields if f.required]
    yield from (("common", field) for field in common)
    yield from ((name, field.name) for field in kind.table.fields if field.required)


@pytest.mark.parametrize(("name", "part", "field"), [(n, *where) for n in KINDS for where in _required(n)])
def test_each_required_field_is_missed(name: str, part: str, field: str) -> None:
    record = example(name)
    getattr(record, part).ClearField(field)
    with pytest.raises(BadRecord) as caught:
        validate_message(content_type(name), record, now=NOW)
    assert f"{name}.{field}: required" in [str(violation) for violation in caught.value.violations]


@pytest.mark.parametrize("name", KINDS)
def test_all_violations_come_together(name: str) -> None:
    record = pb.Record()
    getattr(record, name).SetInParent()
    with pytest.raises(BadRecord) as caught:
        validate_message(content_type(name), record)
    paths = {violation.path for violation in caught.value.violations}
    assert paths == {field for _, field in _required(name)} | (
        {"subject_category"} if name == "port_ban" else set()
    )


@pytest.mark.parametrize(("table", "field"), ALL_FIELDS, ids=_name)
def test_a_code_of_a_newer_peer_is_borne_unless_something_hangs_on_it(table: Table, field: Field) -> None:
    rule = field.rule.item or field.rule
    if rule.sort is not Sort.CHOICE:
        return
    value = [99] if field.rule.sort is Sort.LIST else 99
    name = field.name
    assert any(path.startswith(name) for path in _found(table, Mode.AUTHORING, **{name: value}))
    borne = not any(path.startswith(name) for path in _found(table, Mode.ACCEPTING, **{name: value}))
    assert borne != rule.closed


def test_closed_to_everybody_are_the_law_and_what_a_gate_answers_by() -> None:
    closed = [f.name for _, f in ALL_FIELDS if f.rule.sort is Sort.CHOICE and f.rule.closed]
    assert sorted(closed) == ["match_class", "regime", "scale", "scope", "standing", "step", "step"]


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_is_the_file_and_the_field_of_its_name(name: str) -> None:
    kind = KINDS[name]
    assert kind.name == name
    field = pb.Record.DESCRIPTOR.oneofs_by_name["body"].containing_type.fields_by_name[name]
    assert field.message_type is kind.table.message.DESCRIPTOR
    assert all(hasattr(kind.table.message(), word) for word in (*kind.words, *filter(None, [kind.summary])))


def test_every_body_has_a_kind() -> None:
    assert {field.name for field in pb.Record.DESCRIPTOR.oneofs_by_name["body"].fields} == set(KINDS)


def test_personal_data_stands_in_fields_that_carry_the_mark_themselves() -> None:
    """`Record.personal` reads the marks of the outermost fields only; deeper ones must be under one of those."""
    for table in (COMMON, *(kind.table for kind in KINDS.values())):
        for field in table.fields:
            if field.inside is not None and "P" not in field.mark:
                assert not any(
                    "P" in inner.mark for inside in _tables(field.inside) for inner in inside.fields
                )


def _enums(message: Any) -> Iterator[Any]:
    yield from message.enum_types
    for nested in message.nested_types:
        yield from _enums(nested)


def test_every_enum_begins_with_what_is_absent_under_its_own_prefix() -> None:
    for message in pb.DESCRIPTOR.message_types_by_name.values():
        for enum in _enums(message):
            first = enum.values[0]
            assert first.number == 0
            assert first.name.endswith("_UNSPECIFIED")
            prefix = first.name.removesuffix("UNSPECIFIED")
            assert all(value.name.startswith(prefix) for value in enum.values)


def test_the_common_part_and_a_body_share_no_path() -> None:
    """So that `alert.title` names one field."""
    common = {field.name for field in COMMON.fields}
    for kind in KINDS.values():
        assert not common & {field.name for field in kind.table.fields}


def test_paths_join_as_people_write_them() -> None:
    assert join("places", "[0].circle") == "places[0].circle"
    assert join("circle", "radius_m") == "circle.radius_m"
    assert join("score", "") == "score"


@pytest.mark.parametrize(
    ("record", "caveats"),
    [
        (example("alert"), set()),
        (example("incident", judicial=True), {"JUDICIAL"}),
        (example("port_ban"), {"PERSONAL", "NO-EXPORT"}),
        (example("sighting", where=pb.Place(zone="q1742")), set()),
        (example("sighting", where=pb.Place(point=pb.Point(lat=51.0, lon=4.0))), {"SOURCE"}),
    ],
)
def test_what_a_record_asks_of_its_label(record: pb.Record, caveats: set[str]) -> None:
    record.common.external_ref = "AN.60.L1.001234/26"
    checked = validate_message(content_type(record.common.kind), record, now=NOW)
    assert required_caveats(checked.message, known()[checked.kind]) == caveats
