"""Proofs against the definition of RFC 6962 §2.1 written as it reads there."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import merkle
from protocol.errors import BadProof
from protocol.ids import Hash
from protocol.merkle import (
    CompactRange,
    leaf_hash,
    node_in,
    prove_consistency,
    prove_inclusion,
    range_at,
    root_at,
    verify_consistency,
    verify_inclusion,
)

LEAVES = tuple(leaf_hash(n.to_bytes(4, "big")) for n in range(300))
COMPLETED = CompactRange().extend(LEAVES)[1]
NODE = node_in([b"".join(nodes) for nodes in COMPLETED].__getitem__)


def defined_root(leaves: tuple[Hash, ...]) -> bytes:
    """MTH of RFC 6962, by recursion."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + defined_root(leaves[:k]) + defined_root(leaves[k:])).digest()


ROOTS = tuple(defined_root(LEAVES[:n]) for n in range(len(LEAVES) + 1))
sizes = st.integers(1, len(LEAVES))


@given(st.integers(0, len(LEAVES)), st.data())
def test_any_batching_gives_the_root_of_the_definition(size: int, data: st.DataObject) -> None:
    held, at = CompactRange(), 0
    while at < size:
        step = data.draw(st.integers(1, size - at))
        held, completed = held.extend(LEAVES[at : at + step])
        assert completed == COMPLETED[at : at + step]
        at += step
    assert held.root() == ROOTS[size] == root_at(size, NODE)
    assert held == range_at(size, NODE)


@given(sizes, st.data())
def test_inclusion_is_proven_for_that_leaf_there_and_for_no_other(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof = prove_inclusion(index=index, size=size, node=NODE)
    verify_inclusion(index=index, size=size, leaf=LEAVES[index], proof=proof, root=ROOTS[size])
    other = data.draw(st.integers(0, size - 1).filter(lambda n: n != index)) if size > 1 else None
    if other is not None:
        with pytest.raises(BadProof):
            verify_inclusion(index=other, size=size, leaf=LEAVES[index], proof=proof, root=ROOTS[size])
    with pytest.raises(BadProof):
        verify_inclusion(index=index, size=size, leaf=leaf_hash(b"other"), proof=proof, root=ROOTS[size])


@given(sizes, sizes)
def test_consistency_is_proven_between_any_two_sizes(a: int, b: int) -> None:
    size1, size2 = sorted((a, b))
    proof = prove_consistency(size1=size1, size2=size2, node=NODE)
    assert (not proof) == (size1 == size2)
    verify_consistency(size1=size1, size2=size2, root1=ROOTS[size1], root2=ROOTS[size2], proof=proof)


def flipped(raw: bytes, bit: int) -> bytes:
    at = bit % (len(raw) * 8)
    return bytes(b ^ (1 << at % 8 if n == at // 8 else 0) for n, b in enumerate(raw))


@given(sizes, st.data(), st.integers(0, 255))
def test_any_bit_flipped_in_an_inclusion_proof_is_refused(size: int, data: st.DataObject, bit: int) -> None:
    index = data.draw(st.integers(0, size - 1))
    parts: list[bytes] = [LEAVES[index], ROOTS[size], *prove_inclusion(index=index, size=size, node=NODE)]
    which = data.draw(st.integers(0, len(parts) - 1))
    parts[which] = flipped(parts[which], bit)
    with pytest.raises(BadProof):
        verify_inclusion(index=index, size=size, leaf=Hash(parts[0]), root=parts[1], proof=parts[2:])


@given(sizes, sizes, st.data(), st.integers(0, 255))
def test_any_bit_flipped_in_a_consistency_proof_is_refused(
    a: int, b: int, data: st.DataObject, bit: int
) -> None:
    size1, size2 = sorted((a, b))
    parts = [ROOTS[size1], ROOTS[size2], *prove_consistency(size1=size1, size2=size2, node=NODE)]
    which = data.draw(st.integers(0, len(parts) - 1))
    parts[which] = flipped(parts[which], bit)
    with pytest.raises(BadProof):
        verify_consistency(size1=size1, size2=size2, root1=parts[0], root2=parts[1], proof=parts[2:])


@given(sizes, sizes, sizes)
def test_a_consistency_proof_holds_for_its_two_sizes_only(a: int, b: int, other: int) -> None:
    size1, size2 = sorted((a, b))
    proof = prove_consistency(size1=size1, size2=size2, node=NODE)
    if other not in (size1, size2) and other < size2:
        with pytest.raises(BadProof):
            verify_consistency(size1=other, size2=size2, root1=ROOTS[size1], root2=ROOTS[size2], proof=proof)


def _swapped(left: Hash, right: Hash) -> Hash:
    return Hash(hashlib.sha256(b"\x01" + right + left).digest())


def _undivided(left: Hash, right: Hash) -> Hash:
    return Hash(hashlib.sha256(left + right).digest())


@pytest.mark.parametrize("fault", [_swapped, _undivided])
def test_a_planted_fault_in_hashing_turns_these_properties_red(
    fault: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    proof = prove_inclusion(index=5, size=13, node=NODE)
    monkeypatch.setattr(merkle, "node_hash", fault)
    with pytest.raises(BadProof):
        verify_inclusion(index=5, size=13, leaf=LEAVES[5], proof=proof, root=ROOTS[13])
    assert CompactRange().extend(LEAVES[:13])[0].root() != ROOTS[13]


def test_a_check_of_the_older_root_left_out_turns_these_properties_red(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The fault: only the newer root is compared, as if the older one did not matter."""
    both = merkle._both_roots

    def lax(size1: int, size2: int, root1: bytes, proof: Any) -> tuple[Hash, Hash]:
        return Hash(root1), both(size1, size2, root1, proof)[1]

    arguments: dict[str, Any] = {
        "size1": 7,
        "size2": 13,
        "root1": flipped(ROOTS[7], 3),
        "root2": ROOTS[13],
        "proof": prove_consistency(size1=7, size2=13, node=NODE),
    }
    with pytest.raises(BadProof):
        verify_consistency(**arguments)
    monkeypatch.setattr(merkle, "_both_roots", lax)
    verify_consistency(**arguments)
