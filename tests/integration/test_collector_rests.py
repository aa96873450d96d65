"""A running node: the collector looks through what came since it was opened, and not through what it is made of."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from node import checked, cli_run, collector, log, main

LOOK = """
import gc
from node.collector import freeze, pause
pause()
import node.main
{then}
print(gc.isenabled(), len(gc.get_objects()), gc.get_freeze_count())
"""


def looked_through(then: str) -> tuple[bool, int, int]:
    """Whether the collector runs, how much it looks through, how much it does not."""
    done = subprocess.run(
        [sys.executable, "-c", LOOK.format(then=then)],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    running, seen, frozen = done.stdout.split()
    return running == "True", int(seen), int(frozen)


def test_what_a_node_is_made_of_is_not_looked_through_again() -> None:
    running, seen, frozen = looked_through("freeze()")
    assert running
    assert seen < 1_000
    assert frozen > 50_000


@pytest.mark.parametrize("then", ["pass", "gc.enable()"])
def test_a_node_that_is_looked_through_would_be_seen(then: str) -> None:
    running, seen, frozen = looked_through(then)
    assert running == (then != "pass")
    assert seen > 50_000 > frozen


def test_a_node_is_opened_without_the_collector_and_frozen_before_it_says_that_it_is_ready(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    order: list[str] = []

    class House:
        parts = SimpleNamespace(whole=True)

        def __init__(self, _ground: object, _file: object, *, broken: Callable[[], None]) -> None:
            self.broken = broken

        async def open(self) -> None:
            order.append("open")

        def where(self) -> dict[str, object]:
            self.broken()
            order.append("ready")
            return {}

        async def close(self) -> None:
            order.append("close")

    ground = SimpleNamespace(ctx=SimpleNamespace(register=SimpleNamespace(version=1)), close=lambda: None)
    config = SimpleNamespace(node=SimpleNamespace(id="port-liege"), log=SimpleNamespace(level="warning"))
    monkeypatch.setattr(main, "House", House)
    monkeypatch.setattr(main, "open_ground", lambda *_, **__: ground)
    monkeypatch.setattr(main, "_standing", lambda _: {})
    monkeypatch.setattr(log, "configure", lambda *_, **__: None)
    monkeypatch.setattr(main, "freeze", lambda: order.append("freeze"))
    monkeypatch.setattr(collector, "pause", lambda: order.append("pause"))
    monkeypatch.setattr(checked, "checked", lambda _: config)
    assert cli_run._run(argparse.Namespace(config=tmp_path / "port.toml")) == 0
    assert order == ["pause", "open", "freeze", "ready", "ready", "close"]
