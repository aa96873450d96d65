"""The second reader's headers, feed ids and commitments (docs/protocol.md, chapters 4 and 5)."""

from __future__ import annotations

import re
from typing import Any

from second_labels import NODE, label
from second_wire import is_set, message, need, sha256

PREVIOUS = {"feed": (1, "bytes"), "size": (2, "u64"), "root": (3, "bytes")}
TARGET = {"record_id": (1, "bytes"), "version": (2, "u32"), "feed": (3, "bytes"), "index": (4, "u64")}
OPEN = {
    "origin": (1, "string"),
    "epoch": (2, "u32"),
    "salt": (3, "bytes"),
    "label": (4, "string"),
    "rules": (5, "u32"),
    "previous": (6, "bytes"),
}
HEADER: dict[str, tuple[int, Any]] = {
    "op": (1, "enum"),
    "record_id": (2, "bytes"),
    "version": (3, "u32"),
    "content_type": (4, "string"),
    "commitment": (5, "bytes"),
    "issued_ms": (6, "i64"),
    "expires_ms": (7, "i64"),
    "retain_until_ms": (8, "i64"),
    "register": (9, "u64"),
    "reason": (10, "u32"),
    "target": (11, TARGET),
    "successor": (12, "bytes"),
    "open": (13, OPEN),
    "previous": (14, PREVIOUS),
    "audit_head": (15, "bytes"),
    "erase_signature": (16, "bytes"),
}
CONTENT = {"content_type", "commitment", "retain_until_ms"}
OPS: dict[int, tuple[str, set[str], set[str]]] = {
    1: ("OPEN", {"open"}, set()),
    2: ("PUBLISH", {"record_id", "version", *CONTENT}, {"expires_ms"}),
    3: ("RETRACT", {"target", "reason"}, CONTENT),
    4: ("ERASE", {"target", "reason"}, {*CONTENT, "erase_signature"}),
    5: ("SUPERSEDED", {"target", "successor"}, set()),
    6: ("CLOSE", set(), set()),
    7: ("EPOCH", {"previous"}, set()),
    8: ("WITHDRAW", {"target"}, set()),
    9: ("DESTROYED", {"target", "reason"}, set()),
    10: ("QUARANTINED", {"target", "reason"}, set()),
    11: ("AUDIT_HEAD", {"audit_head"}, set()),
}
SIZES = {"commitment": 32, "audit_head": 32, "erase_signature": 64}
TYPE = re.compile(r"port2port/([a-z][a-z0-9_-]{1,39});v=[1-9][0-9]{0,3}")


def is_record_id(raw: bytes) -> bool:
    return len(raw) == 16 and raw[6] & 0xF0 == 0x70 and raw[8] & 0xC0 == 0x80


def header(raw: bytes) -> dict[str, Any]:
    need(len(raw) <= 4096, "a header has at most 4,096 bytes")
    found = message(raw, HEADER)
    values = {name: value for name, value in found.items() if is_set(value)}
    need(values.get("op") in OPS, "no operation that is known")
    name, must, may = OPS[values["op"]]
    rest = values.keys() - {"op", "issued_ms", "register"}
    need(must <= rest <= must | may, f"fields of {name}")
    need(not rest & CONTENT or rest >= CONTENT, "type, commitment and retention together")
    need(values.get("issued_ms", 0) >= 1 and values.get("register", 0) >= 1, "issued_ms and register")
    issued = values["issued_ms"]
    need(
        all(values[f] > issued for f in ("expires_ms", "retain_until_ms") if f in values),
        "times after issued_ms",
    )
    need(all(len(values[f]) == size for f, size in SIZES.items() if f in values), "sizes")
    need(all(is_record_id(values[f]) for f in ("record_id", "successor") if f in values), "record ids")
    if "content_type" in values:
        text = values["content_type"]
        need(TYPE.fullmatch(text) is not None, "content type")
    if "target" in values:
        target(name, values["target"])
    if "previous" in values:
        before = values["previous"]
        need(len(before.get("feed", b"")) == 32 and len(before.get("root", b"")) == 32, "previous")
        need(before.get("size", 0) >= 1, "previous.size")
    values["name"] = name
    return values


def target(op: str, fields: dict[str, Any]) -> None:
    values = {name for name, value in fields.items() if is_set(value)}
    if op in {"RETRACT", "ERASE", "SUPERSEDED"}:
        need(values == {"record_id", "version"}, "target")
    else:
        more: dict[str, list[set[str]]] = {
            "WITHDRAW": [set()],
            "DESTROYED": [set(), {"record_id", "version"}],
            "QUARANTINED": [set(), {"index"}],
        }
        need(values - {"feed"} in more[op] and len(fields.get("feed", b"")) == 32, "target")
    need("record_id" not in values or is_record_id(fields["record_id"]), "target.record_id")


def opened(raw: bytes) -> tuple[dict[str, Any], bool, str]:
    """OPEN, whether it opens a control feed, and the feed id in hex."""
    values = header(raw)
    need(values["name"] == "OPEN", "entry 0 is OPEN")
    fields = values["open"]
    origin, epoch, salt = fields.get("origin", ""), fields.get("epoch", 0), fields.get("salt", b"")
    need(re.fullmatch(NODE, origin) is not None, "origin")
    need(epoch >= 1 and len(salt) == 16 and fields.get("rules", 0) == 1, "epoch, salt, rules")
    need(len(fields.get("previous", b"")) == (32 if epoch > 1 else 0), "previous")
    control = label(fields.get("label", ""))
    feed = sha256(
        b"port2port/feed/v1\0",
        origin.encode(),
        b"\0",
        epoch.to_bytes(4, "big"),
        salt,
        fields["label"].encode(),
    )
    return fields, control, feed.hex()


def committed(head: dict[str, Any], body: bytes, salt: bytes) -> bytes:
    need(len(salt) == 32 and len(body) <= 262_144, "content and salt")
    kind = head["content_type"].encode()
    sized = [len(kind).to_bytes(8, "big"), kind, len(body).to_bytes(8, "big"), body]
    return sha256(b"port2port/content/v1\x00", salt, *sized)
