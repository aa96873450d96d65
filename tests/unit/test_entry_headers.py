"""What a header of each operation must say and must not, to the field."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sample_feed import ANTWERP, ISSUED, LABEL, RETAIN, SALT, drawn, published, record, sample_feed

from protocol.entry import (
    Entry,
    Op,
    Target,
    build_close,
    build_open,
    build_publish,
    build_retract,
    build_superseded,
    check_entry,
    check_open,
    check_place,
    commitment,
    from_wire,
    open_feed_id,
    parse_header,
    to_wire,
)
from protocol.errors import BadLabel, BadProof, Code, ProtocolError, TooLarge
from protocol.ids import FeedId, feed_id
from protocol.v1 import federation_pb2 as pb

FEED_ID = drawn("feed", 32)
CONTENT: dict[str, Any] = {
    "content_type": "port2port/alert;v=1",
    "commitment": bytes(32),
    "retain_until_ms": RETAIN,
}
RECORD: dict[str, Any] = {"record_id": record(1), "version": 2}
OPENED: dict[str, Any] = {"origin": ANTWERP.id, "epoch": 1, "salt": SALT, "label": LABEL, "rules": 1}

GOOD: dict[str, dict[str, Any]] = {
    "OPEN": {"open": OPENED},
    "PUBLISH": {**RECORD, **CONTENT},
    "RETRACT": {"target": RECORD, "reason": 1},
    "ERASE": {"target": RECORD, "reason": 1},
    "SUPERSEDED": {"target": RECORD, "successor": record(2)},
    "CLOSE": {},
    "EPOCH": {"previous": {"feed": FEED_ID, "size": 4, "root": bytes(32)}},
    "WITHDRAW": {"target": {"feed": FEED_ID}},
    "DESTROYED": {"target": {"feed": FEED_ID, **RECORD}, "reason": 1},
    "QUARANTINED": {"target": {"feed": FEED_ID, "index": 0}, "reason": 2},
    "AUDIT_HEAD": {"audit_head": bytes(range(32))},
}
OPTIONAL: dict[str, dict[str, Any]] = {
    "PUBLISH": {"expires_ms": ISSUED + 1},
    "RETRACT": CONTENT,
    "ERASE": {**CONTENT, "erase_signature": bytes(64)},
}
EVERY: dict[str, Any] = {
    **RECORD,
    **CONTENT,
    "expires_ms": ISSUED + 1,
    "reason": 1,
    "target": RECORD,
    "successor": record(2),
    "open": OPENED,
    "previous": GOOD["EPOCH"]["previous"],
    "erase_signature": bytes(64),
    "audit_head": bytes(range(32)),
}


def written(op: str, fields: dict[str, Any], **more: Any) -> bytes:
    common = {"issued_ms": ISSUED, "register": 3}
    return pb.Header(op=op, **{**common, **fields, **more}).SerializeToString()


@pytest.mark.parametrize("op", GOOD)
def test_each_operation_is_read(op: str) -> None:
    header = parse_header(written(op, GOOD[op]))
    assert (header.op, header.issued_ms, header.register) == (Op[op], ISSUED, 3)
    assert parse_header(written(op, {**GOOD[op], **OPTIONAL.get(op, {})})).op is Op[op]


def test_every_operation_of_the_wire_is_known_here() -> None:
    assert {op.name: int(op) for op in Op} == {k: v for k, v in pb.Header.Op.items() if v}
    assert set(GOOD) == {op.name for op in Op}


@pytest.mark.parametrize("op", GOOD)
def test_each_field_it_needs_is_asked_for(op: str) -> None:
    for missing in GOOD[op]:
        fields = {k: v for k, v in GOOD[op].items() if k != missing}
        with pytest.raises(ProtocolError, match=rf"header\.{missing}: required") as refused:
            parse_header(written(op, fields))
        assert refused.value.code == Code.MALFORMED


@pytest.mark.parametrize("op", GOOD)
def test_each_field_it_must_not_have_is_refused(op: str) -> None:
    others = EVERY.keys() - GOOD[op].keys() - OPTIONAL.get(op, {}).keys()
    assert others
    for extra in others:
        with pytest.raises(ProtocolError, match=rf"header\.{extra}: not with {op}"):
            parse_header(written(op, {**GOOD[op], extra: EVERY[extra]}))


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("PUBLISH", {"record_id": bytes(16)}, "header.record_id: a UUIDv7"),
    ("PUBLISH", {"record_id": record(1)[:15]}, "header.record_id: a UUIDv7"),
    ("PUBLISH", {"commitment": bytes(31)}, "header.commitment: 32 bytes"),
    ("PUBLISH", {"content_type": "text/plain"}, "header.content_type: port2port/<kind>;v=<version>"),
    ("PUBLISH", {"content_type": "port2port/alert;v=0"}, "header.content_type"),
    ("PUBLISH", {"content_type": "port2port/alert;v=1\n"}, "header.content_type"),
    ("PUBLISH", {"content_type": "port2port/" + "a" * 41 + ";v=1"}, "header.content_type"),
    ("PUBLISH", {"retain_until_ms": ISSUED}, "header.retain_until_ms: later than issued_ms"),
    ("PUBLISH", {"retain_until_ms": -1}, "header.retain_until_ms: later than issued_ms"),
    ("PUBLISH", {"expires_ms": ISSUED}, "header.expires_ms: later than issued_ms"),
    ("PUBLISH", {"expires_ms": -1}, "header.expires_ms: later than issued_ms"),
    ("PUBLISH", {"issued_ms": 0}, "header.issued_ms: later than 1970"),
    ("PUBLISH", {"issued_ms": -5}, "header.issued_ms: later than 1970"),
    ("PUBLISH", {"register": 0}, "header.register: at least 1"),
    ("RETRACT", {"target": {"version": 1}}, "header.target.record_id: a UUIDv7"),
    ("RETRACT", {"target": {"record_id": record(1)}}, "header.target.version: at least 1"),
    ("RETRACT", {"target": {**RECORD, "feed": FEED_ID}}, "header.target.feed: not with RETRACT"),
    ("RETRACT", {"target": {**RECORD, "index": 1}}, "header.target.index: not with RETRACT"),
    ("RETRACT", {"commitment": bytes(32)}, "header.content_type: required"),
    (
        "RETRACT",
        {"content_type": "port2port/notice;v=1", "commitment": bytes(32)},
        "header.retain_until_ms: required",
    ),
    ("ERASE", {"erase_signature": bytes(63)}, "header.erase_signature: 64 bytes"),
    ("SUPERSEDED", {"successor": bytes(16)}, "header.successor: a UUIDv7"),
    ("EPOCH", {"previous": {"feed": FEED_ID, "root": bytes(32)}}, "header.previous.size: at least 1"),
    ("EPOCH", {"previous": {"feed": b"x", "size": 1, "root": bytes(32)}}, "header.previous.feed: 32 bytes"),
    ("EPOCH", {"previous": {"feed": FEED_ID, "size": 1}}, "header.previous.root: 32 bytes"),
    ("WITHDRAW", {"target": {}}, "header.target.feed: required"),
    ("WITHDRAW", {"target": {"feed": b"x"}}, "header.target.feed: 32 bytes"),
    ("WITHDRAW", {"target": {"feed": FEED_ID, **RECORD}}, "header.target.record_id: not with WITHDRAW"),
    ("DESTROYED", {"target": {"feed": FEED_ID, "version": 1}}, "header.target.record_id: a UUIDv7"),
    ("DESTROYED", {"target": {"feed": FEED_ID, "index": 1}}, "header.target.index: not with DESTROYED"),
    ("AUDIT_HEAD", {"audit_head": bytes(31)}, "header.audit_head: 32 bytes"),
    ("OPEN", {"open": {**OPENED, "origin": "Port X"}}, "node id"),
    ("OPEN", {"open": {**OPENED, "epoch": 0}}, "header.open.epoch: at least 1"),
    ("OPEN", {"open": {**OPENED, "salt": bytes(15)}}, "header.open.salt: 16 bytes"),
    ("OPEN", {"open": {**OPENED, "previous": FEED_ID}}, "header.open.previous: the feed before"),
    ("OPEN", {"open": {**OPENED, "epoch": 2}}, "header.open.previous: the feed before"),
    ("OPEN", {"open": {**OPENED, "epoch": 2, "previous": b"x"}}, "header.open.previous: 32 bytes"),
]


@pytest.mark.parametrize(("op", "change", "words"), WRONG, ids=lambda v: v if isinstance(v, str) else "")
def test_a_field_out_of_shape_is_named_with_its_rule(op: str, change: dict[str, Any], words: str) -> None:
    parse_header(written(op, GOOD[op]))
    with pytest.raises(ProtocolError, match=re.escape(words)):
        parse_header(written(op, {**GOOD[op], **change}))


def test_a_header_over_4_kib_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(TooLarge):
        parse_header(b"\xff" * 4097)


@pytest.mark.parametrize("raw", [b"\xff", b"\x0a\x05abc", b"\x22\x02\xff\xfe"])
def test_what_is_no_protobuf_is_malformed(raw: bytes) -> None:
    with pytest.raises(ProtocolError, match="not a protobuf Header"):
        parse_header(raw)


def test_an_unknown_operation_stops_the_cursor() -> None:
    with pytest.raises(ProtocolError) as refused:
        parse_header(pb.Header(op=99, issued_ms=ISSUED, register=1).SerializeToString())  # type: ignore[arg-type]
    assert refused.value.code == Code.UNKNOWN_OP


def test_no_operation_is_malformed() -> None:
    with pytest.raises(ProtocolError, match=r"header\.op: required") as refused:
        parse_header(b"")
    assert refused.value.code == Code.MALFORMED


def test_rules_that_are_not_known_here_stop_the_cursor() -> None:
    with pytest.raises(ProtocolError) as refused:
        parse_header(written("OPEN", {"open": {**OPENED, "rules": 2}}))
    assert refused.value.code == Code.UNKNOWN_OP


@pytest.mark.parametrize(
    "label",
    ["BE:NONE//TLP:GREEN", "BE:NONE//TLP:GREEN//AUD b-port,a-port", "XX:NONE//TLP:GREEN//AUD ports-be", ""],
)
def test_a_label_that_is_not_canonical_is_refused_with_the_feed(label: str) -> None:
    with pytest.raises(BadLabel) as refused:
        parse_header(written("OPEN", {"open": {**OPENED, "label": label}}))
    assert refused.value.code == Code.UNKNOWN_LABEL


def test_a_label_over_its_cap_is_refused_before_it_is_read() -> None:
    with pytest.raises(TooLarge):
        parse_header(written("OPEN", {"open": {**OPENED, "label": LABEL + ",z" * 1100}}))


def test_unknown_fields_survive_since_the_bytes_are_kept() -> None:
    entry = published(1)
    newer = Entry(entry.header + b"\xfa\x06\x03new", entry.content, entry.salt)  # field 111
    header = parse_header(newer.header)
    check_entry(newer, header)
    assert header == parse_header(entry.header)
    assert from_wire(to_wire(newer)) == newer
    assert newer.leaf != entry.leaf


def test_open_stands_at_0_and_only_there() -> None:
    opened, close = parse_header(written("OPEN", GOOD["OPEN"])), parse_header(written("CLOSE", {}))
    check_place(opened, index=0)
    check_place(close, index=1)
    for header, index in ((opened, 1), (close, 0)):
        with pytest.raises(ProtocolError, match="OPEN is entry 0"):
            check_place(header, index=index)


def test_epoch_stands_at_1_and_control_operations_in_control_feeds() -> None:
    epoch = parse_header(written("EPOCH", GOOD["EPOCH"]))
    check_place(epoch, index=1)
    with pytest.raises(ProtocolError, match="EPOCH is entry 1"):
        check_place(epoch, index=2)
    for op in ("WITHDRAW", "DESTROYED", "QUARANTINED", "AUDIT_HEAD"):
        header = parse_header(written(op, GOOD[op]))
        check_place(header, index=3, control=True)
        with pytest.raises(ProtocolError, match="only in a control feed"):
            check_place(header, index=3)


def test_the_feed_id_is_made_again_from_open() -> None:
    opened = parse_header(sample_feed(1).entries[0].header)
    assert opened.open is not None
    assert open_feed_id(opened.open) == sample_feed(1).id == feed_id(ANTWERP.id, 1, SALT, LABEL)
    assert check_open(opened, sample_feed(1).id) == opened.open
    with pytest.raises(BadProof, match="this feed id"):
        check_open(opened, FeedId(bytes(32)))
    with pytest.raises(BadProof, match="entry 0 is OPEN"):
        check_open(parse_header(written("CLOSE", {})), sample_feed(1).id)


def test_the_commitment_to_the_byte() -> None:
    import hashlib

    said = b"port2port/content/v1\0" + bytes(32) + (19).to_bytes(8, "big") + b"port2port/alert;v=1"
    assert (
        commitment(bytes(32), "port2port/alert;v=1", b"abc")
        == hashlib.sha256(said + (3).to_bytes(8, "big") + b"abc").digest()
    )


@pytest.mark.parametrize(
    ("content", "salt", "words"),
    [
        (b"other", drawn("salt 1", 32), "not what the header commits to"),
        (drawn("content 1", 120), bytes(32), "not what the header commits to"),
        (drawn("content 1", 120), None, "32 bytes with content"),
        (drawn("content 1", 120), bytes(31), "32 bytes with content"),
        (None, drawn("salt 1", 32), "not without content"),
        (b"", drawn("salt 1", 32), "absent or not empty"),
        (bytes(262_145), drawn("salt 1", 32), "at most 262144 bytes"),
    ],
)
def test_content_is_what_was_committed_to_or_refused(
    content: bytes | None, salt: bytes | None, words: str
) -> None:
    entry = published(1)
    header = parse_header(entry.header)
    check_entry(entry, header)
    with pytest.raises(ProtocolError, match=words):
        check_entry(Entry(entry.header, content, salt), header)


def test_absent_content_is_no_fault_of_the_entry() -> None:
    entry = published(1)
    check_entry(Entry(entry.header), parse_header(entry.header))


def test_content_under_a_header_that_commits_to_none_is_refused() -> None:
    header = parse_header(written("CLOSE", {}))
    with pytest.raises(ProtocolError, match="without a commitment"):
        check_entry(Entry(written("CLOSE", {}), b"x", bytes(32)), header)


def test_what_is_built_is_held_to_what_is_read() -> None:
    assert parse_header(build_close(issued_ms=ISSUED, register=1).header).op is Op.CLOSE
    retract = build_retract(
        target=Target(record(1), 2),
        reason=3,
        issued_ms=ISSUED,
        register=3,
        content_type="port2port/notice;v=1",
        content=b"words",
        salt=bytes(32),
        retain_until_ms=RETAIN,
    )
    header = parse_header(retract.header)
    assert (header.target, header.reason) == (Target(record(1), 2), 3)
    moved = build_superseded(target=Target(record(1), 2), successor=record(2), issued_ms=ISSUED, register=3)
    header = parse_header(moved.header)
    assert (header.op, header.target, header.successor) == (Op.SUPERSEDED, Target(record(1), 2), record(2))
    with pytest.raises(ProtocolError, match=r"header\.reason: required"):
        build_retract(target=Target(record(1), 2), reason=0, issued_ms=ISSUED, register=3)
    with pytest.raises(ProtocolError, match=r"header\.retain_until_ms: required"):
        build_publish(
            record_id=record(1),
            version=1,
            content_type="port2port/alert;v=1",
            content=b"x",
            salt=bytes(32),
            issued_ms=ISSUED,
            retain_until_ms=0,
            register=1,
        )
    with pytest.raises(BadLabel):
        build_open(origin=ANTWERP.id, epoch=1, salt=SALT, label="x", register=1, issued_ms=ISSUED)
    opened = build_open(
        origin=ANTWERP.id,
        epoch=2,
        salt=SALT,
        label=LABEL,
        register=1,
        issued_ms=ISSUED,
        previous=FeedId(FEED_ID),
    )
    assert parse_header(opened.header).open is not None


def test_refusals_never_repeat_what_was_sent() -> None:
    """A record id or label can be telling: the rule and the field are named, the value is not."""
    with pytest.raises(ProtocolError) as refused:
        parse_header(written("PUBLISH", {**GOOD["PUBLISH"], "content_type": "port2port/secret matter;v=1"}))
    assert "secret" not in str(refused.value)
