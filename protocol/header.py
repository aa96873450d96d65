"""Entry headers: the bytes that a feed's log is made of, read strictly for each operation.

Guarantees that a header that parses says exactly what its operation needs and nothing that it must not. Unknown
protobuf fields are let through: the bytes are what is hashed, kept and passed on, and nobody serialises them again.
Does not know where the entry stands (`check_place`), nor whether the origin may say it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from operator import attrgetter

from google.protobuf.message import DecodeError

from protocol.errors import BadProof, Code, ProtocolError, TooLarge
from protocol.ids import (
    FEED_SALT_BYTES,
    HASH_BYTES,
    FeedId,
    Hash,
    RecordId,
    feed_id,
    is_record_id,
    node_id,
)
from protocol.keys import SIGNATURE_BYTES
from protocol.limits import HEADER_MAX, LABEL_MAX
from protocol.operation import CONTROL_OPS, RULES, Header, Op, Open, Previous, Target
from protocol.v1 import federation_pb2 as pb

_CONTENT_TYPE = re.compile(r"port2port/[a-z][a-z0-9_-]{1,39};v=[1-9][0-9]{0,3}")


# One bit for each field that an operation may or must have. `op`, `issued_ms` and `register` all have.
_RECORD_ID, _VERSION, _CONTENT_TYPE_SET, _COMMITMENT, _EXPIRES, _RETAIN, _REASON = (1 << n for n in range(7))
_TARGET, _SUCCESSOR, _OPEN, _PREVIOUS, _ERASE_SIGNATURE, _AUDIT_HEAD = (1 << n for n in range(7, 13))
_CONTENT = _CONTENT_TYPE_SET | _COMMITMENT | _RETAIN

_NAMES = {
    _RECORD_ID: "record_id",
    _VERSION: "version",
    _CONTENT_TYPE_SET: "content_type",
    _COMMITMENT: "commitment",
    _EXPIRES: "expires_ms",
    _RETAIN: "retain_until_ms",
    _REASON: "reason",
    _TARGET: "target",
    _SUCCESSOR: "successor",
    _OPEN: "open",
    _PREVIOUS: "previous",
    _ERASE_SIGNATURE: "erase_signature",
    _AUDIT_HEAD: "audit_head",
}

# op: (must be set, may be set)
_FIELDS: dict[int, tuple[Op, int, int]] = {
    int(op): (op, must, must | may)
    for op, must, may in (
        (Op.OPEN, _OPEN, 0),
        (Op.PUBLISH, _RECORD_ID | _VERSION | _CONTENT, _EXPIRES),
        (Op.RETRACT, _TARGET | _REASON, _CONTENT),
        (Op.ERASE, _TARGET | _REASON, _CONTENT | _ERASE_SIGNATURE),
        (Op.SUPERSEDED, _TARGET | _SUCCESSOR, 0),
        (Op.CLOSE, 0, 0),
        (Op.EPOCH, _PREVIOUS, 0),
        (Op.WITHDRAW, _TARGET, 0),
        (Op.DESTROYED, _TARGET | _REASON, 0),
        (Op.QUARANTINED, _TARGET | _REASON, 0),
        (Op.AUDIT_HEAD, _AUDIT_HEAD, 0),
    )
}


_PUBLISH = int(Op.PUBLISH)
_UNSAID = (0, None, None, None, None, b"", b"")
_SCALARS = attrgetter(
    "op",
    "record_id",
    "version",
    "content_type",
    "commitment",
    "issued_ms",
    "expires_ms",
    "retain_until_ms",
    "reason",
    "successor",
    "register",
    "erase_signature",
    "audit_head",
)


def parse_header(raw: bytes) -> Header:
    """Read one header.

    Raises TooLarge over 4 KiB, ProtocolError MALFORMED with the field and rule, UNKNOWN_OP for an operation or a
    rules version that this version does not know, BadLabel for a label of OPEN that is not canonical.
    """
    if len(raw) > HEADER_MAX:
        raise TooLarge(f"at most {HEADER_MAX} bytes", where="header")
    try:
        m = pb.Header.FromString(raw)
    except DecodeError:
        raise ProtocolError("not a protobuf Header", where="header") from None
    (
        number,
        record_id,
        version,
        content_type,
        commitment,
        issued,
        expires,
        retain,
        reason,
        successor,
        register,
        erase_signature,
        audit_head,
    ) = _SCALARS(m)
    has_target, has_open, has_previous = m.HasField("target"), m.HasField("open"), m.HasField("previous")
    # Nearly all are sound PUBLISHes, so that is asked first and at once; what is wrong with another one is found out below.
    if (
        number == _PUBLISH
        and version
        and register
        and 0 < issued < retain
        and (not expires or expires > issued)
        and len(commitment) == HASH_BYTES
        and _known_form(content_type)
        and is_record_id(record_id)
        and not (reason or successor or erase_signature or audit_head)
        and not (has_target or has_open or has_previous)
    ):
        said = (Op.PUBLISH, record_id, version, content_type, commitment, issued, expires, retain, register)
        return Header._make(said + _UNSAID)
    if number not in _FIELDS:
        _refuse_op(number)
    op, must, allowed = _FIELDS[number]
    present = (
        (_RECORD_ID if record_id else 0)
        | (_VERSION if version else 0)
        | (_CONTENT_TYPE_SET if content_type else 0)
        | (_COMMITMENT if commitment else 0)
        | (_EXPIRES if expires else 0)
        | (_RETAIN if retain else 0)
        | (_REASON if reason else 0)
        | (_TARGET if has_target else 0)
        | (_SUCCESSOR if successor else 0)
        | (_OPEN if has_open else 0)
        | (_PREVIOUS if has_previous else 0)
        | (_ERASE_SIGNATURE if erase_signature else 0)
        | (_AUDIT_HEAD if audit_head else 0)
    )
    if present & must != must or present | allowed != allowed:
        _refuse_fields(op, must & ~present, present & ~allowed)
    if issued < 1:
        raise ProtocolError("later than 1970", where="header.issued_ms")
    if not register:
        raise ProtocolError("at least 1", where="header.register")
    if present & _CONTENT:
        _check_content(present, content_type, commitment, issued, retain)
    if expires and expires <= issued:
        raise ProtocolError("later than issued_ms", where="header.expires_ms")
    return Header(
        op,
        _record_id(record_id, "header.record_id") if record_id else None,
        version,
        content_type,
        Hash(commitment) if commitment else None,
        issued,
        expires,
        retain,
        register,
        reason,
        _target(op, m.target) if has_target else None,
        _record_id(successor, "header.successor") if successor else None,
        _open(m.open) if has_open else None,
        _previous(m.previous) if has_previous else None,
        _sized(erase_signature, SIGNATURE_BYTES, "header.erase_signature") if erase_signature else b"",
        _sized(audit_head, HASH_BYTES, "header.audit_head") if audit_head else b"",
    )


def check_place(header: Header, *, index: int, control: bool = False) -> None:
    """Refuse an operation that may not stand at this index, or not in this sort of feed (`control`: a control feed)."""
    if (header.op == Op.OPEN) != (index == 0):
        raise ProtocolError("OPEN is entry 0, and entry 0 is OPEN", where="header.op")
    if header.op == Op.EPOCH and index != 1:
        raise ProtocolError("EPOCH is entry 1", where="header.op")
    if header.op in CONTROL_OPS and not control:
        raise ProtocolError(f"{header.op.name.replace('_', '-')} only in a control feed", where="header.op")


def open_feed_id(opened: Open) -> FeedId:
    """The id that this OPEN gives its feed; the receiver compares it before anything else."""
    return feed_id(opened.origin, opened.epoch, opened.salt, opened.label)


def check_open(header: Header, feed: FeedId) -> Open:
    """The OPEN of entry 0, or BadProof when it is none or not that of `feed`."""
    if header.open is None:
        raise BadProof("entry 0 is OPEN", where="header.op")
    if open_feed_id(header.open) != feed:
        raise BadProof("OPEN does not give this feed id", where="feed")
    return header.open


def _refuse_op(op: int) -> None:
    if op == 0:
        raise ProtocolError("required", where="header.op")
    raise ProtocolError("not known to this version", where="header.op", code=Code.UNKNOWN_OP)


def _refuse_fields(op: Op, missing: int, extra: int) -> None:
    wrong = missing or extra
    name = _NAMES[wrong & -wrong]
    raise ProtocolError("required" if missing else f"not with {op.name}", where=f"header.{name}")


def _check_content(present: int, content_type: str, commitment: bytes, issued: int, retain: int) -> None:
    """Type, commitment and retention come together."""
    if present & _CONTENT != _CONTENT:
        _refuse_fields(Op.PUBLISH, _CONTENT & ~present, 0)
    if not _known_form(content_type):
        raise ProtocolError("port2port/<kind>;v=<version>", where="header.content_type")
    if len(commitment) != HASH_BYTES:
        raise ProtocolError(f"{HASH_BYTES} bytes", where="header.commitment")
    if retain <= issued:
        raise ProtocolError("later than issued_ms", where="header.retain_until_ms")


@lru_cache(maxsize=64)
def _known_form(content_type: str) -> bool:
    return _CONTENT_TYPE.fullmatch(content_type) is not None


def _record_id(raw: bytes, where: str) -> RecordId:
    if not is_record_id(raw):
        raise ProtocolError("a UUIDv7 of 16 bytes", where=where)
    return RecordId(raw)


def _sized(raw: bytes, size: int, where: str) -> bytes:
    if len(raw) != size:
        raise ProtocolError(f"{size} bytes", where=where)
    return raw


def _target(op: Op, m: pb.Target) -> Target:
    """A record of this same feed; in control feeds a feed, for DESTROYED with a record of it, for QUARANTINED an index."""
    where = "header.target"
    whole = op in CONTROL_OPS
    if whole != bool(m.feed):
        raise ProtocolError("required" if whole else f"not with {op.name}", where=f"{where}.feed")
    if m.index and op != Op.QUARANTINED:
        raise ProtocolError(f"not with {op.name}", where=f"{where}.index")
    record = bool(m.record_id or m.version)
    if record and whole and op != Op.DESTROYED:
        raise ProtocolError(f"not with {op.name}", where=f"{where}.record_id")
    if (record or not whole) and not m.version:
        raise ProtocolError("at least 1", where=f"{where}.version")
    return Target(
        _record_id(m.record_id, f"{where}.record_id") if record or not whole else None,
        m.version,
        FeedId(_sized(m.feed, HASH_BYTES, f"{where}.feed")) if whole else None,
        m.index,
    )


def _open(m: pb.Open) -> Open:
    from protocol.label import parse  # not at the top: few readers of headers need a label

    where = "header.open"
    if not m.epoch:
        raise ProtocolError("at least 1", where=f"{where}.epoch")
    if bool(m.previous) != (m.epoch > 1):
        raise ProtocolError("the feed before, from epoch 2 on and only then", where=f"{where}.previous")
    if m.rules != RULES:
        raise ProtocolError("not known to this version", where=f"{where}.rules", code=Code.UNKNOWN_OP)
    if len(m.label) > LABEL_MAX:
        raise TooLarge(f"at most {LABEL_MAX} bytes", where=f"{where}.label")
    parse(m.label)
    return Open(
        node_id(m.origin),
        m.epoch,
        _sized(m.salt, FEED_SALT_BYTES, f"{where}.salt"),
        m.label,
        m.rules,
        FeedId(_sized(m.previous, HASH_BYTES, f"{where}.previous")) if m.previous else None,
    )


def _previous(m: pb.Previous) -> Previous:
    where = "header.previous"
    if not m.size:
        raise ProtocolError("at least 1", where=f"{where}.size")
    return Previous(
        FeedId(_sized(m.feed, HASH_BYTES, f"{where}.feed")),
        m.size,
        Hash(_sized(m.root, HASH_BYTES, f"{where}.root")),
    )
