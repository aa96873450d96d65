"""sighting: answer to an indicator, to its origin first. Never names the sensor."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from protocol.fields import Field, Order, Table, part
from protocol.ids import UnixMs
from protocol.kind import Kind, Pointer, Shelf
from protocol.parts import REF
from protocol.place import PLACE
from protocol.rules import choice, moment, number
from protocol.v1 import records_pb2 as pb

TABLE = Table(
    pb.Sighting,
    (
        Field("indicator", part(REF), required=True),
        Field("result", choice(pb.Sighting, "Result"), required=True),
        Field("count", number(0, 1_000_000), required=True),
        Field("first_seen", moment()),
        Field("last_seen", moment()),
        Field("modality", choice(pb.Sighting, "Modality"), required=True, mark="S"),
        Field("quality", number(0, 1)),
        Field("where", part(PLACE), mark="S"),
    ),
    ordered=(Order("first_seen", "last_seen"),),
)


def _check(record: pb.Record, _now: UnixMs | None) -> Iterator[tuple[str, str]]:
    body = record.sighting
    if body.result == pb.Sighting.RESULT_SEEN:
        if body.HasField("count") and body.count == 0:
            yield "count", "at least 1 when seen"
        for name in ("first_seen", "last_seen"):
            if not getattr(body, name):
                yield name, "required when seen"
    elif body.result == pb.Sighting.RESULT_NOT_SEEN and body.count:
        yield "count", "0 when not_seen"


def _caveats(body: Any) -> tuple[str, ...]:
    """A point, or a circle around one, tells where the sensor looks."""
    return ("SOURCE",) if body.where.WhichOneof("at") in {"point", "circle"} else ()


KIND = Kind(
    name="sighting",
    table=TABLE,
    check=_check,
    says=(
        "seen: `count` at least 1, `first_seen` and `last_seen` there; not_seen: `count` 0",
        "where `where` is a point or a circle, the label has the caveat SOURCE",
    ),
    caveats=_caveats,
    places=lambda body: [("where", body.where)] if body.HasField("where") else [],
    pointers=(Pointer("indicator", kinds=frozenset({"indicator"}), current=True, back=True),),
    shelf=Shelf.WATCH,
    retention="sighting_after_indicator",
    right="can_publish_sighting",
)
