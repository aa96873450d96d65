"""The second reader's bytes: SHA-256, base64 and Protocol Buffers (docs/protocol.md, chapter 1)."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

U64 = (1 << 64) - 1


class Refused(Exception):
    """The file proves nothing; the words say why."""


def need(holds: bool, why: str) -> None:
    if not holds:
        raise Refused(why)


def sha256(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def unbase64(text: Any, why: str) -> bytes:
    need(isinstance(text, str) and text.isascii(), why)
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise Refused(why) from error
    need(base64.b64encode(raw).decode() == text, why)
    return raw


def varint(raw: bytes, at: int) -> tuple[int, int]:
    value = 0
    for n in range(10):
        need(at + n < len(raw), "a varint is cut short")
        value |= (raw[at + n] & 0x7F) << (7 * n)
        if raw[at + n] < 0x80:
            return value & U64, at + n + 1
    raise Refused("a varint of more than 10 bytes")


def tag(raw: bytes, at: int) -> tuple[int, int, int]:
    value, after = varint(raw, at)
    need(after - at <= 5 and value < 1 << 32 and value >> 3 > 0, "no such tag")
    return value >> 3, value & 7, after


def skip(raw: bytes, at: int, number: int, wire: int, depth: int) -> int:
    if wire == 3:
        need(depth < 100, "groups too deep")
        while True:
            inner, kind, at = tag(raw, at)
            if kind == 4:
                need(inner == number, "another group ends")
                return at
            at = skip(raw, at, inner, kind, depth + 1)
    if wire == 0:
        return varint(raw, at)[1]
    size, at = varint(raw, at) if wire == 2 else ({1: 8, 5: 4}.get(wire, U64), at)
    need(at + size <= len(raw), "a field is cut short")
    return at + size


def scalar(value: int, sort: str) -> int:
    if sort == "i64":
        return value - (1 << 64) if value >> 63 else value
    if sort in {"u32", "enum"}:
        return value & 0xFFFFFFFF
    return value


def message(
    raw: bytes, fields: dict[str, tuple[int, Any]], into: dict[str, Any] | None = None
) -> dict[str, Any]:
    """What is set: not 0, not empty, or a message that is present."""
    found: dict[str, Any] = into if into is not None else {}
    by_number = {number: (name, sort) for name, (number, sort) in fields.items()}
    at = 0
    while at < len(raw):
        number, wire, after = tag(raw, at)
        end = skip(raw, after, number, wire, 0)
        name, sort = by_number.get(number, ("", None))
        numeric = isinstance(sort, str) and sort in {"u32", "u64", "i64", "enum"}
        if sort is not None and wire == (0 if numeric else 2):
            size, start = varint(raw, after)
            if numeric:
                found[name] = scalar(size, sort)
            elif sort == "list":
                found[name] = [*found.get(name, []), raw[start:end]]
            elif isinstance(sort, dict):
                found[name] = message(raw[start:end], sort, found.get(name))
            else:
                found[name] = raw[start:end]
                if sort == "string":
                    found[name] = utf8(raw[start:end])
        at = end
    return found


def utf8(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused("a string that is not UTF-8") from error


def is_set(value: Any) -> bool:
    return isinstance(value, dict) or bool(value)
