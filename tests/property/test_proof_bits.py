"""Invariant 1 for what lies in a drawer: no bit of a proof file can be turned and still prove something else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_feed import keys, sample_feed

from protocol import proof as module
from protocol.entry import Entry
from protocol.errors import ProtocolError
from protocol.proof import Verified, verify_proof, write_proof
from protocol.proof_file import Proof

FEED = sample_feed(21)
PROOF = FEED.proof(7, 21)
FILE = write_proof(PROOF)
HONEST = verify_proof(FILE, register=keys())


def flipped(raw: bytes, bit: int) -> bytes:
    at = bit % (len(raw) * 8)
    return bytes(b ^ (1 << at % 8 if n == at // 8 else 0) for n, b in enumerate(raw))


def unheard(found: Verified) -> Verified:
    """Without its witnesses."""
    return replace(found, witnesses=(), unknown=())


@given(st.integers(0, len(FILE) * 8 - 1))
def test_a_bit_flipped_in_the_file_is_refused_or_costs_a_witness(bit: int) -> None:
    try:
        found = verify_proof(flipped(FILE, bit), register=keys())
    except ProtocolError:
        return
    assert unheard(found) == unheard(HONEST)
    assert found.unwitnessed


def changed(part: str, bit: int) -> Proof:
    """The proof with one bit turned in the bytes that a part stands for."""
    entry, point = PROOF.entry, PROOF.checkpoint
    assert entry.content is not None
    assert entry.salt is not None
    hashes = list(PROOF.inclusion)
    hashes[bit % len(hashes)] = type(hashes[0])(flipped(hashes[bit % len(hashes)], bit))
    return {
        "header": replace(PROOF, entry=Entry(flipped(entry.header, bit), entry.content, entry.salt)),
        "content": replace(PROOF, entry=entry._replace(content=flipped(entry.content, bit))),
        "salt": replace(PROOF, entry=entry._replace(salt=flipped(entry.salt, bit))),
        "label": replace(PROOF, opened=flipped(PROOF.opened, bit)),
        "inclusion": replace(PROOF, inclusion=tuple(hashes)),
        "root": replace(PROOF, checkpoint=replace(point, root=type(point.root)(flipped(point.root, bit)))),
        "signature": replace(PROOF, checkpoint=replace(point, signature=flipped(point.signature, bit))),
        "feed": replace(PROOF, feed=type(PROOF.feed)(flipped(PROOF.feed, bit))),
        "size": replace(PROOF, checkpoint=replace(point, size=point.size ^ 1 << bit % 62)),
        "index": replace(PROOF, index=PROOF.index ^ 1 << bit % 52),
    }[part]


PARTS = ["header", "content", "salt", "label", "inclusion", "root", "signature", "feed", "size", "index"]


@given(st.sampled_from(PARTS), st.integers(0, 1 << 20))
def test_a_bit_flipped_in_any_part_is_refused(part: str, bit: int) -> None:
    """The file is well written each time: what refuses it is the proof, not the form."""
    with pytest.raises(ProtocolError):
        verify_proof(write_proof(changed(part, bit)), register=keys())


@given(st.integers(1, 20), st.integers(1, 20))
def test_the_proof_of_one_entry_proves_no_other(index: int, other: int) -> None:
    if index != other:
        with pytest.raises(ProtocolError):
            verify_proof(
                write_proof(replace(FEED.proof(index, 21), entry=FEED.entries[other])), register=keys()
            )


@given(st.binary(max_size=400))
def test_no_bytes_bring_the_reader_down(raw: bytes) -> None:
    for candidate in (raw, FILE[: len(raw)] + raw, FILE + raw):
        if candidate != FILE:
            with pytest.raises(ProtocolError):
                verify_proof(candidate, register=keys())


@pytest.mark.parametrize(
    ("check", "part"),
    [
        ("check_entry", "content"),
        ("check_entry", "salt"),
        ("verify_inclusion", "inclusion"),
        ("verify", "signature"),
    ],
)
def test_each_check_left_out_turns_these_properties_red(
    check: str, part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = write_proof(changed(part, 3))
    with pytest.raises(ProtocolError):
        verify_proof(raw, register=keys())
    monkeypatch.setattr(module, check, lambda *given, **more: None)
    verify_proof(raw, register=keys())
