"""A self-check is ok only if every check was made and holds."""

from __future__ import annotations

import json

import jsonschema
import pytest
from locations import ROOT

from node.demo.check.report import NAMES, Alert, Failed, Node, Receipt, Report, Withheld

SCHEMA = json.loads((ROOT / "docs" / "cli" / "demo-selfcheck.schema.json").read_text("utf-8"))


def full(*, but: str = "") -> Report:
    report = Report("0")
    for name in NAMES:
        if name not in {but, "in_time"}:  # which `close` holds
            report.hold(name, ok=True, detail="as it should be")
    return report


def test_every_check_held_is_ok() -> None:
    report = full()
    report.close()
    assert report.ok


@pytest.mark.parametrize(("took_s", "ok"), [(0.0, True), (60.0, True), (60.01, False), (3_600.0, False)])
def test_a_check_that_took_longer_than_a_minute_is_not_ok(took_s: float, ok: bool) -> None:
    report, times = full(), iter([took_s])
    report.clock, report.began = lambda: next(times), 0.0
    report.close()
    assert report.ok is ok
    assert report.seconds == round(took_s, 1)
    assert [check.name for check in report.checks if not check.ok] == ([] if ok else ["in_time"])


@pytest.mark.parametrize("name", [name for name in NAMES if name != "in_time"])
def test_one_check_that_was_not_reached_is_not_ok(name: str) -> None:
    report = full(but=name)
    assert not report.ok
    report.close()
    assert not report.ok
    assert [check.name for check in report.checks if not check.ok] == [name]


@pytest.mark.parametrize("name", NAMES)
def test_one_check_that_fails_once_is_not_ok_even_if_it_holds_elsewhere(name: str) -> None:
    report = full()
    report.close()
    report.hold(name, ok=False, detail="at another node", node="port-limburg")
    assert not report.ok


def test_what_goes_wrong_inside_a_check_is_that_check_failed_and_quotes_nothing() -> None:
    report = Report("0")
    with report.making("connected"):
        raise Failed("not within 5 s")
    with report.making("started"):
        raise ValueError("SECRET TITLE")
    assert [(check.name, check.ok) for check in report.checks] == [("connected", False), ("started", False)]
    assert "SECRET" not in report.checks[1].detail
    assert "ValueError" in report.checks[1].detail


def test_an_interruption_is_no_failed_check() -> None:
    report = Report("0")
    with pytest.raises(KeyboardInterrupt), report.making("connected"):
        raise KeyboardInterrupt
    assert report.checks == []


def test_a_check_without_a_name_of_the_list_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="no check"):
        Report("0").hold("everything", ok=True, detail="")


def test_the_document_has_the_published_form() -> None:
    report = full()
    report.nodes.append(Node("port-liege", "Liège", "http://127.0.0.1:1", "127.0.0.1:2", 5, 0))
    withheld = (Withheld("port-limburg", "AUDIENCE"),)
    report.alerts.append(
        Alert("0" * 32, "rule", "impossible_speed", "BE:NONE", "0" * 64, 1, ("port-liege",), withheld)
    )
    report.receipts.append(Receipt("0" * 32, "port-liege", 2, True, 12, None))
    report.close()
    document = json.loads(json.dumps(report.as_json()))
    jsonschema.validate(document, SCHEMA)
    assert document["latency_ms"]["commit_to_durable"] == {"samples": 1, "min": 12, "median": 12, "max": 12}
    assert document["latency_ms"]["commit_to_sse"]["samples"] == 0
