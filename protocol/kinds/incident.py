"""incident: what happened, for learning, linking and prosecution. A living record: later knowledge supersedes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from protocol.fields import Field, Table, part
from protocol.ids import UnixMs
from protocol.kind import Kind, Pointer, Shelf
from protocol.parts import REF, indicator_value
from protocol.rules import choice, code, each, flag, long_text, number
from protocol.v1 import records_pb2 as pb


def _amount(goods: Any) -> Iterator[tuple[str, str]]:
    if goods.HasField("mass_kg") == goods.HasField("count"):
        yield "", "mass_kg or count, one of them"


GOODS = Table(
    pb.Goods,
    (
        Field("type", choice(pb.Goods, "Type"), required=True),
        Field("mass_kg", number(0, 100_000, above=True)),
        Field("count", number(1, 1_000_000_000)),
    ),
    cross=_amount,
    says=("`mass_kg` or `count`, exactly one of them",),
)

ROLE = Table(
    pb.Role,
    (
        Field("value", indicator_value(), required=True),
        Field("part", choice(pb.Role, "Part"), required=True),
    ),
)

TABLE = Table(
    pb.Incident,
    (
        Field("type", choice(pb.Incident, "Type"), required=True),
        Field("status", choice(pb.Incident, "Status"), required=True),
        Field("narrative", long_text(), required=True, mark="S"),
        Field("modus_operandi", each(code(), most=10)),
        Field("goods", each(part(GOODS), most=10)),
        Field("roles", each(part(ROLE), most=20), mark="S"),
        Field("persons_involved", number(0, 500)),
        Field("informed", each(choice(pb.Incident, "Informed"), most=10)),
        Field("judicial", flag(), required=True, mark="S"),
        Field("lessons", long_text()),
        Field("linked", each(part(REF), most=50)),
    ),
)


def _check(record: pb.Record, _now: UnixMs | None) -> Iterator[tuple[str, str]]:
    if record.incident.judicial and not record.common.external_ref:
        yield "external_ref", "required when judicial: the prosecutor's reference"


_OPEN = frozenset({pb.Incident.STATUS_SUSPECTED, pb.Incident.STATUS_CONFIRMED})
_BACK = frozenset({(pb.Incident.STATUS_CONFIRMED, pb.Incident.STATUS_SUSPECTED)})


def _turn(before: Any, after: Any) -> Iterator[tuple[str, str]]:
    if before is None:
        return
    if before.status != after.status and (
        before.status not in _OPEN or (before.status, after.status) in _BACK
    ):
        yield (
            "status",
            "suspected, then confirmed, then closed or unfounded, and never back: a new record says more",
        )
    if before.judicial and not after.judicial:
        yield "judicial", "lifted by a new record only"


def _step(before: Any, after: Any) -> str:
    """The captain confirms and ends an incident."""
    if before is not None and before.status == after.status:
        return ""
    if after.status == pb.Incident.STATUS_SUSPECTED:
        return ""
    return "can_confirm_incident" if after.status == pb.Incident.STATUS_CONFIRMED else "can_close_incident"


KIND = Kind(
    name="incident",
    table=TABLE,
    check=_check,
    says=(
        "where `judicial`, the common part has the prosecutor's reference in `external_ref` and the label the caveat JUDICIAL",
    ),
    summary="narrative",
    values=lambda incident: [(f"roles[{i}].value", role.value) for i, role in enumerate(incident.roles)],
    listed=(("modus_operandi", "modus_operandi"),),
    pointers=(Pointer("linked", kinds=frozenset({"alert", "sighting", "incident"})),),
    turn=_turn,
    step=_step,
    turns=(
        "a version goes from `status` suspected to confirmed, closed or unfounded, from confirmed to closed or unfounded, and never back",
        "a version of a `judicial` incident is judicial: it is lifted by a new record",
        "confirmed takes the right can_confirm_incident, closed and unfounded can_close_incident",
    ),
    words=("narrative", "lessons"),
    caveats=lambda incident: ("JUDICIAL",) if incident.judicial else (),
    persons=lambda incident: incident.persons_involved > 0,
    shelf=Shelf.WATCH,
    retention="incident",
    right="can_publish_incident",
)
