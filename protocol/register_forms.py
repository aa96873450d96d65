"""Forms that the board's data and the organisations' have in common: ids, codes, levels, keys. Every refusal names the field."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import Final

from protocol.errors import ProtocolError
from protocol.keys import check_ed25519
from protocol.label import LEVEL_NAMED, POLICIES
from protocol.members import Levels
from protocol.strict import Strict

ORGANISATION: Final = re.compile(r"(?=.{3,40}\Z)[a-z0-9]+(?:-[a-z0-9]+)*")
NODE: Final = re.compile(r"(?!.*--.*--)(?!.*---)[a-z0-9][a-z0-9-]{1,38}[a-z0-9]")
COUNTRY: Final = re.compile(r"[A-Z]{2}")
COUNTRY_RULE: Final = "two capital letters"
UNLOCODE: Final = re.compile(r"[A-Z]{2}[A-Z2-9]{3}")
COMPARTMENT: Final = re.compile(r"[A-Z0-9][A-Z0-9-]{0,39}")
COMPARTMENT_RULE: Final = "A-Z, 0-9 and -"
HEX: Final = re.compile(r"[0-9a-f]{64}")
HEX_RULE: Final = "64 hex digits, lower case"


def levels(fields: Strict) -> Levels:
    """The table `level`: highest level by marking."""
    section = fields.section("level")
    found = {
        policy: LEVEL_NAMED[section.choice(policy, list(LEVEL_NAMED))]
        for policy in sorted(POLICIES)
        if policy in section
    }
    section.done()
    return MappingProxyType(found)


def keys(fields: Strict, key: str, *, least: int = 1, most: int = 8) -> tuple[bytes, ...]:
    """A list of Ed25519 public keys; absent is empty where none is needed."""
    texts = fields.texts(key, HEX, HEX_RULE, least=least, most=most, optional=least == 0)
    found = tuple(map(bytes.fromhex, texts))
    for place, public in enumerate(found):
        try:
            check_ed25519(public)
        except ProtocolError as error:
            raise fields.fail(f"{key}[{place}]", error.rule) from None
    return found
