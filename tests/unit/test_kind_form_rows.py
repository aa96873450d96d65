"""Subjects and places of a form, each in inputs of its own: what is typed is the value, and what is wrong is said of its input."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from browser_web import signed_in
from fakes_data import OFFERED
from form_web import stands
from registers import register

from protocol.ids import NodeId
from protocol.kinds import known
from protocol.v1 import records_pb2 as pb
from web import filled, rows, typed
from web.forms import form_of
from web.offices.offered import places
from web.sheets import LOOKED_FOR, sheet_of
from web.views import Named, Sort

HAND = filled.Hand(ZoneInfo("Europe/Brussels"), lambda _text: None, lambda ref: ref.record_id.hex())


def typed_place(**given: str) -> pb.IndicatorValue | pb.Place | rows.Fault:
    return rows.read(Sort.PLACES, lambda name: given.get(name, ""), OFFERED.places)


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ({"code": "beanr"}, pb.Place(unlocode="BEANR")),
        ({"at": "unlocode", "code": "antwerp"}, pb.Place(unlocode="BEANR")),
        ({"at": "facility", "code": "BEANR-0123"}, pb.Place(facility="BEANR-0123")),
        ({"at": "zone", "code": "q1742"}, pb.Place(zone="q1742")),
        (
            {"at": "point", "lat": "51,2921", "lon": "4.2844"},
            pb.Place(point=pb.Point(lat=51.2921, lon=4.2844)),
        ),
        (
            {"at": "circle", "lat": "51.2", "lon": "4.2", "radius_m": "500", "accuracy_m": "12"},
            pb.Place(circle=pb.Circle(point=pb.Point(lat=51.2, lon=4.2, accuracy_m=12), radius_m=500)),
        ),
    ],
)
def test_a_place_is_typed_into_inputs_of_its_own(given: dict[str, str], place: pb.Place) -> None:
    assert typed_place(**given) == place
    assert typed_place(**dict(rows.written(place))) == place


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"code": "somewhere"}, ("code", "unlocode")),
        ({"at": "facility", "code": "BEANR"}, ("code", "facility")),
        ({"at": "zone"}, ("code", "required")),
        ({"at": "point", "lat": "51.2"}, ("lon", "required")),
        ({"at": "point", "lat": "91", "lon": "4"}, ("lat", "number_high")),
        ({"at": "circle", "lat": "51", "lon": "4"}, ("radius_m", "required")),
        ({"at": "polygon", "corners": "1, 2\n3"}, ("corners", "corners")),
        ({"at": "nowhere", "code": "BEANR"}, ("at", "not_listed")),
    ],
)
def test_what_is_wrong_with_a_place_is_said_of_its_input(
    given: dict[str, str], fault: tuple[str, str]
) -> None:
    found = typed_place(**given)
    assert isinstance(found, rows.Fault)
    assert (found.at, found.code) == fault


def test_a_polygon_is_closed_for_who_forgot() -> None:
    made = typed.corners("51.2, 4.2\n51.2, 4.3; 51.3, 4.3 ±5")
    assert made is not None
    assert made[0] == made[-1]
    assert len(made) == 4


@pytest.mark.parametrize("between", [",", ", ", " , ", " ", "   "])
def test_what_stands_between_two_numbers_may_be_a_comma_or_blanks(between: str) -> None:
    assert typed.corners(f"51.2{between}4.2") is not None


def test_a_line_that_is_longer_than_any_position_is_none_and_is_not_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    long = "1" + " " * 8_000 + "x"
    monkeypatch.setattr(typed, "_POINT", None)
    assert typed.corners(long) is None


def test_every_type_of_subject_is_chosen_and_the_value_is_typed_beside_it() -> None:
    officer, _ = signed_in()
    page = officer.get("/write/notice").text
    for code in LOOKED_FOR:
        assert page.count(f'<option value="{code}">') == 2, code
    assert 'name="subjects.1.value"' in page
    assert 'name="subjects.2.value"' not in page
    first = {"subjects.0.type": "imo", "subjects.0.value": "1234567"}
    first |= {"subjects.1.type": "", "subjects.1.value": "", "more": "subjects"}
    grown = officer.submit("/write/notice", "/write/notice", **first).text
    assert 'name="subjects.2.value"' in grown, "one more"
    assert 'name="subjects.3.value"' not in grown, "and no more than one"
    assert 'formaction="#subjects.2.type"' in page, "the keyboard goes on at the row that is new"
    assert stands(grown)["subjects.0.value"] == "1234567"


def test_a_place_may_be_given_by_its_name_and_a_row_without_anything_is_none() -> None:
    sheet = sheet_of(known()["notice"], OFFERED)
    given = [
        ("places.0.at", "unlocode"),
        ("places.1.at", "unlocode"),
        ("places.1.code", "Zeebrugge"),
        ("subjects.1.type", "imo"),
        ("subjects.1.value", "IMO 1234567"),
    ]
    message, errors = filled.fill(sheet, filled.compacted(sheet, form_of(given)), HAND)
    assert not [error for error in errors if error.field.startswith(("places", "subjects"))]
    assert list(message.common.places) == [pb.Place(unlocode="BEZEE")]
    assert list(message.common.subjects) == [pb.IndicatorValue(type="imo", value="1234567")]


def test_an_error_repeats_nothing_and_points_at_the_row() -> None:
    officer, _ = signed_in()
    typed_ = {"subjects.0.type": "imo", "subjects.0.value": "1234567"}
    typed_ |= {"subjects.2.type": "imo", "subjects.2.value": "1234568", "places.1.code": "somewhere"}
    answer = officer.submit("/write/notice", "/write/notice", **typed_)
    summary = answer.text[answer.text.index('id="errors"') : answer.text.index("</ul>")]
    assert '<a href="#subjects.1.value">Subjects 2 · Value</a>: The check digit does not fit' in summary
    assert (
        '<a href="#places.0.code">Place 1 · Code</a>: Neither the name of a place nor a UN/LOCODE' in summary
    )
    assert "somewhere" not in summary
    assert stands(answer.text)["subjects.1.value"] == "1234568"
    again = officer.submit(
        "/write/notice", "/write/notice", **{"subjects.0.type": "plate", "subjects.0.value": "1ABC"}
    )
    assert "Not a value of this type: country, a colon, 2 to 10 of A-Z and 0-9." in again.text


def test_the_places_of_other_communities_are_not_told() -> None:
    known = register()
    codes_of = {one.id for one in places(known, frozenset({"ports-be"}), NodeId("port-limburg"))}
    assert {"BEGNK", "BEANR", "NLVLI"} <= codes_of
    assert "NLRTM" not in codes_of
    assert "NLRTM" in {one.id for one in places(known, frozenset({"pfso-network"}), NodeId("port-limburg"))}
    assert places(known, frozenset(), NodeId("port-limburg")) == (Named("BEGNK", "Genk"),)
