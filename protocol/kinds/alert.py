"""alert: something is happening or just happened and somebody may have to act."""

from __future__ import annotations

from collections.abc import Iterator

from protocol.fields import DAY_MS, Field, Table, part
from protocol.ids import UnixMs
from protocol.kind import Kind, Shelf
from protocol.rules import choice, code, each, flag, long_text, moment, number, pairs, text
from protocol.v1 import records_pb2 as pb

OBSERVATION = Table(
    pb.Observation,
    (
        Field("type", code(), required=True),
        Field("sensor", code(), required=True),
        Field("at", moment(), required=True),
        Field("fields", pairs(code(), text(200), most=32)),
    ),
)

TABLE = Table(
    pb.Alert,
    (
        Field("category", choice(pb.Alert, "Category"), required=True),
        Field("severity", choice(pb.Alert, "Severity"), required=True),
        Field("certainty", choice(pb.Alert, "Certainty"), required=True),
        Field("urgency", choice(pb.Alert, "Urgency"), required=True),
        Field("description", long_text(), required=True, mark="S"),
        Field("action", text(400)),
        Field("life_safety", flag(), required=True),
        Field("detector", code()),
        Field("detector_version", text(20)),
        Field("score", number(0, 1)),
        Field("explanation", each(text(400), most=10), mark="S"),
        Field("evidence", each(part(OBSERVATION), most=50), mark="S"),
    ),
    together=(("detector", "detector_version"),),
)

_GRAVE = frozenset({pb.Alert.SEVERITY_EXTREME, pb.Alert.SEVERITY_SEVERE})


def _check(record: pb.Record, _now: UnixMs | None) -> Iterator[tuple[str, str]]:
    alert = record.alert
    if alert.life_safety and alert.severity not in _GRAVE:
        yield "life_safety", "needs severity extreme or severe"
    if alert.detector and not alert.explanation:
        yield "explanation", "required with a detector"
    if alert.detector and not alert.evidence:
        yield "evidence", "required with a detector"


KIND = Kind(
    name="alert",
    table=TABLE,
    check=_check,
    says=(
        "`life_safety` needs severity extreme or severe",
        "`explanation` and `evidence` are required with a `detector`",
    ),
    summary="description",
    words=("description", "action", "explanation"),
    expires_most_ms=7 * DAY_MS,
    shelf=Shelf.WATCH,
    urgent=True,
    retention="alert_unconfirmed",
    right="can_publish_alert",
)
