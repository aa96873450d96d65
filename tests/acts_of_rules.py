"""Two people and the rules of release without an officer; and rows of `test_acts_crash.py`."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from more_acts import Ready
from officers_here import MODEL, hire, visitor
from ports import Port, port

from node.commands import agree_rules, propose_rules

RULES = b"""version = 1
[[rule]]
name = "ais-spoof"
detector = "impossible_speed"
severity_min = "Moderate"
certainty_min = "Likely"
label = "BE:NONE//TLP:AMBER//AUD ports-be//PURPOSE port-security"
expires = "12h"
"""


def with_file(text: bytes = RULES) -> Port:
    """A port whose file of rules says this; nobody agreed to anything."""
    at = port()
    return read_again(at, text)


def read_again(at: Port, text: bytes) -> Port:
    """The port as it stands after a restart that found this file."""
    at.ctx = replace(at.ctx, settings=replace(at.ctx.settings, rules_file=text))
    return at


def digest(text: bytes) -> bytes:
    return hashlib.sha256(text).digest()


def proposing() -> Ready:
    at = with_file()
    who = visitor(at, hire(at, "a.peeters"))
    return Ready(
        at, lambda tx: propose_rules.propose_rules(tx, at.ctx, MODEL, digest=digest(RULES), officer=who)
    )


def agreeing() -> Ready:
    ready = proposing()
    at = ready.at
    at.store.write(ready.act).result()
    other = visitor(at, hire(at, "b.claes"))
    return Ready(
        at, lambda tx: agree_rules.agree_rules(tx, at.ctx, MODEL, digest=digest(RULES), officer=other)
    )


ACTS = (proposing, agreeing)
