"""Two statements of one origin: a proof that they cannot both be true is found whenever they cannot, from any prefix, and only then."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_feed import ANTWERP, LIEGE

from protocol import checkpoint as checkpoints
from protocol.checkpoint import Checkpoint
from protocol.contradiction import Contradiction, between, through, verify_contradiction
from protocol.errors import BadSignature, ProtocolError
from protocol.ids import FeedId, Hash
from protocol.merkle import CompactRange, NodeAt, leaf_hash, node_in, prove_consistency, root_at

FEED = FeedId(bytes(range(32)))
MOST = 70


def log(first: bytes, size: int) -> NodeAt:
    """The nodes of a log of so many leaves; all of it follows from `first`."""
    leaves = [leaf_hash(first + bytes([at])) for at in range(size)]
    rows = [b"".join(nodes) for nodes in CompactRange().extend(leaves)[1]]
    return node_in(rows.__getitem__)


HONEST, OTHER = log(b"a", MOST), log(b"b", MOST)


def signed(size: int, root: Hash) -> Checkpoint:
    return checkpoints.sign(
        origin=ANTWERP.id, feed=FEED, size=size, root=root, public=ANTWERP.log_public, sign=ANTWERP.sign_log
    )


def found(older: int, size: int, newer: int, *, lie: bool) -> Contradiction | None:
    """What a holder of `size` leaves of the honest log finds, which got a checkpoint at `older` before."""
    return between(
        origin=ANTWERP.id,
        feed=FEED,
        older=signed(older, root_at(older, OTHER if lie else HONEST)),
        newer=signed(newer, root_at(newer, HONEST)),
        node=HONEST,
        size=size,
        leading=prove_consistency(size1=size, size2=newer, node=HONEST),
    )


SIZES = st.lists(st.integers(1, MOST), min_size=3, max_size=3).map(sorted)


@given(SIZES)
@settings(max_examples=150)
def test_the_proof_through_a_prefix_is_the_proof(sizes: list[int]) -> None:
    older, size, newer = sizes
    leading = prove_consistency(size1=size, size2=newer, node=HONEST)
    short = log(b"a", size)  # what is beyond is not held
    made = through(older, size, newer, node=short, leading=leading)
    assert made == prove_consistency(size1=older, size2=newer, node=HONEST)


@given(SIZES)
@settings(max_examples=60)
def test_a_lie_is_proven_and_the_truth_is_not(sizes: list[int]) -> None:
    assert found(*sizes, lie=False) is None
    lie = found(*sizes, lie=True)
    assert lie is not None
    verify_contradiction(lie, publics=[ANTWERP.log_public])
    with pytest.raises(BadSignature):
        verify_contradiction(lie, publics=[LIEGE.log_public])


@given(SIZES, st.booleans())
@settings(max_examples=60)
def test_an_honest_origin_cannot_be_accused(sizes: list[int], one: bool) -> None:
    """Whatever stands in the proof: two checkpoints of one log contradict each other in nothing that verifies."""
    older, _, newer = sizes
    truth = Contradiction(
        ANTWERP.id,
        FEED,
        signed(older, root_at(older, HONEST)),
        signed(newer, root_at(newer, HONEST)),
        root_at(older, HONEST if one else OTHER) if older != newer else b"",
        prove_consistency(size1=older, size2=newer, node=HONEST if one else OTHER),
    )
    with pytest.raises(ProtocolError):
        verify_contradiction(truth, publics=[ANTWERP.log_public])
