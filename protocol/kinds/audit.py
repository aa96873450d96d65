"""audit: an act at this node, in its own audit feed, which is never served.

Guarantees that it holds codes, ids and numbers only: no name, no typed text, no value that was looked up.
"""

from __future__ import annotations

from protocol.fields import Field, Table, part
from protocol.kind import Kind
from protocol.parts import REF
from protocol.rules import code, moment, number, octets, pairs, pattern
from protocol.v1 import records_pb2 as pb

ACTOR = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|node|[a-z_]{2,20}/[a-z0-9_-]{2,40}"
"""An officer's uuid, the node, or what sort of thing acted and which."""

TABLE = Table(
    pb.Audit,
    (
        Field("act", pattern(r"[a-z0-9_.-]{2,40}", "2 to 40 of a-z, 0-9, _, - and ."), required=True),
        Field(
            "actor",
            pattern(ACTOR, "an officer's uuid, node, or <sort>/<code>"),
            required=True,
        ),
        Field("at", moment(), required=True),
        Field("purpose", code()),
        Field("record", part(REF)),
        Field("feed", octets(32)),
        Field("register", number(1, 2**63)),
        Field("revision", octets(32)),
        Field("rule", pattern(r"[A-Za-z0-9_.:/-]{1,80}", "a rule's code")),
        Field(
            "details", pairs(code(), pattern(r"[A-Za-z0-9_.:,/@+=-]{0,200}", "a code, id or number"), most=32)
        ),
    ),
)

KIND = Kind(name="audit", table=TABLE, common=("kind",))
