"""What an origin may say, what may be passed on, and what still leaves when the register has grown old."""

from __future__ import annotations

import pytest
import registers

from policies.competence import may_accept, may_leave, may_open, may_relay
from policies.decision import Decision, Deny, DenyCode, Permit
from protocol.ids import NodeId, UnixMs
from protocol.label import audit_label, control_label, parse

REGISTER = registers.register()
LIEGE = NodeId("port-liege")
AMBER = "BE:NONE//TLP:AMBER//AUD ports-be"
BAN = AMBER + "//CAVEAT NO-EXPORT,PERSONAL"
DAY = 86_400_000


def code(decision: Decision) -> DenyCode | None:
    return decision.code if isinstance(decision, Deny) else None


@pytest.mark.parametrize(
    ("origin", "text", "kind", "expected"),
    [
        ("port-liege", AMBER, "alert", None),
        ("port-liege", AMBER, "", None),
        ("port-liege", AMBER, "something-new", None),
        ("port-moon", AMBER, "alert", DenyCode.NOT_COMPETENT),
        ("port-limburg", "BE:NONE//TLP:AMBER//AUD ports-scheldt", "alert", DenyCode.NOT_COMPETENT),
        ("port-limburg", "BE:NONE//TLP:AMBER//AUD ports-be & ports-scheldt", "alert", DenyCode.NOT_COMPETENT),
        ("port-limburg", "BE:NONE//TLP:AMBER//AUD ports-be,ports-scheldt", "alert", None),
        ("port-liege", "BE:NONE//TLP:AMBER//AUD dissolved,ports-be", "alert", None),
        ("port-liege", "BE:NONE//TLP:AMBER//AUD dissolved", "alert", DenyCode.NOT_COMPETENT),
        ("port-liege", "BE:RESTRICTED//TLP:AMBER//AUD ports-be", "alert", DenyCode.LEVEL),
        ("port-liege", "NATO:NONE//TLP:AMBER//AUD ports-be", "alert", DenyCode.LEVEL),
        ("police-limburg", "BE:SECRET//TLP:AMBER//COMP DRUGS//AUD ports-be", "alert", None),
        ("port-liege", "BE:NONE//TLP:AMBER//COMP DRUGS//AUD ports-be", "alert", DenyCode.COMPARTMENT),
        ("port-liege", AMBER, "security_level", DenyCode.NOT_COMPETENT),
        ("port-antwerp-bruges", AMBER, "security_level", None),
        ("port-liege", BAN, "port_ban", DenyCode.NOT_COMPETENT),
        ("police-limburg", BAN, "port_ban", None),
        ("police-limburg", AMBER, "port_ban", DenyCode.CAVEAT),
        ("police-limburg", BAN + "//STATUS exercise", "port_ban", DenyCode.STATUS),
        ("port-liege", AMBER + "//STATUS exercise", "alert", None),
        ("port-liege", AMBER, "audit", DenyCode.NOT_COMPETENT),
    ],
)
def test_what_an_origin_may_say(origin: str, text: str, kind: str, expected: DenyCode | None) -> None:
    assert code(may_accept(NodeId(origin), parse(text), kind, REGISTER)) is expected


def test_control_feeds_carry_no_records_and_audit_feeds_their_own_nodes_only() -> None:
    control, audit = control_label("BE", LIEGE), audit_label("BE", LIEGE)
    other = NodeId("port-limburg")
    assert code(may_accept(other, control, "", REGISTER)) is None
    assert code(may_accept(other, control, "alert", REGISTER)) is DenyCode.NOT_COMPETENT
    assert code(may_accept(LIEGE, audit, "audit", REGISTER)) is None
    assert code(may_accept(LIEGE, audit, "alert", REGISTER)) is DenyCode.NOT_COMPETENT
    assert code(may_accept(other, audit, "audit", REGISTER)) is DenyCode.NOT_COMPETENT
    assert code(may_accept(other, control_label("EU", LIEGE), "", REGISTER)) is DenyCode.NOT_COMPETENT


def test_who_is_leaving_says_no_more_but_in_its_control_feeds() -> None:
    organisations = registers.board()["organisations"]
    organisations["port-liege"]["withdrawn_until"] = "2029-06-30"
    register = registers.register(organisations=organisations)
    assert code(may_accept(LIEGE, parse(AMBER), "alert", register)) is DenyCode.SUSPENDED
    assert code(may_accept(LIEGE, control_label("BE", NodeId("port-limburg")), "", register)) is None


def test_what_may_be_passed_on() -> None:
    assert code(may_relay(parse(AMBER), REGISTER)) is None
    assert code(may_relay(parse(AMBER + "//CAVEAT ORCON"), REGISTER)) is DenyCode.CAVEAT
    assert code(may_relay(control_label("BE", LIEGE), REGISTER)) is DenyCode.NOT_COMPETENT
    assert code(may_relay(audit_label("BE", LIEGE), REGISTER)) is DenyCode.NOT_COMPETENT


@pytest.mark.parametrize(
    ("text", "days", "expected"),
    [
        (AMBER, 365, None),
        (AMBER + "//CAVEAT PERSONAL", 29, None),
        (AMBER + "//CAVEAT PERSONAL", 30, DenyCode.STALE_REGISTER),
        ("BE:RESTRICTED//TLP:AMBER//AUD ports-be", 29, None),
        ("BE:RESTRICTED//TLP:AMBER//AUD ports-be", 30, DenyCode.STALE_REGISTER),
    ],
)
def test_what_leaves_after_the_register_expired(text: str, days: int, expected: DenyCode | None) -> None:
    now = UnixMs(registers.EXPIRES + days * DAY)
    assert code(may_leave(parse(text), REGISTER, now)) is expected


def test_guarded_records_leave_no_longer_than_the_grace() -> None:
    permit = may_leave(parse(AMBER + "//CAVEAT PERSONAL"), REGISTER, UnixMs(0))
    assert isinstance(permit, Permit)
    assert permit.until == registers.EXPIRES + 30 * DAY


def test_another_label_is_opened_under_a_fresh_register_and_below_the_cap() -> None:
    before, after = UnixMs(registers.EXPIRES - 1), registers.EXPIRES
    assert code(may_open(REGISTER, open_feeds=199, now=before)) is None
    assert code(may_open(REGISTER, open_feeds=200, now=before)) is DenyCode.CEILING
    assert code(may_open(REGISTER, open_feeds=0, now=after)) is DenyCode.STALE_REGISTER
