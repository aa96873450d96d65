"""What control feeds say, from one node to another: that something is to be confirmed, was destroyed, was kept aside, and what
the head of an audit log was. And the offline key that makes an erasure need no cooling.

Pure: entries, the hash of a head and the text of a signature. Whether any of it may be said or believed is decided elsewhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from enum import IntEnum

from protocol import checkpoint
from protocol.entry import Entry, built
from protocol.ids import FeedId, Hash, NodeId, RecordId, UnixMs
from protocol.keys import signed_by
from protocol.v1 import federation_pb2 as pb

HEAD_DOMAIN = b"port2port/audit-head/v1\x00"
ERASE_DOMAIN = b"port2port/erase/v1\x00"
HEAD_SALT = 32


class Fate(IntEnum):
    """The reason of a DESTROYED."""

    DESTROYED = 1
    HELD = 2  # by an authority's reference


class EraseReason(IntEnum):
    """The reason of an ERASE."""

    RETENTION_SHORTENED = 1
    PERSON_ASKED = 2
    COURT = 3
    RELEASED_IN_ERROR = 4
    PART_REMOVED = 5
    BAN_ENDED = 6
    NARROWED = 7


def build_withdraw(*, feed: FeedId, issued_ms: UnixMs | int, register: int) -> Entry:
    """Ask for the receipt of a purge that the register already made due."""
    return _said(pb.Header.WITHDRAW, pb.Target(feed=feed), 0, issued_ms, register)


def build_destroyed(
    *,
    feed: FeedId,
    fate: Fate,
    issued_ms: UnixMs | int,
    register: int,
    record: RecordId | None = None,
    version: int = 0,
) -> Entry:
    """A record up to a version of it, or without one the whole feed, is destroyed here, or held."""
    target = pb.Target(feed=feed, record_id=record or b"", version=version)
    return _said(pb.Header.DESTROYED, target, fate, issued_ms, register)


def build_quarantined(
    *, feed: FeedId, index: int, reason: int, issued_ms: UnixMs | int, register: int
) -> Entry:
    """This entry verified and was kept aside here; `reason` is a QuarantineReason."""
    return _said(pb.Header.QUARANTINED, pb.Target(feed=feed, index=index), reason, issued_ms, register)


def build_audit_head(*, head: Hash, issued_ms: UnixMs | int, register: int) -> Entry:
    """The salted head of this node's audit log."""
    return built(pb.Header(op=pb.Header.AUDIT_HEAD, audit_head=head, issued_ms=issued_ms, register=register))


def audit_head(salt: bytes, *, origin: NodeId, feed: FeedId, size: int, root: Hash) -> Hash:
    """SHA-256("port2port/audit-head/v1" ‖ 0 ‖ salt ‖ checkpoint text); the salt of 32 bytes stays at home."""
    text = checkpoint.text(origin, feed, size, root)
    return Hash(hashlib.sha256(HEAD_DOMAIN + salt + text).digest())


def erase_text(feed: FeedId, record: RecordId, version: int) -> bytes:
    """What the offline key signs: "port2port/erase/v1" ‖ 0 ‖ feed ‖ record id ‖ u32be(version)."""
    return ERASE_DOMAIN + feed + record + version.to_bytes(4, "big")


def erase_signed(
    signature: bytes, *, feeds: Iterable[FeedId], record: RecordId, version: int, publics: Iterable[bytes]
) -> bool:
    """Whether an erase key signed this erasure; `feeds`: every epoch of the record's lineage, the signature names one of them."""
    keys = tuple(publics)
    return any(
        signed_by(public, erase_text(feed, record, version), signature) for feed in feeds for public in keys
    )


def _said(op: pb.Header.Op, target: pb.Target, reason: int, issued_ms: int, register: int) -> Entry:
    return built(pb.Header(op=op, target=target, reason=reason, issued_ms=issued_ms, register=register))
