"""Proof files: what they prove, for whom, and the words of each refusal."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from sample_feed import (
    ANTWERP,
    ANTWERP_GATE,
    EVERYBODY,
    ISSUED,
    LABEL,
    LIEGE,
    NORTH_SEA,
    Keys,
    feed_of,
    keys,
    party,
    published,
    record,
    sample_feed,
)

from protocol.entry import Entry, Op, Target, build_retract
from protocol.errors import BadSignature, Code, ProtocolError, TooLarge
from protocol.proof import KeysOf, read_proof, verify_proof, write_proof

FEED = sample_feed(9)
FILE = FEED.proof_file(5, 9)


def test_a_proof_tells_what_was_said_where_and_by_whom() -> None:
    found = verify_proof(FILE, register=keys())
    assert (found.origin, found.label, found.feed, found.index, found.size) == (
        ANTWERP.id,
        LABEL,
        FEED.id,
        5,
        9,
    )
    assert (found.op, found.record_id, found.kind) == (Op.PUBLISH, record(5), "alert")
    assert (found.content, found.issued_ms) == (FEED.entries[5].content, ISSUED + 5)
    assert found.witnesses == (NORTH_SEA.id, LIEGE.id)
    assert not found.unwitnessed
    assert not found.content_absent
    assert not found.unknown


def test_a_file_written_is_read_as_it_was() -> None:
    proof = FEED.proof(5, 9, (NORTH_SEA, LIEGE))
    assert read_proof(write_proof(proof)) == proof


@pytest.mark.parametrize(
    ("holders", "witnesses"),
    [
        ((), ()),
        ((LIEGE,), (LIEGE.id,)),
        ((ANTWERP, LIEGE), (LIEGE.id,)),
        ((ANTWERP, ANTWERP_GATE), ()),
    ],
    ids=["nobody", "one", "one and the origin", "the origin's own house"],
)
def test_fewer_than_two_other_organisations_is_unwitnessed(
    holders: tuple[Any, ...], witnesses: tuple[str, ...]
) -> None:
    found = verify_proof(FEED.proof_file(5, 9, holders), register=keys())
    assert found.witnesses == witnesses
    assert found.unwitnessed


def test_two_nodes_of_one_organisation_are_one_witness() -> None:
    gate = party("port-liege--gate")
    found = verify_proof(FEED.proof_file(5, 9, (LIEGE, gate)), register=keys((*EVERYBODY, gate)))
    assert len(found.witnesses) == 2
    assert found.unwitnessed


def test_a_cosignature_by_a_key_that_is_not_known_counts_for_nothing() -> None:
    found = verify_proof(FILE, register=keys((ANTWERP, LIEGE)))
    assert (found.witnesses, found.unknown) == ((LIEGE.id,), (NORTH_SEA.id,))
    assert found.unwitnessed


def test_a_cosignature_of_a_known_key_that_does_not_verify_refuses_the_file() -> None:
    """Not merely one witness fewer: somebody changed the file."""
    proof = FEED.proof(5, 9)
    (holder, blob), second = proof.cosignatures
    forged = write_proof(replace(proof, cosignatures=((holder, blob[:-1] + bytes([blob[-1] ^ 1])), second)))
    with pytest.raises(BadSignature, match=r"proof\.checkpoint\.port-liege\.cosignature: does not verify"):
        verify_proof(forged, register=keys())


def test_content_that_is_gone_leaves_the_header_proven() -> None:
    gone = write_proof(replace(FEED.proof(5, 9), entry=Entry(FEED.entries[5].header)))
    found = verify_proof(gone, register=keys())
    assert found.content is None
    assert found.content_absent
    assert found.record_id == record(5)


def test_a_withdrawal_is_proven_with_the_record_it_is_about() -> None:
    words = build_retract(target=Target(record(1), 1), reason=1, issued_ms=ISSUED + 1, register=3)
    feed = feed_of([published(1), words])
    found = verify_proof(feed.proof_file(2, 3), register=keys())
    assert (found.op, found.record_id, found.kind) == (Op.RETRACT, record(1), "")
    assert not found.content_absent


@dataclass(frozen=True)
class _Node:
    log_keys: tuple[bytes, ...]
    hold_keys: tuple[bytes, ...]


def test_the_keys_come_from_the_nodes_of_a_register() -> None:
    nodes = {p.id: _Node((p.log_public,), (p.hold_public,)) for p in (ANTWERP, LIEGE)}
    found = verify_proof(FILE, register=KeysOf(nodes))
    assert (found.witnesses, found.unknown) == ((LIEGE.id,), (NORTH_SEA.id,))
    with pytest.raises(BadSignature):
        verify_proof(FILE, register=KeysOf({}))


@pytest.mark.parametrize(
    "register", [Keys({}, {}), keys((LIEGE,)), Keys({ANTWERP.id: (LIEGE.log_public,)}, {})]
)
def test_without_the_origins_key_it_proves_nothing(register: Keys) -> None:
    with pytest.raises(BadSignature, match=r"proof\.checkpoint\.signature: made by no log key of the origin"):
        verify_proof(FILE, register=register)


def _edited(change: Callable[[dict[str, Any]], object]) -> bytes:
    top = json.loads(FILE)
    change(top)
    return json.dumps(top, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: t.pop("index"), "proof.index: required"),
        (lambda t: t.update(more=1), "proof: has a key that does not belong there"),
        (lambda t: t.update(format="port2port/proof/v2"), "proof.format: not port2port/proof/v1"),
        (lambda t: t.update(index="1"), "proof.index: a whole number from 1 up"),
        (lambda t: t.update(index=0), "proof.index: a whole number from 1 up"),
        (lambda t: t.update(index=True), "proof.index: a whole number from 1 up"),
        (lambda t: t.update(index=6), "proof.inclusion: does not lead to the root"),
        (lambda t: t.update(index=9), "proof.inclusion: the index is below the size"),
        (lambda t: t.update(inclusion={}), "proof.inclusion: a list"),
        (lambda t: t.update(inclusion=["?"]), "proof.inclusion[0]: base64"),
        (lambda t: t.update(inclusion=["QQ=="]), "proof.inclusion: every hash has 32 bytes"),
        (lambda t: t.update(inclusion=t["inclusion"] * 17), "proof.inclusion: at most 64 hashes"),
        (lambda t: t["inclusion"].pop(), "proof.inclusion: fewer hashes"),
        (lambda t: t["open"].update(inclusion=[]), "proof.open.inclusion: fewer hashes"),
        (lambda t: t["open"].update(header=t["entry"]["header"]), "proof.open.header.op: entry 0 is OPEN"),
        (
            lambda t: t["entry"].update(header=t["open"]["header"]),
            "proof.inclusion: does not lead to the root",
        ),
        (lambda t: t["entry"].pop("salt"), "proof.entry.salt: 32 bytes with content"),
        (lambda t: t["entry"].pop("content"), "proof.entry.salt: not without content"),
        (
            lambda t: t["entry"].update(content="QQ=="),
            "proof.entry.content: not what the header commits to",
        ),
        (lambda t: t["entry"].update(content=7), "proof.entry.content: a string"),
        (lambda t: t.update(entry=[]), "proof.entry: an object"),
        (lambda t: t.update(checkpoint=None), "proof.checkpoint: a string"),
        (lambda t: t.update(checkpoint="x"), "proof.checkpoint.note: text, a blank line"),
        (
            lambda t: t.update(checkpoint=t["checkpoint"].replace("\n9\n", "\n8\n")),
            "proof.checkpoint.signature",
        ),
        (
            lambda t: t.update(checkpoint=t["checkpoint"].replace("port-antwerp-bruges", "port-x")),
            "proof.checkpoint: names another origin than OPEN",
        ),
        (
            lambda t: t.update(checkpoint=t["checkpoint"].replace(FEED.id.hex(), "0" * 64)),
            "proof.open.feed: OPEN does not give this feed id",
        ),
    ],
)
def test_each_refusal_says_where_and_which_rule(
    change: Callable[[dict[str, Any]], object], words: str
) -> None:
    with pytest.raises(ProtocolError) as refused:
        verify_proof(_edited(change), register=keys())
    assert str(refused.value).startswith(words)


def test_a_file_over_its_cap_is_refused_before_it_is_read() -> None:
    with pytest.raises(TooLarge) as refused:
        verify_proof(b"[" * (512 * 1024 + 1), register=keys())
    assert refused.value.code == Code.TOO_LARGE


def test_the_largest_entry_fits_with_its_witnesses() -> None:
    """262,144 bytes of content, the longest of everything else the cap allows for."""
    from protocol.entry import build_publish

    large = build_publish(
        record_id=record(1),
        version=1,
        content_type="port2port/alert;v=1",
        content=bytes(262_144),
        salt=bytes(32),
        issued_ms=ISSUED,
        retain_until_ms=ISSUED + 1,
        register=1,
    )
    holders = [party(f"port-{'x' * 31}{n:03}") for n in range(512)]
    proof = feed_of([large]).proof(1, 2, ())
    blob = FEED.cosignature(LIEGE, 9)
    raw = write_proof(replace(proof, cosignatures=tuple((h.id, blob) for h in holders)))
    assert len(raw) <= 512 * 1024
    assert len(b64decode(json.loads(raw)["entry"]["content"])) == 262_144


def test_none_is_written_that_nobody_can_read() -> None:
    proof = FEED.proof(5, 9)
    with pytest.raises(ProtocolError, match="index"):
        write_proof(replace(proof, index=0))
    with pytest.raises(ProtocolError, match="byte order"):
        write_proof(replace(proof, cosignatures=proof.cosignatures[:1] * 2))
    with pytest.raises(ProtocolError, match=r"proof\.checkpoint\.note\.size: decimal"):
        write_proof(replace(proof, checkpoint=replace(proof.checkpoint, size=-1)))
