"""Labels in their one canonical text: what is read, what is refused and with which words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from protocol.errors import BadLabel, Code
from protocol.ids import NodeId
from protocol.label import (
    LEVEL_NAMES,
    Label,
    Level,
    Tlp,
    audit_label,
    control_label,
    minimal,
    named_node,
    parse,
)

FULL = (
    "BE+EU:TOP-SECRET//TLP:AMBER+STRICT//COMP DRUGS,X1//AUD lcmb-antwerp,ports-be & pfso-network//CTRY BE & FR,NL"
    "//TO node:port-a,role:port-a/pfso & officer:port-b/00000000-0000-4000-8000-000000000001"
    "//PURPOSE crisis,port-security//CAVEAT ORCON,PERSONAL//STATUS exercise"
)


@pytest.mark.parametrize(
    "text",
    [
        "BE:NONE//TLP:CLEAR//AUD ports-be",
        "BE:RESTRICTED//TLP:AMBER//COMP DRUGS//AUD lcmb-antwerp,ports-be//PURPOSE port-security//CAVEAT ORCON",
        "BE:NONE//TLP:RED//AUD control//TO node:port-liege",
        "BE:NONE//TLP:RED//AUD audit//TO node:port-x--gate",
        FULL,
    ],
)
def test_a_canonical_text_comes_back_as_it_is(text: str) -> None:
    assert parse(text).text == text


def test_every_part_is_read() -> None:
    label = parse(FULL)
    assert label.policies == {"BE", "EU"}
    assert (label.level, label.tlp, label.status) == (Level.TOP_SECRET, Tlp.AMBER_STRICT, "exercise")
    assert label.audience == {frozenset({"lcmb-antwerp", "ports-be"}), frozenset({"pfso-network"})}
    assert label.countries == {frozenset({"BE"}), frozenset({"FR", "NL"})}
    assert len(label.recipients) == 2
    assert label.purposes == frozenset({"crisis", "port-security"})
    assert label.caveats == {"ORCON", "PERSONAL"}


def test_absent_parts_were_never_restricted() -> None:
    label = parse("BE:NONE//TLP:GREEN//AUD ports-be")
    assert label.purposes is None
    assert {label.compartments, label.countries, label.recipients, label.caveats} == {frozenset()}
    assert label.status == ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "TLP: required"),
        ("BE//TLP:GREEN//AUD aa", "policy: <policy>:<level> first"),
        ("BE:NONE", "TLP: required"),
        ("BE:NONE//TLP:GREEN", "AUD: required"),
        ("BE:NONE//AUD ports-be", "TLP: required"),
        ("BE:NONE//TLP:GREEN//AUD ", "AUD: malformed item"),
        ("XX:NONE//TLP:GREEN//AUD ports-be", "policy: unknown value"),
        ("EU+BE:NONE//TLP:GREEN//AUD ports-be", "label: items and clauses in byte order"),
        ("BE+BE:NONE//TLP:GREEN//AUD ports-be", "policy: no item twice"),
        ("BE:LOW//TLP:GREEN//AUD ports-be", "level: unknown value"),
        ("BE:TOP_SECRET//TLP:GREEN//AUD ports-be", "level: unknown value"),
        ("BE:NONE//TLP:WHITE//AUD ports-be", "TLP: unknown value"),
        ("BE:NONE//TLP:GREEN//AUD Ports", "AUD: malformed item"),
        ("BE:NONE//TLP:GREEN//AUD a-b,a-b", "AUD: no item twice"),
        ("BE:NONE//TLP:GREEN//AUD bb & aa", "label: items and clauses in byte order"),
        ("BE:NONE//TLP:GREEN//AUD bb,aa", "label: items and clauses in byte order"),
        ("BE:NONE//TLP:GREEN//AUD aa & aa", "AUD: no clause twice"),
        ("BE:NONE//TLP:GREEN//AUD aa & aa,bb", "AUD: a clause contains another"),
        ("BE:NONE//TLP:GREEN//AUD aa&bb", "AUD: malformed item"),
        ("BE:NONE//TLP:GREEN//AUD aa //CTRY BE", "AUD: malformed item"),
        ("BE:NONE//TLP:GREEN//AUD aa//COMP DRUGS", "COMP: each part at most once, in order"),
        ("BE:NONE//TLP:GREEN//TLP:GREEN//AUD aa", "TLP: each part at most once, in order"),
        ("BE:NONE//TLP:GREEN//AUD aa//NEW thing", "label: unknown part"),
        ("BE:NONE//TLP:GREEN//AUD aa//CTRY Be", "CTRY: malformed item"),
        ("BE:NONE//TLP:GREEN//COMP drugs//AUD aa", "COMP: A-Z, 0-9 and -, at most 40"),
        ("BE:NONE//TLP:RED//AUD aa", "TO: TLP:RED names its recipients"),
        ("BE:NONE//TLP:GREEN//AUD aa//TO port-a", "TO: malformed item"),
        ("BE:NONE//TLP:GREEN//AUD aa//TO node:port-a/pfso", "TO: malformed item"),
        ("BE:NONE//TLP:GREEN//AUD aa//TO role:port-a", "TO: malformed item"),
        ("BE:NONE//TLP:GREEN//AUD aa//TO officer:port-a/jan", "TO: malformed item"),
        ("BE:NONE//TLP:GREEN//AUD aa//PURPOSE fun", "PURPOSE: unknown value"),
        ("BE:NONE//TLP:GREEN//AUD aa//PURPOSE ", "PURPOSE: unknown value"),
        ("BE:NONE//TLP:GREEN//AUD aa//CAVEAT SECRETISH", "CAVEAT: unknown value"),
        ("BE:NONE//TLP:GREEN//AUD aa//STATUS real", "STATUS: unknown value"),
        ("BE:NONE//TLP:GREEN//AUD aa//STATUS ", "STATUS: an empty part is written as absent"),
        ("BE:NONE//TLP:GREEN//AUD aa\n", "AUD: malformed item"),
        ("BE:NONE//TLP:GREEN//AUD a\u00e9", "label: ASCII only"),
        ("BE:NONE//TLP:GREEN//AUD control", "AUD: reserved: alone, at level NONE, TLP:RED, TO one node"),
        (
            "BE:NONE//TLP:RED//AUD aa,control//TO node:port-a",
            "AUD: reserved: alone, at level NONE, TLP:RED, TO one node",
        ),
        (
            "BE:NONE//TLP:RED//AUD aa & control//TO node:port-a",
            "AUD: reserved: alone, at level NONE, TLP:RED, TO one node",
        ),
        (
            "BE:NONE//TLP:RED//AUD audit//TO node:port-a,node:port-b",
            "AUD: reserved: alone, at level NONE, TLP:RED, TO one node",
        ),
        (
            "BE:NONE//TLP:RED//AUD audit//TO role:port-a/pfso",
            "AUD: reserved: alone, at level NONE, TLP:RED, TO one node",
        ),
        (
            "BE:SECRET//TLP:RED//AUD control//TO node:port-a",
            "AUD: reserved: alone, at level NONE, TLP:RED, TO one node",
        ),
        (
            "BE+EU:NONE//TLP:RED//AUD control//TO node:port-a",
            "AUD: reserved: alone, at level NONE, TLP:RED, TO one node",
        ),
    ],
)
def test_anything_else_is_refused_by_part_and_rule(text: str, words: str) -> None:
    with pytest.raises(BadLabel) as refused:
        parse(text)
    assert str(refused.value) == words
    assert refused.value.code is Code.UNKNOWN_LABEL


def test_a_label_over_the_cap_is_refused_before_it_is_read() -> None:
    clause = ",".join(f"community-{i:04}" for i in range(150))
    with pytest.raises(BadLabel) as refused:
        parse(f"BE:NONE//TLP:GREEN//AUD {clause}")
    assert refused.value.code is Code.TOO_LARGE
    with pytest.raises(BadLabel):
        replace(parse("BE:NONE//TLP:GREEN//AUD aa"), audience=frozenset({frozenset(clause.split(","))}))


def test_the_cap_is_asked_first_and_exactly() -> None:
    with pytest.raises(BadLabel) as refused:
        parse("x" * 2049)
    assert refused.value.code is Code.TOO_LARGE
    items = [f"community-{i:04}" for i in range(134)]
    base = f"BE:NONE//TLP:GREEN//AUD {','.join(items)}"
    full = base + "," + "z" * (2048 - len(base) - 1)
    assert len(full) == 2048
    assert parse(full).text == full


def test_no_label_without_a_marking_or_an_audience() -> None:
    one = parse("BE+EU+NATO:NONE//TLP:GREEN//AUD aa")
    with pytest.raises(BadLabel, match="policy: at least one policy marking"):
        replace(one, policies=frozenset())
    with pytest.raises(BadLabel, match="AUD: required"):
        replace(one, audience=frozenset())
    with pytest.raises(BadLabel, match="PURPOSE: no purpose is left"):
        replace(one, purposes=frozenset())


def test_a_refusal_never_repeats_what_was_sent() -> None:
    secret = "officer:port-a/jan-janssen"
    with pytest.raises(BadLabel) as refused:
        parse(f"BE:NONE//TLP:RED//AUD aa//TO {secret}")
    assert "janssen" not in str(refused.value)


def test_labels_are_equal_exactly_when_their_texts_are() -> None:
    one = parse("BE:NONE//TLP:GREEN//AUD aa & bb")
    other = Label(
        policies=frozenset({"BE"}),
        level=Level.NONE,
        tlp=Tlp.GREEN,
        audience=frozenset({frozenset({"bb"}), frozenset({"aa"})}),
    )
    assert one == other
    assert hash(one) == hash(other)
    assert one != parse("BE:NONE//TLP:GREEN//AUD aa,bb")
    assert one != one.text


def test_labels_of_control_and_audit_feeds() -> None:
    node = NodeId("port-liege")
    assert control_label("BE", node).text == "BE:NONE//TLP:RED//AUD control//TO node:port-liege"
    assert audit_label("BE", node).text == "BE:NONE//TLP:RED//AUD audit//TO node:port-liege"
    assert (control_label("BE", node).reserved, audit_label("BE", node).reserved) == ("control", "audit")
    assert parse("BE:NONE//TLP:GREEN//AUD aa").reserved == ""


def test_the_node_a_recipient_sits_at() -> None:
    assert named_node("node:port-x--gate") == "port-x--gate"
    assert named_node("role:port-a/pfso") == "port-a"


def test_a_clause_that_contains_another_says_nothing() -> None:
    wide, narrow = frozenset({"aa", "bb"}), frozenset({"aa"})
    assert minimal([wide, narrow, narrow]) == {narrow}


def test_every_level_has_one_name() -> None:
    assert sorted(LEVEL_NAMES.values()) == ["CONFIDENTIAL", "NONE", "RESTRICTED", "SECRET", "TOP-SECRET"]
