"""The file that says how far a node signed: what was noted is there after any end, and what was half written is not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from node.high_water import MAGIC, RECORD, HighWaterFile, Mark, MarksBeside
from protocol.ids import FeedId, Hash


def mark(feed: int, size: int, *, epoch: int = 1) -> Mark:
    return Mark(FeedId(bytes([feed] * 32)), bytes([7] * 16), epoch, size, Hash(bytes([size] * 32)))


def test_what_was_noted_is_read_again_and_the_largest_of_a_feed_counts(tmp_path: Path) -> None:
    path = tmp_path / "marks"
    first = HighWaterFile(path)
    assert first.blind
    first.note([mark(1, 3), mark(2, 1)])
    first.note([mark(1, 5, epoch=1), mark(2, 1)])
    first.note([mark(3, 2, epoch=2)])
    first.close()
    assert path.stat().st_mode & 0o777 == 0o600
    again = HighWaterFile(path)
    assert not again.blind
    assert sorted(again.every()) == [mark(1, 5), mark(2, 1), mark(3, 2, epoch=2)]
    assert again.newest(bytes([7] * 16)) == mark(3, 2, epoch=2)
    assert again.newest(bytes(16)) is None


@pytest.mark.parametrize("cut", range(1, RECORD + 1, 19))
def test_a_torn_last_write_is_forgotten_and_written_over(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "marks"
    first = HighWaterFile(path)
    first.note([mark(1, 3)])
    first.note([mark(1, 4)])
    first.close()
    os.truncate(path, path.stat().st_size - cut)
    again = HighWaterFile(path)
    assert again.get(mark(1, 1).feed) == mark(1, 3)
    again.note([mark(1, 6)])
    again.close()
    assert HighWaterFile(path).get(mark(1, 1).feed) == mark(1, 6)


def test_a_flipped_bit_costs_its_own_record(tmp_path: Path) -> None:
    path = tmp_path / "marks"
    first = HighWaterFile(path)
    first.note([mark(1, 3), mark(2, 3)])
    first.close()
    raw = bytearray(path.read_bytes())
    raw[len(MAGIC) + 60] ^= 4
    path.write_bytes(raw)
    assert [m.feed[0] for m in HighWaterFile(path).every()] == [2]


def test_what_could_not_be_written_does_not_count_and_is_written_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "marks"
    marks = HighWaterFile(path)
    marks.note([mark(1, 1)])

    def full(_file: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fdatasync", full)
        with pytest.raises(OSError, match="No space"):
            marks.note([mark(1, 2)])
    assert marks.get(mark(1, 1).feed) == mark(1, 1)
    assert HighWaterFile(path).every() == (mark(1, 1),)
    assert marks.retry() == (mark(1, 1).feed,)
    assert marks.retry() == ()
    assert marks.get(mark(1, 1).feed) == mark(1, 2)
    assert HighWaterFile(path).every() == (mark(1, 2),)


def test_a_command_beside_marks_in_the_node_s_file_and_makes_none(tmp_path: Path) -> None:
    path = tmp_path / "high-water"
    one = Mark(FeedId(bytes(32)), bytes(16), 1, 3, Hash(bytes([1] * 32)))
    MarksBeside(path).note([one])
    assert not path.exists()
    node = HighWaterFile(path)
    beside = MarksBeside(path)
    beside.note([one])
    assert node.get(one.feed) is None
    node.look()
    assert node.get(one.feed) == one == MarksBeside(path).get(one.feed)
    node.note([one._replace(size=4)])
    beside.look()
    held = beside.get(one.feed)
    assert held is not None
    assert held.size == 4
    node.close()
    assert [mark.size for mark in HighWaterFile(path).every()] == [4]


def test_a_command_beside_writes_nothing_after_a_torn_end(tmp_path: Path) -> None:
    path = tmp_path / "high-water"
    HighWaterFile(path).close()
    path.write_bytes(path.read_bytes() + b"torn")
    before = path.read_bytes()
    MarksBeside(path).note([Mark(FeedId(bytes(32)), bytes(16), 1, 3, Hash(bytes(32)))])
    assert path.read_bytes() == before
