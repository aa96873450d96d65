"""Compiled templates are kept beside the program, and never believed where they are of another text or broken."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from jinja2 import DictLoader, Environment

from web.screens import Compiled

BROKEN = [b"", b"x", b"j2", bytes(200)]


@pytest.fixture(autouse=True)
def _kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)


def rendered(folder: Path, text: str = "{{ 6 * 7 }}") -> str:
    """By a process that has nothing in memory."""
    return (
        Environment(loader=DictLoader({"a": text}), bytecode_cache=Compiled(folder), autoescape=True)
        .get_template("a")
        .render()
    )


def never(*_: object, **__: object) -> None:
    raise AssertionError("compiled again")


def test_a_second_start_compiles_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert rendered(tmp_path / "kept") == "42"
    monkeypatch.setattr(Environment, "compile", never)
    assert rendered(tmp_path / "kept") == "42"


def test_another_text_is_compiled_anew(tmp_path: Path) -> None:
    assert rendered(tmp_path) == "42"
    assert rendered(tmp_path, "{{ 6 * 8 }}") == "48"


@pytest.mark.parametrize("broken", BROKEN, ids=str)
@pytest.mark.parametrize("cut", [False, True])
def test_a_broken_file_is_compiled_anew(tmp_path: Path, broken: bytes, cut: bool) -> None:
    assert rendered(tmp_path) == "42"
    (kept,) = tmp_path.iterdir()
    kept.write_bytes(kept.read_bytes()[: -len(broken) - 1] if cut else broken)
    assert rendered(tmp_path) == "42"


def test_nothing_is_written_where_python_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert rendered(tmp_path / "kept") == "42"
    assert not (tmp_path / "kept").exists()


def test_a_folder_that_cannot_be_written_costs_only_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert rendered(tmp_path / "file") == "42"
