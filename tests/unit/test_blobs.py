"""Attached files on the disk: whole or not there, each its owner's alone, never more than said."""

from __future__ import annotations

import hashlib
import stat
from pathlib import Path

import pytest
from record_examples import NOW

from node.blobs import BLOCK, Blob, Blobs, of_draft, of_entry
from protocol.errors import BadProof, TooLarge
from protocol.ids import RecordId, UnixMs, new_record_id

DATA = bytes(range(256)) * 40
SHA = hashlib.sha256(DATA).digest()
ENTRY, OTHER = of_entry(7 << 40 | 3), of_entry(8 << 40)


@pytest.fixture(name="blobs")
def folder_of_blobs(tmp_path: Path) -> Blobs:
    return Blobs(tmp_path / "blobs")


def draft() -> RecordId:
    return new_record_id(UnixMs(NOW), bytes)


def test_what_comes_in_pieces_is_there_once_it_is_whole(blobs: Blobs) -> None:
    for offset in range(0, len(DATA), 4_000):
        assert blobs.come(ENTRY, SHA) == offset
        blobs.add(ENTRY, SHA, offset, DATA[offset : offset + 4_000])
        assert not blobs.held(ENTRY, SHA)
    blobs.finish(ENTRY, SHA, len(DATA))
    assert blobs.held(ENTRY, SHA)
    assert blobs.come(ENTRY, SHA) == 0
    assert blobs.read(ENTRY, SHA, 100, 50) == DATA[100:150]
    assert blobs.read(ENTRY, SHA, len(DATA), 50) == b""


def test_a_piece_that_does_not_go_on_from_what_has_come_is_refused(blobs: Blobs) -> None:
    blobs.add(ENTRY, SHA, 0, DATA[:100])
    for offset in (99, 101):
        with pytest.raises(FileNotFoundError):
            blobs.add(ENTRY, SHA, offset, b"x")
    assert blobs.come(ENTRY, SHA) == 100
    blobs.drop(ENTRY, SHA)  # its record's time was over
    with pytest.raises(FileNotFoundError):
        blobs.add(ENTRY, SHA, 100, b"x")
    assert blobs.come(ENTRY, SHA) == 0


def test_a_file_that_rotted_is_seen(blobs: Blobs, tmp_path: Path) -> None:
    blobs.add(ENTRY, SHA, 0, DATA)
    blobs.finish(ENTRY, SHA, len(DATA))
    assert blobs.sound(ENTRY, SHA, len(DATA))
    path = tmp_path / "blobs" / f"{ENTRY}.{SHA.hex()}"
    path.write_bytes(DATA[:-1])
    assert not blobs.sound(ENTRY, SHA, len(DATA))
    assert not blobs.sound(OTHER, SHA, len(DATA))


def test_a_file_that_cannot_be_read_now_is_not_one_that_rotted(blobs: Blobs, tmp_path: Path) -> None:
    (tmp_path / "blobs" / f"{ENTRY}.{SHA.hex()}").mkdir(
        parents=True
    )  # as too many open files: any error but absence
    with pytest.raises(IsADirectoryError):
        blobs.sound(ENTRY, SHA, len(DATA))


def test_everything_in_the_folder_is_counted(blobs: Blobs) -> None:
    assert blobs.taken() == 0
    blobs.add(ENTRY, SHA, 0, DATA)
    blobs.finish(ENTRY, SHA, len(DATA))
    blobs.add(OTHER, SHA, 0, b"1")
    coming = blobs.incoming(10)
    coming.write(b"2")
    blobs._counted = None
    assert blobs.taken() == len(DATA) + 2 * BLOCK
    coming.discard()


@pytest.mark.parametrize("wrong", [DATA[:-1], DATA + b"x", b"x" + DATA[1:]])
def test_bytes_that_are_not_the_file_are_refused_and_gone(blobs: Blobs, wrong: bytes) -> None:
    blobs.add(ENTRY, SHA, 0, wrong)
    with pytest.raises(BadProof):
        blobs.finish(ENTRY, SHA, len(DATA))
    assert list(blobs.every()) == []


def test_a_file_is_its_owners_alone(blobs: Blobs) -> None:
    """Whoever lists the hash of a file that another feed has, has nothing by that."""
    blobs.add(ENTRY, SHA, 0, DATA)
    blobs.finish(ENTRY, SHA, len(DATA))
    assert not blobs.held(OTHER, SHA)
    assert blobs.read(OTHER, SHA, 0, 10) is None
    assert blobs.link(ENTRY, OTHER, SHA)
    assert not blobs.link(of_draft(draft()), OTHER, bytes(32))
    blobs.drop(ENTRY, SHA)
    assert not blobs.held(ENTRY, SHA)
    assert blobs.read(OTHER, SHA, 0, 10) == DATA[:10]


def test_what_somebody_gives_is_capped_hashed_and_kept(blobs: Blobs) -> None:
    mine = of_draft(draft())
    given = blobs.incoming(len(DATA))
    given.write(DATA[:5_000])
    given.write(DATA[5_000:])
    assert given.take(mine) == SHA
    given.discard()
    assert blobs.read(mine, SHA, 0, len(DATA)) == DATA
    large = blobs.incoming(10)
    with pytest.raises(TooLarge):
        large.write(bytes(11))
    large.discard()
    assert list(blobs.every()) == [Blob(mine, SHA)]


def test_names_tell_whose_a_file_is_and_strange_ones_are_left_alone(blobs: Blobs, tmp_path: Path) -> None:
    ended = blobs.incoming(10)
    ended._file.close()  # the process ended here
    blobs.add(ENTRY, SHA, 0, DATA[:10])
    (tmp_path / "blobs" / "README").write_text("an operator's")
    mine = blobs.incoming(len(DATA))
    mine.write(DATA)
    mine.take(of_draft(draft()))
    every = list(blobs.every())
    assert [(one.draft, one.entry, one.whole) for one in every] == [
        (draft(), None, True),
        (None, 7 << 40 | 3, False),
    ]
    blobs.forget_incoming()
    assert sorted(path.name.partition(".")[0] for path in (tmp_path / "blobs").iterdir()) == [
        "README",
        of_draft(draft()),
        ENTRY,
    ]


def test_files_are_this_users_alone(blobs: Blobs, tmp_path: Path) -> None:
    blobs.add(ENTRY, SHA, 0, DATA)
    blobs.finish(ENTRY, SHA, len(DATA))
    mine = blobs.incoming(len(DATA))
    mine.write(DATA)
    mine.take(of_draft(draft()))
    assert stat.S_IMODE((tmp_path / "blobs").stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "blobs").iterdir()} == {0o600}
