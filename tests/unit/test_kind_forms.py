"""A kind's form: what the kind says of its fields is what is offered, words and choices for each of them in four languages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from browser_web import signed_in
from fakes_data import OFFERED, SAID
from form_web import stands
from record_examples import NOW, example

from protocol.errors import BadRecord
from protocol.fields import Table
from protocol.kinds import known
from protocol.preamble import COMMON
from protocol.record import content_type, validate_message
from protocol.v1 import records_pb2 as pb
from web import coded, filled, typed
from web.forms import form_of
from web.languages import load_tongues
from web.misplaced import place_of_error
from web.sheets import NOT_TYPED, sheet_of
from web.views import Box, Sheet, Sort
from web.words import TABLES, error_words

KINDS = {name: kind for name, kind in known().items() if kind.right}
BRUSSELS = ZoneInfo("Europe/Brussels")
HAND = filled.Hand(BRUSSELS, lambda _text: None, lambda ref: ref.record_id.hex())


def tables(table: Table) -> Iterator[Table]:
    """A table and those inside it, but for what one line says."""
    yield table
    for field in table.fields:
        if field.inside is not None and field.inside.message not in {
            pb.Place,
            pb.Ref,
            pb.Blob,
            pb.Observation,
        }:
            yield from tables(field.inside)


def lacking(table: Table) -> Iterator[str]:
    """Words that a form of this table lacks, by where they go."""
    for one in tables(table):
        for field in one.fields:
            if field.name not in TABLES["field"] and field.name not in {"kind", "person_tokens", "photo"}:
                yield f"web/words/kinds.py: FIELD[{field.name!r}]"
            if one.message.DESCRIPTOR.fields_by_name[field.name].enum_type is not None:
                words = TABLES[coded.table_of(one.message, field.name)]
                yield from (
                    f"{field.name}: {code}"
                    for code in coded.every(one.message, field.name)
                    if code not in words
                )


@pytest.mark.parametrize("name", KINDS)
def test_every_field_and_every_code_of_a_kind_has_words(name: str) -> None:
    assert list(lacking(KINDS[name].table)) == []
    assert name in TABLES["kind_about"]


def test_the_common_part_has_words() -> None:
    assert list(lacking(COMMON)) == []


def test_a_field_without_words_is_named() -> None:
    """The broken double: the audit has fields that no form shows."""
    assert "web/words/kinds.py: FIELD['rule']" in set(lacking(known()["audit"].table))


@pytest.mark.parametrize("name", KINDS)
def test_each_field_that_is_typed_has_one_place(name: str) -> None:
    kind = KINDS[name]
    steps = coded.every(kind.table.message(), kind.branch) if kind.branch else ("",)
    found = [sheet_of(kind, OFFERED, step=step) for step in steps]
    versions = sheet_of(kind, OFFERED, before=getattr(example(name), name))
    names = [box.name for box in found[0].boxes]
    assert len(names) == len(set(names))
    placed = {box.name for sheet in (*found, versions) for box in sheet.body}
    assert placed == {field.name for field in kind.table.fields} - NOT_TYPED.get(name, frozenset()) - {
        kind.branch
    }


def box(sheet: Sheet, name: str) -> Box:
    return next(one for one in sheet.boxes if one.name == name)


def codes(sheet: Sheet, name: str) -> list[str]:
    return [one.id for one in box(sheet, name).choices]


def test_a_step_that_the_officer_may_not_take_is_not_offered() -> None:
    kind = KINDS["incident"]
    assert codes(sheet_of(kind, OFFERED), "status") == ["suspected", "confirmed", "closed", "unfounded"]
    bare = OFFERED.__class__(bases=(), languages=(), nodes=(), rights=frozenset(), lists={})
    assert codes(sheet_of(kind, bare), "status") == ["suspected"]
    assert codes(sheet_of(kind, bare), "type") == codes(sheet_of(kind, OFFERED), "type") != []


def test_what_a_version_may_not_change_is_fixed_and_what_it_may_is_not() -> None:
    sheet = sheet_of(KINDS["indicator"], OFFERED, before=SAID["indicator"].indicator)
    assert [one.name for one in sheet.body if one.fixed] == ["value"]
    confirmed = example("incident", status=pb.Incident.STATUS_CONFIRMED, judicial=True).incident
    sheet = sheet_of(KINDS["incident"], OFFERED, before=confirmed)
    assert [one.name for one in sheet.body if one.fixed] == ["judicial"]
    assert codes(sheet, "status") == ["confirmed", "closed", "unfounded"]
    closed = example("incident", status=pb.Incident.STATUS_CLOSED).incident
    assert box(sheet_of(KINDS["incident"], OFFERED, before=closed), "status").fixed


def test_a_ban_is_lifted_by_a_version_only() -> None:
    first = {one.name for one in sheet_of(KINDS["port_ban"], OFFERED).body}
    assert not first & {"standing", "standing_ref"}
    later = sheet_of(KINDS["port_ban"], OFFERED, before=example("port_ban").port_ban)
    assert codes(later, "standing") == ["suspended", "lifted", "annulled"]


def test_what_is_fixed_stays_whatever_a_form_sends() -> None:
    before = SAID["indicator"]
    sheet = sheet_of(KINDS["indicator"], OFFERED, before=before.indicator)
    values = filled.values_of(sheet, before, HAND)
    forged = form_of(
        [
            *((n, v) for n, v in values if not n.startswith("value.")),
            ("value.type", "mmsi"),
            ("value.value", "200123456"),
            ("change_reason", "x"),
        ]
    )
    sheet = Sheet(kind="indicator", body=sheet.body, common=sheet.common, values=values)
    message, errors = filled.fill(sheet, forged, HAND, before)
    assert errors == ()
    assert message.indicator.value == before.indicator.value


def test_the_hour_that_comes_twice_is_not_mistaken() -> None:
    """25 October 2026, 02:30 at the port, the second time."""
    second = 1_792_891_800_000
    text = typed.moment_text(second, BRUSSELS)
    assert text.endswith("+01:00")
    assert typed.moment_ms(text, BRUSSELS) == second
    assert typed.moment_text(second - 3_600_000, BRUSSELS) == "2026-10-25T02:30"


def test_a_list_grows_by_a_part_and_loses_nothing_that_was_typed() -> None:
    officer, office = signed_in()
    page = officer.get("/write/incident").text
    assert page.count('name="goods.0.type"') == 1
    assert 'name="goods.1.type"' not in page
    typed_ = {"title": "Half written", "goods.0.type": "cocaine", "goods.0.mass_kg": "412.5", "more": "goods"}
    answer = officer.submit("/write/incident", "/write/incident", **typed_)
    assert answer.status_code == 200
    kept = stands(answer.text)
    assert (kept["title"], kept["goods.0.type"], kept["goods.0.mass_kg"]) == (
        "Half written",
        "cocaine",
        "412.5",
    )
    assert 'name="goods.1.type"' in answer.text
    assert office.drafts_kept == {}


def test_no_place_that_must_be_filled_in_hides() -> None:
    """The writer's language stands from the start; where something has to be chosen, its part of the form is open."""
    officer, _ = signed_in()
    opened = '<details class="more" open>'
    kept = stands(officer.get("/write/notice").text)
    assert (kept["lang"], kept["legal_basis"]) == ("en", "msa-2022")
    chosen = {"lang": "nl", "legal_basis": "msa-2022", "statement": "fact"}
    assert opened not in officer.submit("/write/notice", "/write/notice", **chosen).text
    for name in chosen:
        again = officer.submit("/write/notice", "/write/notice", more="x", **{**chosen, name: ""})
        assert opened in again.text
        assert not stands(again.text).get(name), "what was emptied stays empty"


def test_an_empty_part_between_two_does_not_shift_an_error() -> None:
    officer, _ = signed_in()
    fields = {"goods.0.type": "cash", "goods.0.count": "1", "goods.2.type": "arms", "goods.2.count": "many"}
    answer = officer.submit("/write/incident", "/write/incident", **fields)
    assert answer.status_code == 422
    assert '<a href="#goods.1.count">Goods 2 · Count</a>: Give a number.' in answer.text
    assert stands(answer.text)["goods.1.count"] == "many"


def test_every_kind_has_a_place_for_what_it_must_say() -> None:
    for name, kind in KINDS.items():
        required = {field.name for field in kind.table.fields if field.required} - {kind.branch}
        shown = {one.name for one in sheet_of(kind, OFFERED).body if one.required or one.sort is Sort.FLAG}
        assert required <= shown, name


RULE_SAID: dict[str, tuple[dict[str, Any], str]] = {
    "incident": ({"judicial": True}, "external_ref"),
    "sighting": ({"result": pb.Sighting.RESULT_SEEN, "count": 0}, "count"),
    "port_ban": ({"scope": pb.PortBan.SCOPE_LISTED, "until": "2020-01-01"}, "until"),
    "notice": ({"category": pb.Notice.CATEGORY_ADOPTION}, "about"),
    "security_level": ({"level": 3}, "measures"),
    "alert": ({"life_safety": True}, "life_safety"),
}


@pytest.mark.parametrize("kind", RULE_SAID)
def test_what_no_single_field_can_say_is_said_in_the_reader_s_language(kind: str) -> None:
    changes, field = RULE_SAID[kind]
    with pytest.raises(BadRecord) as caught:
        validate_message(content_type(kind), example(kind, **changes), now=NOW)
    sheet = sheet_of(KINDS[kind], OFFERED)
    said = {e.field: e for e in (place_of_error(sheet, v.path, v.rule) for v in caught.value.violations)}
    tongues = load_tongues(["nl", "fr", "de", "en"])
    told = [error_words(tongues[code], said[field]) for code in ("nl", "fr", "de", "en")]
    assert len(set(told)) == 4, told
