"""What the second reader says of Ahead, Stored, Beat and Evidence (docs/protocol.md, chapter 11)."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from second_headers import TYPE, committed, header, opened
from second_log import consistent, included
from second_notes import Keys, made, vouched
from second_wire import message, need, sha256

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


def ahead(raw: bytes, keys: Keys, origin: str, roots: Mapping[int, bytes]) -> dict[str, Any]:
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


def beat(raw: bytes, keys: Keys, origin: str, roots: Mapping[int, bytes], last: int) -> int:
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
