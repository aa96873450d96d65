"""What a form says before it is sent: in which cases a field is required, and whose role a choice is that is not offered."""

from __future__ import annotations

import ast
import html
import importlib
import inspect
from dataclasses import replace
from pathlib import Path

import fakes_web
import pytest
from browser_web import signed_in
from fakes_data import OFFERED
from record_examples import example

from policies.officers import Role
from protocol.kinds import known
from protocol.v1 import records_pb2 as pb
from web.sheets import STEP_ROLE, WHEN, sheet_of

ROOT = Path(__file__).parents[2]
KINDS = {name: kind for name, kind in known().items() if kind.right}


def test_whose_step_it_is_that_is_not_offered_is_said_in_the_form(monkeypatch: pytest.MonkeyPatch) -> None:
    bare = replace(OFFERED, rights=frozenset())
    (status,) = (box for box in sheet_of(KINDS["incident"], bare).body if box.name == "status")
    captain = str(Role.PORT_CAPTAIN)
    assert status.others == (("confirmed", captain), ("closed", captain), ("unfounded", captain))
    officer, _ = signed_in()
    told = "Set by another role (Port captain): Confirmed, Closed, Unfounded."
    assert told not in officer.get("/write/incident").text
    monkeypatch.setattr(fakes_web, "OFFERED", bare)
    assert told in officer.get("/write/incident").text


def test_the_role_of_a_step_is_the_one_that_has_its_right() -> None:
    model = (ROOT / "policies" / "model.fga").read_text("utf-8")
    node = model[model.index("type node") : model.index("type site")]
    for right, role in STEP_ROLE.items():
        assert f"define {right}: {role}\n" in node
    statuses = [example("incident", status=number).incident for number in pb.Incident.Status.values()]
    assert {KINDS["incident"].step(None, one) for one in statuses} - {""} == set(STEP_ROLE)
    assert {name for name, kind in KINDS.items() if kind.step.__name__ != "_no_step"} == {"incident"}


def asked_in_some_cases() -> set[tuple[str, str]]:
    """The fields that a kind's own code requires under a condition, as it stands in `protocol/kinds`."""
    found = {("", "subject_category")}
    for name in KINDS:
        tree = ast.parse(inspect.getsource(importlib.import_module(f"protocol.kinds.{name}")))
        for node in ast.walk(tree):
            if isinstance(node, ast.Yield) and isinstance(node.value, ast.Tuple):
                field, rule = (ast.unparse(one).removeprefix("f") for one in node.value.elts)
                if rule[1:].startswith("required") and not rule[1:].startswith("required at this step"):
                    found.add((name, field.strip("'\"")))
    return found - {("alert", "explanation"), ("alert", "evidence")}


def test_what_is_required_in_some_cases_says_when_before_it_is_sent() -> None:
    """But what only a detector says. `name`: of each of two times."""
    said = {(kind, field) for kind, fields in WHEN.items() for field in fields}
    assert said == asked_in_some_cases() - {("sighting", "name")} | {
        ("sighting", "first_seen"),
        ("sighting", "last_seen"),
    }
    officer, _ = signed_in()
    page = officer.get("/write/incident").text
    assert "What persons are in it <small>required where persons are concerned</small>" in page
    assert "Persons are concerned where one is counted" in page
    for kind, fields in WHEN.items():
        page = officer.get(f"/write/{kind or 'notice'}").text
        shown = html.unescape(page.partition('<details class="more"')[0])
        for rule in fields.values():
            assert f"<small>{rule}</small>" in shown, (kind, rule)
