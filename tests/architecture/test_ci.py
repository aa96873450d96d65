"""`.ci/run`: every stage in its order, its seconds said, and an end in time whatever a stage does. With a stand-in for make."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from locations import ROOT

STAGES = ["setup", "lint", "proto", "engines", "test", "e2e"]
ASKED = ["setup", "lint", "proto", "fetchable", "engines", "test", "e2e"]


def run(folder: Path, make: str, *, limit_s: int = 600, engines_s: int = 600) -> tuple[int, str, list[str]]:
    """Exit code, output and what make was asked for, in a checkout of nothing."""
    bin_, script = folder / "bin", folder / "here" / ".ci" / "run"
    bin_.mkdir()
    script.parent.mkdir(parents=True)
    shutil.copy(ROOT / ".ci" / "run", script)
    for name, words in {"make": make, "chromium": "", "git": "", "go": ""}.items():
        (bin_ / name).write_text(f'#!/bin/sh\necho "$1" >> {folder}/{name}.asked\n{words}\n')
        (bin_ / name).chmod(0o755)
    path = f"{bin_}:{os.environ['PATH']}"
    done = subprocess.run(
        [script],
        env={"PATH": path, "CI_LIMIT_S": str(limit_s), "CI_ENGINES_S": str(engines_s)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr, (folder / "make.asked").read_text().split()


def test_each_stage_runs_and_says_its_seconds(tmp_path: Path) -> None:
    code, told, asked = run(tmp_path, "exit 0")
    assert code == 0
    assert asked == ASKED
    lines = told.splitlines()
    named = ["setup", "lint", "stubs", "engines", "tests", "screens", "all of it"]
    assert [line.split(": ")[1] for line in lines] == named
    assert all(line.endswith(" s") for line in lines)


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_that_fails_is_the_last(tmp_path: Path, stage: str) -> None:
    code, _, asked = run(tmp_path, f'[ "$1" != {stage} ] || exit 3')
    assert code == 3
    assert asked == ASKED[: ASKED.index(stage) + 1]


def test_without_go_or_its_modules_the_server_is_not_built_and_the_tests_are_told(tmp_path: Path) -> None:
    code, told, asked = run(
        tmp_path, 'case "$1:$CI_ENGINES" in fetchable:*) exit 2;; test:no) echo told;; esac'
    )
    assert code == 0
    assert asked == [one for one in ASKED if one != "engines"]
    assert "are not shown" in told
    assert "told" in told.splitlines()


def test_a_server_that_takes_too_long_to_build_is_given_up_and_said(tmp_path: Path) -> None:
    script = '[ "$1" != engines ] || exec tail -f /dev/null; [ "$1:$CI_ENGINES" != test:no ] || echo told'
    code, told, asked = run(tmp_path, script, engines_s=1)
    assert code == 0
    assert asked == ASKED
    assert "is not built within 1 s" in told
    assert "told" in told.splitlines()


def test_a_stage_that_does_not_end_is_stopped_in_time_and_fails(tmp_path: Path) -> None:
    code, told, asked = run(tmp_path, '[ "$1" != test ] || exec tail -f /dev/null', limit_s=6)
    assert code == 124
    assert "ci: tests is not done 6 s after the beginning" in told
    assert asked == ["setup", "lint", "proto", "fetchable", "engines", "test"]
