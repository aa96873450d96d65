"""Places where a person would have read machine language: health, rules, peers, refusals, what is known at the top of an alert."""

from __future__ import annotations

import asyncio
import importlib
import pkgutil
from dataclasses import replace
from typing import Any

import pytest
from acts_of_rules import RULES
from browser_web import signed_in
from fakes_data import ROWS, ago, record_of
from matters import alert
from officers_here import hire
from offices_web import Screens, screens, session_of
from ports import AMBER, ANTWERP, SCHELDT
from read_words import read, words
from record_examples import example

import web.words
from node.commands import draft
from node.engine import EMBEDDED
from node.relations_mirror import AWAY, IN_ORDER
from node.sensor import Said
from protocol.label import parse
from protocol.v1 import records_pb2 as pb
from web import shown, views
from web.languages import load_tongues
from web.offices.ruling import Ruling
from web.shown import Names
from web.views import Fact, HandlingView, SensorView
from web.words import TABLES, label_marks, path_words

TONGUES = load_tongues(("en", "nl"))
WIDE = "BE:NONE//TLP:AMBER//AUD ports-be"


def test_the_rules_are_read_in_words_and_the_codes_stand_small() -> None:
    officer, _ = signed_in()
    for page in ("/rules", "/rules/propose", "/rules/agree"):
        text = officer.get(page).text
        assert "Ship at an impossible speed" in words(text) or page != "/rules"
        assert not words(text) & {"impossible_speed", "ais-spoof"}
    assert 'class="code mute" translate="no">BE:NONE//TLP:AMBER//AUD ports-be' in officer.get("/rules").text


def test_another_text_of_rules_says_rule_by_rule_what_it_changes() -> None:
    here = screens(ANTWERP)
    more = RULES.replace(b'"Likely"', b'"Observed"') + RULES.partition(b"version = 1\n")[2].replace(
        b"ais-spoof", b"second"
    )
    changed = list(here.office._against(RULES, more))
    assert [(one.name, one.change) for one in changed] == [("ais-spoof", "changed"), ("second", "new")]
    assert [(one.name, one.change) for one in here.office._against(RULES, b"")] == [("ais-spoof", "gone")]
    assert [one.change for one in here.office._against(RULES, RULES + b"# a word\n")] == [""]
    assert isinstance(here.office, Ruling)


def test_health_calls_things_by_words(monkeypatch: pytest.MonkeyPatch) -> None:
    officer, office = signed_in()
    whole = office.health

    async def health(session: Any) -> Any:
        sensors = (SensorView("vts_mast", "ais", "reporting", ago(3), "heard"),)
        return replace(
            await whole(session),
            sensors=sensors,
            facts=(("relations", "embedded"), ("policy_revision", "9f" * 8)),
        )

    monkeypatch.setattr(office, "health", health)
    held = words(officer.get("/health").text)
    assert {"AIS receiver", "This node itself", "Is heard"} <= held
    assert not held & {"ais", "vts_mast", "embedded", "heard", "9f" * 8}


def test_what_a_sensor_and_the_engine_say_of_themselves_has_words() -> None:
    assert set(TABLES["sensor_says"]) == set(Said)
    assert set(TABLES["relations"]) == {EMBEDDED, IN_ORDER, AWAY}


def test_what_no_code_says_is_marked_as_english(monkeypatch: pytest.MonkeyPatch) -> None:
    officer, office = signed_in()
    whole = office.health
    away = "the server does not answer (MaxRetryError)"

    async def health(session: Any) -> Any:
        sensors = (SensorView("vts_mast", "ais", "off", None, "Connection refused"),)
        return replace(await whole(session), sensors=sensors, facts=(("relations", f"{AWAY}: {away}"),))

    monkeypatch.setattr(office, "health", health)
    page = officer.get("/health").text
    assert {TABLES["relations"][AWAY], away, "Connection refused"} <= set(read(page))
    assert f'lang="en">{away}<' in page
    assert 'lang="en">Connection refused<' in page


def test_no_table_of_words_is_there_twice() -> None:
    files = [
        importlib.import_module(f"web.words.{one.name}") for one in pkgutil.iter_modules(web.words.__path__)
    ]
    assert sorted(TABLES) == sorted(name for one in files for name in one.TABLES)


def test_a_place_in_a_record_is_called_as_its_page_calls_it() -> None:
    assert path_words(TONGUES["en"], "goods[0].type") == "Goods, Type"
    assert path_words(TONGUES["nl"], "score") == "Score"


LABELS = (
    WIDE,
    SCHELDT,
    *(
        WIDE + more
        for more in ("//PURPOSE port-security", "//PURPOSE crisis,port-security", "//CAVEAT PERSONAL")
    ),
    *(WIDE + more for more in ("//CTRY BE", "//CTRY NL", "//TO node:north-sea-port", "//TO node:port-liege")),
    "BE:NONE//TLP:AMBER//COMP DRUGS//AUD ports-be",
)


def test_no_two_labels_read_the_same_in_a_row() -> None:
    names = Names(screens(ANTWERP).port.ctx.register)
    said = [label_marks(TONGUES["en"], shown.label(label, names)) for label in LABELS]
    assert len(set(said)) == len(LABELS)
    assert not [one for one in said if "PERSONAL" in one or "port-security" in one]


def test_what_is_known_of_an_alert_stands_at_its_top() -> None:
    officer, office = signed_in()
    row = ROWS[1]
    claimed = HandlingView(state="claimed", by="K. Wouters", since_ms=ago(60), steps=frozenset({"close"}))
    facts = (Fact("statement", ("assessment",), "statement"),)
    office.records[row.id] = replace(record_of(row), handling=claimed, facts=facts)
    texts = read(officer.get(f"/records/{row.id}").text)
    at = {text: place for place, text in reversed(list(enumerate(texts)))}
    top = at["Assessment: our judgement"]
    assert texts[top + 1].startswith("Claimed")
    assert texts[top + 2] == "K. Wouters"
    assert top < next(place for place, text in enumerate(texts) if text.startswith("Class A ship"))
    assert "Fact or judgement" not in texts


def test_a_draft_that_reaches_further_than_what_it_names_is_refused_in_words() -> None:
    here = screens(ANTWERP)
    me = hire(here.port, "a.peeters")
    out = here.port.publish(alert(), SCHELDT)
    message = example("incident", linked=[pb.Ref(record_id=out.record, feed=out.feed.feed)])
    message.common.legal_basis = alert().common.legal_basis
    at = here.port
    row = at.store.write(lambda tx: draft.make(tx, at.ctx, message, owner=me, label=parse(AMBER))).result()
    found = asyncio.run(here.office.plan_preview(session_of(me), row.record.hex()))
    assert isinstance(found, views.Refused)
    assert (found.code, found.words) == ("WIDER", "")
    browser = here.enter(me)
    for lang, said in (
        ("en", "It reaches further than a record that it names"),
        ("nl", "Het reikt verder dan een gegeven dat het noemt"),
    ):
        browser.cookies.set("p2p-lang", lang, domain="127.0.0.1")
        page = browser.get(f"/drafts/{row.record.hex()}").text
        texts = read(page)
        assert f"{said}." in texts
        assert "more open" not in page
        assert not [text for text in texts if text.startswith(("AUD", "TO", "BE:NONE"))]
        assert f"/drafts/{row.record.hex()}/label" in page
    assert "Het concept blijft bewaard, en niets ervan verliet dit knooppunt." in texts
    scheldt = at.ctx.register.communities["ports-scheldt"].title
    assert f"Voor leden van: {scheldt}." in texts


def drafted(here: Screens, owner: str, type_: pb.Incident.Type) -> None:
    """An incident with personal data, kept as a draft."""
    message, at, label = example("incident", type=type_), here.port, parse(AMBER + "//CAVEAT PERSONAL")
    message.common.title, message.common.legal_basis = "About somebody", alert().common.legal_basis
    at.store.write(lambda tx: draft.make(tx, at.ctx, message, owner=owner, label=label)).result()


def test_the_author_tells_his_drafts_apart_without_a_title_in_the_list() -> None:
    here = screens(ANTWERP)
    me, other = hire(here.port, "a.peeters"), hire(here.port, "b.maes")
    drafted(here, me, pb.Incident.TYPE_DRUG_FIND)
    drafted(here, me, pb.Incident.TYPE_THEFT)
    mine, theirs = here.enter(me).get("/drafts").text, here.enter(other).get("/drafts").text
    assert {"Drugs found", "Theft"} <= words(mine)
    assert not {"Drugs found", "Theft"} & words(theirs)
    assert "About somebody" not in mine + theirs
    assert [one for one in here.port.audits() if one.act == "draft_open"] == []
