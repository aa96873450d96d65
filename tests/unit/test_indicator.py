"""Typed indicators: the stored forms of docs/protocol.md (records), and what is refused."""

from __future__ import annotations

import pytest

from protocol.errors import BadRecord
from protocol.indicator import Subject, is_personal, normalise, stored, subject

TOKEN = "5f" * 32

STORED = [
    ("imo", "1234567", "1234567"),
    ("imo", "IMO 9074729", "9074729"),
    ("mmsi", "200 123 456", "200123456"),
    ("mmsi", "MMSI: 002051000", "002051000"),
    ("eni", "ENI 06105123", "06105123"),
    ("container", "csqu 305438-3", "CSQU3054383"),
    ("seal", "be 1234567", "BE1234567"),
    ("plate", "be:1-ABC-234", "BE:1ABC234"),
    ("plate", "NL: ab.12.cd", "NL:AB12CD"),
    ("enterprise", "BE 0999.999.922", "BE0999999922"),
    ("enterprise", "999999922", "BE0999999922"),
    ("badge", f"Alfapass:{TOKEN}", f"alfapass:{TOKEN}"),
    ("person", TOKEN.upper(), TOKEN),
    ("drone", "1581f4xfc22230012345", "1581F4XFC22230012345"),
    ("drone", "4b1a2f", "4B1A2F"),
    ("ip", "2001:0DB8::0:1", "2001:db8::1"),
    ("ip", "::ffff:192.0.2.7", "192.0.2.7"),
    ("ip", " 192.0.2.7 ", "192.0.2.7"),
    ("domain", "Example.ORG.", "example.org"),
    ("domain", "bücher.example", "xn--bcher-kva.example"),
    ("domain", "xn--i-7iq.example", "xn--i-7iq.example"),
    ("sha256", "AB" * 32, "ab" * 32),
    ("address", "BE, 2030, Noorderlaan 147", "BE 2030 NOORDERLAAN 147"),
    ("address", "nl, 4531 AB, Rue de l’Écluse 3", "NL 4531AB RUE DE L ECLUSE 3"),
    ("address", "DE 20095 Große Straße 1", "DE 20095 GROSSE STRASSE 1"),
]

REFUSED = [
    ("imo", "1234568", "check digit does not match"),
    ("imo", "0000000", "check digit does not match"),
    ("imo", "123456", "7 digits"),
    ("imo", "١٢٣٤٥٦٧", "7 digits"),
    ("mmsi", "111111111", "9 digits; a ship begins with 2 to 7, others with a prefix of ITU-R M.585"),
    ("mmsi", "800123456", "9 digits; a ship begins with 2 to 7, others with a prefix of ITU-R M.585"),
    ("eni", "0610512", "8 digits"),
    ("container", "CSQU3054384", "check digit does not match"),
    ("container", "CSQR3054383", "3 letters, U, J or Z, 7 digits"),
    ("seal", "AB", "4 to 20 of A-Z and 0-9"),
    ("plate", "1-ABC-234", "country, a colon, 2 to 10 of A-Z and 0-9"),
    ("enterprise", "BE0999999923", "check digit does not match"),
    ("enterprise", "BE0000000097", "check digit does not match"),
    ("enterprise", "BE2999999922", "BE and 10 digits, first 0 or 1"),
    ("badge", "alfapass:12345", "issuer code, a colon, a token of 64 hex digits"),
    ("person", "85073003328", "a token of 64 hex digits"),
    ("drone", "1581F4XFC2223001234", "as many characters as the serial number's length code says"),
    ("drone", "15O1F4XFC22230012345", "a serial number of ANSI/CTA-2063-A or 6 hex digits"),
    ("ip", "192.0.2.256", "an IP address without zone"),
    ("ip", "fe80::1%eth0", "an IP address without zone"),
    ("ip", "010.0.0.1", "an IP address without zone"),
    ("domain", "localhost", "a domain name: labels of 1 to 63 of a-z, 0-9 and -, at least two"),
    ("domain", "192.0.2.7", "a domain name: labels of 1 to 63 of a-z, 0-9 and -, at least two"),
    ("domain", ".".join(["a" * 60] * 5), "at most 253 characters"),
    ("sha256", "ab" * 31, "64 hex digits"),
    ("address", "Noorderlaan", "country, postcode, street of at most 120 characters, in Latin letters"),
    ("seal", "A" * 513, "at most 512 characters"),
    ("passport", "X", "not one of"),
]


@pytest.mark.parametrize(("sort", "raw", "value"), STORED)
def test_the_stored_form(sort: str, raw: str, value: str) -> None:
    assert normalise(sort, raw) == value
    assert stored(sort, value) is None


@pytest.mark.parametrize(("sort", "raw", "rule"), REFUSED)
def test_what_is_refused_says_the_rule_and_not_the_value(sort: str, raw: str, rule: str) -> None:
    with pytest.raises(BadRecord) as caught:
        normalise(sort, raw)
    assert rule in caught.value.violations[0].rule
    assert raw not in str(caught.value) or raw == "X"


@pytest.mark.parametrize(
    ("sort", "value"),
    [
        ("plate", "be:1ABC234"),
        ("ip", "2001:0db8::1"),
        ("domain", "Example.org"),
        ("address", "NL 4531 AB KADE 3"),
        ("container", "csqu3054383"),
    ],
)
def test_a_value_that_is_not_in_its_stored_form_is_refused_where_it_is_stored(sort: str, value: str) -> None:
    assert stored(sort, value) is not None


def test_what_points_at_a_person() -> None:
    assert {s for s in ("plate", "badge", "person", "drone", "address") if is_personal(s)} == {
        "plate", "badge", "person", "drone", "address",
    }  # fmt: skip
    assert not any(is_personal(s) for s in ("imo", "mmsi", "eni", "container", "seal", "enterprise", "ip"))
    assert is_personal("something_new")


def test_a_subject_reads_as_type_and_value() -> None:
    assert str(subject("imo", "IMO 1234567")) == "imo:1234567"
    assert Subject("plate", "BE:1ABC234").personal
