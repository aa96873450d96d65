"""What an author is asked to look at again, and what passes without a word."""

from __future__ import annotations

import pytest
from record_examples import NOW, example

from protocol.fields import DAY_MS
from protocol.record import content_type, validate_message, warnings
from protocol.v1 import records_pb2 as pb


def sorts(text: str) -> set[str]:
    """The sorts of warning a narrative gets."""
    record = validate_message(content_type("incident"), example("incident", narrative=text))
    return {warning.sort for warning in warnings(record)}


@pytest.mark.parametrize(
    ("text", "sort"),
    [
        ("Een witte bestelwagen 1-ABC-234 reed weg.", "plate"),
        ("Busje 1ABC234 gezien", "plate"),
        ("Plaat NL 12-ABC-3", "plate"),
        ("Plaque AA-123-BB", "plate"),
        ("Kennzeichen HH-AB 1234", "plate"),
        ("Rijksregister 85.07.30-033.28", "national_number"),
        ("85073003328", "national_number"),
        ("RRN 17073003384", "national_number"),
        ("met badge nr. 0045123 binnen", "badge"),
        ("Alfapass 123456", "badge"),
        ("De heer Janssen werd gezien", "name"),
        ("Mme Dupont a signalé", "name"),
        ("te zien op camera 14", "camera"),
        ("CAM-0231 valt uit", "camera"),
    ],
)
def test_what_should_not_stand_in_text_is_pointed_at(text: str, sort: str) -> None:
    assert sort in sorts(text)


@pytest.mark.parametrize(
    "text",
    [
        "Twee personen aan hek 27 om 03:12 op 12-05-2026.",
        "62 km in 40 s, 3 010 kn; MMSI 200123456, IMO 1234567, CSQU3054383.",
        "Kaai 1742, BEANR-0123, ISPS A/16.3. Bel +32 3 229 00 00.",
        "85073003329 is geen rijksregisternummer.",
        "Er zijn geen camera's, en de heer des huizes was er niet.",
    ],
)
def test_ordinary_sentences_pass(text: str) -> None:
    assert sorts(text) == set()


def test_a_plate_is_looked_for_no_further_than_a_plate_is_long() -> None:
    """Else each place of a long text of digits and hyphens is looked at to its end: another port's record would stop this one."""
    assert sorts("-".join([*["1"] * 20, "A"])) == {"plate"}
    assert sorts("-".join([*["1"] * 20, "123456789012", "A"])) == set()
    assert sorts("-".join(["1", "ABC", "234", *["9"] * 20])) == {"plate"}


def test_a_warning_names_the_field_and_not_the_text() -> None:
    message = example("alert", explanation=["62 km in 40 s", "plaat 1-ABC-234"], action="Bel de heer Peeters")
    message.common.title = "1-ABC-234 aan hek"
    record = validate_message(content_type("alert"), message)
    found = [(warning.path, warning.sort) for warning in warnings(record)]
    assert found == [("title", "plate"), ("action", "name"), ("explanation[1]", "plate")]
    assert "ABC" not in repr(warnings(record))


def test_a_time_far_ahead_is_pointed_at() -> None:
    message = example("notice")
    message.common.occurred_to = NOW + DAY_MS + 1
    record = validate_message(content_type("notice"), message)
    assert [warning.sort for warning in warnings(record, NOW)] == ["in_the_future"]
    message.common.occurred_to = NOW + DAY_MS
    assert warnings(record, NOW) == ()


def test_a_long_hostile_text_is_scanned_in_no_time() -> None:
    text = ("A-" * 2000)[:4000]
    assert sorts(text) == set()
    assert sorts("1" * 4000) == set()
    record = validate_message(content_type("notice"), example("notice", text="badge" * 800))
    assert isinstance(record.message, pb.Record)
    assert warnings(record) == ()
