"""What is written whole: on the disk before it has its name, its name after it, and nothing half where the disk is full."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from node import durable


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def full(_: int) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_the_bytes_are_on_the_disk_before_the_name_and_the_name_before_it_returns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    fsync, put = os.fsync, Path.replace

    def synced(number: int) -> None:
        done.append("folder" if stat.S_ISDIR(os.fstat(number).st_mode) else "file")
        fsync(number)

    def named(self: Path, target: Path) -> Any:
        done.append("name")
        return put(self, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "replace", named)
    durable.replace(tmp_path / "a", b"one")
    assert done == ["file", "name", "folder"]
    durable.replace(tmp_path / "a", b"two", mode=0o640)
    assert (tmp_path / "a").read_bytes() == b"two"
    assert mode(tmp_path / "a") & 0o607 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_part_that_a_crash_left_is_in_nobody_s_way(tmp_path: Path) -> None:
    (tmp_path / "a.part").write_bytes(b"half of what was longer")
    durable.replace(tmp_path / "a", b"one")
    assert (tmp_path / "a").read_bytes() == b"one"
    assert mode(tmp_path / "a") == 0o600


def test_where_the_disk_is_full_what_was_there_is_there_still(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    durable.replace(tmp_path / "a", b"one")
    monkeypatch.setattr(os, "fsync", full)
    for act in (durable.replace, durable.create):
        with pytest.raises(OSError, match="No space"):
            act(tmp_path / ("a" if act is durable.replace else "b"), b"two")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a", b"one")]


def test_what_is_created_never_overwrites(tmp_path: Path) -> None:
    durable.create(tmp_path / "a", b"one")
    assert mode(tmp_path / "a") == 0o600
    with pytest.raises(FileExistsError):
        durable.create(tmp_path / "a", b"two")
    assert (tmp_path / "a").read_bytes() == b"one"
