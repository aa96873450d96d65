"""Enum numbers and their codes: `CATEGORY_VESSEL_ANOMALY` is `vessel_anomaly` on screens, in files and in rules.

Guarantees a code for every number: one that is not known here is shown as its number. Screens translate codes. A field is
named by its message (a class or a value) and its name.
"""

from __future__ import annotations

from typing import Any

from google.protobuf.message import Message

from protocol.errors import ProtocolError


def code_of(message: Message, field: str) -> str:
    """The code in an enum field: `code_of(alert, "severity") == "severe"`; "" for none, digits where it is unknown."""
    return _code(_enum(message, field), getattr(message, field))


def codes(message: Message | type[Message], field: str) -> tuple[str, ...]:
    """All codes a field may have, in order of number."""
    enum = _enum(message, field)
    return tuple(_code(enum, value.number) for value in enum.values if value.number)


def number(message: Message | type[Message], field: str, code: str) -> int:
    """The number of a code: `number(pb.Alert, "severity", "severe")`; ProtocolError with what is allowed."""
    allowed = codes(message, field)
    if code not in allowed:
        raise ProtocolError("one of " + ", ".join(allowed), where=field)
    enum = _enum(message, field)
    return next(int(value.number) for value in enum.values if _code(enum, value.number) == code)


def _enum(message: Message | type[Message], field: str) -> Any:
    return message.DESCRIPTOR.fields_by_name[field].enum_type


def _code(enum: Any, number: int) -> str:
    value = enum.values_by_number.get(number)
    if value is None:
        return str(number)
    # The first value is <PREFIX>_UNSPECIFIED in every enum of records.proto; a test holds it.
    prefix = enum.values[0].name.removesuffix("UNSPECIFIED")
    return str(value.name.removeprefix(prefix).lower()) if number else ""
