"""`port2port demo --selfcheck --json`: the whole spine, without a terminal, in at most a minute."""

from __future__ import annotations

import json

import jsonschema
import pytest
from demo_runs import lives, selfcheck
from locations import ROOT

from node.demo.check.report import BUDGET_S, NAMES

pytestmark = pytest.mark.processes

SCHEMA = json.loads((ROOT / "docs" / "cli" / "demo-selfcheck.schema.json").read_text("utf-8"))


def test_the_selfcheck_holds_leaves_nothing_and_says_so() -> None:
    done = selfcheck()
    document = json.loads(done.output)
    assert document["schema"] == SCHEMA["$id"]
    jsonschema.Draft202012Validator(SCHEMA).validate(document)
    assert [check for check in document["checks"] if not check["ok"]] == []
    assert document["ok"]
    assert done.code == 0
    assert {check["name"] for check in document["checks"]} == set(NAMES)
    assert 0 < document["seconds"] <= BUDGET_S  # on the clock of its own check, which fails beyond it
    assert not any(lives(node["pid"]) for node in document["nodes"])
    assert done.left == []
    _shape(document)


def _shape(document: dict[str, object]) -> None:
    """What the schema cannot say: a receipt for each alert and entitled node, Limburg withheld from the officer's alone."""
    alerts = document["alerts"]
    receipts = document["receipts"]
    assert isinstance(alerts, list)
    assert isinstance(receipts, list)
    by_how = {alert["how"]: alert for alert in alerts}
    assert by_how["officer"]["withheld"] == [{"node": "port-limburg", "code": "AUDIENCE"}]
    assert by_how["rule"]["withheld"] == []
    wanted = {(alert["id"], node) for alert in alerts for node in alert["entitled"]}
    assert {(receipt["id"], receipt["node"]) for receipt in receipts} == wanted
    assert all(receipt["cosignature_ok"] for receipt in receipts)
