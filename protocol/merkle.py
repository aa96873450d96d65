"""RFC 6962 Merkle logs: leaves, compact ranges, inclusion and consistency proofs, made and checked.

Guarantees: what verifies here follows from the hashes given, by RFC 9162 §2.1.3.2 and §2.1.4.2 with two points
narrower than the RFC: a size1 of 0 and any hash that is not 32 bytes are refused. Does not know who signed a root.

A tree is kept as the nodes that each leaf completes: leaf i closes the perfect subtrees that end at i, of 2^0, 2^1, …
leaves. A node once complete never changes, so such rows are only ever appended.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from protocol.errors import BadProof
from protocol.ids import HASH_BYTES, Hash

NodeAt = Callable[[int, int], Hash]
"""The root of the perfect subtree number `index` of 2^`level` leaves: `node(level, index)`."""

PROOF_HASHES_MAX = 64  # one a level; a tree of 2^63 leaves needs no more
SIZE_MAX = (1 << 63) - 1  # sizes travel as uint64 and are stored as signed 64-bit integers

EMPTY_ROOT = Hash(hashlib.sha256(b"").digest())
_sha256 = hashlib.sha256


def leaf_hash(data: bytes) -> Hash:
    """SHA-256(0x00 ‖ data), RFC 6962 §2.1."""
    return _sha256(b"\x00" + data).digest()  # type: ignore[return-value]  # a NewType costs a call, at every leaf


def node_hash(left: Hash, right: Hash) -> Hash:
    """SHA-256(0x01 ‖ left ‖ right), RFC 6962 §2.1."""
    return Hash(_sha256(b"\x01" + left + right).digest())


@dataclass(frozen=True, slots=True)
class CompactRange:
    """All that is needed to append to a tree of `size` leaves: its perfect subtrees, largest first."""

    size: int = 0
    hashes: tuple[Hash, ...] = ()

    def __post_init__(self) -> None:
        if self.size < 0 or len(self.hashes) != self.size.bit_count():
            raise BadProof("one hash for each bit of the size", where="compact range")

    def append(self, leaf: Hash) -> tuple[CompactRange, tuple[Hash, ...]]:
        """The range with one leaf more, and the nodes this leaf completes, level 0 (itself) first."""
        after, completed = self.extend((leaf,))
        return after, completed[0]

    def extend(self, leaves: Iterable[Hash]) -> tuple[CompactRange, tuple[tuple[Hash, ...], ...]]:
        """The range with these leaves appended, and for each leaf the nodes it completes, level 0 first."""
        stack, size = list(self.hashes), self.size
        completed: list[tuple[Hash, ...]] = []
        for leaf in leaves:
            node, level = leaf, size
            nodes = [leaf]
            while level & 1:
                node = _sha256(b"\x01" + stack.pop() + node).digest()  # type: ignore[assignment]
                nodes.append(node)
                level >>= 1
            stack.append(node)
            completed.append(tuple(nodes))
            size += 1
        return CompactRange(size, tuple(stack)), tuple(completed)

    def root(self) -> Hash:
        """The RFC 6962 root at this size; of nothing, the hash of nothing."""
        return _fold(self.hashes)


def verify_inclusion(*, index: int, size: int, leaf: Hash, proof: Sequence[bytes], root: bytes) -> None:
    """Refuse unless `leaf` is leaf number `index` of the tree of `size` leaves under `root`."""
    _check_hashes("inclusion", (leaf, root), proof)
    if not 0 <= index < size <= SIZE_MAX:
        raise BadProof("the index is below the size", where="inclusion")
    at, last, node = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise BadProof("more hashes than the tree has levels", where="inclusion")
        if at & 1 or at == last:
            node = node_hash(Hash(sibling), node)
            while not at & 1 and at:
                at >>= 1
                last >>= 1
        else:
            node = node_hash(node, Hash(sibling))
        at >>= 1
        last >>= 1
    if last != 0:
        raise BadProof("fewer hashes than the tree has levels", where="inclusion")
    if node != root:
        raise BadProof("does not lead to the root", where="inclusion")


def verify_consistency(*, size1: int, size2: int, root1: bytes, root2: bytes, proof: Sequence[bytes]) -> None:
    """Refuse unless the tree of `size1` leaves under `root1` is the beginning of that of `size2` under `root2`."""
    _check_hashes("consistency", (root1, root2), proof)
    if not 1 <= size1 <= size2 <= SIZE_MAX:
        raise BadProof("sizes from 1 up, the older one not larger", where="consistency")
    if size1 == size2:
        if proof:
            raise BadProof("empty between equal sizes", where="consistency")
        if root1 != root2:
            raise BadProof("two roots for one size", where="consistency")
        return
    older, newer = _both_roots(size1, size2, root1, proof)
    if older != root1:
        raise BadProof("does not lead to the older root", where="consistency")
    if newer != root2:
        raise BadProof("does not lead to the newer root", where="consistency")


def _both_roots(size1: int, size2: int, root1: bytes, proof: Sequence[bytes]) -> tuple[Hash, Hash]:
    """Steps 2 to 6 of RFC 9162 §2.1.4.2."""
    path = list(proof)
    if size1 & (size1 - 1) == 0:
        path.insert(0, root1)
    if not path:
        raise BadProof("empty between different sizes", where="consistency")
    at, last = size1 - 1, size2 - 1
    while at & 1:
        at >>= 1
        last >>= 1
    older = newer = Hash(path[0])
    for sibling in path[1:]:
        if last == 0:
            raise BadProof("more hashes than the tree has levels", where="consistency")
        if at & 1 or at == last:
            older, newer = node_hash(Hash(sibling), older), node_hash(Hash(sibling), newer)
            while not at & 1 and at:
                at >>= 1
                last >>= 1
        else:
            newer = node_hash(newer, Hash(sibling))
        at >>= 1
        last >>= 1
    if last != 0:
        raise BadProof("fewer hashes than the tree has levels", where="consistency")
    return older, newer


def prove_inclusion(*, index: int, size: int, node: NodeAt) -> tuple[Hash, ...]:
    """The audit path of leaf `index` in the tree of `size` leaves, leaf end first (RFC 9162 §2.1.3.1)."""
    if not 0 <= index < size:
        raise BadProof("the index is below the size", where="inclusion")
    path: list[Hash] = []
    low, high = 0, size
    while high - low > 1:
        middle = low + _largest_power_below(high - low)
        if index < middle:
            path.append(_root_of(middle, high, node))
            high = middle
        else:
            path.append(_root_of(low, middle, node))
            low = middle
    return tuple(reversed(path))


def prove_consistency(*, size1: int, size2: int, node: NodeAt) -> tuple[Hash, ...]:
    """The proof that the first `size1` of `size2` leaves are the older tree (RFC 9162 §2.1.4.1)."""
    if not 1 <= size1 <= size2:
        raise BadProof("sizes from 1 up, the older one not larger", where="consistency")
    path: list[Hash] = []
    low, high = 0, size2
    while high != size1:
        middle = low + _largest_power_below(high - low)
        if size1 <= middle:
            path.append(_root_of(middle, high, node))
            high = middle
        else:
            path.append(_root_of(low, middle, node))
            low = middle
    if low:  # the older tree is not one perfect subtree of the newer: its last part starts the proof
        path.append(_root_of(low, high, node))
    return tuple(reversed(path))


def range_at(size: int, node: NodeAt) -> CompactRange:
    """The compact range of the first `size` leaves."""
    return CompactRange(size, tuple(_perfect(0, size, node)))


def root_at(size: int, node: NodeAt) -> Hash:
    """The root of the first `size` leaves."""
    return range_at(size, node).root()


def row_of(level: int, index: int) -> tuple[int, int]:
    """Where node (`level`, `index`) is kept: the leaf that completes it, and the byte offset in that leaf's row."""
    return ((index + 1) << level) - 1, level * HASH_BYTES


def node_in(rows: Callable[[int], bytes]) -> NodeAt:
    """Nodes read from stored rows: `rows(i)` is what leaf i completes, joined, level 0 first."""

    def node(level: int, index: int) -> Hash:
        leaf, offset = row_of(level, index)
        found = rows(leaf)[offset : offset + HASH_BYTES]
        if len(found) != HASH_BYTES:
            raise BadProof("a stored row is shorter than the nodes its leaf completes", where="tree")
        return Hash(found)

    return node


def rows_for(prove: Callable[[NodeAt], object]) -> tuple[int, ...]:
    """The leaves whose rows `prove` will read, ascending: for one query ahead of it.

    `rows_for(lambda node: prove_inclusion(index=5, size=9, node=node))`
    """
    wanted: set[int] = set()

    def note(level: int, index: int) -> Hash:
        wanted.add(row_of(level, index)[0])
        return EMPTY_ROOT

    prove(note)
    return tuple(sorted(wanted))


def _largest_power_below(count: int) -> int:
    """The largest power of two smaller than `count`, for `count` > 1."""
    return 1 << ((count - 1).bit_length() - 1)


def _perfect(low: int, high: int, node: NodeAt) -> Iterable[Hash]:
    """The perfect subtrees of leaves `low` to `high` - 1, where `low` is a multiple of the largest."""
    while low < high:
        level = (high - low).bit_length() - 1
        yield node(level, low >> level)
        low += 1 << level


def _root_of(low: int, high: int, node: NodeAt) -> Hash:
    return _fold(tuple(_perfect(low, high, node)))


def _fold(hashes: Sequence[Hash]) -> Hash:
    """One root over perfect subtrees, largest first."""
    if not hashes:
        return EMPTY_ROOT
    root = hashes[-1]
    for left in reversed(hashes[:-1]):
        root = node_hash(left, root)
    return root


def _check_hashes(where: str, given: Sequence[bytes], proof: Sequence[bytes]) -> None:
    if len(proof) > PROOF_HASHES_MAX:
        raise BadProof(f"at most {PROOF_HASHES_MAX} hashes", where=where)
    if any(len(h) != HASH_BYTES for h in given) or any(len(h) != HASH_BYTES for h in proof):
        raise BadProof(f"every hash has {HASH_BYTES} bytes", where=where)
