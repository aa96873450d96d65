"""From what an officer typed to what the node keeps: records and labels, with errors at the form's fields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from node.commands.raise_alert import NoLegalBasis, legal_basis
from policies.clearance import Reader as Reading
from protocol.codes import number
from protocol.errors import BadRecord, ProtocolError
from protocol.fields import DAY_MS
from protocol.ids import NodeId, OrganisationId, UnixMs
from protocol.indicator import normalise
from protocol.kinds import known
from protocol.label import TLP_NAMED, Label, Level
from protocol.marks import required_caveats
from protocol.register_view import Register
from protocol.v1 import records_pb2 as pb
from web.shown import form_field
from web.views import AlertDraft, FieldError, IndicatorDraft, LabelChoice

REGIME = "gdpr"
PURPOSES = frozenset({"port-security", "navigation-safety"})
"""What an officer's own alerts are for; a label names those that the officer has too."""
_DIGITS = {9: "mmsi", 7: "imo"}


class Wrong(Exception):
    """Fields that cannot stay so."""

    def __init__(self, *errors: FieldError) -> None:
        super().__init__()
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Author:
    """Who writes: the node, its organisation, the register it goes by, and the officer as a reader."""

    me: NodeId
    organisation: OrganisationId
    register: Register
    reading: Reading
    now: UnixMs


def alert(draft: AlertDraft, author: Author) -> pb.Record:
    """The record of an alert; raises `Wrong`."""
    common = _common("alert", draft, author, occurred_ms=draft.occurred_ms, statement=draft.statement)
    if draft.vessel:
        common.subjects.append(_vessel(draft.vessel))
    if draft.place:
        common.places.append(pb.Place(unlocode=draft.place))
    body = pb.Alert(description=draft.description, action=draft.action, life_safety=draft.life_safety)
    for field in ("category", "severity", "certainty", "urgency"):
        setattr(body, field, number(body, field, getattr(draft, field).lower()))
    return pb.Record(common=common, alert=body)


def indicator(draft: IndicatorDraft, author: Author) -> pb.Record:
    """The record of a look-out; raises `Wrong`."""
    common = _common("indicator", draft, author, occurred_ms=author.now, statement="assessment")
    body = pb.Indicator(
        value=_value("value", draft.type, draft.value),
        grounds=draft.grounds,
        contact=draft.contact,
        do_not=draft.do_not,
        owner=draft.owner,
        valid_from=author.now,
        valid_until=author.now + draft.valid_days * DAY_MS,
        match=pb.Indicator.MATCH_EXACT,
    )
    for field in ("reason", "on_hit"):
        setattr(body, field, number(body, field, getattr(draft, field)))
    return pb.Record(common=common, indicator=body)


def label(
    choice: LabelChoice, author: Author, message: pb.Record, to: frozenset[NodeId] = frozenset()
) -> Label:
    """The label that was chosen, with the caveats that the content asks for; raises `Wrong`.

    Named ports include our own: whoever wrote it goes on reading it. What is for the nodes `to` names each of them, and it alone.
    """
    named = frozenset(f"node:{port}" for port in (author.me, *choice.ports)) if choice.ports else frozenset()
    recipients = frozenset({named}) if named else frozenset()
    if to:
        recipients = frozenset(frozenset({f"node:{node}"}) for node in to)
    caveats = required_caveats(message, known()[message.common.kind])
    try:
        return Label(
            policies=frozenset({author.register.policy}),
            level=Level.NONE,
            tlp=TLP_NAMED[choice.tlp],
            audience=frozenset({frozenset({choice.audience})}),
            recipients=recipients,
            purposes=(author.reading.purposes & PURPOSES) or None,
            caveats=caveats | ({"ORCON"} if choice.orcon else frozenset()),
            status="exercise" if choice.exercise else "",
        )
    except (ProtocolError, KeyError) as error:
        raise Wrong(FieldError("label", "label")) from error


def wrong(error: BadRecord) -> Wrong:
    """A kind's violations at the fields of the form; the first of each field."""
    errors: dict[str, FieldError] = {}
    for violation in error.violations:
        field = form_field(violation.path)
        errors.setdefault(field, FieldError(field, "rule", words=violation.rule))
    return Wrong(*errors.values())


def _common(kind: str, draft: Any, author: Author, *, occurred_ms: UnixMs, statement: str) -> pb.Common:
    common = pb.Common(
        kind=kind,
        lang=draft.lang,
        title=draft.title,
        occurred_from=occurred_ms,
        controller=author.organisation,
        legal_basis=draft.legal_basis or _basis(kind, author.register),
    )
    common.regime = number(common, "regime", REGIME)  # type: ignore[assignment]
    common.statement = number(common, "statement", statement)  # type: ignore[assignment]
    return common


def _basis(kind: str, register: Register) -> str:
    try:
        return legal_basis(register, kind, REGIME)
    except NoLegalBasis as error:
        raise Wrong(FieldError("legal_basis", "rule", words=str(error))) from error


def _vessel(typed: str) -> pb.IndicatorValue:
    digits = "".join(char for char in typed if char.isdecimal())
    sort = _DIGITS.get(len(digits))
    if sort is None:
        raise Wrong(FieldError("vessel", "vessel"))
    return _value("vessel", sort, digits)


def _value(field: str, sort: str, typed: str) -> pb.IndicatorValue:
    try:
        return pb.IndicatorValue(type=sort, value=normalise(sort, typed))
    except BadRecord as error:
        digit = "check" in error.violations[0].rule
        raise Wrong(FieldError(field, "check_digit" if digit else "vessel")) from error
