"""Records: what an author may write, what a holder bears, and what no error says."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import pytest
from record_examples import NOW, common, example, ref

from protocol.codes import code_of, codes, number
from protocol.errors import BadRecord, ProtocolError, TooLarge
from protocol.fields import DAY_MS
from protocol.ids import NodeId, OrganisationId, UnixMs
from protocol.indicator import KEYED_HERE, Subject
from protocol.kinds import known
from protocol.limits import CONTENT_MAX
from protocol.marks import personal_fields, sensitive_fields
from protocol.record import (
    content_type,
    kind_of,
    lapses_in_time,
    serialise,
    validate,
    validate_message,
    warnings,
)
from protocol.register_view import Processing, Register, Vocabulary
from protocol.v1 import records_pb2 as pb

TOKEN = "5f" * 32


def faults(record: pb.Record, **options: Any) -> list[str]:
    """What is wrong with a record, in words."""
    options.setdefault("now", NOW)
    try:
        validate_message(content_type(record.common.kind), record, **options)
    except BadRecord as refused:
        return [str(violation) for violation in refused.violations]
    return []


# ---- what every record is held to ---------------------------------------------------------------------------------------


def test_a_record_tells_what_screens_and_matching_need() -> None:
    message = example("alert")
    message.common.subjects.add(type="mmsi", value="200123456")
    record = validate(content_type("alert"), serialise(message), now=NOW)
    assert (record.kind, record.lang, record.title) == ("alert", "nl", "Twee personen aan hek 27")
    assert record.summary == "Iemand staat aan het hek."
    assert record.subjects == (Subject("mmsi", "200123456"),)
    assert record.watched is None
    assert not record.personal


def test_an_indicator_tells_what_to_watch_and_a_role_is_a_subject() -> None:
    record = validate(content_type("indicator"), serialise(example("indicator")), now=NOW)
    assert record.watched == Subject("imo", "1234567")
    assert record.subjects == (Subject("imo", "1234567"),)
    role = pb.Role(value=pb.IndicatorValue(type="container", value="CSQU3054383"), part=pb.Role.PART_TARGET)
    incident = validate_message(content_type("incident"), example("incident", roles=[role]))
    assert incident.subjects == (Subject("container", "CSQU3054383"),)


def test_serialising_is_the_same_for_any_order_of_a_map() -> None:
    one, other = (pb.Observation(type="ais", sensor="a1", at=1) for _ in range(2))
    for message, names in ((one, ("lat", "lon", "sog")), (other, ("sog", "lon", "lat"))):
        for name in names:
            message.fields[name] = "1"
    made = [serialise(example("alert", evidence=[message])) for message in (one, other)]
    assert made[0] == made[1]


def test_the_kind_in_the_content_is_the_one_its_type_names() -> None:
    message = example("alert")
    message.common.kind = "notice"
    with pytest.raises(BadRecord, match=r"alert\.kind: the kind its content type names"):
        validate_message(content_type("alert"), message)
    with pytest.raises(BadRecord, match="notice: a body of the kind"):
        validate_message(content_type("notice"), message)


@pytest.mark.parametrize("text", ["", "alert", "port2port/alert", "port2port/Alert;v=1", "port2port/alert;v=01", "port2port/a;v=1"])  # fmt: skip
def test_a_content_type_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(BadRecord, match=r"record\.content_type"):
        kind_of(text)


def test_too_large_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(TooLarge, match="at most 262144 bytes"):
        validate(content_type("alert"), bytes(CONTENT_MAX + 1))


@pytest.mark.parametrize(
    "content", [b"\xff", b"\x0a\xff", b"\x0a\x02\x0a\xff", serialise(example("alert"))[:-1]]
)
def test_bytes_that_are_no_record_are_refused_in_one_line(content: bytes) -> None:
    for accepting in (True, False):
        with pytest.raises(BadRecord, match=r"^alert: a serialised Record$"):
            validate(content_type("alert"), content, accepting=accepting)


# ---- the common part ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"lang": "und"}, "alert.lang: a BCP 47 tag with a primary tag of 2 letters"),
        ({"occurred_to": NOW - 1}, "alert.occurred_to: not before occurred_from"),
        ({"reliability": pb.Common.RELIABILITY_B}, "alert.credibility: reliability and credibility: both or neither"),
        ({"reliability": 2, "credibility": 7}, "alert.credibility: at most 6"),
        ({"controller": "Port--x"}, "alert.controller: an organisation id"),
        ({"regime": 99}, "alert.regime: a known code"),
        ({"subjects": [pb.IndicatorValue(type="imo", value="1234568")]}, "alert.subjects[0]: imo: check digit does not match"),
        ({"subjects": [pb.IndicatorValue(type="imo", value="IMO 1234567")]}, "alert.subjects[0]: imo: 7 digits"),
        ({"subjects": [pb.IndicatorValue(type="imo", value="1234567")] * 2}, "alert.subjects: no value twice"),
        ({"derived_from": [pb.Ref(record_id=b"0" * 16, feed=b"0" * 32)]}, "alert.derived_from[0].record_id: a UUIDv7 of 16 bytes"),
        ({"places": [pb.Place()]}, "alert.places[0]: one of unlocode, zone, point, circle, polygon, facility"),
        (
            {"attachments": [pb.Blob(sha256=b"0" * 32, size=1, media_type="text/html")]},
            "alert.attachments[0].media_type: one of application/json, application/pdf",
        ),
    ],
)  # fmt: skip
def test_the_common_part_is_held_to_its_rules(changes: dict[str, Any], fault: str) -> None:
    record = example("alert")
    record.common.MergeFrom(pb.Common(**changes))
    assert any(found.startswith(fault) for found in faults(record)), faults(record)


def test_persons_need_a_category() -> None:
    record = example("alert")
    record.common.subjects.add(type="plate", value="BE:1ABC234")
    assert faults(record) == ["alert.subject_category: required where persons are concerned"]
    record.common.subject_category.append(pb.Common.SUBJECT_CATEGORY_OTHER)
    assert faults(record) == []
    assert validate_message(content_type("alert"), record).personal
    assert faults(example("incident", persons_involved=2)) == [
        "incident.subject_category: required where persons are concerned"
    ]


# ---- cross checks of the kinds ------------------------------------------------------------------------------------------

_SEEN = {"result": pb.Sighting.RESULT_SEEN, "count": 2, "first_seen": NOW, "last_seen": NOW}


@pytest.mark.parametrize(
    ("kind", "changes", "fault"),
    [
        ("alert", {"life_safety": True}, "alert.life_safety: needs severity extreme or severe"),
        ("alert", {"detector": "ais_gap"}, "alert.detector_version: detector and detector_version: both or neither"),
        ("alert", {"detector": "ais_gap", "detector_version": "1"}, "alert.explanation: required with a detector"),
        ("alert", {"score": 1.2}, "alert.score: at most 1"),
        ("alert", {"score": float("nan")}, "alert.score: a finite number"),
        ("incident", {"judicial": True}, "incident.external_ref: required when judicial: the prosecutor's reference"),
        ("incident", {"goods": [pb.Goods(type=pb.Goods.TYPE_COCAINE)]}, "incident.goods[0]: mass_kg or count, one of them"),
        ("incident", {"goods": [pb.Goods(type=pb.Goods.TYPE_COCAINE, mass_kg=1, count=1)]}, "incident.goods[0]: mass_kg or count, one of them"),
        ("incident", {"goods": [pb.Goods(type=pb.Goods.TYPE_COCAINE, mass_kg=0)]}, "incident.goods[0].mass_kg: more than 0"),
        ("indicator", {"valid_until": NOW}, "indicator.valid_until: after valid_from"),
        ("indicator", {"valid_until": NOW + 91 * DAY_MS}, "indicator.valid_until: at most 90 days after valid_from"),
        ("indicator", {"match": pb.Indicator.MATCH_FUZZY_PLATE}, "indicator.match: fuzzy_plate only for a plate"),
        ("sighting", {"count": 1}, "sighting.count: 0 when not_seen"),
        ("sighting", {**_SEEN, "count": 0}, "sighting.count: at least 1 when seen"),
        ("sighting", {**_SEEN, "last_seen": None}, "sighting.last_seen: required when seen"),
        ("sighting", {**_SEEN, "last_seen": NOW - 1}, "sighting.last_seen: not before first_seen"),
        ("best_practice", {"review_by": NOW + 1097 * DAY_MS}, "best_practice.review_by: at most 3 years ahead"),
        ("notice", {"category": pb.Notice.CATEGORY_ADOPTION}, "notice.about: required for category adoption"),
        ("notice", {"adoption": pb.Notice.ADOPTION_TRIED}, "notice.adoption: only for category adoption"),
        ("port_ban", {"until": "2026-02-01"}, "port_ban.until: after from"),
        ("port_ban", {"until": "2046-02-02"}, "port_ban.until: at most 20 years after from"),
        ("port_ban", {"decided_on": "2126-01-01"}, "port_ban.decided_on: not in the future"),
        ("port_ban", {"birth_date": "1990-00-12"}, "port_ban.birth_date: a day of the calendar"),
        ("port_ban", {"scope": pb.PortBan.SCOPE_LISTED}, "port_ban.scope_places: required when scope is listed"),
        ("port_ban", {"match_class": pb.PortBan.MATCH_CLASS_DOCUMENT}, "port_ban.document: required when match_class is document"),
        ("port_ban", {"standing": pb.PortBan.STANDING_LIFTED}, "port_ban.standing_ref: standing and standing_ref: both or neither"),
        ("audit", {"actor": "Jan Janssen"}, "audit.actor: an officer's uuid, node, or <sort>/<code>"),
        ("audit", {"details": {"query": "Jan Janssen"}}, "audit.details[query]: a code, id or number"),
    ],
)  # fmt: skip
def test_a_kind_is_held_to_what_its_fields_say_together(
    kind: str, changes: dict[str, Any], fault: str
) -> None:
    assert fault in faults(example(kind, **changes))


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("alert", {"life_safety": True, "severity": pb.Alert.SEVERITY_SEVERE}),
        ("alert", {"description": "Regel een.\nRegel twee: 30 % méér, 日本"}),
        ("sighting", _SEEN),
        ("indicator", {"valid_until": NOW + 90 * DAY_MS}),
        ("incident", {"persons_involved": 0}),
        ("audit", {"act": "draft.discard", "actor": "detector/ais_gap", "details": {"record": "00ff"}}),
        ("notice", {"category": 4, "adoption": 2, "about": [ref()]}),
        ("port_ban", {"until": "2046-02-01", "birth_date": "1990-00-00"}),
        ("port_ban", {"decided_on": "2026-09-21"}),
    ],
)
def test_what_stands_at_a_limit_holds(kind: str, changes: dict[str, Any]) -> None:
    assert faults(example(kind, **changes)) == []


def test_an_indicator_on_a_person_lasts_thirty_days() -> None:
    plate = pb.IndicatorValue(type="plate", value="BE:1ABC234")
    record = example("indicator", value=plate, valid_until=NOW + 31 * DAY_MS)
    record.common.subject_category.append(pb.Common.SUBJECT_CATEGORY_OTHER)
    assert faults(record) == ["indicator.valid_until: at most 30 days after valid_from for a plate"]
    record.indicator.valid_until = NOW + 30 * DAY_MS
    assert faults(record) == []


def test_a_translation_is_not_in_the_records_own_language_and_only_one_a_language() -> None:
    french = pb.Translation(lang="fr", machine=True, title="Une", summary="Deux")
    dutch = pb.Translation(lang="nl", machine=False, title="Een", summary="Twee")
    assert faults(example("best_practice", translations=[french])) == []
    rule = "best_practice.translations: one for each language, none in the record's own"
    assert faults(example("best_practice", translations=[dutch])) == [rule]
    other = pb.Translation(lang="fr", machine=False, title="Une", summary="Deux")
    assert faults(example("best_practice", translations=[french, other])) == [rule]


def test_an_alert_expires_within_a_week() -> None:
    assert lapses_in_time("alert", issued_ms=NOW, expires_ms=NOW + 7 * DAY_MS)
    assert lapses_in_time("alert", issued_ms=NOW, expires_ms=NOW + 1)
    assert lapses_in_time("notice", issued_ms=NOW, expires_ms=0)
    assert lapses_in_time("not_known_here", issued_ms=NOW, expires_ms=0)
    for expires in (0, NOW, NOW + 7 * DAY_MS + 1):
        assert not lapses_in_time("alert", issued_ms=NOW, expires_ms=expires)


# ---- tokens -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("sort", "value"), [("badge", f"alfapass:{TOKEN}"), ("person", TOKEN)])
def test_a_token_goes_to_no_other_node_and_the_refusal_says_why(sort: str, value: str) -> None:
    record = example("alert")
    record.common.subjects.add(type=sort, value=value)
    record.common.subject_category.append(pb.Common.SUBJECT_CATEGORY_OTHER)
    assert faults(record) == [f"alert.subjects[0]: {KEYED_HERE}"]
    assert faults(record, accepting=True) == [f"alert.subjects[0]: {KEYED_HERE}"]
    assert faults(record, local=True) == []
    assert "they match only there, until the federation's epoch key exists" in KEYED_HERE


def test_a_bans_tokens_go_to_no_other_node_either() -> None:
    record = example("port_ban", person_tokens=[bytes(32)])
    assert faults(record) == [f"port_ban.person_tokens: {KEYED_HERE}"]
    assert faults(record, local=True) == []


# ---- what comes from a newer peer ---------------------------------------------------------------------------------------

_NEW_FIELD = b"\xba\x06\x03new"  # field 103 of Record
_NEW_KIND = "port2port/weather_report;v=1"


def test_an_unknown_field_is_borne_from_a_peer_and_refused_from_an_author() -> None:
    content = serialise(example("alert")) + _NEW_FIELD
    assert validate(content_type("alert"), content, accepting=True).title
    with pytest.raises(BadRecord, match="alert: no fields that this release does not know"):
        validate(content_type("alert"), content)


def test_an_unknown_field_deep_inside_is_refused_from_an_author() -> None:
    point = pb.Point.FromString(pb.Point(lat=1, lon=1).SerializeToString() + _NEW_FIELD)
    record = example("sighting", where=pb.Place(point=point))
    assert faults(record) == ["sighting: no fields that this release does not know"]
    assert faults(record, accepting=True) == []


def test_an_unknown_code_is_shown_as_its_number() -> None:
    record = validate_message(content_type("alert"), example("alert", category=99), accepting=True)
    assert code_of(record.body, "category") == "99"
    assert faults(example("alert", category=99)) == ["alert.category: a known code"]


def test_an_unknown_type_of_indicator_is_borne_from_a_peer_and_counts_as_personal() -> None:
    record = example("alert")
    record.common.subjects.add(type="imei", value="1")
    record.common.subject_category.append(pb.Common.SUBJECT_CATEGORY_OTHER)
    assert faults(record) == ["alert.subjects[0]: a known type of indicator"]
    checked = validate_message(content_type("alert"), record, accepting=True)
    assert checked.personal
    assert personal_fields(checked.message, known()[checked.kind]) == ("subject_category", "subjects[0]")


def test_an_unknown_kind_is_kept_and_shown_by_its_common_part() -> None:
    content = pb.Record(common=common("weather_report")).SerializeToString() + b"\x62\x02\x08\x02"
    record = validate(_NEW_KIND, content, accepting=True)
    assert (record.kind, record.opaque, record.title, record.lang) == (
        "weather_report", True, "Twee personen aan hek 27", "nl",
    )  # fmt: skip
    assert record.body is None
    assert record.summary == ""
    assert record.personal
    assert warnings(record) == ()
    with pytest.raises(BadRecord, match="a kind of this release"):
        validate(_NEW_KIND, content)


def test_a_newer_version_of_a_kind_is_an_unknown_kind() -> None:
    assert validate("port2port/alert;v=2", serialise(example("alert")), accepting=True).opaque


def test_an_unknown_kind_shows_nothing_that_misleads() -> None:
    message = pb.Record(common=common("weather_report"))
    message.common.title = "safe\u202etxt.exe"
    message.common.lang = "<script>"
    record = validate(_NEW_KIND, message.SerializeToString(), accepting=True)
    assert (record.title, record.lang) == ("", "")
    assert validate(_NEW_KIND, b"\xff\xff", accepting=True).title == ""


# ---- marks --------------------------------------------------------------------------------------------------------------


def test_marks_are_paths_of_what_is_set() -> None:
    role = pb.Role(value=pb.IndicatorValue(type="plate", value="BE:1ABC234"), part=pb.Role.PART_VEHICLE)
    message = example("incident", roles=[role])
    message.common.subject_category.append(pb.Common.SUBJECT_CATEGORY_SUSPECT)
    record = validate_message(content_type("incident"), message)
    assert record.personal
    assert personal_fields(record.message, known()[record.kind]) == ("subject_category", "roles[0].value")
    assert sensitive_fields(record.message, known()[record.kind]) == (
        "title",
        "narrative",
        "roles",
        "judicial",
    )


def test_marks_are_found_inside_unmarked_fields() -> None:
    french = pb.Translation(lang="fr", machine=True, title="Une", summary="Deux", measure="Trois")
    record = validate_message(content_type("best_practice"), example("best_practice", translations=[french]))
    assert sensitive_fields(record.message, known()[record.kind])[-2:] == (
        "translations[0].title",
        "translations[0].measure",
    )


def test_no_violation_repeats_a_value() -> None:
    marker = "Zwartemarkt"
    message = example(
        "port_ban",
        authority=marker * 20,
        decision_ref=marker * 20,
        family_name=marker + "\x00",
        given_names=marker * 20,
        birth_date=marker,
        nationality=[marker],
        until=marker,
        exceptions=marker * 50,
    )
    message.common.title = marker * 20
    message.common.controller = marker
    message.common.subjects.add(type="plate", value=marker)
    found = faults(message)
    assert len(found) == 12
    assert not any(marker in fault for fault in found)


# ---- the register's names -----------------------------------------------------------------------------------------------


def _register(**changes: Any) -> Register:
    basis = Processing(
        id="msa-2022-art-x", title="MSA", regime="gdpr", kinds=frozenset({"alert", "incident"})
    )
    fields: dict[str, Any] = {
        "organisations": {OrganisationId("port-antwerp-bruges"): object()},
        "vocabulary": Vocabulary(unlocodes=frozenset({"BEANR"}), modus_operandi=frozenset({"switch"})),
        "processing": MappingProxyType({"msa-2022-art-x": basis}),
    }
    return Register(
        version=1, hash=b"", status="demo", policy="BE", expires_ms=UnixMs(0), nodes={NodeId("x"): object()},  # type: ignore[dict-item]
        communities={}, **{**fields, **changes},
    )  # fmt: skip


def test_an_author_is_held_to_the_names_of_the_register() -> None:
    record = example("incident", modus_operandi=["switch", "witchcraft"])
    record.common.places.add(unlocode="BEANR")
    record.common.places.add(unlocode="NLVLI")
    assert faults(record, register=_register()) == [
        "incident.places[1].unlocode: in the register's list of UN/LOCODEs",
        "incident.modus_operandi[1]: in the register's list modus_operandi",
    ]
    record.common.controller = "port-of-nowhere"
    record.common.legal_basis = "because"
    assert faults(record, register=_register())[:2] == [
        "incident.controller: an organisation in the register",
        "incident.legal_basis: an entry of the register's processing list for incident",
    ]


def test_a_legal_basis_is_for_its_kinds_and_regime() -> None:
    assert faults(example("alert"), register=_register()) == []
    assert "processing list for notice" in faults(example("notice"), register=_register())[0]
    led = example("alert")
    led.common.regime = pb.Common.REGIME_LED
    assert faults(led, register=_register()) == ["alert.legal_basis: an entry under the record's regime"]


def test_a_sightings_and_a_bans_places_are_looked_up_too() -> None:
    sighting = faults(example("sighting", where=pb.Place(unlocode="NLVLI")), register=_register())
    assert "sighting.where.unlocode: in the register's list of UN/LOCODEs" in sighting
    ban = example("port_ban", scope=pb.PortBan.SCOPE_LISTED, scope_places=[pb.Place(unlocode="NLVLI")])
    assert "port_ban.scope_places[0].unlocode: in the register's list of UN/LOCODEs" in faults(
        ban, register=_register()
    )


def test_a_holder_looks_no_names_up_and_an_act_of_the_node_has_none() -> None:
    record = example("alert")
    record.common.controller = "left-the-federation"
    assert faults(record, register=_register(), accepting=True) == []
    assert faults(example("audit"), register=_register()) == []


# ---- codes --------------------------------------------------------------------------------------------------------------


def test_codes_and_numbers_are_each_other() -> None:
    for code in codes(pb.Alert, "category"):
        alert = pb.Alert(category=number(pb.Alert, "category", code))  # type: ignore[arg-type]
        assert code_of(alert, "category") == code
    assert codes(pb.Alert, "severity") == ("extreme", "severe", "moderate", "minor", "unknown")
    assert code_of(pb.Alert(), "severity") == ""
    assert code_of(pb.Alert(severity=77), "severity") == "77"  # type: ignore[arg-type]
    with pytest.raises(ProtocolError, match="severity: one of extreme, severe"):
        number(pb.Alert, "severity", "deadly")
