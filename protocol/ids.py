"""Names that must not be swapped: ids, sizes, hashes and times as distinct types.

Guarantees that a value made here is well formed; says nothing about whether what it names exists.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import NewType

from protocol.errors import ProtocolError

NodeId = NewType("NodeId", str)
OrganisationId = NewType("OrganisationId", str)
FeedId = NewType("FeedId", bytes)
RecordId = NewType("RecordId", bytes)
Hash = NewType("Hash", bytes)
UnixMs = NewType("UnixMs", int)

Random = Callable[[int], bytes]
"""So many unpredictable bytes; `os.urandom` outside tests."""

HASH_BYTES = 32
RECORD_ID_BYTES = 16
FEED_SALT_BYTES = 16
EPOCH_MAX = (1 << 32) - 1

_NODE = re.compile(r"[a-z0-9][a-z0-9-]{1,38}[a-z0-9]")
_FEED_DOMAIN = b"port2port/feed/v1\x00"


def node_id(text: str) -> NodeId:
    """A node id: 3 to 40 of `a-z 0-9 -`; an organisation id, alone or followed by `--` and a name."""
    if not _NODE.fullmatch(text) or text.count("--") > 1 or "---" in text:
        raise ProtocolError("3 to 40 of a-z, 0-9 and -, at most one --", where="node id")
    return NodeId(text)


def organisation_of(node: NodeId) -> OrganisationId:
    """The organisation a node belongs to: what stands before `--`."""
    return OrganisationId(node.partition("--")[0])


def new_record_id(now: UnixMs, random: Random) -> RecordId:
    """A UUIDv7 (RFC 9562 §5.7): 48 bits of time, 74 random bits."""
    tail = random(10)
    return RecordId(
        now.to_bytes(6, "big")
        + bytes([0x70 | (tail[0] & 0x0F), tail[1], 0x80 | (tail[2] & 0x3F)])
        + tail[3:10]
    )


def is_record_id(raw: bytes) -> bool:
    """Whether these are the 16 bytes of a UUIDv7 of RFC 9562's variant."""
    return len(raw) == RECORD_ID_BYTES and raw[6] >> 4 == 7 and raw[8] >> 6 == 2


def feed_id(origin: NodeId, epoch: int, salt: bytes, label: str) -> FeedId:
    """The id of a feed, not guessable from its label (`docs/protocol.md`, feeds)."""
    if len(salt) != FEED_SALT_BYTES:
        raise ProtocolError(f"{FEED_SALT_BYTES} bytes", where="open.salt")
    if not 1 <= epoch <= EPOCH_MAX:
        raise ProtocolError("1 to 2^32 - 1", where="open.epoch")
    if not label.isascii():
        raise ProtocolError("ASCII only", where="open.label")
    body = _FEED_DOMAIN + origin.encode() + b"\x00" + epoch.to_bytes(4, "big") + salt + label.encode("ascii")
    return FeedId(hashlib.sha256(body).digest())
