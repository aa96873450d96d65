"""The record of processing: figures that are right, and nothing of anybody in it."""

from __future__ import annotations

import dataclasses
import json
from types import SimpleNamespace
from typing import Any, cast

import pytest
from all_kinds import record, register
from locations import ROOT
from matters import Desk
from officers_here import officer, readable
from ports import AMBER, ANTWERP, LIEGE, Port, port

from node import cli_privacy
from node.cli_privacy import document
from node.cli_privacy_text import markdown
from node.commands import detail, draft, privacy
from node.commands.address import Address
from node.commands.audit import Act, audit
from node.detectors.ais_gap import DETECTOR
from protocol.fields import DAY_MS
from protocol.label import parse
from protocol.v1 import records_pb2 as pb

PERSONAL = AMBER + "//PURPOSE port-security//CAVEAT PERSONAL"
CANARY = "kanarie"
"""In everything that a person typed or is called."""


def about(kind: str, **changes: Any) -> pb.Record:
    """With a canary in every text of the common part, and where a peer may write a code."""
    made = record(kind, **changes)
    common = made.common
    common.title = f"{CANARY} titel"
    common.external_ref = f"{CANARY} ref"
    common.subjects.add(type="plate", value="BE:1KANARIE")
    common.subject_category.append(pb.Common.SUBJECT_CATEGORY_SUSPECT)
    return made


class World:
    """A port that holds, published, opened, withdrew and erased."""

    def __init__(self) -> None:
        self.desk = Desk(port(ANTWERP, register=register()))
        self.at: Port = self.desk.at
        self.who = officer(self.at, CANARY)
        self.at.store.write(lambda tx: tx.run("UPDATE person SET name = ?", CANARY.title())).result()
        out = [
            self.desk.release(PERSONAL, about("alert", description=f"{CANARY} zag iets")) for _ in range(3)
        ]
        self.desk.retract(out[0].record)
        self.desk.release(AMBER, record("notice", text=f"{CANARY} komt"))
        other = port(LIEGE, register=register())
        strange = about("incident", narrative=f"{CANARY} was er")
        strange.common.legal_basis, strange.common.controller = f"{CANARY}-basis", f"{CANARY}-port"
        self.at.pull(other, other.publish(strange, PERSONAL).feed.feed)
        self.at.store.write(
            lambda tx: draft.make(tx, self.at.ctx, about("alert"), owner=self.who.id, label=parse(PERSONAL))
        ).result()
        for purpose in ("port-security", "port-security", CANARY, ""):
            self.open(Act(act="open", actor=self.who.id, purpose=purpose, details={"note": CANARY}))

    def open(self, act: Act) -> None:
        at = self.at
        at.store.write(lambda tx: audit(tx, at.ctx, act, at.ctx.register)).result()

    def told(self) -> dict[str, Any]:
        found = self.at.store.read(lambda r: privacy.figures(r, self.at.ctx))
        return document(cast("Any", self.place()), found)

    def place(self) -> Any:
        tables = {
            "gaps": {"rule": "ais_gap", "legal_basis": {"basis": "port-security-be", "signed_by": CANARY}},
            "spoof": {"rule": "impossible_speed"},
        }
        config = SimpleNamespace(accreditation=SimpleNamespace(regimes=["gdpr"]), detectors=tables)
        return SimpleNamespace(ctx=self.at.ctx, config=config)


@pytest.fixture(scope="module")
def world() -> World:
    return World()


@pytest.fixture(scope="module")
def told(world: World) -> dict[str, Any]:
    return world.told()


def kind(told: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = [one for one in told["kinds"] if one["kind"] == name]
    return cast("dict[str, Any]", found)


def test_what_is_held_is_counted_by_kind_and_state(told: dict[str, Any]) -> None:
    alerts = kind(told, "alert")
    assert {state: count for state, count in alerts["versions"].items() if count} == {
        "in_force": 2,
        "withdrawn": 1,
    }
    assert alerts["personal"] == 3
    assert kind(told, "notice")["versions"]["in_force"] == 1
    assert kind(told, "port_ban")["versions"]["in_force"] == 0


def test_basis_controller_law_and_category_are_named_by_the_register_alone(told: dict[str, Any]) -> None:
    alerts, incidents = kind(told, "alert"), kind(told, "incident")
    assert [(one["id"], one["used"]) for one in alerts["bases"]] == [("port-security-be", 3)]
    assert alerts["regimes"] == {"gdpr": 3}
    assert alerts["subjects"] == {"suspect": 3}
    assert [one["name"] for one in alerts["controllers"]] == ["Port of Antwerp-Bruges"]
    assert (incidents["bases_not_listed_now"], incidents["controllers"]) == (
        1,
        [{"id": "other", "name": None, "used": 1}],
    )


def test_retention_purposes_and_recipients_are_the_live_ones(told: dict[str, Any]) -> None:
    alerts = kind(told, "alert")
    assert alerts["retention"] == {
        "key": "alert_unconfirmed",
        "configured_ms": 30 * DAY_MS,
        "ceiling_ms": 30 * DAY_MS,
    }
    assert alerts["purposes"] == ["port-security"]
    (ports_be,) = alerts["recipients"]
    assert ports_be["title"] == "Belgian ports"
    assert "port-liege" in [one["node"] for one in ports_be["nodes"]]
    assert kind(told, "incident")["recipients"] == []  # published by another


def test_openings_are_counted_by_purpose(told: dict[str, Any]) -> None:
    assert told["consulted"] == [
        {"act": "open", "purpose": None, "count": 1},
        {"act": "open", "purpose": "other", "count": 1},
        {"act": "open", "purpose": "port-security", "count": 2},
    ]


def test_what_is_opened_or_expires_moves_the_figures() -> None:
    at = port(ANTWERP, register=register())
    who, out = officer(at), at.publish(about("alert"), PERSONAL)
    before = at.store.read(lambda r: privacy.figures(r, at.ctx))
    shown = _shown(at, who, out.record)
    at.store.write(
        lambda tx: detail.opened(tx, at.ctx, shown, officer=who.id, purposes=["port-security"])
    ).result()
    at.clock.at += 2 * DAY_MS
    after = at.store.read(lambda r: privacy.figures(r, at.ctx))
    assert (before.consulted, after.consulted) == ({}, {("open", "port-security"): 1})
    assert (before.kinds["alert"].states["in_force"], after.kinds["alert"].states["expired"]) == (1, 1)


def _shown(at: Port, who: Any, record_id: Any) -> detail.Detail:
    asked = (readable(at), who.reading, Address(record_id))
    shown = at.store.read(lambda r: detail.detail(r, at.ctx, *asked))
    assert shown is not None
    return shown


def test_a_detector_that_follows_people_is_named_with_its_card(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    follower = dataclasses.replace(DETECTOR, follows_workers=True)
    monkeypatch.setattr("node.detectors.ais_gap.DETECTOR", follower)
    gaps, spoof = world.told()["detectors"]
    assert gaps == {
        "name": "gaps",
        "rule": "ais_gap",
        "follows_workers": True,
        "card": True,
        "basis": "port-security-be",
    }
    assert (spoof["follows_workers"], spoof["card"], spoof["basis"]) == (False, False, None)


def test_nothing_of_anybody_is_in_it(told: dict[str, Any]) -> None:
    for text in (json.dumps(told), markdown(told)):
        assert CANARY not in text.lower()


def test_a_report_with_a_title_in_it_would_be_seen(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted fault: a code is taken as it stands, whether the register lists it or not."""
    monkeypatch.setattr(privacy, "_listed", lambda value, _every: value)
    with pytest.raises(AssertionError):
        test_nothing_of_anybody_is_in_it(world.told())


def test_the_page_says_the_same_in_words(told: dict[str, Any]) -> None:
    page = markdown(told)
    for words in (
        "# Record of processing: port-antwerp-bruges",
        "* Legal basis `port-security-be`: Port security (gdpr), named by 3",
        "* Kept: 30 days (`alert_unconfirmed`); the register allows at most 30 days",
        "| a record was opened | port-security | 2 |",
        "* Held: in force 2, withdrawn 1",
    ):
        assert words in page, words
    assert (ROOT / "docs/cli/privacy-report.schema.json").exists()
    assert told["schema"] == cli_privacy.SCHEMA
