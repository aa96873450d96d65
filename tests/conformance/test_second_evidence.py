"""Evidence, read by the second reader from the page alone: it agrees with the product on what convinces, and on every bit changed."""

from __future__ import annotations

import pytest
import registers
import second_frames
from clones import clone
from ports import ANTWERP, LIEGE, NORTH_SEA, port
from second_wire import Refused

from node.commands import evidence
from node.store import evidence as kept
from protocol.contradiction import verify_contradiction
from protocol.errors import ProtocolError
from protocol.v1 import federation_pb2 as pb

NODES = registers.register().nodes
KEYS = {"log": {str(node.id): list(node.log_keys) for node in NODES.values()}, "hold": {}}


def made(ours: int, theirs: int) -> bytes:
    """What a reader of one copy of Antwerp finds when the other copy's log comes."""
    one, north = port(ANTWERP), port(NORTH_SEA)
    feed = one.release().feed.feed
    other = clone(one)
    for at, count in ((one, ours), (other, theirs)):
        for _ in range(count):
            at.release()
    north.pull(one, feed)
    batch = other.serve(north, feed, 0)
    assert batch is not None
    north.accept(batch, LIEGE)
    (row,) = north.store.read(kept.every)
    return row.message


def ours_says(raw: bytes) -> bool:
    """The product's word."""
    try:
        message = pb.Evidence.FromString(raw)
        one = evidence.from_wire(message)
        entry = NODES.get(one.origin)
        verify_contradiction(one, publics=entry.log_keys if entry else ())
    except (ProtocolError, ValueError):
        return False
    except Exception as error:  # protobuf's own
        if type(error).__name__ == "DecodeError":
            return False
        raise
    return True


def theirs_says(raw: bytes) -> bool:
    try:
        second_frames.evidence(raw, KEYS)
    except Refused:
        return False
    return True


@pytest.mark.parametrize(("ours", "theirs"), [(2, 2), (3, 1), (6, 2), (5, 1)])
def test_both_are_convinced_by_what_the_product_found(ours: int, theirs: int) -> None:
    raw = made(ours, theirs)
    assert ours_says(raw)
    assert second_frames.evidence(raw, KEYS)[0] == ANTWERP


@pytest.mark.parametrize("sizes", [(2, 2), (3, 1)])
def test_both_refuse_every_changed_bit(sizes: tuple[int, int]) -> None:
    raw = made(*sizes)
    for at in range(0, len(raw) * 8, 7):
        changed = bytearray(raw)
        changed[at // 8] ^= 1 << at % 8
        assert ours_says(bytes(changed)) == theirs_says(bytes(changed)), f"bit {at}"


def test_two_heads_of_one_log_convince_neither() -> None:
    one = port(ANTWERP)
    first, second_head = (one.release().feed for _ in range(2))
    points = [
        pb.Checkpoint(size=f.checkpoint.size, root=f.checkpoint.root, signature=f.checkpoint.signature)
        for f in (first, second_head)
    ]
    raw = pb.Evidence(
        origin=ANTWERP, feed=first.feed, older=points[0], newer=points[1], root_at_older=first.root
    ).SerializeToString()
    assert (ours_says(raw), theirs_says(raw)) == (False, False)
