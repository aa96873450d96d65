"""Conditions: conversions as OpenFGA has them, stored before given, and no outcome but true, false or an error."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from policies.conditions import CompiledCondition, ParameterType, compile_condition, convert, in_cidr, network
from policies.fga_model import shipped
from policies.relations import BadModel, ConditionFailed

GLASS = {"opened": "2026-11-22T08:00:00Z", "valid_until": "2026-11-22T12:00:00Z", "audit_entry": "audit/1"}


def _condition(expression: str, **parameters: str) -> CompiledCondition:
    declared = {name: {"type_name": f"TYPE_NAME_{kind.upper()}"} for name, kind in parameters.items()}
    return compile_condition("c", {"expression": expression, "parameters": declared})


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("bool", True, True),
        ("string", "a", "a"),
        ("int", 3, 3),
        ("int", 3.0, 3),
        ("int", "3", 3),
        ("uint", 0, 0),
        ("double", "1.5", 1.5),
        ("double", 1, 1.0),
        ("timestamp", "2026-11-22T10:00:00+01:00", datetime(2026, 11, 22, 9, tzinfo=UTC)),
        ("timestamp", "2026-11-22t09:00:00.123456789z", datetime(2026, 11, 22, 9, 0, 0, 123456, tzinfo=UTC)),
        ("duration", "4h", timedelta(hours=4)),
        ("duration", "-1h30m", timedelta(hours=-1, minutes=-30)),
        ("duration", "1.5s", timedelta(seconds=1.5)),
        ("ipaddress", "2001:DB8::0001", "2001:db8::1"),
        ("any", {"a": 1}, {"a": 1}),
    ],
)
def test_a_value_of_the_type_is_taken(kind: str, value: object, expected: object) -> None:
    assert convert(value, ParameterType(kind), "p") == expected


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("bool", 1),
        ("bool", "true"),
        ("string", 1),
        ("string", "x" * 4097),
        ("int", True),
        ("int", 1.5),
        ("int", "1.5"),
        ("int", 1 << 63),
        ("int", "9" * 70),
        ("int", None),
        ("uint", -1),
        ("double", float("inf")),
        ("double", "nan"),
        ("double", "1e309"),
        ("double", "one"),
        ("timestamp", "2026-11-22"),
        ("timestamp", "2026-11-22T09:00:00"),
        ("timestamp", "2026-13-22T09:00:00Z"),
        ("timestamp", datetime(2026, 11, 22)),  # noqa: DTZ001 - without a zone on purpose
        ("timestamp", 1_795_338_000),
        ("duration", "4 hours"),
        ("duration", 4),
        ("ipaddress", "10.7.3"),
        ("ipaddress", 167_772_161),
    ],
)
def test_any_other_value_is_an_error_that_does_not_repeat_it(kind: str, value: object) -> None:
    with pytest.raises(ConditionFailed, match=f"^p: is not of type {kind}$"):
        convert(value, ParameterType(kind), "p")


def test_lists_and_maps_hold_at_most_32_of_one_type() -> None:
    texts = ParameterType("list", ParameterType("string"))
    assert convert(["a", "b"], texts, "p") == ["a", "b"]
    assert convert({"a": 1}, ParameterType("map", ParameterType("int")), "p") == {"a": 1}
    for wrong in (["a"] * 33, ["a", 1], "a"):
        with pytest.raises(ConditionFailed):
            convert(wrong, texts, "p")


def test_what_is_stored_wins_over_what_is_given() -> None:
    condition = _condition("x < y", x="int", y="int")
    assert not condition.holds(given={"x": 1, "y": 9}, stored={"y": 0})
    assert condition.holds(given={"x": 1, "y": 0}, stored={"y": 9})


def test_a_missing_parameter_is_an_error_even_where_it_would_not_matter() -> None:
    condition = _condition("x < 100 || y < 50", x="int", y="int")
    with pytest.raises(ConditionFailed, match=r"c\.y: the parameter is missing"):
        condition.holds(given={"x": 1}, stored={})


@pytest.mark.parametrize(
    ("expression", "kind", "value"),
    [("x", "int", 1), ("x < 1", "string", "a"), ("1 / x == 1", "int", 0), ("x[5] == 'a'", "string", "a"), ("x.in_cidr('10.0.0.0')", "ipaddress", "10.0.0.1")],
)  # fmt: skip
def test_what_cannot_be_evaluated_is_an_error(expression: str, kind: str, value: object) -> None:
    with pytest.raises(ConditionFailed):
        _condition(expression, x=kind).holds(given={"x": value}, stored={})


@pytest.mark.parametrize("expression", ["", "x <", "x < y", "x" * 513])
def test_an_expression_that_is_not_cel_over_its_parameters_is_no_model(expression: str) -> None:
    with pytest.raises(BadModel):
        _condition(expression, x="int")


@pytest.mark.parametrize(
    "declared",
    [
        {"x": {}},
        {"x": {"type_name": "TYPE_NAME_SHIP"}},
        {"x": {"type_name": "TYPE_NAME_LIST"}},
        {"x": "int"},
        [],
    ],
)
def test_an_unknown_parameter_type_is_no_model(declared: object) -> None:
    with pytest.raises(BadModel):
        compile_condition("c", {"expression": "true", "parameters": declared or 1})


@pytest.mark.parametrize(
    ("now", "changed", "expected"),
    [
        ("2026-11-22T08:00:00Z", {}, True),
        ("2026-11-22T11:59:59Z", {}, True),
        ("2026-11-22T07:59:59Z", {}, False),
        ("2026-11-22T12:00:00Z", {}, False),
        ("2026-11-22T09:00:00Z", {"valid_until": "2026-11-22T12:00:00.001Z"}, False),
        ("2026-11-22T09:00:00Z", {"audit_entry": ""}, False),
    ],
)
def test_broken_glass_lasts_four_hours_and_has_an_audit_entry(
    now: str, changed: dict[str, str], expected: bool
) -> None:
    condition = shipped().conditions["glass_broken"]
    assert condition.holds(given={"now": now}, stored={**GLASS, **changed}) is expected


def test_networks_are_address_and_prefix() -> None:
    assert in_cidr("10.7.3.4", "10.7.9.9/16")
    assert not in_cidr("10.8.0.0", "10.7.0.0/16")
    assert not in_cidr("::ffff:10.7.3.4", "10.7.0.0/16")
    assert in_cidr("2001:db8::1", "2001:db8::/32")
    for wrong in ("10.7.0.0", "10.7.0.0/255.255.0.0", "10.7.0.0/33", "a/8"):
        with pytest.raises(ValueError, match=r"."):
            network(wrong)
