"""C2SP signed notes: key ids, base64 and signature lines, in their one canonical form.

Guarantees that a text has exactly one reading and a reading exactly one text. Says nothing about who signed: a line
names a key, and is worth nothing until that key verifies. Sources: c2sp.org/signed-note, c2sp.org/tlog-cosignature.
"""

from __future__ import annotations

import binascii
import hashlib
import re
from base64 import b64decode, b64encode
from typing import NamedTuple

from protocol.errors import ProtocolError, TooLarge

ALG_ED25519 = 0x01
ALG_COSIGNATURE = 0x04
KEY_ID_BYTES = 4

NOTE_MAX = 128 << 10  # 512 cosignature lines of 166 bytes at most are 83 KiB
LINES_MAX = 513  # the log's own line and 512 cosignatures

_LINE = re.compile(r"— ([!-*,-~]+) ([A-Za-z0-9+/]+={0,2})")


class Line(NamedTuple):
    """One signature line: the key's name, and what stands behind it (4 bytes key id, then the signature)."""

    name: str
    blob: bytes


def key_id(name: str, algorithm: int, public: bytes) -> bytes:
    """SHA-256(name ‖ 0x0A ‖ algorithm ‖ public key), the first 4 bytes."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([algorithm]) + public).digest()[:KEY_ID_BYTES]


def to_base64(raw: bytes) -> str:
    """RFC 4648 §4, padded."""
    return b64encode(raw).decode("ascii")


def from_base64(text: str, *, where: str) -> bytes:
    """RFC 4648 §4, only in the one form that encoding gives (no blanks, no spare bits)."""
    try:
        raw = b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ProtocolError("base64", where=where) from None
    if to_base64(raw) != text:
        raise ProtocolError("base64 in its canonical form", where=where)
    return raw


def decimal(text: str, *, where: str, most: int) -> int:
    """A number in ASCII digits without leading zeros, at most `most`."""
    if not re.fullmatch(r"0|[1-9][0-9]{0,18}", text) or int(text) > most:
        raise ProtocolError("decimal digits without leading zeros, within range", where=where)
    return int(text)


def write_note(text: bytes, lines: tuple[Line, ...]) -> str:
    """The note: text, a blank line, one line for each signature."""
    return text.decode("ascii") + "\n" + "".join(f"— {name} {to_base64(blob)}\n" for name, blob in lines)


def read_note(note: str) -> tuple[str, tuple[Line, ...]]:
    """Text (with its last newline) and signature lines of a note whose text has no blank line of its own."""
    if len(note) > NOTE_MAX:
        raise TooLarge(f"at most {NOTE_MAX} characters", where="note")
    text, blank, signatures = note.partition("\n\n")
    if not blank or not text or not signatures.endswith("\n"):
        raise ProtocolError("text, a blank line, signature lines that end in a newline", where="note")
    raw = signatures[:-1].split("\n")
    if len(raw) > LINES_MAX:
        raise TooLarge(f"at most {LINES_MAX} signature lines", where="note")
    return text + "\n", tuple(_read_line(line, f"note.lines[{n}]") for n, line in enumerate(raw, 1))


def _read_line(line: str, where: str) -> Line:
    found = _LINE.fullmatch(line)
    if found is None:
        raise ProtocolError("em dash, key name, base64", where=where)
    return Line(found[1], from_base64(found[2], where=where))
