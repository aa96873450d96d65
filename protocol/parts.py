"""What several kinds hold: an indicator's value, a reference, an attached file.

Guarantees form only: that a referenced record is held, or a file can be fetched, is decided where it is used.
"""

from __future__ import annotations

import re
from typing import Any

from protocol import indicator
from protocol.fields import Field, Table
from protocol.indicator_forms import SORTS
from protocol.limits import BLOB_MAX
from protocol.rules import Check, Mode, Rule, Sort, number, octets, one_of, pattern, plain, text
from protocol.v1 import records_pb2 as pb

MEDIA_TYPES = (
    "application/json",
    "application/pdf",
    "audio/ogg",
    "image/jpeg",
    "image/png",
    "image/webp",
    "text/csv",
    "text/plain",
    "video/mp4",
)
"""Nothing that a browser or an office program would run."""


def indicator_value() -> Rule:
    """An indicator in its stored form; tokens only where they stay at this node, unknown types only from peers."""

    def build(mode: Mode) -> Check:
        def check(value: Any) -> str | None:
            kind, held = value.type, value.value
            if kind not in SORTS:
                if mode is not Mode.ACCEPTING:
                    return "a known type of indicator"
                return (
                    None
                    if kind and held and len(kind) <= 40 and len(held) <= indicator.RAW_MAX
                    else "type and value"
                )
            if kind in indicator.TOKENS and mode is not Mode.LOCAL:
                return indicator.KEYED_HERE
            rule = indicator.stored(kind, held)
            return None if rule is None else f"{kind}: {rule}"

        return check

    return Rule(Sort.FORM, build, closed=False, words="an indicator, below")


def tokens(rule: Rule) -> Rule:
    """Tokens keyed by a node: as `rule` says where they stay, else refused."""

    def build(mode: Mode) -> Check:
        return rule.check(mode) if mode is Mode.LOCAL else lambda _value: indicator.KEYED_HERE

    return Rule(Sort.FORM, build, words=f"refused in a record for other nodes; at its own node {rule.words}")


def _is_uuid7(value: bytes) -> str | None:
    if len(value) == 16 and value[6] >> 4 == 7 and value[8] >> 6 == 2:
        return None
    return "a UUIDv7 of 16 bytes"


RECORD_ID = plain(_is_uuid7, words="a record id")
REF = Table(
    pb.Ref,
    (
        Field("record_id", RECORD_ID, required=True),
        Field("feed", octets(32), required=True),
    ),
)

BLOB = Table(
    pb.Blob,
    (
        Field("sha256", octets(32), required=True),
        Field("size", number(1, BLOB_MAX), required=True),
        Field("media_type", one_of(MEDIA_TYPES), required=True),
        Field("name", text(80)),
    ),
)

_LANGUAGE = r"[a-z]{2}(?:-[A-Za-z0-9]{2,8}){0,4}"
LANGUAGE = pattern(_LANGUAGE, "a BCP 47 tag with a primary tag of 2 letters")
COUNTRY = pattern(r"[A-Z]{2}", "an ISO 3166 code of 2 letters")
ORGANISATION = pattern(r"[a-z0-9](?:-?[a-z0-9]){1,38}[a-z0-9]", "an organisation id")


def is_language(tag: str) -> bool:
    """Whether a tag has the form of BCP 47 that records use."""
    return re.fullmatch(_LANGUAGE, tag) is not None
