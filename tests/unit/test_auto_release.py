"""Rules that release without a person: what is read, what is refused with line and key, what matches, what the register stops."""

from __future__ import annotations

import pytest
import registers

from policies.auto_release import (
    CERTAINTIES,
    EXPIRES_MAX_MS,
    FILE_MAX,
    MOST,
    NO_RULES,
    SEVERITIES,
    AutoRelease,
    AutoRule,
    match,
    parse_rules,
    problems,
    within_budget,
)
from policies.decision import Deny, DenyCode
from policies.rules import within_ceiling
from protocol.errors import ProtocolError, TooLarge
from protocol.label import Level, Tlp, parse
from protocol.register_view import AutoReleaseCeiling

AMBER = "BE:NONE//TLP:AMBER//AUD ports-be//PURPOSE navigation-safety,port-security"
GOOD = f"""version = 1

[[rule]]
name = "ais-spoof"                      # shown in the plan
detector = "impossible_speed"
severity_min = "Moderate"
certainty_min = "Likely"
label = "{AMBER}"
expires = "24h"

[[rule]]
name = "ais-gap"
detector = "ais_gap"
severity_min = "Minor"
certainty_min = "Possible"
label = "BE:NONE//TLP:AMBER//AUD ports-scheldt"
expires = "6h"
"""
CEILING = registers.register().auto_release_ceiling


def found(
    rules: AutoRelease,
    detector: str = "impossible_speed",
    severity: str = "Severe",
    certainty: str = "Observed",
) -> AutoRule | Deny | None:
    return match(
        rules, detector=detector, severity=severity, certainty=certainty, personal=False, ceiling=CEILING
    )


def name_of(rule: AutoRule | Deny | None) -> str:
    return rule.name if isinstance(rule, AutoRule) else ""


def test_a_file_is_read_in_its_order() -> None:
    rules = parse_rules(GOOD.encode()).rules
    assert [rule.name for rule in rules] == ["ais-spoof", "ais-gap"]
    assert rules[0] == AutoRule(
        "ais-spoof", "impossible_speed", "Moderate", "Likely", parse(AMBER), EXPIRES_MAX_MS
    )


def test_a_budget_is_read_and_has_a_default() -> None:
    rules = parse_rules(GOOD.replace('expires = "6h"', 'expires = "6h"\nmost = 3').encode()).rules
    assert [rule.most for rule in rules] == [MOST, 3]
    assert within_budget(rules[1], 2) is None
    assert isinstance(within_budget(rules[1], 3), Deny)


def test_without_rules_nothing_matches() -> None:
    assert parse_rules(b"version = 1\n").rules == ()
    assert found(NO_RULES) is None


def test_another_file_is_another_digest() -> None:
    assert parse_rules(GOOD.encode()).digest != parse_rules(GOOD.encode() + b"\n").digest


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('expires = "6h"', 'expires = "6h"\nmost = 0', "line 18: rule[1].most: a whole number from 1 to 1000"),
        ("version = 1", "version = 2", "line 1: version: a whole number from 1 to 1"),
        ("version = 1", "", "line 1: version: required"),
        ("version = 1", "version = 1\nenabled = true", "line 2: enabled: unknown key"),
        ('name = "ais-gap"', 'name = "AIS gap"', "line 12: rule[1].name: a code: a-z, 0-9, _ and -, 2 to 40"),
        ('name = "ais-gap"', 'name = "ais-spoof"', "line 12: rule[1].name: given twice"),
        ('name = "ais-gap"\n', "", "line 11: rule[1].name: required"),
        ('"Moderate"', '"HIGH"', "line 6: rule[0].severity_min: one of Minor, Moderate, Severe, Extreme"),
        ('"Likely"', '"Unknown"', "line 7: rule[0].certainty_min: one of Unlikely, Possible, Likely, Observed"),
        ('"24h"', '"25h"', "line 9: rule[0].expires: at most 24h by rule"),
        ('"6h"', "6", 'line 17: rule[1].expires: a duration such as "72h", "30d" or "1y"'),
        ('expires = "6h"', 'expires = "6h"\nalways = true', "line 18: rule[1].always: unknown key"),
        ("ports-be//", "ports be//", "line 8: rule[0].label: AUD: malformed item"),
        ("ports-be//PURPOSE navigation-safety,port-security", "ports-be//CAVEAT PERSONAL", "line 8: rule[0].label: PERSONAL is never released by a rule"),
        ("ports-be//PURPOSE navigation-safety,port-security", "ports-be//CAVEAT SOURCE", "line 8: rule[0].label: RED, CONFIDENTIAL or higher, SOURCE and JUDICIAL need a second person"),
        ("NONE//TLP:AMBER//AUD ports-scheldt", "SECRET//TLP:AMBER//AUD ports-scheldt", "line 16: rule[1].label: RED, CONFIDENTIAL or higher, SOURCE and JUDICIAL need a second person"),
        ("NONE//TLP:AMBER//AUD ports-scheldt", "CONFIDENTIAL//TLP:AMBER//AUD ports-scheldt", "line 16: rule[1].label: RED, CONFIDENTIAL or higher, SOURCE and JUDICIAL need a second person"),
        ("AMBER//AUD ports-scheldt", "RED//AUD ports-scheldt//TO node:port-liege", "line 16: rule[1].label: RED, CONFIDENTIAL or higher, SOURCE and JUDICIAL need a second person"),
        ("AMBER//AUD ports-scheldt", "RED//AUD control//TO node:port-liege", "line 16: rule[1].label: control and audit are the node's own"),
        ("ports-scheldt", "port\\ts", "line 16: rule[1].label: a label"),
    ],
)  # fmt: skip
def test_a_wrong_rule_is_refused_by_line_and_key(old: str, new: str, words: str) -> None:
    assert GOOD.count(old) >= 1
    with pytest.raises(ProtocolError) as refused:
        parse_rules(GOOD.replace(old, new, 1).encode(), "rules.toml")
    assert str(refused.value) == f"rules.toml, {words}"


@pytest.mark.parametrize(
    "hidden",
    ["\u202e", "\u2028", "\u2029", "\x85", "\u200b", "\u2066", "\ufeff", "\t", "\r", "\xad"],
    ids=ascii,
)
def test_what_two_people_would_not_see_is_refused_by_its_line_also_in_a_comment(hidden: str) -> None:
    text = GOOD.replace("# shown in", f"# shown{hidden}in")
    with pytest.raises(ProtocolError) as refused:
        parse_rules(text.encode(), "rules.toml")
    assert str(refused.value) == "rules.toml, line 4: no control, invisible or text-direction characters"


def test_a_comment_in_another_language_is_read() -> None:
    assert parse_rules(GOOD.replace("# shown in", "# gemäß “plan” — é").encode()).rules


@pytest.mark.parametrize(
    "raw", [b"version = ", b"\xff", b"version = 1\nversion = 1\n", b'rule = "x"\nversion = 1\n']
)
def test_what_is_no_toml_of_ours_is_refused(raw: bytes) -> None:
    with pytest.raises(ProtocolError):
        parse_rules(raw)


def test_a_rule_that_is_not_a_table_of_its_own_is_refused_all_the_same() -> None:
    with pytest.raises(ProtocolError) as refused:
        parse_rules(b"version = 1\nrule = [{}]\n")
    assert str(refused.value).startswith("auto_release.toml, line 1: rule[0].")


def test_a_file_of_exactly_the_cap_is_read() -> None:
    raw = b"version = 1\n"
    assert parse_rules(raw + b"#" * (FILE_MAX - len(raw))).rules == ()


def test_a_file_over_the_cap_is_refused_before_it_is_read() -> None:
    with pytest.raises(TooLarge):
        parse_rules(b"#" * (FILE_MAX + 1))


@pytest.mark.parametrize(
    ("detector", "severity", "certainty", "name"),
    [
        ("impossible_speed", "Moderate", "Likely", "ais-spoof"),
        ("impossible_speed", "Extreme", "Observed", "ais-spoof"),
        ("impossible_speed", "Minor", "Observed", ""),
        ("impossible_speed", "Severe", "Possible", ""),
        ("impossible_speed", "Unknown", "Observed", ""),
        ("impossible_speed", "Severe", "Unknown", ""),
        ("impossible_speed", "", "", ""),
        ("ais_gap", "Minor", "Possible", "ais-gap"),
        ("campaign", "Extreme", "Observed", ""),
    ],
)
def test_the_first_rule_that_is_met_matches(detector: str, severity: str, certainty: str, name: str) -> None:
    assert name_of(found(parse_rules(GOOD.encode()), detector, severity, certainty)) == name


def test_the_orders_are_those_of_cap() -> None:
    assert SEVERITIES.index("Severe") > SEVERITIES.index("Moderate")
    assert CERTAINTIES.index("Observed") > CERTAINTIES.index("Likely") > CERTAINTIES.index("Possible")


def test_what_concerns_a_person_is_never_released_by_a_rule() -> None:
    decision = match(
        parse_rules(GOOD.encode()),
        detector="ais_gap",
        severity="Extreme",
        certainty="Observed",
        personal=True,
        ceiling=CEILING,
    )
    assert isinstance(decision, Deny)
    assert decision.code is DenyCode.CAVEAT


@pytest.mark.parametrize(
    "ceiling",
    [
        AutoReleaseCeiling(),
        AutoReleaseCeiling(Level.NONE, Tlp.AMBER_STRICT, frozenset({"ports-be"})),
        AutoReleaseCeiling(Level.NONE, Tlp.AMBER, frozenset({"ports-scheldt"})),
    ],
)
def test_a_rule_above_the_registers_ceiling_is_refused(ceiling: AutoReleaseCeiling) -> None:
    decision = match(
        parse_rules(GOOD.encode()),
        detector="impossible_speed",
        severity="Severe",
        certainty="Likely",
        personal=False,
        ceiling=ceiling,
    )
    assert isinstance(decision, Deny)
    assert decision.code is DenyCode.CEILING


def test_a_level_above_the_ceiling_is_refused() -> None:
    refusal = within_ceiling(parse("BE:RESTRICTED//TLP:AMBER//AUD ports-be"), CEILING)
    assert refusal is not None
    assert refusal.code is DenyCode.CEILING


def test_an_operator_hears_beforehand_what_the_register_would_refuse() -> None:
    rules = parse_rules(
        GOOD.replace("ports-scheldt", "ports-moon")
        .replace("TLP:AMBER//AUD ports-be", "TLP:GREEN//AUD ports-be")
        .encode()
    )
    assert problems(parse_rules(GOOD.encode()), registers.register()) == ()
    assert problems(rules, registers.register()) == (
        "rule ais-spoof: its TLP is more open than the register allows for release by rule",
        "rule ais-gap: not in the register: AUD: ports-moon",
        "rule ais-gap: its audience is wider than the register allows for release by rule",
    )
