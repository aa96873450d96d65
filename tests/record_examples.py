"""A minimal valid record of each kind: what the shared tests of records start from."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from protocol.fields import DAY_MS
from protocol.ids import UnixMs, new_record_id
from protocol.v1 import records_pb2 as pb

NOW = UnixMs(1_790_000_000_000)


def ref(seed: int = 1) -> pb.Ref:
    """A well-formed reference."""
    record_id = new_record_id(NOW, lambda size: hashlib.sha256(bytes([seed])).digest()[:size])
    return pb.Ref(record_id=record_id, feed=hashlib.sha256(bytes([seed, 1])).digest())


def common(kind: str) -> pb.Common:
    """The common part, required fields only."""
    return pb.Common(
        kind=kind,
        lang="nl",
        title="Twee personen aan hek 27",
        occurred_from=NOW,
        regime=pb.Common.REGIME_GDPR,
        controller="port-antwerp-bruges",
        legal_basis="msa-2022-art-x",
        statement=pb.Common.STATEMENT_FACT,
    )


def _alert() -> dict[str, Any]:
    return {
        "category": pb.Alert.CATEGORY_INTRUSION,
        "severity": pb.Alert.SEVERITY_MODERATE,
        "certainty": pb.Alert.CERTAINTY_LIKELY,
        "urgency": pb.Alert.URGENCY_IMMEDIATE,
        "description": "Iemand staat aan het hek.",
        "life_safety": False,
    }


def _incident() -> dict[str, Any]:
    return {
        "type": pb.Incident.TYPE_INTRUSION,
        "status": pb.Incident.STATUS_SUSPECTED,
        "narrative": "Om drie uur gezien.",
        "judicial": False,
    }


def _indicator() -> dict[str, Any]:
    return {
        "value": pb.IndicatorValue(type="imo", value="1234567"),
        "reason": pb.Indicator.REASON_SPOOFING,
        "grounds": "Eerder gemeld.",
        "on_hit": pb.Indicator.ON_HIT_OBSERVE,
        "contact": "SPN 24/7",
        "valid_from": NOW,
        "valid_until": NOW + DAY_MS,
        "owner": "SPN Antwerp 24/7",
    }


def _sighting() -> dict[str, Any]:
    return {
        "indicator": ref(),
        "result": pb.Sighting.RESULT_NOT_SEEN,
        "count": 0,
        "modality": pb.Sighting.MODALITY_AIS,
    }


def _best_practice() -> dict[str, Any]:
    return {
        "summary": "Een tweede hek.",
        "area": [pb.BestPractice.AREA_PERIMETER],
        "problem": "Eén hek is te weinig.",
        "measure": "Er kwam een tweede.",
        "applies_to": [pb.BestPractice.APPLIES_TO_TERMINAL],
        "review_by": NOW + 300 * DAY_MS,
    }


def _port_ban() -> dict[str, Any]:
    return {
        "authority": "Rechtbank Nergens",
        "decision_ref": "ECLI:BE:X:2026:1",
        "decided_on": "2026-01-10",
        "family_name": "Janssen",
        "given_names": "Jan Zonder Land",
        "birth_date": "1990-04-00",
        "scope": pb.PortBan.SCOPE_ALL_BELGIAN_PORTS,
        "from": "2026-02-01",
        "until": "2031-01-31",
        "ground": pb.PortBan.GROUND_DRUGS_LAW,
        "match_class": pb.PortBan.MATCH_CLASS_NAME_BIRTH,
    }


def _notice() -> dict[str, Any]:
    return {"category": pb.Notice.CATEGORY_INFORMATION, "text": "Vergadering verzet."}


def _modus_operandi() -> dict[str, Any]:
    return {"code": "switch", "description": "De container wordt gewisseld voor de inspectie."}


def _security_level() -> dict[str, Any]:
    return {
        "scale": pb.SecurityLevel.SCALE_ISPS,
        "level": 2,
        "areas": [pb.Place(facility="BEANR-0123")],
        "effective_from": NOW,
    }


def _outcome() -> dict[str, Any]:
    return {"about": ref(), "result": pb.Outcome.RESULT_CONFIRMED}


def _request() -> dict[str, Any]:
    return {
        "step": pb.Request.STEP_ASKED,
        "owner": "north-sea-port",
        "wanted": "De maatregel aan de sluis.",
        "grounds": "Wij bouwen er een.",
    }


def _audit() -> dict[str, Any]:
    return {"act": "release", "actor": "node", "at": NOW}


def _approval() -> dict[str, Any]:
    return {
        "step": pb.Approval.STEP_RETURNED,
        "plan": bytes(32),
        "until": NOW + DAY_MS,
        "question": ref(),
        "leaf": bytes(32),
        "officer": "00000000-0000-4000-8000-000000000001",
        "roles": ["security_officer"],
        "reason": "Welke kaai?",
    }


_BODIES: dict[str, Callable[[], dict[str, Any]]] = {
    "alert": _alert,
    "incident": _incident,
    "indicator": _indicator,
    "sighting": _sighting,
    "best_practice": _best_practice,
    "port_ban": _port_ban,
    "notice": _notice,
    "modus_operandi": _modus_operandi,
    "security_level": _security_level,
    "outcome": _outcome,
    "request": _request,
    "audit": _audit,
    "approval": _approval,
    "words": lambda: {"text": "Vergissing: het was de onderhoudsploeg."},
}
KINDS = frozenset(_BODIES)
"""Kinds that have an example."""

_BARE = {
    "audit": pb.Common(kind="audit"),
    "words": pb.Common(kind="words", lang="nl"),
    "approval": pb.Common(kind="approval", regime=pb.Common.REGIME_GDPR),
}


def example(kind: str, **changes: Any) -> pb.Record:
    """A minimal valid record of `kind`, its body's fields changed by keyword; None takes a field out."""
    record = pb.Record(common=_BARE.get(kind) or common(kind))
    if kind == "port_ban":
        record.common.subject_category.append(pb.Common.SUBJECT_CATEGORY_CONVICTED)
    fields = {**_BODIES[kind](), **changes}
    body = getattr(record, kind)
    body.MergeFrom(type(body)(**{name: value for name, value in fields.items() if value is not None}))
    body.SetInParent()
    return record
