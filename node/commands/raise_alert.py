"""A detection becomes a draft alert: the detector's words, subjects, place and the observations that explain it.

Guarantees that the same detection gives the same record, apart from its id. Whether it leaves is decided elsewhere.
"""

from __future__ import annotations

from node.commands.context import Context
from node.detector import Detection, Spot
from node.observation import Observation
from protocol.codes import number
from protocol.errors import BadRecord, ProtocolError, Violation
from protocol.ids import organisation_of
from protocol.register_view import Register
from protocol.v1 import records_pb2 as pb

LANGUAGE = "en"
"""The sentences of detectors are English until catalogues have them."""
REGIME = "gdpr"


class NoLegalBasis(Exception):
    """The register's processing list has no entry for this kind and regime; an alert cannot be written without one."""


def owner_of(detection: Detection) -> str:
    """Who made the draft, as audit and drafts name a detector."""
    return f"detector/{detection.detector}"


def alert_of(detection: Detection, ctx: Context) -> pb.Record:
    """The record a detection says. Raises BadRecord for what no record can hold, NoLegalBasis where it has no ground."""
    basis = legal_basis(ctx.register, "alert", REGIME)
    try:
        return pb.Record(common=_common(detection, ctx, basis), alert=_alert(detection))
    except BadRecord:
        raise
    except (
        ValueError,
        TypeError,
    ):  # what the wire format cannot hold: half a character, a time beyond 64 bits
        raise BadRecord((Violation("alert", "", "values that a record can hold"),)) from None


def _common(detection: Detection, ctx: Context, basis: str) -> pb.Common:
    return pb.Common(
        kind="alert",
        lang=LANGUAGE,
        title=detection.title.text,
        occurred_from=detection.occurred_from,
        occurred_to=detection.occurred_to,
        subjects=[pb.IndicatorValue(type=s.type, value=s.value) for s in detection.subjects],
        places=[_place(detection.place)] if detection.place else [],
        regime=pb.Common.REGIME_GDPR,
        controller=organisation_of(ctx.me),
        legal_basis=basis,
        statement=pb.Common.STATEMENT_ASSESSMENT,
    )


def _alert(detection: Detection) -> pb.Alert:
    alert = pb.Alert(
        description=" ".join(sentence.text for sentence in detection.explanation),
        life_safety=False,
        detector=detection.detector,
        detector_version=detection.version,
        score=detection.score,
        explanation=[sentence.text for sentence in detection.explanation],
        evidence=[evidence(one) for one in detection.observations],
    )
    for field in ("category", "severity", "certainty", "urgency"):
        setattr(alert, field, _listed(field, getattr(detection, field)))
    return alert


def _listed(field: str, word: str) -> int:
    try:
        return number(pb.Alert, field, word.lower())
    except ProtocolError as error:
        raise BadRecord((Violation("alert", field, error.rule),)) from None


def legal_basis(register: Register, kind: str, regime: str) -> str:
    """The register's first entry for a kind under a regime, by id."""
    fitting = [p.id for p in register.processing.values() if kind in p.kinds and p.regime == regime]
    if not fitting:
        raise NoLegalBasis(f"the register's processing list has no entry for {kind} under {regime}")
    return min(fitting)


def _place(spot: Spot) -> pb.Place:
    point = pb.Point(lat=spot.lat, lon=spot.lon, accuracy_m=spot.accuracy_m or None)
    if spot.radius_m:
        return pb.Place(circle=pb.Circle(point=point, radius_m=spot.radius_m))
    return pb.Place(point=point)


def evidence(observation: Observation) -> pb.Observation:
    """What an alert cites of an observation."""
    return pb.Observation(
        type=observation.kind,
        sensor=observation.sensor,
        at=observation.at,
        fields={name: str(value) for name, value in observation.fields().items()},
    )
