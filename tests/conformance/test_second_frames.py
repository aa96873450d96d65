"""Ahead, Stored and Beat, read by the second reader from the page alone: it agrees with the product on what verifies, on every bit
changed, and on the words of both sides.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import registers
import second_frames
from ports import ANTWERP, NORTH_SEA, Port, port
from second_wire import Refused, message

from federation import wire
from node.commands import beat as beats
from node.commands import go_ahead
from node.commands.ahead import Ahead, from_wire, to_wire
from node.commands.beat import Worth
from node.commands.outcome import Refusal
from node.commands.overtake import Overtaken
from node.commands.publish import Released
from node.commands.receipt import root_at
from node.store import feeds
from protocol.errors import ProtocolError
from protocol.ids import FeedId
from protocol.merkle import EMPTY_ROOT
from protocol.v1 import federation_pb2 as pb

NODES = registers.register().nodes.values()
KEYS = {
    "log": {str(node.id): list(node.log_keys) for node in NODES},
    "hold": {str(node.id): list(node.hold_keys) for node in NODES},
}


def feed_of(origin: Port) -> tuple[Released, int]:
    """A feed with some notices, an alert and its withdrawal; the alert, and where the withdrawal stands."""
    for _ in range(5):
        origin.release(kind="notice")
    alert, other = origin.release(), origin.release()
    gone = origin.withdraw(other)
    origin.release(kind="notice")
    return alert, gone


def roots_of(at: Port, feed: FeedId) -> Mapping[int, bytes]:
    """The roots of what is held of a feed, by size, that of nothing too."""

    def ask(reader: Any) -> Mapping[int, bytes]:
        row = feeds.find(reader, feed)
        held = row.size if row else 0
        return {0: EMPTY_ROOT} | {size: root_at(reader, row, size) for size in range(1, held + 1)}  # type: ignore[arg-type]

    return at.store.read(ask)


def holding(origin: Port, feed: FeedId, held: int) -> Port:
    reader = port(NORTH_SEA)
    if held and (batch := origin.serve(reader, feed, 0, end=held)) is not None:
        reader.accept(batch)
    return reader


def product(reader: Port, raw: bytes) -> Overtaken | None:
    """What the product makes of a frame; None where it refuses."""
    try:
        given: Ahead = from_wire(
            wire.frame(pb.Frame(ahead=wire.parse(pb.Ahead, raw)).SerializeToString()).ahead
        )
    except ProtocolError:
        return None
    done = reader.overtake(given)
    return None if isinstance(done, Refusal) else done


def other(reader: Port, feed: FeedId, raw: bytes) -> dict[str, Any] | None:
    """What the second reader makes of it."""
    try:
        found: dict[str, Any] = second_frames.ahead(raw, KEYS, str(ANTWERP), roots_of(reader, feed))
    except Refused:
        return None
    return found


@pytest.mark.parametrize("held", [0, 1, 4, 5])
def test_both_take_what_is_right_and_the_note_is_the_one_the_page_says(held: int) -> None:
    origin = port(ANTWERP)
    alert, gone = feed_of(origin)
    feed = alert.feed.feed
    for index in (alert.index, gone):
        one = origin.go_ahead(feed, index, held)
        assert one is not None
        raw, reader = to_wire(one).SerializeToString(), holding(origin, feed, held)
        found, taken = other(reader, feed, raw), product(reader, raw)
        assert found is not None
        assert taken is not None
        assert taken.note is not None
        assert found["op"] == ("PUBLISH" if index == alert.index else "RETRACT")
        note = go_ahead.note_frame(taken.note).SerializeToString()
        second_frames.stored(note, KEYS, NORTH_SEA, found)
        for at in range(0, len(note), 5):
            with pytest.raises(Refused):
                second_frames.stored(flipped(note, at), KEYS, NORTH_SEA, found)


@pytest.mark.parametrize("held", [0, 4])
def test_they_agree_on_every_byte_changed(held: int) -> None:
    origin = port(ANTWERP)
    alert, _ = feed_of(origin)
    feed = alert.feed.feed
    one = origin.go_ahead(feed, alert.index, held)
    assert one is not None
    raw, reader = to_wire(one).SerializeToString(), holding(origin, feed, held)
    for at in range(0, len(raw), 2):
        changed = flipped(raw, at)
        theirs, ours = other(reader, feed, changed), product(reader, changed)
        assert (theirs is None) == (ours is None), at
        if ours is not None:  # a bit that says nothing: the entry is the same
            reader = holding(origin, feed, held)


def test_they_agree_on_what_may_not_go_ahead() -> None:
    origin = port(ANTWERP)
    notice = origin.release(kind="notice")
    origin.release()
    one = origin.go_ahead(notice.feed.feed, notice.index)
    assert one is not None
    raw, reader = to_wire(one).SerializeToString(), port(NORTH_SEA)
    assert other(reader, notice.feed.feed, raw) is None
    assert product(reader, raw) is None


def test_they_agree_on_a_beat_and_on_every_byte_of_it_changed() -> None:
    origin, reader = port(ANTWERP), port(NORTH_SEA)
    alert, _ = feed_of(origin)
    reader.pull(origin, alert.feed.feed)
    (one,) = origin.store.read(lambda r: beats.own(r, origin.ctx))
    raw = pb.Frame.FromString(beats.to_frame(one)).beat.SerializeToString()
    roots = roots_of(reader, alert.feed.feed)
    assert second_frames.beat(raw, KEYS, str(ANTWERP), roots, 0) == one.signed_s
    with pytest.raises(Refused):
        second_frames.beat(raw, KEYS, str(ANTWERP), roots, one.signed_s)
    for at in range(len(raw)):
        changed = flipped(raw, at)
        assert counts_there(reader, changed, roots) == counts_here(reader, changed), at


def counts_there(reader: Port, raw: bytes, roots: Mapping[int, bytes]) -> bool:
    try:
        given = message(raw, second_frames.BEAT)
        held = reader.store.read(lambda r: feeds.find(r, given.get("feed", b"")))
        second_frames.beat(raw, KEYS, str(ANTWERP), roots if held else {}, 0)
    except Refused:
        return False
    return True


def counts_here(reader: Port, raw: bytes) -> bool:
    try:
        frame = wire.frame(pb.Frame(beat=wire.parse(pb.Beat, raw)).SerializeToString())
        given = beats.from_wire(frame.beat)
        return reader.store.read(lambda r: beats.worth(r, reader.ctx, given)) is Worth.COUNTS
    except ProtocolError:
        return False


def flipped(raw: bytes, at: int) -> bytes:
    return raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]
