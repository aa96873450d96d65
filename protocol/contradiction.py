"""Two statements that one origin signed and that cannot both be true, and the proof of it, as the Evidence frame carries them.

Guarantees of `between` and of `verify_contradiction` that what they give or let pass follows from the hashes and signatures alone.
What is done about it is decided by others.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from protocol.checkpoint import Checkpoint, verify
from protocol.errors import BadProof
from protocol.ids import FeedId, Hash, NodeId
from protocol.merkle import NodeAt, node_hash, root_at, verify_consistency


@dataclass(frozen=True, slots=True)
class Contradiction:
    """`older` and `newer` are the origin's. Of one size: their roots differ, and the rest is empty.

    Of two sizes: `consistency` leads from `root_at_older`, at the older size, to the newer root, and is not the older root.
    """

    origin: NodeId
    feed: FeedId
    older: Checkpoint
    newer: Checkpoint
    root_at_older: bytes = b""
    consistency: tuple[bytes, ...] = ()


def between(
    *,
    origin: NodeId,
    feed: FeedId,
    older: Checkpoint,
    newer: Checkpoint,
    node: NodeAt,
    size: int,
    leading: Sequence[bytes],
) -> Contradiction | None:
    """The contradiction of two checkpoints, None where both are of one log. `older` is not the larger one.

    `node` gives the nodes of the first `size` leaves that `leading` (RFC 6962) proves to be the beginning of `newer`;
    `older` is of at most that size. Both signatures are the caller's to have verified.
    """
    if older.size == newer.size:
        return Contradiction(origin, feed, older, newer) if older.root != newer.root else None
    root = root_at(older.size, node)
    if root == older.root:
        return None
    proof = through(older.size, size, newer.size, node=node, leading=leading)
    return Contradiction(origin, feed, older, newer, root, proof)


def verify_contradiction(one: Contradiction, *, publics: Iterable[bytes]) -> None:
    """Refuse unless `log` keys of the origin signed both and they cannot both be true: BadSignature, BadProof."""
    keys = tuple(publics)
    for checkpoint in (one.older, one.newer):
        verify(checkpoint, origin=one.origin, feed=one.feed, publics=keys)
    if one.older.size == one.newer.size:
        if one.root_at_older or one.consistency:
            raise BadProof("no proof between equal sizes", where="evidence")
        if one.older.root == one.newer.root:
            raise BadProof("one statement, twice", where="evidence")
        return
    verify_consistency(
        size1=one.older.size,
        size2=one.newer.size,
        root1=one.root_at_older,
        root2=one.newer.root,
        proof=one.consistency,
    )
    if one.root_at_older == one.older.root:
        raise BadProof("both are of one log", where="evidence")


def through(size1: int, size: int, size2: int, *, node: NodeAt, leading: Sequence[bytes]) -> tuple[Hash, ...]:
    """The consistency proof from `size1` to `size2`, by who holds `size` leaves and the proof from there to `size2`.

    1 ≤ size1 ≤ size ≤ size2; `leading` has been verified.
    """
    beyond = dict(zip(reversed(_parts(size, size2)), map(Hash, leading), strict=True))

    def root(low: int, high: int) -> Hash:
        """Of leaves `low` to `high` - 1, a subtree of the tree of `size2`."""
        if (low, high) in beyond:
            return beyond[low, high]
        if high - low == 1 << (level := (high - low).bit_length() - 1) and high <= size:
            return node(level, low >> level)
        middle = _middle(low, high)
        return node_hash(root(low, middle), root(middle, high))

    return tuple(root(*part) for part in reversed(_parts(size1, size2)))


def _parts(size1: int, size2: int) -> list[tuple[int, int]]:
    """The subtrees whose roots are the proof from `size1` to `size2` (RFC 9162 §2.1.4.1), the last hash first."""
    parts = []
    low, high = 0, size2
    while high != size1:
        middle = _middle(low, high)
        if size1 <= middle:
            parts.append((middle, high))
            high = middle
        else:
            parts.append((low, middle))
            low = middle
    return [*parts, (low, high)] if low else parts


def _middle(low: int, high: int) -> int:
    return low + (1 << ((high - low - 1).bit_length() - 1))
