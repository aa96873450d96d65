"""Known roots, and the refusals that the vectors do not have."""

from __future__ import annotations

import hashlib

import pytest

from protocol.errors import BadProof
from protocol.ids import Hash
from protocol.merkle import (
    EMPTY_ROOT,
    CompactRange,
    leaf_hash,
    node_hash,
    node_in,
    prove_consistency,
    prove_inclusion,
    root_at,
    row_of,
    rows_for,
    verify_consistency,
    verify_inclusion,
)

LEAVES = tuple(leaf_hash(bytes([n])) for n in range(13))
RANGE, COMPLETED = CompactRange().extend(LEAVES)
NODE = node_in([b"".join(nodes) for nodes in COMPLETED].__getitem__)


def test_the_empty_tree_is_the_hash_of_nothing() -> None:
    assert CompactRange().root() == EMPTY_ROOT == hashlib.sha256(b"").digest()


def test_leaves_and_nodes_are_kept_apart() -> None:
    assert leaf_hash(b"x") == hashlib.sha256(b"\x00x").digest()
    assert node_hash(LEAVES[0], LEAVES[1]) == hashlib.sha256(b"\x01" + LEAVES[0] + LEAVES[1]).digest()


def test_three_leaves_by_hand() -> None:
    a, b, c = LEAVES[:3]
    assert CompactRange().extend((a, b, c))[0].root() == node_hash(node_hash(a, b), c)


def test_a_leaf_completes_itself_first_then_what_ends_with_it() -> None:
    assert [len(nodes) for nodes in COMPLETED] == [1, 2, 1, 3, 1, 2, 1, 4, 1, 2, 1, 3, 1]
    assert COMPLETED[3] == (
        LEAVES[3],
        node_hash(LEAVES[2], LEAVES[3]),
        node_hash(node_hash(LEAVES[0], LEAVES[1]), node_hash(LEAVES[2], LEAVES[3])),
    )
    assert row_of(2, 0) == (3, 64)
    assert NODE(2, 0) == COMPLETED[3][2]


def test_append_is_extend_by_one() -> None:
    assert CompactRange().append(LEAVES[0]) == (CompactRange(1, (LEAVES[0],)), (LEAVES[0],))


@pytest.mark.parametrize(("size", "hashes"), [(1, ()), (2, LEAVES[:2]), (-1, ()), (0, LEAVES[:1])])
def test_a_range_has_one_hash_for_each_bit(size: int, hashes: tuple[Hash, ...]) -> None:
    with pytest.raises(BadProof, match="one hash for each bit"):
        CompactRange(size, hashes)


def test_size_0_is_consistent_with_nothing() -> None:
    with pytest.raises(BadProof, match="sizes from 1 up"):
        verify_consistency(size1=0, size2=13, root1=EMPTY_ROOT, root2=RANGE.root(), proof=())
    with pytest.raises(BadProof, match="sizes from 1 up"):
        verify_consistency(size1=0, size2=0, root1=EMPTY_ROOT, root2=EMPTY_ROOT, proof=())


@pytest.mark.parametrize("cut", [0, 31, 33])
def test_a_hash_has_32_bytes(cut: int) -> None:
    proof = prove_inclusion(index=5, size=13, node=NODE)
    odd = (proof[0] + b"\0")[:cut]
    for leaf, path, root in (
        (LEAVES[5], (Hash(odd), *proof[1:]), RANGE.root()),
        (Hash(odd), proof, RANGE.root()),
        (LEAVES[5], proof, Hash(odd)),
    ):
        with pytest.raises(BadProof, match="32 bytes"):
            verify_inclusion(index=5, size=13, leaf=leaf, proof=path, root=root)


def test_a_proof_has_at_most_64_hashes() -> None:
    with pytest.raises(BadProof, match="at most 64"):
        verify_inclusion(index=0, size=1, leaf=LEAVES[0], proof=LEAVES * 5, root=LEAVES[0])
    with pytest.raises(BadProof, match="at most 64"):
        verify_consistency(size1=1, size2=2, root1=LEAVES[0], root2=LEAVES[0], proof=LEAVES * 5)


def test_a_size_of_2_to_the_63_is_refused() -> None:
    with pytest.raises(BadProof):
        verify_inclusion(index=0, size=1 << 63, leaf=LEAVES[0], proof=(), root=LEAVES[0])


@pytest.mark.parametrize(("size1", "size2"), [(0, 5), (6, 5)])
def test_no_consistency_proof_is_made_that_would_be_refused(size1: int, size2: int) -> None:
    with pytest.raises(BadProof):
        prove_consistency(size1=size1, size2=size2, node=NODE)


@pytest.mark.parametrize(("index", "size"), [(5, 5), (-1, 5), (0, 0)])
def test_no_inclusion_proof_is_made_of_what_is_not_there(index: int, size: int) -> None:
    with pytest.raises(BadProof):
        prove_inclusion(index=index, size=size, node=NODE)


def test_the_rows_a_proof_reads_are_known_before_it_reads() -> None:
    read: set[int] = set()

    def rows(leaf: int) -> bytes:
        read.add(leaf)
        return b"".join(COMPLETED[leaf])

    prove_inclusion(index=5, size=13, node=node_in(rows))
    assert rows_for(lambda node: prove_inclusion(index=5, size=13, node=node)) == tuple(sorted(read))
    assert read == {3, 4, 7, 11, 12}


def test_a_row_that_was_cut_short_is_refused() -> None:
    with pytest.raises(BadProof, match="shorter"):
        root_at(8, node_in(lambda leaf: b"".join(COMPLETED[leaf])[:64]))
