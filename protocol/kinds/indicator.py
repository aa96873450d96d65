"""indicator: look out for this. Matched by every holder against its own observations; never a reason to stop someone alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from protocol.fields import DAY_MS, Field, Order, Table
from protocol.ids import UnixMs
from protocol.indicator import is_personal
from protocol.kind import Kind, Shelf
from protocol.parts import indicator_value
from protocol.rules import choice, long_text, moment, text
from protocol.v1 import records_pb2 as pb

DAYS_MOST = 90
DAYS_MOST_PERSONAL = 30
"""Plate and person types."""

TABLE = Table(
    pb.Indicator,
    (
        Field("value", indicator_value(), required=True),
        Field("reason", choice(pb.Indicator, "Reason"), required=True, mark="S"),
        Field("grounds", long_text(), required=True, mark="S"),
        Field("on_hit", choice(pb.Indicator, "OnHit"), required=True),
        Field("contact", text(80), required=True, mark="S"),
        Field("do_not", text(200), mark="S"),
        Field("valid_from", moment(), required=True),
        Field("valid_until", moment(), required=True),
        Field("match", choice(pb.Indicator, "Match")),
        Field("owner", text(80), required=True),
    ),
    ordered=(Order("valid_from", "valid_until", strict=True, most_ms=DAYS_MOST * DAY_MS),),
)


def _check(record: pb.Record, _now: UnixMs | None) -> Iterator[tuple[str, str]]:
    body = record.indicator
    span = body.valid_until - body.valid_from
    if is_personal(body.value.type) and DAYS_MOST_PERSONAL * DAY_MS < span <= DAYS_MOST * DAY_MS:
        yield "valid_until", f"at most {DAYS_MOST_PERSONAL} days after valid_from for a {body.value.type}"
    if body.match == pb.Indicator.MATCH_FUZZY_PLATE and body.value.type != "plate":
        yield "match", "fuzzy_plate only for a plate"


def _turn(before: Any, after: Any) -> Iterator[tuple[str, str]]:
    if before is None:
        return
    if before.value != after.value:
        yield "value", "stays: another subject is another record"
    if after.valid_until > before.valid_until and after.grounds == before.grounds:
        yield "grounds", "new ones, to extend it"


KIND = Kind(
    name="indicator",
    table=TABLE,
    check=_check,
    says=(
        "`valid_until` is at most 30 days after `valid_from` for a type of indicator that is personal",
        "`match` fuzzy_plate only for a plate",
    ),
    summary="grounds",
    values=lambda body: (("value", body.value),) if body.HasField("value") else (),
    words=("grounds", "contact", "do_not", "owner"),
    turn=_turn,
    turns=("a version has the `value` of the one before, and where it is valid longer other `grounds`",),
    lapses="valid_until",
    shelf=Shelf.LOOKOUTS,
    retention="indicator",
    right="can_publish_indicator",
)
