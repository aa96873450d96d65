"""What no single field of the kinds can say: cross-field rules, what a version may not change, and the right that a step takes."""

from __future__ import annotations

from typing import Any

import pytest
from record_examples import NOW, example, ref

from protocol.errors import BadRecord
from protocol.fields import DAY_MS
from protocol.kinds import known
from protocol.record import content_type, validate_message
from protocol.v1 import records_pb2 as pb

ISPS, OCAD = pb.SecurityLevel.SCALE_ISPS, pb.SecurityLevel.SCALE_OCAD
SHIP = pb.IndicatorValue(type="imo", value="1234567")
PLATE = pb.IndicatorValue(type="plate", value="BE:1ABC234")
GRANT = {"step": pb.Request.STEP_GRANTED, "owner": None, "wanted": None, "grounds": None}
STANDS = pb.PortBan()


def faults(kind: str, **changes: Any) -> list[str]:
    record = example(kind, **changes)
    if any(value.type == "plate" for value in changes.get("ships", ())):
        record.common.subject_category.append(pb.Common.SUBJECT_CATEGORY_OTHER)
    try:
        validate_message(content_type(kind), record, now=NOW)
    except BadRecord as error:
        return [violation.path for violation in error.violations]
    return []


@pytest.mark.parametrize(
    ("kind", "changes", "paths"),
    [
        ("alert", {"detector": "ais_gap", "detector_version": "1"}, ["explanation", "evidence"]),
        ("security_level", {"level": 4}, ["level"]),
        ("security_level", {"level": 4, "scale": OCAD, "areas": None}, []),
        ("security_level", {"level": 3}, ["measures"]),
        ("security_level", {"level": 3, "measures": "Alles dicht."}, []),
        ("security_level", {"areas": None}, ["areas"]),
        ("security_level", {"areas": None, "ships": [SHIP]}, []),
        ("security_level", {"ships": [PLATE]}, ["ships[0]"]),
        ("security_level", {"effective_until": NOW}, ["effective_until"]),
        ("modus_operandi", {"first_seen": NOW, "last_seen": NOW - 1}, ["last_seen"]),
        ("request", {"wanted": None}, ["wanted"]),
        ("request", {"about": ref(), "answer_by": NOW}, []),
        ("request", {"reason": "Nee."}, ["reason"]),
        ("request", GRANT, ["request", "given"]),
        ("request", {**GRANT, "request": ref(), "given": ref(2)}, []),
        ("request", {**GRANT, "request": ref(), "given": ref(2), "owner": "port-liege"}, ["owner"]),
        ("request", {**GRANT, "step": pb.Request.STEP_REFUSED, "request": ref()}, ["reason"]),
        ("request", {**GRANT, "step": pb.Request.STEP_REFUSED, "request": ref(), "reason": "Nee."}, []),
    ],
)
def test_fields_together(kind: str, changes: dict[str, Any], paths: list[str]) -> None:
    assert faults(kind, **changes) == paths


def incident(status: str, *, judicial: bool = False) -> pb.Incident:
    return pb.Incident(status=f"STATUS_{status.upper()}", judicial=judicial)


def indicator(value: str, days: int, grounds: str) -> pb.Indicator:
    return pb.Indicator(
        value=pb.IndicatorValue(type="imo", value=value), valid_until=NOW + days * DAY_MS, grounds=grounds
    )


@pytest.mark.parametrize(
    ("kind", "before", "after", "paths"),
    [
        ("incident", None, incident("closed"), []),
        ("incident", incident("suspected"), incident("confirmed"), []),
        ("incident", incident("suspected"), incident("unfounded"), []),
        ("incident", incident("confirmed"), incident("closed"), []),
        ("incident", incident("confirmed"), incident("suspected"), ["status"]),
        ("incident", incident("closed"), incident("confirmed"), ["status"]),
        ("incident", incident("closed"), incident("unfounded"), ["status"]),
        ("incident", incident("closed"), incident("closed"), []),
        ("incident", incident("suspected", judicial=True), incident("suspected"), ["judicial"]),
        ("indicator", None, indicator("1234567", 3, "a"), []),
        ("indicator", indicator("1234567", 3, "a"), indicator("1234567", 4, "a"), ["grounds"]),
        ("indicator", indicator("1234567", 3, "a"), indicator("1234567", 4, "b"), []),
        ("indicator", indicator("1234567", 3, "a"), indicator("1234567", 2, "a"), []),
        ("indicator", indicator("1234567", 3, "a"), indicator("7654321", 3, "a"), ["value"]),
        ("port_ban", None, pb.PortBan(standing="STANDING_LIFTED"), ["standing"]),
        ("port_ban", STANDS, pb.PortBan(standing="STANDING_LIFTED"), []),
        ("port_ban", pb.PortBan(aigis_ref="A1"), pb.PortBan(aigis_ref="A2"), ["aigis_ref"]),
        ("port_ban", STANDS, pb.PortBan(aigis_ref="A2"), []),
    ],
)
def test_what_a_version_may_not_change(kind: str, before: Any, after: Any, paths: list[str]) -> None:
    assert [path for path, _ in known()[kind].turn(before, after)] == paths


@pytest.mark.parametrize(
    ("before", "after", "right"),
    [
        (None, "suspected", ""),
        (None, "confirmed", "can_confirm_incident"),
        (None, "closed", "can_close_incident"),
        ("suspected", "suspected", ""),
        ("suspected", "confirmed", "can_confirm_incident"),
        ("confirmed", "confirmed", ""),
        ("confirmed", "closed", "can_close_incident"),
        ("suspected", "unfounded", "can_close_incident"),
    ],
)
def test_the_right_that_a_step_of_an_incident_takes(before: str | None, after: str, right: str) -> None:
    held = incident(before) if before else None
    assert known()["incident"].step(held, incident(after)) == right


def test_every_kind_that_holds_versions_to_something_says_it() -> None:
    plain = known()["alert"]
    said = {name for name, kind in known().items() if kind.turns}
    assert said == {
        name for name, kind in known().items() if kind.turn is not plain.turn or kind.step is not plain.step
    }
