"""A data directory has one process."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from node.exits import Busy
from node.lock import FILE, DataLock


def test_a_second_holder_is_told_who_has_it(tmp_path: Path) -> None:
    with DataLock(tmp_path / "data"), pytest.raises(Busy, match=f"in use by process {os.getpid()}"):
        DataLock(tmp_path / "data")


def test_it_can_be_taken_again_after_it_was_let_go(tmp_path: Path) -> None:
    DataLock(tmp_path).release()
    with DataLock(tmp_path):
        assert (tmp_path / FILE).read_text() == f"{os.getpid()}\n"
