"""Entries: a header that is the leaf, and content that the header commits to by a salted hash.

Guarantees: content and salt are both there or both absent, within their caps, and exactly what the header committed
to. Content that is absent is no fault here: whether it may be absent is decided by who holds the feed.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import NamedTuple

from protocol.errors import BadProof, ProtocolError, TooLarge
from protocol.header import check_open, check_place, open_feed_id, parse_header
from protocol.ids import FeedId, Hash, NodeId, RecordId, UnixMs
from protocol.limits import (
    BACKFILL_MAX,
    BATCH_BYTES_MAX,
    BLOB_MAX,
    CHUNK_MAX,
    CONTENT_MAX,
    COSIGNATURES_MAX,
    CREDIT,
    FRAME_MAX,
    HEADER_MAX,
    LABEL_MAX,
    LIST_MAX,
    LIVE_MAX,
    RANGES_MAX,
    SALT,
)
from protocol.merkle import leaf_hash
from protocol.operation import CONTROL_OPS, RULES, Header, Op, Open, Previous, Target
from protocol.v1 import federation_pb2 as pb

__all__ = [
    "BACKFILL_MAX",
    "BATCH_BYTES_MAX",
    "BLOB_MAX",
    "CHUNK_MAX",
    "CONTENT_MAX",
    "CONTROL_OPS",
    "COSIGNATURES_MAX",
    "CREDIT",
    "FRAME_MAX",
    "HEADER_MAX",
    "LABEL_MAX",
    "LIST_MAX",
    "LIVE_MAX",
    "RANGES_MAX",
    "RULES",
    "SALT",
    "Entry",
    "Header",
    "Op",
    "Open",
    "Previous",
    "Target",
    "build_close",
    "build_epoch",
    "build_erase",
    "build_open",
    "build_publish",
    "build_retract",
    "build_superseded",
    "check_entry",
    "check_open",
    "check_place",
    "commitment",
    "from_wire",
    "open_feed_id",
    "parse_header",
    "to_wire",
]

_DOMAIN = b"port2port/content/v1\x00"
_sha256 = hashlib.sha256


class Entry(NamedTuple):
    """One entry as bytes. `content` is a serialised Record; None where there is none, or where it is gone.

    A named tuple, as a header is: one is made for each entry received.
    """

    header: bytes
    content: bytes | None = None
    salt: bytes | None = None

    @property
    def leaf(self) -> Hash:
        """The RFC 6962 leaf hash of the header."""
        return leaf_hash(self.header)


def from_wire(message: pb.Entry) -> Entry:
    """An entry from its frame; empty content or salt is absent."""
    return Entry(message.header, message.content or None, message.salt or None)


def to_wire(entry: Entry) -> pb.Entry:
    """The frame of an entry, its bytes as they are."""
    return pb.Entry(header=entry.header, content=entry.content or b"", salt=entry.salt or b"")


def commitment(salt: bytes, content_type: str, content: bytes) -> Hash:
    """SHA-256("port2port/content/v1" ‖ 0 ‖ salt ‖ u64be len ‖ type ‖ u64be len ‖ content)."""
    parts = (_DOMAIN, salt, _sized(content_type), len(content).to_bytes(8, "big"), content)
    return Hash(_sha256(b"".join(parts)).digest())


@lru_cache(maxsize=64)
def _sized(content_type: str) -> bytes:
    kind = content_type.encode()
    return len(kind).to_bytes(8, "big") + kind


def check_entry(entry: Entry, header: Header) -> None:
    """Refuse content that is over its cap, stands alone, is not foreseen, or is not what `header` commits to."""
    content, salt = entry.content, entry.salt
    if content is None:
        if salt is not None:
            raise ProtocolError("not without content", where="salt")
        return
    if len(content) > CONTENT_MAX:
        raise TooLarge(f"at most {CONTENT_MAX} bytes", where="content")
    if not content:
        raise ProtocolError("absent or not empty", where="content")
    if salt is None or len(salt) != SALT:
        raise ProtocolError(f"{SALT} bytes with content", where="salt")
    if header.commitment is None:
        raise ProtocolError("not without a commitment in the header", where="content")
    if commitment(salt, header.content_type, content) != header.commitment:
        raise BadProof("not what the header commits to", where="content")


def build_open(
    *,
    origin: NodeId,
    epoch: int,
    salt: bytes,
    label: str,
    register: int,
    issued_ms: UnixMs | int,
    rules: int = RULES,
    previous: FeedId | None = None,
) -> Entry:
    """Entry 0 of a new feed, whose id is `feed_id(origin, epoch, salt, label)`."""
    opened = pb.Open(
        origin=origin, epoch=epoch, salt=salt, label=label, rules=rules, previous=previous or b""
    )
    return built(pb.Header(op=pb.Header.OPEN, issued_ms=issued_ms, register=register, open=opened))


def build_publish(
    *,
    record_id: RecordId,
    version: int,
    content_type: str,
    content: bytes,
    salt: bytes,
    issued_ms: UnixMs | int,
    retain_until_ms: UnixMs | int,
    register: int,
    expires_ms: UnixMs | int = 0,
) -> Entry:
    """A version of a record. `salt` is 32 fresh random bytes; `expires_ms` 0 is never."""
    message = pb.Header(
        op=pb.Header.PUBLISH,
        record_id=record_id,
        version=version,
        content_type=content_type,
        commitment=commitment(salt, content_type, content),
        issued_ms=issued_ms,
        expires_ms=expires_ms,
        retain_until_ms=retain_until_ms,
        register=register,
    )
    return built(message, content, salt)


def build_retract(
    *,
    target: Target,
    reason: int,
    issued_ms: UnixMs | int,
    register: int,
    content_type: str = "",
    content: bytes | None = None,
    salt: bytes | None = None,
    retain_until_ms: UnixMs | int = 0,
) -> Entry:
    """Withdraw a record up to a version. Words about why go into `content`, with type, salt and retention, or nowhere."""
    message = pb.Header(
        op=pb.Header.RETRACT,
        target=pb.Target(record_id=target.record_id or b"", version=target.version),
        reason=reason,
        issued_ms=issued_ms,
        register=register,
    )
    if content is not None:
        message.content_type = content_type
        message.commitment = commitment(salt or b"", content_type, content)
        message.retain_until_ms = retain_until_ms
    return built(message, content, salt)


def build_superseded(*, target: Target, successor: RecordId, issued_ms: UnixMs | int, register: int) -> Entry:
    """In the narrower feed: the record is `successor` now, in a wider one. Never the other way: it names an id of another feed."""
    message = pb.Header(
        op=pb.Header.SUPERSEDED,
        target=pb.Target(record_id=target.record_id or b"", version=target.version),
        successor=successor,
        issued_ms=issued_ms,
        register=register,
    )
    return built(message)


def build_erase(
    *,
    target: Target,
    reason: int,
    issued_ms: UnixMs | int,
    register: int,
    erase_signature: bytes = b"",
) -> Entry:
    """Destroy a record up to a version, wherever it is held. `erase_signature` (`protocol.erasure`): without cooling."""
    message = pb.Header(
        op=pb.Header.ERASE,
        target=pb.Target(record_id=target.record_id or b"", version=target.version),
        reason=reason,
        issued_ms=issued_ms,
        register=register,
        erase_signature=erase_signature,
    )
    return built(message)


def build_close(*, issued_ms: UnixMs | int, register: int) -> Entry:
    """The last entry of an epoch."""
    return built(pb.Header(op=pb.Header.CLOSE, issued_ms=issued_ms, register=register))


def build_epoch(*, previous: Previous, issued_ms: UnixMs | int, register: int) -> Entry:
    """Entry 1 of an epoch that cuts off the one before."""
    said = pb.Previous(feed=previous.feed, size=previous.size, root=previous.root)
    return built(pb.Header(op=pb.Header.EPOCH, issued_ms=issued_ms, register=register, previous=said))


def built(message: pb.Header, content: bytes | None = None, salt: bytes | None = None) -> Entry:
    """What is built here is held to what is refused from others."""
    entry = Entry(message.SerializeToString(deterministic=True), content, salt)
    check_entry(entry, parse_header(entry.header))
    return entry
