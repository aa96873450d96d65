"""Which detections leave without a person, and under which label: the text of `auto_release.toml`, which two persons put in force (`commands/rules_in_force.py`).

Guarantees that a rule set that parses can never release what needs a second person or is PERSONAL, that no rule lasts longer than
`EXPIRES_MAX_MS`, and that what matches is still held to the register's ceiling of the moment. Does not know whether a detector
exists. An error names line and key, never more of the file.

    version = 1
    [[rule]]
    name = "ais-spoof"                  # in the audit entry and the plan
    detector = "impossible_speed"
    severity_min = "Moderate"           # Minor, Moderate, Severe, Extreme
    certainty_min = "Likely"            # Unlikely, Possible, Likely, Observed
    label = "BE:NONE//TLP:AMBER//AUD ports-be//PURPOSE navigation-safety,port-security"
    expires = "24h"
    most = 20                           # in ten minutes; further ones wait for an officer
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from policies.decision import Deny, DenyCode
from policies.rules import within_ceiling
from protocol.errors import BadLabel, ProtocolError, TooLarge
from protocol.label import Label, Level, Tlp, parse
from protocol.register_view import AutoReleaseCeiling, Register, unknown_names
from protocol.strict import CODE, CODE_RULE, Strict
from protocol.text import fault

VERSION: Final = 1
FILE_MAX: Final = 64 << 10
RULES_MAX: Final = 200
EXPIRES_MAX_MS: Final = 24 * 3_600_000
MOST: Final = 20
MOST_MAX: Final = 1_000
WINDOW_MS: Final = 10 * 60_000
"""A rule lets at most so many go in so long: whoever can make a detector find things must not reach every port with them."""

SEVERITIES: Final = ("Minor", "Moderate", "Severe", "Extreme")
"""CAP 1.2, from the least; Unknown is below all and matches no rule."""
CERTAINTIES: Final = ("Unlikely", "Possible", "Likely", "Observed")

_LABEL_TEXT = re.compile(r"[\x20-\x7e]+")


@dataclass(frozen=True, slots=True)
class AutoRule:
    """Detections of `detector` from this severity and certainty on leave under `label`, `most` in a window, and expire after `expires_ms`."""

    name: str
    detector: str
    severity_min: str
    certainty_min: str
    label: Label
    expires_ms: int
    most: int = MOST

    def meets(self, detector: str, severity: str, certainty: str) -> bool:
        return (
            detector == self.detector
            and _at_least(SEVERITIES, severity, self.severity_min)
            and _at_least(CERTAINTIES, certainty, self.certainty_min)
        )


@dataclass(frozen=True, slots=True)
class AutoRelease:
    """The rules of one text, in its order; `digest` (SHA-256 of its bytes) is part of the policy revision."""

    rules: tuple[AutoRule, ...] = ()
    digest: bytes = hashlib.sha256(b"").digest()


NO_RULES: Final = AutoRelease()
"""No file: nothing is released without an officer."""


def parse_rules(raw: bytes, file: str = "auto_release.toml") -> AutoRelease:
    """The rules of a file. Raises ProtocolError: `auto_release.toml, line 5: rule[0].severity_min: one of …`."""
    if len(raw) > FILE_MAX:
        raise TooLarge(f"at most {FILE_MAX} bytes", where=file)
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise ProtocolError("UTF-8 text", where=file) from None
    _drawn(text, file)
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"not TOML: {error}", where=file) from None
    try:
        return AutoRelease(tuple(_rules(Strict(data))), hashlib.sha256(raw).digest())
    except ProtocolError as error:
        where = f"{file}, line {_line(text, error.where)}: {error.where}"
        raise ProtocolError(error.rule, where=where) from None


def _drawn(text: str, file: str) -> None:
    """Raises ProtocolError for what two people could not see, in a comment too: they agree to what a page shows them."""
    for number, line in enumerate(text.split("\n"), 1):
        if (words := fault(line, most=FILE_MAX)) is not None:
            raise ProtocolError(words, where=f"{file}, line {number}")


def match(
    rules: AutoRelease,
    *,
    detector: str,
    severity: str,
    certainty: str,
    personal: bool,
    ceiling: AutoReleaseCeiling,
) -> AutoRule | Deny | None:
    """The first rule that a detection meets; None where an officer has to look at it; a refusal where a rule goes too far."""
    found = next((rule for rule in rules.rules if rule.meets(detector, severity, certainty)), None)
    if found is None:
        return None
    if personal:
        return Deny(DenyCode.CAVEAT, "auto-release", "PERSONAL is never released by a rule")
    refusal = within_ceiling(found.label, ceiling)
    return found if refusal is None else refusal


def within_budget(rule: AutoRule, released: int) -> Deny | None:
    """None while another may leave under a rule that let `released` go in the window before."""
    if released < rule.most:
        return None
    words = (
        f"the rule let {rule.most} go within {WINDOW_MS // 60_000} minutes; what follows waits for an officer"
    )
    return Deny(DenyCode.CEILING, "auto-release.most", words)


def problems(rules: AutoRelease, register: Register) -> tuple[str, ...]:
    """What in these rules this register does not allow, one sentence each: for the operator, before it happens."""
    return tuple(_problems(rules, register))


def _problems(rules: AutoRelease, register: Register) -> Iterator[str]:
    for rule in rules.rules:
        unknown = unknown_names(rule.label, register)
        if unknown:
            yield f"rule {rule.name}: not in the register: " + "; ".join(unknown)
        refusal = within_ceiling(rule.label, register.auto_release_ceiling)
        if refusal is not None:
            yield f"rule {rule.name}: {refusal.words}"


def _rules(top: Strict) -> Iterator[AutoRule]:
    top.whole("version", VERSION, VERSION)
    names: set[str] = set()
    for fields in top.sections("rule", most=RULES_MAX, optional=True):
        rule = _rule(fields)
        if rule.name in names:
            raise fields.fail("name", "given twice")
        names.add(rule.name)
        yield rule
    top.done()


def _rule(fields: Strict) -> AutoRule:
    expires = fields.duration("expires")
    if expires > EXPIRES_MAX_MS:
        raise fields.fail("expires", "at most 24h by rule")
    rule = AutoRule(
        name=fields.text("name", CODE, CODE_RULE),
        detector=fields.text("detector", CODE, CODE_RULE),
        severity_min=fields.choice("severity_min", SEVERITIES),
        certainty_min=fields.choice("certainty_min", CERTAINTIES),
        label=_label(fields),
        expires_ms=expires,
        most=fields.whole("most", 1, MOST_MAX, MOST),
    )
    fields.done()
    return rule


def _label(fields: Strict) -> Label:
    try:
        label = parse(fields.text("label", _LABEL_TEXT, "a label"))
    except BadLabel as error:
        raise fields.fail("label", str(error)) from None
    if label.reserved:
        raise fields.fail("label", "control and audit are the node's own")
    if "PERSONAL" in label.caveats:
        raise fields.fail("label", "PERSONAL is never released by a rule")
    if label.tlp is Tlp.RED or label.level >= Level.CONFIDENTIAL or label.caveats & {"SOURCE", "JUDICIAL"}:
        raise fields.fail("label", "RED, CONFIDENTIAL or higher, SOURCE and JUDICIAL need a second person")
    return label


def _at_least(order: tuple[str, ...], found: str, least: str) -> bool:
    return found in order and order.index(found) >= order.index(least)


def _line(text: str, where: str) -> int:
    """The line of a key such as `rule[1].label`, of its table where the key is missing, or 1."""
    lines = text.splitlines()
    place = re.fullmatch(r"rule\[(\d+)\](?:\.([A-Za-z0-9_-]+))?", where)
    if place is None:
        return _find(lines, where, 0, len(lines)) or 1
    starts = [i for i, line in enumerate(lines) if re.match(r"\s*\[\[\s*rule\s*\]\]", line)]
    bounds = [*starts, len(lines)]
    number = int(place[1])
    if number >= len(starts):
        return 1
    return _find(lines, place[2] or "", starts[number], bounds[number + 1]) or starts[number] + 1


def _find(lines: list[str], key: str, start: int, end: int) -> int:
    """The line, from 1, that assigns this key; 0 where none does."""
    pattern = re.compile(rf"\s*{re.escape(key)}\s*=")
    return next((i + 1 for i in range(start, end) if key and pattern.match(lines[i])), 0)
