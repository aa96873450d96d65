"""outcome: what became of an alert, a tip or a sighting, in two taps; it goes back to the origin of what it is about.

`acknowledged` is also the answer that a notice or a security level asks for with `acknowledge_by`.
"""

from __future__ import annotations

from protocol.fields import Field, Table, part
from protocol.kind import Kind, Pointer
from protocol.parts import REF
from protocol.rules import choice, number, text
from protocol.v1 import records_pb2 as pb

ABOUT = frozenset({"alert", "sighting", "notice", "security_level"})
"""A tip comes as a notice."""
VERSION_MOST = 2**32 - 1

TABLE = Table(
    pb.Outcome,
    (
        Field("about", part(REF), required=True),
        Field("result", choice(pb.Outcome, "Result"), required=True),
        Field("note", text(400), mark="S"),
        Field("version", number(1, VERSION_MOST)),
    ),
)

KIND = Kind(
    name="outcome",
    table=TABLE,
    summary="note",
    words=("note",),
    pointers=(Pointer("about", kinds=ABOUT, back=True),),
    retention="outcome",
    right="can_publish_outcome",
)
