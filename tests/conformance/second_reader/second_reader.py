"""A second verifier of proof files, written from docs/protocol.md alone (chapters 1 to 9), and of what chapter 11 says of Ahead,
Stored and Beat (`second_frames.py`).

It imports nothing of the product: the standard library, and libsodium by PyNaCl. It is slow, plain and on purpose unlike the
product's code. `python second_reader.py PROOF KEYS`: KEYS is JSON, {"log": {node: [hex]}, "hold": {node: [hex]}}.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from second_headers import header, opened
from second_log import included
from second_notes import Keys, checkpoint, key_id, signed, witnesses
from second_wire import Refused, need, sha256, unbase64


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
