"""Enum numbers and their codes: `CATEGORY_VESSEL_ANOMALY` is `vessel_anomaly` on screens, in files and in rules.

Guarantees a code for every number: one that is not known here is shown as its number. Screens translate codes.
"""

from __future__ import annotations

from typing import Any

from google.protobuf.descriptor import EnumDescriptor

from protocol.errors import ProtocolError


def code(enum: EnumDescriptor, number: int) -> str:
    """The code of `number`; "" for UNSPECIFIED, the decimal number where it is unknown."""
    if number == 0:
        return ""
    value = enum.values_by_number.get(number)
    return str(number) if value is None else _short(enum, value.name)


def number(enum: EnumDescriptor, text: str) -> int:
    """The number of a code; ProtocolError where there is none."""
    for value in enum.values:
        if value.number and _short(enum, value.name) == text:
            return int(value.number)
    raise ProtocolError("not one of " + ", ".join(codes(enum)), where=enum.name)


def codes(enum: EnumDescriptor) -> tuple[str, ...]:
    """All codes of an enum, in order of number."""
    return tuple(_short(enum, value.name) for value in enum.values if value.number)


def code_of(message: Any, field: str) -> str:
    """The code that stands in an enum field of a message: `code_of(alert, "severity") == "severe"`."""
    return code(_enum(message, field), getattr(message, field))


def codes_of(message: Any, field: str) -> tuple[str, ...]:
    """The codes that stand in a list of enums."""
    enum = _enum(message, field)
    return tuple(code(enum, value) for value in getattr(message, field))


def _enum(message: Any, field: str) -> EnumDescriptor:
    enum = message.DESCRIPTOR.fields_by_name[field].enum_type
    assert enum is not None, f"{field} is no enum"
    return enum


def _short(enum: EnumDescriptor, name: str) -> str:
    # The first value is <PREFIX>_UNSPECIFIED in every enum of records.proto; the conformance test holds it.
    return name.removeprefix(enum.values[0].name.removesuffix("UNSPECIFIED")).lower()
