"""Two readers of proof files that share no line of code agree: on what holds, on every byte changed, on every header signed."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import second_reader
from hypothesis import example, given
from hypothesis import strategies as st
from locations import ROOT
from sample_feed import (
    ANTWERP,
    ANTWERP_GATE,
    EVERYBODY,
    ISSUED,
    LABEL,
    LIEGE,
    NORTH_SEA,
    RETAIN,
    Feed,
    Party,
    drawn,
    feed_of,
    keys,
    published,
    record,
    sample_feed,
)
from second_headers import OPS
from second_labels import label as second_label
from second_wire import Refused

from protocol import proof as product
from protocol.entry import Entry, Op, Target, build_close, build_retract
from protocol.errors import ProtocolError
from protocol.label import CONTROL, parse
from protocol.merkle import CompactRange, prove_inclusion
from protocol.proof import Verified, verify_proof, write_proof
from protocol.proof_file import Proof
from protocol.v1 import federation_pb2 as pb

READER = Path(second_reader.__file__)
SECOND_KEYS = {
    "log": {str(p.id): [p.log_public] for p in EVERYBODY},
    "hold": {str(p.id): [p.hold_public] for p in EVERYBODY},
}


def facts(found: Verified) -> Mapping[str, Any]:
    """What the product found, in the second reader's words."""
    return {
        "origin": found.origin,
        "label": found.label,
        "feed": found.feed.hex(),
        "index": found.index,
        "size": found.size,
        "op": found.op.name,
        "record_id": (found.record_id or b"").hex(),
        "issued_ms": found.issued_ms,
        "content_type": found.content_type,
        "content": None if found.content is None else found.content.hex(),
        "content_absent": found.content_absent,
        "witnesses": list(found.witnesses),
        "unwitnessed": found.unwitnessed,
    }


def both(raw: bytes) -> Mapping[str, Any] | None:
    """What both readers say of a file: the same facts, or None where both refuse."""
    try:
        ours = facts(verify_proof(raw, register=keys()))
    except ProtocolError:
        ours = None
    try:
        theirs = second_reader.verify(raw, SECOND_KEYS)
    except Refused:
        theirs = None
    assert ours == theirs
    return ours


def retracted() -> Entry:
    return build_retract(target=Target(record(1), 1), reason=1, issued_ms=ISSUED + 5, register=3)


FEED = feed_of([published(1), published(2), retracted(), build_close(issued_ms=ISSUED + 9, register=3)])
FILE = FEED.proof_file(1, 5)


def test_the_second_reader_imports_nothing_of_the_product() -> None:
    files, imported = sorted(READER.parent.glob("*.py")), set()
    for node in [node for file in files for node in ast.walk(ast.parse(file.read_text()))]:
        if isinstance(node, ast.Import):
            imported |= {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            imported.add((node.module or "").split(".")[0])
    assert imported - set(sys.stdlib_module_names) - {file.stem for file in files} == {"nacl"}


def test_it_verifies_the_proof_that_stands_in_the_document(tmp_path: Path) -> None:
    """File and keys are read from docs/protocol.md; a process of its own verifies them, from elsewhere."""
    page = (ROOT / "docs" / "protocol.md").read_text()
    blocks = dict(re.findall(r"<!-- example: (\w+) -->\n```\n(.*?)\n```\n", page, re.DOTALL))
    listed: dict[str, dict[str, list[str]]] = {"log": {}, "hold": {}}
    for line in blocks["keys"].splitlines():
        use, node, key = line.split()
        listed[use][node] = [key]
    (tmp_path / "proof.json").write_text(blocks["proof"] + "\n")
    (tmp_path / "keys.json").write_text(json.dumps(listed))
    command = [sys.executable, "-E", "-s", str(READER), "proof.json", "keys.json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    assert bytes.fromhex(found["content"]) == b"content"
    assert found["witnesses"] == ["north-sea-port", "port-liege"]
    (tmp_path / "proof.json").write_text(blocks["proof"].replace("Y29udGVudA==", "Y29udGVudB=="))
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1


@pytest.mark.parametrize("index", [1, 2, 3, 4])
@pytest.mark.parametrize(
    "holders",
    [(), (LIEGE,), (LIEGE, NORTH_SEA), (ANTWERP, ANTWERP_GATE, LIEGE), EVERYBODY],
    ids=lambda holders: str(len(holders)),
)
def test_they_agree_on_good_files(index: int, holders: tuple[Party, ...]) -> None:
    found = both(FEED.proof_file(index, 5, holders))
    assert found is not None
    assert found["op"] == ["PUBLISH", "PUBLISH", "RETRACT", "CLOSE"][index - 1]
    assert found["unwitnessed"] == (not {LIEGE, NORTH_SEA} <= set(holders))


@given(st.integers(2, 40), st.data())
def test_they_agree_on_logs_of_any_size(size: int, data: st.DataObject) -> None:
    feed = sample_feed(size)
    at = data.draw(st.integers(2, size))
    assert both(feed.proof_file(data.draw(st.integers(1, at - 1)), at)) is not None


def test_they_agree_on_content_that_is_gone() -> None:
    found = both(write_proof(replace(FEED.proof(1, 5), entry=Entry(FEED.entries[1].header))))
    assert found is not None
    assert found["content_absent"]
    assert found["content"] is None


def test_they_agree_on_every_byte_of_a_file_changed() -> None:
    """Each byte by its lowest bit: refused, or, where only a cosignature's key id or name changed, one witness fewer."""
    honest = both(FILE)
    assert honest is not None
    left = [found for at in range(len(FILE)) if (found := both(_changed(FILE, at, 1))) is not None]
    for found in left:
        assert {**found, "witnesses": honest["witnesses"], "unwitnessed": False} == honest
        assert len(found["witnesses"]) == 1
        assert found["unwitnessed"]
    assert 0 < len(left) < 60, "only the two key ids and the two names may change without refusal"


def _changed(raw: bytes, at: int, mask: int) -> bytes:
    return raw[:at] + bytes([raw[at] ^ mask]) + raw[at + 1 :]


@given(st.integers(0, len(FILE) - 1), st.integers(1, 255))
def test_they_agree_on_any_change_of_a_byte(at: int, mask: int) -> None:
    both(_changed(FILE, at, mask))


@given(st.integers(0, len(FILE)), st.integers(0, 40), st.binary(max_size=12))
def test_they_agree_on_bytes_cut_out_and_put_in(at: int, cut: int, put: bytes) -> None:
    changed = FILE[:at] + put + FILE[at + cut :]
    found, honest = both(changed), both(FILE)
    assert honest is not None
    if found is not None:  # only witnesses can get lost
        assert set(found["witnesses"]) <= set(honest["witnesses"])
        assert {**found, "witnesses": [], "unwitnessed": True} == {
            **honest,
            "witnesses": [],
            "unwitnessed": True,
        }


@pytest.mark.parametrize(
    "changed",
    [
        FILE[:-1],
        FILE + b"\n",
        b" " + FILE,
        FILE.replace(b'"index":1', b'"index": 1'),
        FILE.replace(b'"index":1', b'"index":1.0'),
        FILE.replace(b'"index":1', b'"index":true'),
        FILE.replace(b'"index":1', b'"index":0'),
        FILE.replace(b'"index":1', b'"index":9007199254740993'),
        FILE.replace(b'"index":1', b'"index":NaN'),
        FILE.replace(b'"index":1', b'"index":1,"index":1'),
        FILE.replace(b'"index":1', b'"index":1,"more":1'),
        FILE.replace("—".encode(), b"\\u2014"),
        FILE.replace(b"port2port/proof/v1", b"port2port/proof/v2"),
        FILE.replace(b"\\n", b"\\r\\n"),
        b"[" * 100_000,
        b"null\n",
        b"{}\n",
        b"",
        b"\xff",
        b" " * 524_289,
        b'"\\ud800"\n',
    ],
    ids=lambda raw: repr(raw[:20]),
)
def test_they_agree_on_files_written_otherwise(changed: bytes) -> None:
    assert changed != FILE
    assert both(changed) is None


# ---- Headers that the origin did sign: the two readers must draw the same line ------------------------------------------


def resigned(header: bytes, entry: Entry | None = None, at: int = 1) -> bytes:
    """A proof file of a log in which this header stands, signed by the origin whatever it says."""
    entries = [Entry(FEED.entries[0].header), Entry(FEED.entries[2].header), Entry(header)]
    entries = (
        [entries[0], entries[2], entries[1]]
        if at == 1
        else [Entry(header), *entries[1:]]
        if at == 0
        else entries
    )
    rows = tuple(b"".join(nodes) for nodes in CompactRange().extend(e.leaf for e in entries)[1])
    feed = Feed(FEED.id, tuple(entries), rows)
    index = at or 1
    held = (
        feed.entries[index]._replace(content=entry.content, salt=entry.salt) if entry else feed.entries[index]
    )
    return write_proof(
        Proof(
            origin=ANTWERP.id,
            feed=FEED.id,
            opened=entries[0].header,
            open_inclusion=prove_inclusion(index=0, size=3, node=feed.node),
            index=index,
            entry=held,
            inclusion=prove_inclusion(index=index, size=3, node=feed.node),
            checkpoint=feed.checkpoint(3),
        )
    )


REFERENCE: dict[str, Any] = {
    "record_id": record(1),
    "version": 1,
    "content_type": "port2port/alert;v=1",
    "commitment": bytes(32),
    "issued_ms": ISSUED,
    "expires_ms": ISSUED + 1,
    "retain_until_ms": RETAIN,
    "register": 3,
    "reason": 1,
    "target": {"record_id": record(1), "version": 1},
    "successor": record(2),
    "open": {"origin": ANTWERP.id, "epoch": 1, "salt": bytes(16), "label": LABEL, "rules": 1},
    "previous": {"feed": drawn("feed", 32), "size": 1, "root": bytes(32)},
    "audit_head": bytes(range(32)),
    "erase_signature": bytes(64),
}


@given(
    st.sampled_from([*range(13), -1]),
    st.sets(st.sampled_from(sorted(REFERENCE))),
    st.sets(st.sampled_from(["record_id", "version", "feed", "index"])),
    st.sampled_from([1, 2]),
)
@example(1, {"open"}, set(), 1)
@example(7, {"previous"}, set(), 1)
@example(7, {"previous"}, set(), 2)
@example(3, {"target", "reason"}, {"record_id", "version"}, 1)
@example(9, {"target", "reason"}, {"feed"}, 1)
def test_they_agree_on_which_fields_belong_to_which_operation(
    op: int, fields: set[str], target: set[str], at: int
) -> None:
    said = {name: REFERENCE[name] for name in {*fields, "issued_ms", "register"}}
    if "target" in said:
        whole = {**REFERENCE["target"], "feed": drawn("feed", 32), "index": 1}
        said["target"] = {name: whole[name] for name in target}
    both(resigned(pb.Header(op=op, **said).SerializeToString(), at=at))  # type: ignore[arg-type]


@given(st.integers(0, 400), st.integers(0, 8), st.binary(max_size=8))
def test_they_agree_on_headers_with_bytes_changed(at: int, cut: int, put: bytes) -> None:
    honest = FEED.entries[1].header
    at %= len(honest) + 1
    both(resigned(honest[:at] + put + honest[at + cut :], FEED.entries[1]))


@given(st.integers(0, 400), st.integers(1, 255))
def test_they_agree_on_headers_with_a_byte_flipped(at: int, mask: int) -> None:
    honest = FEED.entries[1].header
    both(resigned(_changed(honest, at % len(honest), mask), FEED.entries[1]))


@pytest.mark.parametrize(
    "more",
    [
        b"\x18\x05",  # version again: the last one counts
        b"\x18\x80\x80\x80\x80\x10",  # version 2^32: cut to 0
        b"\x18\x81\x80\x80\x80\x10",  # version 2^32 + 1: cut to 1
        b"\x1a\x01x",  # version with another wire type: not known
        b"\xfa\x06\x03new",  # a field of tomorrow
        b"\xfb\x06\x08\x01\xfc\x06",  # a group
        b"\xfb\x06\x08\x01",  # a group cut short
        b"\x00\x01",  # no such field number
        b"\x22\x02\xff\xfe",  # content type that is not UTF-8
        b"\x22\x00",  # content type again, empty
        b"\x5a\x00",  # a target, present and empty
        b"\x40" + b"\x80" * 10 + b"\x01",  # a varint too long
        b"\x40" + b"\xff" * 9 + b"\x01",  # -1
        b"\x48\x00",  # register 0
        b"\x06",
        b"\x80\x80\x80\x80\x80\x01",
    ],
    ids=bytes.hex,
)
def test_they_agree_on_headers_with_bytes_appended(more: bytes) -> None:
    both(resigned(FEED.entries[1].header + more, FEED.entries[1]))
    both(resigned(FEED.entries[3].header + more))


CONTROL_LABEL = "BE:NONE//TLP:RED//AUD control//TO node:port-liege"
CONTROL_ENTRIES: list[dict[str, Any]] = [
    {"op": pb.Header.WITHDRAW, "target": {"feed": drawn("feed", 32)}},
    {"op": pb.Header.DESTROYED, "target": {"feed": drawn("feed", 32)}, "reason": 1},
    {"op": pb.Header.QUARANTINED, "target": {"feed": drawn("feed", 32), "index": 4}, "reason": 2},
    {"op": pb.Header.AUDIT_HEAD, "audit_head": bytes(range(32))},
    {"op": pb.Header.SUPERSEDED, "target": REFERENCE["target"], "successor": record(2)},
    {"op": pb.Header.ERASE, "target": REFERENCE["target"], "reason": 1, "erase_signature": bytes(64)},
]


@pytest.mark.parametrize("label", [CONTROL_LABEL, LABEL])
def test_they_agree_on_where_control_entries_stand(label: str) -> None:
    said = [pb.Header(issued_ms=ISSUED, register=1, **fields) for fields in CONTROL_ENTRIES]
    feed = feed_of([Entry(one.SerializeToString()) for one in said], label)
    found = [both(feed.proof_file(n, 7)) is not None for n in range(1, 7)]
    assert found == [label == CONTROL_LABEL] * 4 + [True] * 2


def test_messages_that_occur_twice_are_merged_alike() -> None:
    halves = [pb.Target(record_id=record(1)), pb.Target(version=2)]
    bare = pb.Header(op=pb.Header.RETRACT, reason=1, issued_ms=ISSUED, register=3).SerializeToString()
    found = both(resigned(bare + b"".join(pb.Header(target=half).SerializeToString() for half in halves)))
    assert found is not None
    assert found["record_id"] == record(1).hex()


# ---- Labels -------------------------------------------------------------------------------------------------------------

PIECES = [
    "BE", "EU", "NATO", "+", ":", "NONE", "SECRET", "TOP-SECRET", "//TLP:", "AMBER+STRICT", "AMBER", "RED", "GREEN", "//AUD ",
    "ports-be", "lcmb", "control", "audit", ",", " & ", "//COMP ", "DRUGS", "//CTRY ", "NL", "//TO ", "node:port-x",
    "role:port-x--gate/duty", "officer:port-x/0188d0f6-0000-7000-8000-000000000000", "//PURPOSE ", "crisis", "//CAVEAT ", "ORCON",
    "//STATUS ", "test", "exercise", "/", "//", " ", "é", "\n",
]  # fmt: skip
LABELS = [
    LABEL,
    "BE:RESTRICTED//TLP:AMBER//COMP DRUGS//AUD lcmb-antwerp,ports-be//PURPOSE port-security//CAVEAT ORCON",
    "BE+NATO:SECRET//TLP:RED//AUD a1,b1 & c1//CTRY BE,NL//TO node:port-x,role:port-x--gate/duty//STATUS test",
    "BE:NONE//TLP:RED//AUD control//TO node:port-x",
    "BE:NONE//TLP:RED//AUD audit//TO node:port-x",
    "BE:NONE//TLP:RED//AUD control//TO node:port-x,node:port-y",
    "BE:NONE//TLP:AMBER+STRICT//AUD a1,b1 & a1,b1,c1",
    "EU+BE:NONE//TLP:CLEAR//AUD ports-be",
    "BE:NONE//TLP:RED//AUD ports-be",
    "BE:NONE//TLP:GREEN//AUD ports-be//CAVEAT PERSONAL,ORCON",
    "BE:NONE//TLP:GREEN//AUD ports-be//PURPOSE crisis,learning",
    "BE:NONE//TLP:GREEN//AUD ports-be//CTRY BE & NL",
    "BE:NONE//TLP:GREEN//AUD ports-be//STATUS test,exercise",
    "BE:NONE//TLP:GREEN//AUD ports-be//TO node:a--b--c",
    "BE:NONE//TLP:GREEN//AUD ports-be//TO node:-ab",
]


def agree_on_label(text: str) -> bool:
    try:
        ours: bool | None = parse(text).reserved == CONTROL
    except ProtocolError:
        ours = None
    try:
        theirs: bool | None = second_label(text)
    except Refused:
        theirs = None
    assert ours == theirs, text
    return ours is not None


@pytest.mark.parametrize("text", LABELS)
def test_they_agree_on_labels(text: str) -> None:
    agree_on_label(text)


def test_of_these_labels_some_are_taken_and_some_refused() -> None:
    assert {agree_on_label(text) for text in LABELS} == {True, False}


@given(
    st.sampled_from(LABELS),
    st.integers(0, 120),
    st.integers(0, 12),
    st.lists(st.sampled_from(PIECES), max_size=3),
)
def test_they_agree_on_labels_with_parts_changed(text: str, at: int, cut: int, put: list[str]) -> None:
    agree_on_label(text[:at] + "".join(put) + text[at + cut :])


# ---- The comparison can fail --------------------------------------------------------------------------------------------


def test_a_reader_that_looks_away_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fault: the product does not compare content with its commitment any more."""
    entry = FEED.entries[1]
    forged = resigned(entry.header, Entry(entry.header, b"forged", entry.salt))
    assert both(forged) is None
    monkeypatch.setattr(product, "check_entry", lambda entry, header: None)
    with pytest.raises(AssertionError):
        both(forged)


def test_a_reader_that_counts_its_own_house_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fault: every cosignature counts as another organisation's."""
    file = FEED.proof_file(1, 5, (ANTWERP, ANTWERP_GATE))
    assert both(file) is not None
    monkeypatch.setattr(product, "organisation_of", lambda node: f"{node}-house")
    with pytest.raises(AssertionError):
        both(file)


def test_every_operation_is_known_to_both() -> None:
    assert {number: name for number, (name, _, _) in OPS.items()} == {int(op): op.name for op in Op}
