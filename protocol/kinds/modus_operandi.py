"""modus_operandi: how it is done, for others to recognise and to close. Incidents name it by its code."""

from __future__ import annotations

from protocol.fields import Field, Order, Table, part
from protocol.kind import Kind, Pointer
from protocol.parts import REF
from protocol.rules import choice, code, each, long_text, moment, text
from protocol.v1 import records_pb2 as pb

TABLE = Table(
    pb.ModusOperandi,
    (
        Field("code", code(), required=True),
        Field("description", long_text(), required=True, mark="S"),
        Field("watch_for", each(text(200), most=20), mark="S"),
        Field("counter_measures", long_text(), mark="S"),
        Field("first_seen", moment()),
        Field("last_seen", moment()),
        Field("linked", each(part(REF), most=50)),
        Field("barrier", choice(pb.ModusOperandi, "Barrier")),
    ),
    ordered=(Order("first_seen", "last_seen"),),
)

KIND = Kind(
    name="modus_operandi",
    table=TABLE,
    summary="description",
    words=("description", "watch_for", "counter_measures"),
    listed=(("code", "modus_operandi"),),
    pointers=(Pointer("linked", kinds=frozenset({"incident"})),),
    retention="modus_operandi",
    right="can_publish_modus_operandi",
)
