"""The proof file: what stands in it, in its one canonical form. Verifies nothing (`protocol.proof` does).

Guarantees that a file has one reading and a reading one file: RFC 8785 JSON, then a newline; anything that reads the
same but is written otherwise is refused, as is a key that does not belong there. Capped before it is parsed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from protocol.checkpoint import Checkpoint, as_note, parse_note
from protocol.entry import Entry
from protocol.errors import ProtocolError, TooLarge, within
from protocol.ids import FeedId, Hash, NodeId
from protocol.limits import PROOF_FILE_MAX
from protocol.merkle import PROOF_HASHES_MAX
from protocol.note import from_base64, to_base64

FORMAT = "port2port/proof/v1"
INDEX_MAX = (1 << 53) - 1  # what every JSON reader keeps exactly


@dataclass(frozen=True, slots=True)
class Proof:
    """What is in a proof file; nothing of it is verified yet."""

    origin: NodeId
    feed: FeedId
    opened: bytes
    open_inclusion: tuple[Hash, ...]
    index: int
    entry: Entry
    inclusion: tuple[Hash, ...]
    checkpoint: Checkpoint
    cosignatures: tuple[tuple[NodeId, bytes], ...] = ()


def write_proof(proof: Proof) -> bytes:
    """The file. Raises what reading it would raise, so that none is written that nobody can read."""
    raw = _serialised(proof)
    read_proof(raw)
    return raw


def read_proof(raw: bytes) -> Proof:
    """What is in the file; TooLarge over 512 KiB, ProtocolError for all that `write_proof` does not write."""
    if len(raw) > PROOF_FILE_MAX:
        raise TooLarge(f"at most {PROOF_FILE_MAX} bytes", where="proof")
    top = _object(_json(raw), "proof", ("checkpoint", "entry", "format", "inclusion", "index", "open"))
    if top["format"] != FORMAT:
        raise ProtocolError(f"not {FORMAT}", where="proof.format")
    opened = _object(top["open"], "proof.open", ("header", "inclusion"))
    entry = _object(top["entry"], "proof.entry", ("header",), ("content", "salt"))
    written = _text(top["checkpoint"], "proof.checkpoint")
    with within("proof.checkpoint"):
        note = parse_note(written)
    proof = Proof(
        origin=note.origin,
        feed=note.feed,
        opened=_bytes(opened["header"], "proof.open.header"),
        open_inclusion=_hashes(opened["inclusion"], "proof.open.inclusion"),
        index=_index(top["index"]),
        entry=Entry(
            _bytes(entry["header"], "proof.entry.header"),
            _bytes(entry["content"], "proof.entry.content") if "content" in entry else None,
            _bytes(entry["salt"], "proof.entry.salt") if "salt" in entry else None,
        ),
        inclusion=_hashes(top["inclusion"], "proof.inclusion"),
        checkpoint=note.checkpoint,
        cosignatures=note.cosignatures,
    )
    if _serialised(proof) != raw:
        raise ProtocolError("not in canonical form", where="proof")
    return proof


def _serialised(proof: Proof) -> bytes:
    """RFC 8785: keys in order, no blanks, UTF-8; then one newline."""
    entry = {"header": to_base64(proof.entry.header)}
    if proof.entry.content is not None:
        entry["content"] = to_base64(proof.entry.content)
    if proof.entry.salt is not None:
        entry["salt"] = to_base64(proof.entry.salt)
    note = as_note(proof.checkpoint, origin=proof.origin, feed=proof.feed, cosignatures=proof.cosignatures)
    top = {
        "format": FORMAT,
        "index": proof.index,
        "open": {
            "header": to_base64(proof.opened),
            "inclusion": [to_base64(h) for h in proof.open_inclusion],
        },
        "entry": entry,
        "inclusion": [to_base64(h) for h in proof.inclusion],
        "checkpoint": note,
    }
    return json.dumps(top, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def _json(raw: bytes) -> object:
    try:
        found: object = json.loads(raw.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise ProtocolError("not JSON in UTF-8", where="proof") from None
    return found


def _no_constant(name: str) -> object:
    raise ValueError(name)


def _object(
    value: object, where: str, required: Sequence[str], optional: Sequence[str] = ()
) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise ProtocolError("an object", where=where)
    for key in required:
        if key not in value:
            raise ProtocolError("required", where=f"{where}.{key}")
    if not value.keys() <= {*required, *optional}:
        raise ProtocolError("has a key that does not belong there", where=where)
    return value


def _text(value: object, where: str) -> str:
    if not isinstance(value, str):
        raise ProtocolError("a string", where=where)
    return value


def _bytes(value: object, where: str) -> bytes:
    return from_base64(_text(value, where), where=where)


def _hashes(value: object, where: str) -> tuple[Hash, ...]:
    if not isinstance(value, list):
        raise ProtocolError("a list", where=where)
    if len(value) > PROOF_HASHES_MAX:
        raise TooLarge(f"at most {PROOF_HASHES_MAX} hashes", where=where)
    return tuple(Hash(_bytes(item, f"{where}[{n}]")) for n, item in enumerate(value))


def _index(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= INDEX_MAX:
        raise ProtocolError("a whole number from 1 up", where="proof.index")
    return value
