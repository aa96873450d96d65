"""What `protocol/` says against a field, in the reader's language. Rules are written there once, in English, with their bounds in them; here
each form of them is a sentence of the catalogues.

Guarantees that a rule with a bound is found by its form, whatever the bound; one that is not known here is said as it is written there.
"""

from __future__ import annotations

import re
from typing import Final

from web.languages import N_, Tongue

PLAIN: Final = (
    N_("required"),
    N_("a known code"),
    N_("a finite number"),
    N_("no control, invisible or text-direction characters"),
    N_("must be Unicode NFC"),
    N_("a day YYYY-MM-DD from 1900 on"),
    N_("a day of the calendar"),
    N_("check digit does not match"),
    N_("7 digits"),
    N_("8 digits"),
    N_("9 digits; a ship begins with 2 to 7, others with a prefix of ITU-R M.585"),
    N_("3 letters, U, J or Z, 7 digits"),
    N_("4 to 20 of A-Z and 0-9"),
    N_("country, a colon, 2 to 10 of A-Z and 0-9"),
    N_("BE and 10 digits, first 0 or 1"),
    N_("issuer code, a colon, a token of 64 hex digits"),
    N_("a token of 64 hex digits"),
    N_("a serial number of ANSI/CTA-2063-A or 6 hex digits"),
    N_("as many characters as the serial number's length code says"),
    N_("an IP address without zone"),
    N_("the form of RFC 5952"),
    N_("a domain name: labels of 1 to 63 of a-z, 0-9 and -, at least two"),
    N_("64 hex digits"),
    N_("country, postcode, street of at most 120 characters, in Latin letters"),
    N_("the folded form"),
    N_("a UN/LOCODE of 5 characters"),
    N_("an ISO 3166 code of 2 letters"),
    N_("2 to 40 of a-z, 0-9, _ and -"),
    N_("type and value"),
    N_("a known type of indicator"),
)
"""Rules of one value, beside those of kinds (`words/kinds.py`)."""

_BOUND: Final = tuple(
    (re.compile(form), sentence)
    for form, sentence in (
        (r"at most (?P<n>[\d.]+) characters", N_("at most %(n)s characters")),
        (r"at most (?P<n>[\d.]+) days after \w+", N_("at most %(n)s days after its beginning")),
        (r"after issue, at most (?P<n>\d+) days", N_("after its release, at most %(n)s days")),
        (r"at most (?P<n>-?[\d.]+)", N_("at most %(n)s")),
        (r"at least (?P<n>-?[\d.]+)", N_("at least %(n)s")),
        (r"more than (?P<n>-?[\d ]+)", N_("more than %(n)s")),
        (r"one of (?P<n>[^;]+)", N_("one of %(n)s")),
    )
)


def rule_words(tongue: Tongue, rule: str) -> str:
    """A rule as the reader reads it."""
    said = tongue.say(rule)
    if said != rule:
        return said
    for form, sentence in _BOUND:
        if found := form.fullmatch(rule):
            return tongue.say(sentence, **found.groupdict())
    return rule
