"""Frames as raw bytes: capped before they are parsed, and their shapes checked before anything reads them.

Source: `protocol/v1/federation.proto`, caps. Guarantees sizes and counts; what the bytes mean is for those who asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence, Sized
from typing import Any, TypeVar

from google.protobuf.message import DecodeError, Message

from node.commands.serve import Head
from protocol.errors import Code, ProtocolError, TooLarge
from protocol.limits import BACKFILL_MAX, COSIGNATURES_MAX, FRAME_MAX, LIST_MAX, RANGES_MAX
from protocol.merkle import SIZE_MAX
from protocol.v1 import federation_pb2 as pb

M = TypeVar("M", bound=Message)

PROOF_MAX = 64
"""Hashes of a proof: no tree is higher."""
SEEN_MAX = 2_048
"""Checkpoints of one `Highest`: 154 bytes each."""
CONTROL_MAX = 512 << 10
"""Bytes of a frame that is no batch: 4,096 heads are 311 KiB."""
_BATCH_TAG = bytes([pb.Frame.BATCH_FIELD_NUMBER << 3 | 2])
_EVIDENCE_TAG = bytes([pb.Frame.EVIDENCE_FIELD_NUMBER << 3 | 2])
_ANSWER_TAG = bytes([pb.Answer.BATCH_FIELD_NUMBER << 3 | 2])


def parse(kind: type[M], raw: bytes) -> M:
    """One message of `kind`; `ProtocolError` when it is over the cap, does not parse or has a wrong shape."""
    if len(raw) > FRAME_MAX:
        raise TooLarge(f"{len(raw)} bytes; at most {FRAME_MAX}", where="frame")
    try:
        message = kind.FromString(raw)
    except DecodeError as error:
        raise ProtocolError("not a message of this protocol", where="frame") from error
    check = _CHECKS.get(kind)
    if check is not None:
        check(message)
    return message


def frame(raw: bytes) -> pb.Frame:
    """One frame of `Follow`, its body checked."""
    if len(raw) > CONTROL_MAX and raw[:1] != _BATCH_TAG:
        raise TooLarge(f"{len(raw)} bytes; at most {CONTROL_MAX} but for a batch", where="frame")
    message = parse(pb.Frame, raw)
    body = message.WhichOneof("body")
    if body is None:
        raise ProtocolError("no body, or one this version does not know", where="frame")
    check = _BODIES.get(body)
    if check is not None:
        check(getattr(message, body))
    return message


def batch_frame(raw: bytes) -> bytes:
    """A `Frame` around a batch that is serialised already: one batch is built once for all its followers."""
    return _BATCH_TAG + _varint(len(raw)) + raw


def highest(seen: Sequence[pb.Seen]) -> list[bytes]:
    """The frames of an answer to `Highest.ask`, the last one marked."""
    starts = range(0, max(len(seen), 1), SEEN_MAX)
    parts = [pb.Highest(seen=seen[at : at + SEEN_MAX], complete=at + SEEN_MAX >= len(seen)) for at in starts]
    return [pb.Frame(highest=part).SerializeToString() for part in parts]


def evidence_frame(raw: bytes) -> bytes:
    """A `Frame` around evidence that is serialised already, as it was kept."""
    return _EVIDENCE_TAG + _varint(len(raw)) + raw


def answer(call: int, raw: bytes) -> bytes:
    """An `Answer` around a batch that is serialised already."""
    return pb.Answer(call=call).SerializeToString() + _ANSWER_TAG + _varint(len(raw)) + raw


def heads(part: Iterable[Head], *, changed_only: bool, complete: bool) -> bytes:
    """A `Heads` frame."""
    listed = [pb.Head(feed=head.feed, size=head.size, root=head.root) for head in part]
    return pb.Frame(
        heads=pb.Heads(heads=listed, changed_only=changed_only, complete=complete)
    ).SerializeToString()


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def refusal(
    code: Code, *, feed: bytes = b"", index: int = 0, size: int = 0, reason: int = 0, field: str = ""
) -> bytes:
    """A `Refusal` frame: the code and where, never what was refused."""
    answer = pb.Refusal(code=code.value, feed=feed, index=index, size=size, reason=reason, field=field[:200])
    return pb.Frame(refusal=answer).SerializeToString()


def code_of(given: pb.Refusal) -> str:
    """The name of a refusal's code; one that this version does not know decides nothing here."""
    known = pb.Refusal.Code.values()
    return pb.Refusal.Code.Name(given.code) if given.code in known else "UNKNOWN"


def _bytes(value: bytes, size: int, where: str) -> None:
    if len(value) != size:
        raise ProtocolError(f"{len(value)} bytes; must be {size}", where=where)


def _size(number: int, where: str) -> None:
    if number > SIZE_MAX:
        raise ProtocolError("below 2^63", where=where)


def _count(items: Sized, most: int, where: str) -> None:
    if len(items) > most:
        raise TooLarge(f"{len(items)} items; at most {most}", where=where)


def _hello(hello: pb.Hello) -> None:
    _bytes(hello.digest, 32, "hello.digest")
    _bytes(hello.register_hash, 32, "hello.register_hash")
    _bytes(hello.session, 16, "hello.session")


def _heads(heads: pb.Heads) -> None:
    _count(heads.heads, LIST_MAX, "heads")
    for head in heads.heads:
        _bytes(head.feed, 32, "heads.feed")
        _bytes(head.root, 32, "heads.root")
        _size(head.size, "heads.size")


def _batch(batch: pb.Batch) -> None:
    _bytes(batch.feed, 32, "batch.feed")
    _count(batch.entries, BACKFILL_MAX, "batch.entries")
    _count(batch.consistency, PROOF_MAX, "batch.consistency")
    _size(batch.first, "batch.first")


def _ahead(ahead: pb.Ahead) -> None:
    _bytes(ahead.feed, 32, "ahead.feed")
    for name in ("inclusion", "consistency", "open_inclusion"):
        _count(getattr(ahead, name), PROOF_MAX, f"ahead.{name}")
    _size(ahead.index, "ahead.index")
    _size(ahead.from_size, "ahead.from_size")
    _size(ahead.checkpoint.size, "ahead.checkpoint.size")


def _beat(beat: pb.Beat) -> None:
    _bytes(beat.feed, 32, "beat.feed")
    _bytes(beat.checkpoint.root, 32, "beat.checkpoint.root")
    _bytes(beat.checkpoint.signature, 68, "beat.checkpoint.signature")
    _bytes(beat.cosignature, 76, "beat.cosignature")
    _size(beat.checkpoint.size, "beat.checkpoint.size")


def _stored(stored: pb.Stored) -> None:
    _bytes(stored.feed, 32, "stored.feed")
    _bytes(stored.signature, 68, "stored.signature")
    _size(stored.index, "stored.index")
    _size(stored.size, "stored.size")


def _receipt(receipt: pb.Receipt) -> None:
    _bytes(receipt.feed, 32, "receipt.feed")
    _bytes(receipt.root, 32, "receipt.root")
    _bytes(receipt.cosignature, 76, "receipt.cosignature")
    _count(receipt.quarantined, LIST_MAX, "receipt.quarantined")
    _size(receipt.size, "receipt.size")


def _refusal(given: pb.Refusal) -> None:
    if given.feed:
        _bytes(given.feed, 32, "refusal.feed")
    _size(given.index, "refusal.index")
    _size(given.size, "refusal.size")


def _witnesses(given: pb.Witnesses) -> None:
    _bytes(given.feed, 32, "witnesses.feed")
    _checkpoint(given.checkpoint, "witnesses.checkpoint")
    _count(given.cosignatures, COSIGNATURES_MAX, "witnesses.cosignatures")


def _evidence(given: pb.Evidence) -> None:
    _bytes(given.feed, 32, "evidence.feed")
    _checkpoint(given.older, "evidence.older")
    _checkpoint(given.newer, "evidence.newer")
    _count(given.consistency, PROOF_MAX, "evidence.consistency")


def _checkpoint(given: pb.Checkpoint, where: str) -> None:
    _size(given.size, f"{where}.size")
    _bytes(given.root, 32, f"{where}.root")
    _bytes(given.signature, 68, f"{where}.signature")


def _highest(given: pb.Highest) -> None:
    _count(given.seen, LIST_MAX, "highest.seen")
    for one in given.seen:
        _bytes(one.feed, 32, "highest.feed")
        _checkpoint(one.checkpoint, "highest.checkpoint")


def _ranges(request: pb.BackfillRequest) -> None:
    _count(request.ranges, RANGES_MAX, "ranges")
    for one in request.ranges:
        _bytes(one.feed, 32, "ranges.feed")
        _size(one.first, "ranges.first")
        _size(one.end, "ranges.end")


def _call(call: pb.Call) -> None:
    if call.WhichOneof("request") == "backfill":
        _ranges(call.backfill)


def _answer(given: pb.Answer) -> None:
    if given.WhichOneof("part") == "batch":
        _batch(given.batch)


_BODIES: dict[str, Callable[[Any], None]] = {
    "hello": _hello,
    "heads": _heads,
    "batch": _batch,
    "ahead": _ahead,
    "stored": _stored,
    "beat": _beat,
    "receipt": _receipt,
    "witnesses": _witnesses,
    "evidence": _evidence,
    "highest": _highest,
    "refusal": _refusal,
    "call": _call,
}
_CHECKS: dict[type[Message], Callable[[Any], None]] = {
    pb.BackfillRequest: _ranges,
    pb.Batch: _batch,
    pb.Answer: _answer,
}
