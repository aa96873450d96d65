"""What control feeds say, byte by byte as `docs/protocol.md` has it; and what is refused of them."""

from __future__ import annotations

import hashlib

import pytest

from protocol.control import (
    Fate,
    audit_head,
    build_audit_head,
    build_destroyed,
    build_quarantined,
    build_withdraw,
    erase_signed,
    erase_text,
)
from protocol.entry import check_place, parse_header
from protocol.errors import ProtocolError
from protocol.ids import FeedId, Hash, NodeId, RecordId
from protocol.operation import Op, Target
from protocol.v1 import federation_pb2 as pb

FEED, RECORD = FeedId(bytes(range(32))), RecordId(bytes.fromhex("0190a1b2c3d470008000000000000001"))
NODE = NodeId("port-antwerp-bruges")


def test_the_text_of_an_erase_signature_and_the_hash_of_a_head_are_those_of_the_page() -> None:
    assert erase_text(FEED, RECORD, 258) == b"port2port/erase/v1\x00" + FEED + RECORD + b"\x00\x00\x01\x02"
    root = Hash(bytes(32))
    checkpoint = f"port2port/{NODE}/{FEED.hex()}\n7\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n".encode()
    wanted = hashlib.sha256(b"port2port/audit-head/v1\x00" + b"s" * 32 + checkpoint).digest()
    assert audit_head(b"s" * 32, origin=NODE, feed=FEED, size=7, root=root) == wanted


def test_each_entry_says_its_target_and_stands_in_a_control_feed_alone() -> None:
    said = {
        Op.WITHDRAW: (build_withdraw(feed=FEED, issued_ms=1, register=2), Target(None, 0, FEED), 0),
        Op.DESTROYED: (
            build_destroyed(feed=FEED, record=RECORD, version=3, fate=Fate.HELD, issued_ms=1, register=2),
            Target(RECORD, 3, FEED),
            2,
        ),
        Op.QUARANTINED: (
            build_quarantined(feed=FEED, index=9, reason=3, issued_ms=1, register=2),
            Target(None, 0, FEED, 9),
            3,
        ),
    }
    for op, (entry, target, reason) in said.items():
        header = parse_header(entry.header)
        assert (header.op, header.target, header.reason) == (op, target, reason)
        check_place(header, index=1, control=True)
        with pytest.raises(ProtocolError):
            check_place(header, index=1)
    head = parse_header(build_audit_head(head=Hash(bytes(32)), issued_ms=1, register=2).header)
    assert (head.op, head.audit_head) == (Op.AUDIT_HEAD, bytes(32))


def test_a_signature_of_another_size_or_without_keys_is_none() -> None:
    for signature in (b"", bytes(63), bytes(64), bytes(65)):
        assert not erase_signed(signature, feeds=[FEED], record=RECORD, version=1, publics=[bytes(32)])
        assert not erase_signed(signature, feeds=[FEED], record=RECORD, version=1, publics=[])


@pytest.mark.parametrize(
    "target",
    [
        pb.Target(record_id=RECORD, version=1),
        pb.Target(feed=FEED, record_id=RECORD),
        pb.Target(feed=FEED, version=1),
        pb.Target(feed=FEED, index=1),
    ],
    ids=["no feed", "no version", "no record", "an index"],
)
def test_a_destroyed_of_another_shape_is_refused(target: pb.Target) -> None:
    raw = pb.Header(op=pb.Header.DESTROYED, target=target, reason=1, issued_ms=1, register=1)
    with pytest.raises(ProtocolError):
        parse_header(raw.SerializeToString())
