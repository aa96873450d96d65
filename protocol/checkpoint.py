"""Checkpoints and cosignatures: who says that a feed has this size and root.

A checkpoint is a C2SP tlog-checkpoint without extension lines, signed by the origin's `log` key; a cosignature is a
C2SP tlog-cosignature v1 by a holder's `hold` key over the same text. One (origin, feed, size, root) has one text, so
the parts travel and the text is built again here; whatever deviates fails to verify.

Guarantees: what verifies was signed by one of the public keys given. Which keys are a node's, and whether two
checkpoints contradict each other, is decided by others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from protocol.errors import BadProof, BadSignature, ProtocolError
from protocol.ids import HASH_BYTES, FeedId, Hash, NodeId, node_id
from protocol.keys import SIGNATURE_BYTES, Signer, signed_by
from protocol.limits import COSIGNATURES_MAX
from protocol.merkle import EMPTY_ROOT, SIZE_MAX
from protocol.note import (
    ALG_COSIGNATURE,
    ALG_ED25519,
    KEY_ID_BYTES,
    Line,
    decimal,
    from_base64,
    key_id,
    read_note,
    to_base64,
    write_note,
)
from protocol.v1 import federation_pb2 as pb

CHECKPOINT_SIGNATURE_BYTES = KEY_ID_BYTES + SIGNATURE_BYTES  # 68
COSIGNATURE_BYTES = KEY_ID_BYTES + 8 + SIGNATURE_BYTES  # 76
TIME_MAX = (1 << 63) - 1

_ORIGIN = re.compile(r"port2port/([a-z0-9-]+)/([0-9a-f]{64})")
_HOLDER = re.compile(r"port2port/([a-z0-9-]+)/hold")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Size and root of a feed; `signature` is 4 bytes key id, then Ed25519."""

    size: int
    root: Hash
    signature: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """A checkpoint with the cosignatures written under it, by holder; nothing in it is verified yet."""

    origin: NodeId
    feed: FeedId
    checkpoint: Checkpoint
    cosignatures: tuple[tuple[NodeId, bytes], ...]


def origin_name(origin: NodeId, feed: FeedId) -> str:
    """First line of the text and name of the log key: `port2port/<origin>/<feed id, hex>`."""
    return f"port2port/{origin}/{feed.hex()}"


def hold_name(holder: NodeId) -> str:
    """Name of a holder's key: `port2port/<holder>/hold`."""
    return f"port2port/{holder}/hold"


def text(origin: NodeId, feed: FeedId, size: int, root: bytes) -> bytes:
    """The three lines that are signed, each with its newline."""
    return f"{origin_name(origin, feed)}\n{size}\n{to_base64(root)}\n".encode("ascii")


def key_id_log(name: str, public: bytes) -> bytes:
    """The 4-byte id of a key that signs notes (Ed25519, 0x01)."""
    return key_id(name, ALG_ED25519, public)


def key_id_cosig(name: str, public: bytes) -> bytes:
    """The 4-byte id of a key that cosigns (cosignature/v1, 0x04)."""
    return key_id(name, ALG_COSIGNATURE, public)


def sign(*, origin: NodeId, feed: FeedId, size: int, root: Hash, public: bytes, sign: Signer) -> Checkpoint:
    """A checkpoint by the origin. The caller holds that it never signs two that contradict each other."""
    name = origin_name(origin, feed)
    return Checkpoint(size, root, key_id_log(name, public) + sign(text(origin, feed, size, root)))


def verify(checkpoint: Checkpoint, *, origin: NodeId, feed: FeedId, publics: Iterable[bytes]) -> None:
    """Refuse unless one of the `log` keys given signed exactly this.

    Raises BadProof for a size or root out of shape, BadSignature for all else.
    """
    _check_shape(checkpoint.size, checkpoint.root)
    if len(checkpoint.signature) != CHECKPOINT_SIGNATURE_BYTES:
        raise BadSignature(f"{CHECKPOINT_SIGNATURE_BYTES} bytes", where="checkpoint.signature")
    name = origin_name(origin, feed)
    message = text(origin, feed, checkpoint.size, checkpoint.root)
    keyed, signature = checkpoint.signature[:KEY_ID_BYTES], checkpoint.signature[KEY_ID_BYTES:]
    if not any(key_id_log(name, p) == keyed and signed_by(p, message, signature) for p in publics):
        raise BadSignature("made by no log key of the origin", where="checkpoint.signature")


def cosign(
    *,
    holder: NodeId,
    origin: NodeId,
    feed: FeedId,
    size: int,
    root: Hash,
    unix_s: int,
    public: bytes,
    sign: Signer,
) -> bytes:
    """A holder's word that it has this feed up to here: 4 bytes key id, u64be seconds, 64 bytes signature."""
    signature = sign(_cosigned(unix_s, text(origin, feed, size, root)))
    return key_id_cosig(hold_name(holder), public) + unix_s.to_bytes(8, "big") + signature


def verify_cosignature(
    cosignature: bytes,
    *,
    holder: NodeId,
    origin: NodeId,
    feed: FeedId,
    size: int,
    root: bytes,
    publics: Iterable[bytes],
) -> int:
    """The time of a cosignature, unix seconds by the holder's clock; BadSignature unless one of its `hold` keys made it."""
    _check_shape(size, root)
    known = known_key(cosignature, holder=holder, publics=publics)
    if not known:
        raise BadSignature("made by no hold key of the holder", where="cosignature")
    unix_s = int.from_bytes(cosignature[KEY_ID_BYTES : KEY_ID_BYTES + 8], "big")
    message = _cosigned(unix_s, text(origin, feed, size, root))
    if not any(signed_by(p, message, cosignature[KEY_ID_BYTES + 8 :]) for p in known):
        raise BadSignature("does not verify", where="cosignature")
    return unix_s


def known_key(cosignature: bytes, *, holder: NodeId, publics: Iterable[bytes]) -> tuple[bytes, ...]:
    """The keys of the holder that the cosignature's key id names; none: it is by a key not known here."""
    if len(cosignature) != COSIGNATURE_BYTES:
        raise BadSignature(f"{COSIGNATURE_BYTES} bytes", where="cosignature")
    if int.from_bytes(cosignature[KEY_ID_BYTES : KEY_ID_BYTES + 8], "big") > TIME_MAX:
        raise BadSignature("a time below 2^63 seconds", where="cosignature")
    name, keyed = hold_name(holder), cosignature[:KEY_ID_BYTES]
    return tuple(p for p in publics if key_id_cosig(name, p) == keyed)


def as_note(
    checkpoint: Checkpoint,
    *,
    origin: NodeId,
    feed: FeedId,
    cosignatures: Iterable[tuple[NodeId, bytes]] = (),
) -> str:
    """The whole C2SP note: text, blank line, the origin's line, one line for each holder in byte order of its id."""
    lines = [Line(origin_name(origin, feed), checkpoint.signature)]
    lines += [Line(hold_name(holder), blob) for holder, blob in sorted(cosignatures)]
    return write_note(text(origin, feed, checkpoint.size, checkpoint.root), tuple(lines))


def parse_note(note: str) -> Note:
    """Read what `as_note` writes and nothing else: `as_note` of the result is `note`. Verifies no signature."""
    body, lines = read_note(note)
    parts = body.split("\n")
    if len(parts) != 4:
        raise ProtocolError("three lines: origin, size, root", where="note")
    origin, feed = _read_origin(parts[0])
    size = decimal(parts[1], where="note.size", most=SIZE_MAX)
    root = Hash(from_base64(parts[2], where="note.root"))
    _check_shape(size, root)
    if lines[0].name != parts[0] or len(lines[0].blob) != CHECKPOINT_SIGNATURE_BYTES:
        raise ProtocolError("the first line is the origin's, 68 bytes", where="note.lines[1]")
    holders = tuple(_read_holder(line, n) for n, line in enumerate(lines[1:], 2))
    if any(a[0] >= b[0] for a, b in pairwise(holders)):
        raise ProtocolError("one line for each holder, in byte order", where="note")
    return Note(origin, feed, Checkpoint(size, root, lines[0].blob), holders)


def from_wire(message: pb.Checkpoint) -> Checkpoint:
    """A checkpoint from its frame, not verified."""
    return Checkpoint(message.size, Hash(message.root), message.signature)


def to_wire(checkpoint: Checkpoint) -> pb.Checkpoint:
    """The frame of a checkpoint."""
    return pb.Checkpoint(size=checkpoint.size, root=checkpoint.root, signature=checkpoint.signature)


def _cosigned(unix_s: int, body: bytes) -> bytes:
    return b"cosignature/v1\ntime %d\n" % unix_s + body


def _check_shape(size: int, root: bytes) -> None:
    if not 0 <= size <= SIZE_MAX:
        raise BadProof("a size below 2^63", where="checkpoint.size")
    if len(root) != HASH_BYTES:
        raise BadProof(f"{HASH_BYTES} bytes", where="checkpoint.root")
    if size == 0 and root != EMPTY_ROOT:
        raise BadProof("of nothing, the hash of nothing", where="checkpoint.root")


def _read_origin(line: str) -> tuple[NodeId, FeedId]:
    found = _ORIGIN.fullmatch(line)
    if found is None:
        raise ProtocolError("port2port/<node>/<feed id, lower-case hex>", where="note.origin")
    return node_id(found[1]), FeedId(bytes.fromhex(found[2]))


def _read_holder(line: Line, number: int) -> tuple[NodeId, bytes]:
    found = _HOLDER.fullmatch(line.name)
    if found is None or len(line.blob) != COSIGNATURE_BYTES:
        raise ProtocolError("port2port/<node>/hold and 76 bytes", where=f"note.lines[{number}]")
    if number - 1 > COSIGNATURES_MAX:
        raise ProtocolError(f"at most {COSIGNATURES_MAX} cosignatures", where="note")
    return node_id(found[1]), line.blob
