"""The second reader's signatures and notes (docs/protocol.md, chapter 7)."""

from __future__ import annotations

import base64
import re
from typing import Any

import nacl.bindings
import nacl.exceptions
from second_labels import NODE, ascending
from second_wire import need, sha256, unbase64

Keys = dict[str, dict[str, list[bytes]]]


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


def vouched(name: str, size: int, root: bytes, signature: bytes, publics: list[bytes]) -> None:
    need(len(root) == 32, "a root")
    made(name, 1, f"{name}\n{size}\n{base64.b64encode(root).decode()}\n".encode(), signature, 68, publics)


def made(name: str, algorithm: int, text: bytes, blob: bytes, length: int, publics: list[bytes]) -> None:
    """By one of these keys: its id is before the signature, which is the last 64 bytes."""
    need(len(blob) == length, "a signature")
    own = [public for public in publics if key_id(name, algorithm, public) == blob[:4]]
    need(any(signed(public, text, blob[-64:]) for public in own), "not signed")
