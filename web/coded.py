"""Which table of `web/words` has the words of which enum of a record, and its codes as that table writes them."""

from __future__ import annotations

from typing import Any

from google.protobuf.message import Message

from protocol.codes import code_of, codes, number

_TABLES = {
    "Alert.Category": "category",
    "Alert.Severity": "severity",
    "Alert.Certainty": "certainty",
    "Alert.Urgency": "urgency",
    "Common.Statement": "statement",
    "Common.Regime": "regime",
    "Common.Reliability": "reliability",
    "Common.SubjectCategory": "subject_category",
    "Incident.Type": "incident_type",
    "Incident.Status": "incident_status",
    "Incident.Informed": "informed",
    "Goods.Type": "goods",
    "Role.Part": "part",
    "Indicator.Reason": "lookout_reason",
    "Indicator.OnHit": "on_hit",
    "Indicator.Match": "match",
    "Sighting.Result": "result",
    "Sighting.Modality": "modality",
    "BestPractice.Area": "area",
    "BestPractice.AppliesTo": "applies_to",
    "BestPractice.Effort": "effort",
    "BestPractice.Barrier": "barrier",
    "ModusOperandi.Barrier": "barrier",
    "PortBan.Scope": "scope",
    "PortBan.Ground": "ground",
    "PortBan.MatchClass": "match_class",
    "PortBan.Standing": "standing",
    "Document.Type": "document",
    "Notice.Category": "notice",
    "Notice.Adoption": "adoption",
    "SecurityLevel.Scale": "scale",
    "Outcome.Result": "outcome",
    "Request.Step": "step",
}
_LISTED = {
    "code": "method",
    "modus_operandi": "method",
    "nationality": "country",
    "country": "country",
    "lang": "language",
    "credibility": "credibility",
    "cost_class": "cost_class",
}
"""Fields whose value itself is the code: of the register's lists, of ISO, of a scale."""
_CAP = frozenset({"severity", "certainty", "urgency"})
"""CAP 1.2 writes its codes with a capital."""


def table_of(message: type[Message] | Message, field: str) -> str:
    """The table of an enum field's words."""
    return _TABLES[_enum(message, field).full_name.removeprefix("port2port.v1.")]


def listed_table(field: str) -> str:
    """The table of words for the values of a field that is no enum; "" where they are not codes."""
    return _LISTED.get(field, "")


def every(message: type[Message] | Message, field: str) -> tuple[str, ...]:
    """All codes of it, as the table writes them."""
    return tuple(_written(table_of(message, field), code) for code in codes(message, field))


def said(message: Message, field: str) -> str:
    """The code that stands in it; "" for none."""
    return _written(table_of(message, field), code_of(message, field))


def said_each(message: Message, field: str) -> tuple[str, ...]:
    """The codes that stand in a list of them."""
    every_one = dict(zip(_numbers(message, field), every(message, field), strict=True))
    return tuple(every_one.get(held, str(held)) for held in getattr(message, field))


def meant(message: Message, field: str, code: str) -> Any:
    """The number of a code. ProtocolError where it is none."""
    return number(message, field, code.lower())


def _numbers(message: Message, field: str) -> tuple[int, ...]:
    return tuple(value.number for value in _enum(message, field).values if value.number)


def _enum(message: type[Message] | Message, field: str) -> Any:
    return message.DESCRIPTOR.fields_by_name[field].enum_type


def _written(table: str, code: str) -> str:
    return code.capitalize() if table in _CAP else code
