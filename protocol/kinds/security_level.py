"""security_level: an ISPS level or a threat level of OCAD, as an authority announced it. The two are never converted.

Who may say it is the register's: an organisation with the right `security_level`.
"""

from __future__ import annotations

from collections.abc import Iterator

from protocol.fields import Field, Order, Table, part
from protocol.ids import UnixMs
from protocol.kind import Kind
from protocol.parts import indicator_value
from protocol.place import PLACE
from protocol.rules import choice, each, long_text, moment, number
from protocol.v1 import records_pb2 as pb

ISPS_MOST, OCAD_MOST = 3, 4
SHIPS = frozenset({"imo", "mmsi", "eni"})

TABLE = Table(
    pb.SecurityLevel,
    (
        # A level on a scale that is not known here says nothing, and a number alone would be read as the wrong one.
        Field("scale", choice(pb.SecurityLevel, "Scale", closed=True), required=True),
        Field("level", number(1, OCAD_MOST), required=True),
        Field("areas", each(part(PLACE), most=50)),
        Field("ships", each(indicator_value(), most=50)),
        Field("effective_from", moment(), required=True),
        Field("effective_until", moment()),
        Field("measures", long_text(), mark="S"),
        Field("acknowledge_by", moment()),
    ),
    ordered=(Order("effective_from", "effective_until", strict=True),),
)


def _check(record: pb.Record, _now: UnixMs | None) -> Iterator[tuple[str, str]]:
    body = record.security_level
    for index, ship in enumerate(body.ships):
        if ship.type not in SHIPS:
            yield f"ships[{index}]", "an imo, mmsi or eni number"
    if body.scale != pb.SecurityLevel.SCALE_ISPS:
        return
    if body.level > ISPS_MOST:
        yield "level", f"at most {ISPS_MOST} on the scale isps"
    if not body.areas and not body.ships:
        yield "areas", "areas or ships on the scale isps"
    if body.level == ISPS_MOST and not body.measures:
        yield "measures", f"required with isps level {ISPS_MOST}"


KIND = Kind(
    name="security_level",
    table=TABLE,
    check=_check,
    says=(
        "scale isps: `level` at most 3, `areas` or `ships` there, at level 3 `measures` too",
        "`ships` are of type imo, mmsi or eni",
    ),
    summary="measures",
    words=("measures",),
    values=lambda body: [(f"ships[{i}]", ship) for i, ship in enumerate(body.ships)],
    places=lambda body: [(f"areas[{i}]", place) for i, place in enumerate(body.areas)],
    lapses="effective_until",
    retention="security_level",
    right="can_publish_security_level",
    register_right="security_level",
)
