"""The ledger of promises: each sentence of what the product does, with the test or command that shows it.

A kept promise names at least one test or command; a named test that is missing, failed or was skipped breaks it. Where a test
reads `../shared` (`needs = ["shared"]`) and that folder is not beside the checkout, a skip is accepted outside CI; so it is where
a test needs a file system of its own (`needs = ["mounts"]`) and the machine lets this user make none. Where a test asks a real
OpenFGA server (`needs = ["engines"]`), a skip is accepted where none is built, in CI only where go cannot build one. Such a promise is not shown by that run, and the run says so.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import mounts
import openfga_here
from locations import ROOT, SHARED

FILE = ROOT / "tests" / "promises.toml"
_KEYS = {"id", "text", "state", "tests", "commands", "needs"}


@dataclass(frozen=True)
class Promise:
    """One sentence and what shows it."""

    id: str
    text: str
    state: str
    tests: tuple[str, ...]
    commands: tuple[str, ...]
    needs: tuple[str, ...]


@dataclass(frozen=True)
class Ledger:
    """All promises of the product."""

    promises: tuple[Promise, ...]

    @classmethod
    def load(cls, file: Path = FILE) -> Ledger:
        """Read the ledger; a malformed one is an error of its own."""
        raw = tomllib.loads(file.read_text("utf-8"))["promise"]
        found = tuple(_promise(one) for one in raw)
        if len({p.id for p in found}) != len(found):
            raise ValueError("tests/promises.toml: an id occurs twice")
        return cls(found)

    def by_command(self) -> tuple[Promise, ...]:
        """Kept by commands alone: this run shows nothing of them, `.ci/run` or a person does."""
        return tuple(p for p in self.promises if p.state == "kept" and not p.tests)

    def open(self) -> tuple[Promise, ...]:
        """What is not kept yet, honestly."""
        return tuple(p for p in self.promises if p.state == "open")

    def counted(self, outcomes: Mapping[str, str]) -> int:
        """How many promises this run shows."""
        shown = [p for p in self.promises if p.state == "kept" and p.tests and not _broken(p, outcomes)]
        return len(shown) - len(self.excused(outcomes))

    def excused(self, outcomes: Mapping[str, str]) -> tuple[Promise, ...]:
        """Kept promises that this run does not show, for want of what a test of theirs needs."""
        kept = (p for p in self.promises if p.state == "kept" and not _broken(p, outcomes))
        return tuple(p for p in kept if any("skipped" in _ran(test, outcomes) for test in p.tests))

    def broken(self, outcomes: Mapping[str, str]) -> tuple[str, ...]:
        """Why a kept promise is not shown by a run with these outcomes by test id."""
        return tuple(words for p in self.promises if p.state == "kept" for words in _broken(p, outcomes))


def _promise(raw: dict[str, object]) -> Promise:
    if unknown := set(raw) - _KEYS:
        raise ValueError(f"tests/promises.toml: {raw.get('id')}: unknown key {min(unknown)}")
    tests, commands, needs = (_strings(raw.get(k, [])) for k in ("tests", "commands", "needs"))
    state = str(raw["state"])
    if state not in {"kept", "open"}:
        raise ValueError(f"tests/promises.toml: {raw['id']}: state is kept or open")
    if state == "kept" and not tests and not commands:
        raise ValueError(f"tests/promises.toml: {raw['id']}: kept, but nothing shows it")
    return Promise(str(raw["id"]), str(raw["text"]), state, tests, commands, needs)


def _strings(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError("tests/promises.toml: tests, commands and needs are lists")
    return tuple(str(one) for one in value)


def _ran(test: str, outcomes: Mapping[str, str]) -> set[str]:
    """How a test of the ledger went: one file, class or function may be several."""
    return {o for node, o in outcomes.items() if node == test or node.startswith((test + "[", test + "::"))}


def _broken(promise: Promise, outcomes: Mapping[str, str]) -> list[str]:
    lacking = ("shared" in promise.needs and not SHARED.exists()) or (
        "mounts" in promise.needs and not mounts.possible()
    )
    excused = lacking and not os.environ.get("CI")
    excused = excused or ("engines" in promise.needs and openfga_here.excused())
    words = []
    for test in promise.tests:
        ran = _ran(test, outcomes)
        if not ran:
            words.append(f"{promise.id}: {test} did not run")
        elif ran - {"passed"} and not (excused and ran <= {"passed", "skipped"}):
            words.append(f"{promise.id}: {test} {', '.join(sorted(ran - {'passed'}))}")
    return words
