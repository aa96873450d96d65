"""No page of a record shows a code where a person reads: every kind, every field that holds codes, every code."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from browser_web import screens, signed_in
from fakes_data import ROWS, record_of
from google.protobuf.message import Message
from locations import ROOT
from read_words import parted, read, words
from record_examples import example

from node.observation import VesselPosition, VesselStatic
from protocol.ids import UnixMs
from protocol.kinds import known
from protocol.preamble import COMMON
from protocol.v1 import records_pb2 as pb
from web import coded, facts
from web.marking import highest
from web.sheets import box_of
from web.views import Evidence, Fact
from web.words import TABLES, word

KINDS = {name: kind for name, kind in known().items() if kind.right}
FOUNDED = tomllib.loads((ROOT / "policies/federation/be.toml").read_text("utf-8"))


def every_code(name: str) -> Iterator[tuple[str, str, pb.Record]]:
    """Of each enum field of a kind ("": of the common part), also inside its parts: each code, its table, and a record that holds it."""
    kind = KINDS[name or "notice"]
    table = kind.table if name else COMMON
    for field in table.fields:
        for holder, path in ((table, ()), *((inner, (field.name,)) for inner in [field.inside] if inner)):
            for one in (field,) if holder is table else holder.fields:
                descriptor = holder.message.DESCRIPTOR.fields_by_name[one.name]
                for value in descriptor.enum_type.values[1:] if descriptor.enum_type else ():
                    message = example(kind.name)
                    part = getattr(message, kind.name) if name else message.common
                    for step in path:
                        held = getattr(part, step)
                        part = held if isinstance(held, Message) else held[0] if held else held.add()
                    _put(part, one.name, value.number)
                    yield coded.table_of(part, one.name), _code(part, one.name), message


def _put(part: Any, field: str, number: int) -> None:
    if isinstance(getattr(part, field), int):
        setattr(part, field, number)
    else:
        part.ClearField(field)
        getattr(part, field).append(number)


def _code(part: Any, field: str) -> str:
    return (
        coded.said(part, field) if isinstance(getattr(part, field), int) else coded.said_each(part, field)[0]
    )


@cache
def desk() -> Any:
    app, _ = screens()
    return app.state.desk


def page(message: pb.Record, lang: str = "nl", **changes: Any) -> str:
    """The detail page of a record with these fields."""
    told = tuple(facts.facts(message, lambda _ref: "0" * 32, str, str, every=True))
    record = replace(record_of(ROWS[1]), facts=told, **changes)
    context = {
        "record": record,
        "marking": highest(()),
        "csrf": "",
        "keys": True,
        "here": "/",
        "session": None,
    }
    return str(desk().screens.render("part_article.html", desk().tongues[lang], context))


@pytest.mark.parametrize("name", [*KINDS, ""])
def test_a_detail_page_says_every_code_in_words(name: str) -> None:
    tongue, told = desk().tongues["nl"], 0
    for table, code, message in every_code(name):
        said, held = word(tongue, table, code), read(page(message))
        assert code in TABLES[table], (table, code)
        assert table == "regime" or any(said in text for text in held), (table, code)
        assert said == code or code not in parted(held), (table, code)
        told += 1
    assert told


def test_a_code_without_words_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken double."""
    monkeypatch.delitem(TABLES["area"], "perimeter")
    assert "perimeter" in words(page(example("best_practice")))


def test_codes_of_the_register_and_of_iso_are_words_too() -> None:
    assert set(FOUNDED["board"]["vocabulary"]["modus_operandi"]) == set(TABLES["method"])
    method = words(page(example("modus_operandi", code="rip_off"), "en"))
    assert "Rip-off" in method
    assert "rip_off" not in method
    incident = words(page(example("incident", modus_operandi=["pin_fraud", "hull"]), "fr"))
    assert not {"pin_fraud", "hull"} & incident
    document = pb.Document(type=pb.Document.TYPE_PASSPORT, country="NL", number="X1")
    ban = words(page(example("port_ban", nationality=["BE", "FR"], document=document), "de"))
    assert {"Belgien", "Frankreich", "Niederlande"} <= ban
    translated = [pb.Translation(lang="fr", machine=True, title="Titre", summary="Résumé")]
    practice = words(page(example("best_practice", translations=translated, cost_class=5), "nl"))
    assert {"Frans", "5"} <= practice
    assert "duur" in practice


def test_who_a_request_is_for_is_called_by_name() -> None:
    made = facts.facts(example("request", owner="north-sea-port"), str, str, lambda node: f"The {node}")
    assert Fact("owner", ("The north-sea-port",)) in list(made)


def test_what_an_alert_was_found_by_and_what_was_seen_is_in_words() -> None:
    static = VesselStatic(
        "vts", "beanr", UnixMs(1), "MRCC", 205000000, "9074729", "NAME", "ORAB", 70, 100, 20
    )
    position = VesselPosition(
        "vts", "beanr", UnixMs(1), "MRCC", 205000000, 51.0, 4.0, "A", 10, 3.0, 90.0, 0, False, static
    )
    seen = {**static.fields(), **position.fields()}
    assert set(seen) <= set(TABLES["observed"])
    evidence = (
        Evidence(
            "vessel_position", "vts", UnixMs(1), tuple((name, str(value)) for name, value in seen.items())
        ),
    )
    row = replace(ROWS[1], detector="impossible_speed")
    held = words(
        page(example("alert"), "en", row=row, evidence=evidence, detector_version="2", explanation=("x",))
    )
    assert not held & (set(seen) - {"mmsi", "imo"})
    assert any("Ship at an impossible speed" in one for one in held)


def test_forms_offer_the_codes_of_the_register_in_words() -> None:
    officer, _ = signed_in()
    form = officer.get("/write/modus_operandi").text
    assert 'value="pin_fraud"' in form
    assert "Pick-up with a stolen PIN code" in form
    ticks = officer.get("/write/incident").text
    assert "Pick-up with a stolen PIN code" in ticks


def test_a_field_holds_an_enum_or_codes_of_a_list_and_not_both() -> None:
    for name, kind in KINDS.items():
        for field in kind.table.fields:
            box = box_of(field, kind.table, field.name)
            assert not (box.table and coded.listed_table(field.name)), (name, field.name)
