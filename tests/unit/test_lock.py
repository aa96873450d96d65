"""A data directory has one process."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from node.exits import Busy, Refused
from node.lock import FILE, DataLock


def test_a_second_holder_is_told_who_has_it(tmp_path: Path) -> None:
    with DataLock(tmp_path / "data"), pytest.raises(Busy, match=f"in use by process {os.getpid()}"):
        DataLock(tmp_path / "data")


def test_it_can_be_taken_again_after_it_was_let_go(tmp_path: Path) -> None:
    DataLock(tmp_path).release()
    with DataLock(tmp_path):
        assert (tmp_path / FILE).read_text() == f"{os.getpid()}\n"


@pytest.mark.parametrize("mode", [0o750, 0o705, 0o710, 0o701, 0o770, 0o777])
def test_a_directory_that_others_may_look_into_is_refused_with_what_to_do(tmp_path: Path, mode: int) -> None:
    data = tmp_path / "data"
    data.mkdir()
    data.chmod(mode)
    with pytest.raises(Refused) as refused:
        DataLock(data)
    assert str(refused.value).endswith(f"chmod 700 {data}")
    assert "\n" not in str(refused.value)
    assert list(data.iterdir()) == []
    data.chmod(0o700)
    DataLock(data).release()


def test_a_directory_that_is_made_is_its_owners_alone(tmp_path: Path) -> None:
    with DataLock(tmp_path / "data"):
        assert [stat.S_IMODE(p.stat().st_mode) for p in (tmp_path / "data", tmp_path / "data" / FILE)] == [
            0o700,
            0o600,
        ]
