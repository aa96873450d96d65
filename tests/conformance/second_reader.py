"""A second verifier of proof files, written from docs/protocol.md alone (chapters 1 to 9), and of what chapter 11 says of Ahead,
Stored and Beat.

It imports nothing of the product: the standard library, and libsodium by PyNaCl. It is slow, plain and on purpose unlike the
product's code. `python second_reader.py PROOF KEYS`: KEYS is JSON, {"log": {node: [hex]}, "hold": {node: [hex]}}.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import nacl.bindings
import nacl.exceptions

U64 = (1 << 64) - 1
Keys = dict[str, dict[str, list[bytes]]]


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


# ---- Protocol Buffers, chapter 1 ----------------------------------------------------------------------------------------

# name: (number, type); a list is a message
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


# ---- Labels, chapter 3 --------------------------------------------------------------------------------------------------

NODE = (
    r"(?=[a-z0-9-]{3,40}(?![a-z0-9-]))(?![a-z0-9-]*---)(?![a-z0-9-]*--[a-z0-9-]*--)[a-z0-9][a-z0-9-]*[a-z0-9]"
)
ROLE = r"[a-z0-9_-]{2,40}"
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
ITEMS = {
    "COMP": r"[A-Z0-9][A-Z0-9-]{0,39}",
    "AUD": r"[a-z0-9_-]{2,40}",
    "CTRY": r"[A-Z]{2}",
    "TO": rf"(?:node:{NODE}|role:{NODE}/{ROLE}|officer:{NODE}/{UUID})",
    "PURPOSE": "port-security|navigation-safety|enforcement|access-control|prosecution|crisis|learning",
    "CAVEAT": "ORCON|PERSONAL|JUDICIAL|SOURCE|BE-ONLY|NO-EXPORT",
    "STATUS": "exercise|test",
}
LABEL = re.compile(
    r"(?P<policy>[A-Z+]+):(?P<level>NONE|RESTRICTED|CONFIDENTIAL|SECRET|TOP-SECRET)"
    r"//TLP:(?P<tlp>CLEAR|GREEN|AMBER\+STRICT|AMBER|RED)"
    + "".join(rf"(?://{part} (?P<{part}>[^/]*(?:/[^/]+)*))?" for part in ITEMS)
)


def ascending(items: list[str]) -> bool:
    return all(a < b for a, b in pairwise(items))


def label(text: str) -> bool:
    """Whether this is a label of a control feed; Refused where it is no label."""
    need(text.isascii() and len(text) <= 2048, "the label is ASCII of at most 2,048")
    found = LABEL.fullmatch(text)
    need(found is not None and found["AUD"] is not None, "not of the form of a label")
    assert found is not None
    policies = found["policy"].split("+")
    need(set(policies) <= {"BE", "EU", "NATO"} and ascending(policies), "policies")
    clauses: dict[str, list[list[str]]] = {}
    for part, form in ITEMS.items():
        if found[part] is not None:
            texts = found[part].split(" & ")
            need(
                ascending(texts) and (len(texts) == 1 or part in {"AUD", "CTRY", "TO"}), f"clauses of {part}"
            )
            clauses[part] = [clause.split(",") for clause in texts]
            for items in clauses[part]:
                need(ascending(items) and all(re.fullmatch(form, i) for i in items), f"items of {part}")
            sets = [set(items) for items in clauses[part]]
            need(not any(a < b for a in sets for b in sets), f"a clause of {part} contains another")
    need(len(clauses.get("STATUS", [[""]])[0]) == 1, "one status")
    need(found["tlp"] != "RED" or "TO" in clauses, "RED names its recipients")
    return reserved(found["level"], found["tlp"], policies, clauses) == "control"


def reserved(level: str, tlp: str, policies: list[str], clauses: dict[str, list[list[str]]]) -> str:
    named = {i for items in clauses["AUD"] for i in items} & {"control", "audit"}
    if not named:
        return ""
    need(clauses["AUD"] == [sorted(named)] and len(named) == 1, "a reserved community stands alone")
    need((level, tlp, len(policies)) == ("NONE", "RED", 1), "reserved: one policy, NONE, RED")
    need(clauses.keys() == {"AUD", "TO"}, "reserved: no other part")
    need(len(clauses["TO"]) == 1 and len(clauses["TO"][0]) == 1, "reserved: one node")
    need(clauses["TO"][0][0].startswith("node:"), "reserved: one node")
    return named.pop()


# ---- Headers, chapter 5 -------------------------------------------------------------------------------------------------

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


# ---- The log, chapter 6, by the definition: the root is made from the proof by recursion --------------------------------


def rooted(index: int, size: int, leaf: bytes, path: list[bytes]) -> bytes:
    """The root over `size` leaves in which `leaf` is number `index`, the last hash of the path being the topmost."""
    if size == 1:
        need(not path, "a proof too long")
        return leaf
    need(bool(path), "a proof too short")
    left = 1 << ((size - 1).bit_length() - 1)
    if index < left:
        return sha256(b"\x01", rooted(index, left, leaf, path[:-1]), path[-1])
    return sha256(b"\x01", path[-1], rooted(index - left, size - left, leaf, path[:-1]))


def included(index: int, size: int, raw: bytes, path: list[bytes], root: bytes) -> None:
    need(len(path) <= 64 and all(len(h) == 32 for h in path), "hashes")
    need(index < size <= 2**63 - 1, "the index is in the log")
    need(rooted(index, size, sha256(b"\x00", raw), path) == root, "not included")


# ---- Signatures and notes, chapter 7 ------------------------------------------------------------------------------------


def signed(public: bytes, said: bytes, signature: bytes) -> bool:
    if len(public) != 32 or not nacl.bindings.crypto_core_ed25519_is_valid_point(public):
        return False
    try:
        nacl.bindings.crypto_sign_open(signature + said, public)
    except nacl.exceptions.BadSignatureError:
        return False
    return True


def key_id(name: str, algorithm: int, public: bytes) -> bytes:
    return sha256(name.encode(), b"\n", bytes([algorithm]), public)[:4]


def note(text: Any) -> tuple[list[str], list[tuple[str, bytes]]]:
    """The three lines of the text, and name and bytes of each signature line."""
    need(isinstance(text, str) and len(text) <= 131_072, "the checkpoint is a note")
    form = re.fullmatch(r"([^\n]+)\n([^\n]+)\n([^\n]+)\n\n((?:[^\n]+\n)+)", text)
    need(form is not None, "three lines, an empty one, signature lines")
    assert form is not None
    lines = []
    for line in form[4][:-1].split("\n"):
        parts = line.split(" ")
        need(len(parts) == 3 and parts[0] == "\u2014", "a signature line")
        lines.append((parts[1], unbase64(parts[2], "a signature line")))
    need(len(lines) <= 513, "at most 512 cosignatures")
    return [form[1], form[2], form[3]], lines


def checkpoint(text: Any) -> dict[str, Any]:
    (name, size, root), lines = note(text)
    origin = re.fullmatch(rf"port2port/({NODE})/([0-9a-f]{{64}})", name)
    need(origin is not None, "the origin line")
    need(re.fullmatch("0|[1-9][0-9]{0,18}", size) is not None and int(size) < 2**63, "the size line")
    hashed = unbase64(root, "the root line")
    need(len(hashed) == 32 and (size != "0" or hashed == sha256()), "the root line")
    need(lines[0][0] == name and len(lines[0][1]) == 68, "the origin's signature comes first")
    holders = []
    for key_name, blob in lines[1:]:
        holder = re.fullmatch(rf"port2port/({NODE})/hold", key_name)
        need(holder is not None and len(blob) == 76, "a holder's line")
        assert holder is not None
        holders.append((holder[1], blob))
    need(ascending([holder for holder, _ in holders]), "one line for each holder, in order")
    assert origin is not None
    said = f"{name}\n{size}\n{root}\n".encode()
    return {
        "name": name,
        "origin": origin[1],
        "feed": origin[2],
        "size": int(size),
        "root": hashed,
        "said": said,
        "signature": lines[0][1],
        "holders": holders,
    }


def witnesses(point: dict[str, Any], keys: Keys) -> list[str]:
    found = []
    for holder, blob in point["holders"]:
        name, seconds = f"port2port/{holder}/hold", int.from_bytes(blob[4:12], "big")
        need(seconds < 2**63, "a time")
        own = [p for p in keys["hold"].get(holder, []) if key_id(name, 4, p) == blob[:4]]
        if not own:
            continue
        said = f"cosignature/v1\ntime {seconds}\n".encode() + point["said"]
        need(any(signed(p, said, blob[12:]) for p in own), "a cosignature that does not verify")
        if holder.split("--")[0] != point["origin"].split("--")[0]:
            found.append(holder)
    return found


# ---- Proof files, chapter 9 ---------------------------------------------------------------------------------------------


def parts(raw: bytes) -> dict[str, Any]:
    need(len(raw) <= 524_288, "at most 512 KiB")
    try:
        top = json.loads(raw.decode("utf-8"))
        again = json.dumps(top, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"
    except (ValueError, RecursionError) as error:
        raise Refused("not JSON in UTF-8") from error
    need(again == raw, "not in canonical form")
    if not isinstance(top, dict):
        raise Refused("an object")
    need(top.keys() == {"checkpoint", "entry", "format", "inclusion", "index", "open"}, "keys")
    need(top["format"] == "port2port/proof/v1", "format")
    for name, required, optional in (
        ("entry", {"header"}, {"content", "salt"}),
        ("open", {"header", "inclusion"}, set()),
    ):
        need(isinstance(top[name], dict), name)
        need(required <= top[name].keys() <= required | optional, name)
    need(type(top["index"]) is int and 1 <= top["index"] < 2**53, "index")
    return top


def hashes(value: Any) -> list[bytes]:
    need(isinstance(value, list), "a list of hashes")
    return [unbase64(item, "a hash") for item in value]


def content(entry: dict[str, Any], head: dict[str, Any]) -> bytes | None:
    need(("content" in entry) == ("salt" in entry), "content and salt, or neither")
    if "content" not in entry:
        return None
    body, salt = unbase64(entry["content"], "content"), unbase64(entry["salt"], "salt")
    need(0 < len(body) <= 262_144 and len(salt) == 32 and "commitment" in head, "content")
    kind = head["content_type"].encode()
    said = (
        b"port2port/content/v1\0",
        salt,
        len(kind).to_bytes(8, "big"),
        kind,
        len(body).to_bytes(8, "big"),
        body,
    )
    need(sha256(*said) == head["commitment"], "not the content that was committed to")
    return body


def verify(raw: bytes, keys: Keys) -> dict[str, Any]:
    """What the file proves; Refused where it proves nothing."""
    top = parts(raw)
    point = checkpoint(top["checkpoint"])
    first = unbase64(top["open"]["header"], "open.header")
    opening, control, feed = opened(first)
    need(
        (feed, opening["origin"]) == (point["feed"], point["origin"]), "another feed or origin than OPEN says"
    )
    own = [
        p
        for p in keys["log"].get(point["origin"], [])
        if key_id(point["name"], 1, p) == point["signature"][:4]
    ]
    need(any(signed(p, point["said"], point["signature"][4:]) for p in own), "the checkpoint is not signed")
    said = unbase64(top["entry"]["header"], "entry.header")
    included(0, point["size"], first, hashes(top["open"]["inclusion"]), point["root"])
    included(top["index"], point["size"], said, hashes(top["inclusion"]), point["root"])
    head = header(said)
    need(head["name"] != "OPEN" and (head["name"] != "EPOCH" or top["index"] == 1), "it does not stand there")
    need(control or head["op"] < 8, "only in a control feed")
    body = content(top["entry"], head)
    seen = witnesses(point, keys)
    return {
        "origin": point["origin"],
        "label": opening["label"],
        "feed": feed,
        "index": top["index"],
        "size": point["size"],
        "op": head["name"],
        "record_id": head.get("record_id", head.get("target", {}).get("record_id", b"")).hex(),
        "issued_ms": head["issued_ms"],
        "content_type": head.get("content_type", ""),
        "content": None if body is None else body.hex(),
        "content_absent": "commitment" in head and body is None,
        "witnesses": seen,
        "unwitnessed": len({node.split("--")[0] for node in seen}) < 2,
    }


# ---- What overtakes, and beats, chapter 11 ------------------------------------------------------------------------------

ENTRY = {"header": (1, "bytes"), "content": (2, "bytes"), "salt": (3, "bytes")}
POINT = {"size": (1, "u64"), "root": (2, "bytes"), "signature": (3, "bytes")}
AHEAD: dict[str, tuple[int, Any]] = {
    "feed": (1, "bytes"),
    "index": (2, "u64"),
    "entry": (3, ENTRY),
    "checkpoint": (4, POINT),
    "inclusion": (5, "list"),
    "from_size": (6, "u64"),
    "consistency": (7, "list"),
    "open": (8, ENTRY),
    "open_inclusion": (9, "list"),
}
STORED = {"feed": (1, "bytes"), "index": (2, "u64"), "size": (3, "u64"), "signature": (4, "bytes")}
BEAT: dict[str, tuple[int, Any]] = {
    "feed": (1, "bytes"),
    "checkpoint": (2, POINT),
    "cosignature": (3, "bytes"),
}
URGENT = {"alert", "port_ban"}


def ahead(raw: bytes, keys: Keys, origin: str, roots: dict[int, bytes]) -> dict[str, Any]:
    """What came ahead, for a holder of `roots` by size (with 0); Refused where lines 1 to 6, 9 and 11 do not hold; no EPOCH is held. `origin`: where held."""
    one = message(raw, AHEAD)
    feed, index, size = one.get("feed", b""), one.get("index", 0), one.get("from_size", 0)
    point = one.get("checkpoint", {})
    end, root = point.get("size", 0), point.get("root", b"")
    need(len(feed) == 32, "a feed id")
    need(size <= index < end < 2**63 and 1 <= index < 2**40, "sizes and index")
    need(
        ("open" in one) == (size == 0) and ("open" in one or "open_inclusion" not in one), "OPEN from nothing"
    )
    for path in ("inclusion", "consistency", "open_inclusion"):
        need(len(one.get(path, [])) <= 64 and all(len(each) == 32 for each in one.get(path, [])), "a proof")
    need(size <= max(roots) and (size > 0 or max(roots) == 0), "a gap")
    need(index - max(roots) <= 16_777_216, "further ahead than any backlog")
    control = False
    if size == 0:
        opening, control, found = opened(one["open"].get("header", b""))
        need(found == feed.hex(), "OPEN gives this feed id")
        origin = opening["origin"]
    name = f"port2port/{origin}/{feed.hex()}"
    vouched(name, end, root, point.get("signature", b""), keys["log"].get(origin, []))
    entry = one.get("entry", {})
    said = entry.get("header", b"")
    included(index, end, said, one.get("inclusion", []), root)
    if size:
        consistent(size, roots[size], end, root, one.get("consistency", []))
    else:
        included(0, end, one["open"].get("header", b""), one.get("open_inclusion", []), root)
    head = header(said)
    need(head["name"] not in {"OPEN", "EPOCH"} and (control or head["op"] < 8), "it does not stand there")
    kind = TYPE.fullmatch(head.get("content_type", ""))
    body = entry.get("content", b"")
    need((body == b"") == (entry.get("salt", b"") == b""), "content and salt come together")
    if body:
        need(
            "commitment" in head and committed(head, body, entry["salt"]) == head["commitment"],
            "the commitment",
        )
    urgent = head["name"] == "PUBLISH" and kind is not None and kind[1] in URGENT and body != b""
    need(urgent or head["name"] in {"RETRACT", "ERASE"}, "it may not go ahead")
    return {
        "origin": origin,
        "feed": feed,
        "index": index,
        "size": end,
        "root": root,
        "header": said,
        "op": head["name"],
    }


def stored(raw: bytes, keys: Keys, holder: str, one: dict[str, Any]) -> None:
    """Refused unless it is the holder's note on this very entry."""
    given = message(raw, STORED)
    same = ("feed", "index", "size")
    need(all(given.get(field, 0) == one[field] for field in same), "another entry or checkpoint")
    lines = [
        "port2port/stored/v1",
        f"{one['origin']}/{one['feed'].hex()}",
        str(one["index"]),
        base64.b64encode(sha256(b"\x00", one["header"])).decode(),
        str(one["size"]),
        base64.b64encode(one["root"]).decode(),
    ]
    text = "".join(line + "\n" for line in lines).encode()
    made(f"port2port/{holder}/hold", 1, text, given.get("signature", b""), 68, keys["hold"].get(holder, []))


def beat(raw: bytes, keys: Keys, origin: str, roots: dict[int, bytes], last: int) -> int:
    """The time of a beat that counts for a holder of `roots` by size, after one at `last`; Refused where it does not count."""
    given = message(raw, BEAT)
    point, blob = given.get("checkpoint", {}), given.get("cosignature", b"")
    need(len(given.get("feed", b"")) == 32 and len(blob) == 76, "a beat")
    size, root = point.get("size", 0), point.get("root", b"")
    need(size > 0 and roots.get(size) == root, "this size and root are not held")
    seconds = int.from_bytes(blob[4:12], "big")
    need(last < seconds < 2**63, "a later time")
    body = f"port2port/{origin}/{given['feed'].hex()}\n{size}\n{base64.b64encode(root).decode()}\n"
    text = f"cosignature/v1\ntime {seconds}\n{body}".encode()
    made(f"port2port/{origin}/hold", 4, text, blob, 76, keys["hold"].get(origin, []))
    return seconds


EVIDENCE: dict[str, tuple[int, Any]] = {
    "origin": (1, "string"),
    "feed": (2, "bytes"),
    "older": (3, POINT),
    "newer": (4, POINT),
    "root_at_older": (5, "bytes"),
    "consistency": (6, "list"),
}


def evidence(raw: bytes, keys: Keys) -> tuple[str, bytes]:
    """Whose feed it marks; Refused unless keys of its origin signed two statements that cannot both be true."""
    one = message(raw, EVIDENCE)
    origin, feed = one.get("origin", ""), one.get("feed", b"")
    older, newer = one.get("older", {}), one.get("newer", {})
    path, between = one.get("consistency", []), one.get("root_at_older", b"")
    need(len(feed) == 32 and len(path) <= 64 and all(len(each) == 32 for each in path), "its shape")
    small, large = older.get("size", 0), newer.get("size", 0)
    need(1 <= small <= large < 2**63, "sizes")
    for point in (older, newer):
        name = f"port2port/{origin}/{feed.hex()}"
        publics = keys["log"].get(origin, [])
        vouched(name, point["size"], point.get("root", b""), point.get("signature", b""), publics)
    if small == large:
        need(between == b"" and path == [], "nothing stands between equal sizes")
        need(older["root"] != newer["root"], "one statement, twice")
    else:
        need(len(between) == 32 and between != older["root"], "both are of one log")
        consistent(small, between, large, newer["root"], path)
    return origin, feed


def vouched(name: str, size: int, root: bytes, signature: bytes, publics: list[bytes]) -> None:
    need(len(root) == 32, "a root")
    made(name, 1, f"{name}\n{size}\n{base64.b64encode(root).decode()}\n".encode(), signature, 68, publics)


def made(name: str, algorithm: int, text: bytes, blob: bytes, length: int, publics: list[bytes]) -> None:
    """By one of these keys: its id is before the signature, which is the last 64 bytes."""
    need(len(blob) == length, "a signature")
    own = [public for public in publics if key_id(name, algorithm, public) == blob[:4]]
    need(any(signed(public, text, blob[-64:]) for public in own), "not signed")


def committed(head: dict[str, Any], body: bytes, salt: bytes) -> bytes:
    need(len(salt) == 32 and len(body) <= 262_144, "content and salt")
    kind = head["content_type"].encode()
    sized = [len(kind).to_bytes(8, "big"), kind, len(body).to_bytes(8, "big"), body]
    return sha256(b"port2port/content/v1\x00", salt, *sized)


def consistent(size1: int, root1: bytes, size2: int, root2: bytes, path: list[bytes]) -> None:
    """RFC 6962 §2.1.2, read backwards: which two roots the proof gives."""

    def below(m: int, n: int, whole: bool, left: list[bytes]) -> tuple[bytes, bytes]:
        if m == n:
            need(len(left) == (0 if whole else 1), "the length of the proof")
            return (root1, root1) if whole else (left[0], left[0])
        need(len(left) > 0, "the length of the proof")
        k = 1 << ((n - 1).bit_length() - 1)
        last = left[-1]
        if m <= k:
            old, new = below(m, k, whole, left[:-1])
            return old, sha256(b"\x01", new, last)
        old, new = below(m - k, n - k, False, left[:-1])
        return sha256(b"\x01", last, old), sha256(b"\x01", last, new)

    need(below(size1, size2, True, path) == (root1, root2), "the older log is the beginning of the newer one")


def main(proof: str, keys: str) -> int:
    listed = json.loads(Path(keys).read_text())
    try:
        result = verify(
            Path(proof).read_bytes(),
            {
                use: {n: [bytes.fromhex(k) for k in ks] for n, ks in listed[use].items()}
                for use in ("log", "hold")
            },
        )
    except Refused as refused:
        print(f"refused: {refused}")
        return 1
    print(json.dumps(result, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
