"""How many seeded histories a run plays: the promise is a number, and a test that plays fewer must not go unnoticed."""

from __future__ import annotations

import re
from pathlib import Path

from locations import ROOT

WANTED = 2_000
_PLAYED = re.compile(r"^    hold(?:_plainly)?\(\w+, of=(\d+)\)", re.MULTILINE)


def played(folder: Path) -> int:
    return sum(int(n) for file in folder.glob("test_*.py") for n in _PLAYED.findall(file.read_text("utf-8")))


def test_the_tests_play_as_many_histories_as_is_promised() -> None:
    assert played(ROOT / "tests" / "property") >= WANTED


def test_a_property_that_plays_none_counts_nothing(tmp_path: Path) -> None:
    (tmp_path / "test_one.py").write_text("    hold(a, of=7)\n    assert breaks(a, of=100, seeing='x')\n")
    assert played(tmp_path) == 7
