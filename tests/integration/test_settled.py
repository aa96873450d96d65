"""A running node: the collector looks through what came since it was opened, and not through what it is made of."""

from __future__ import annotations

import subprocess
import sys

import pytest

LOOK = """
import gc
from node.settle import begin, settle
begin()
import node.main
{settle}
print(gc.isenabled(), len(gc.get_objects()), gc.get_freeze_count())
"""


def looked_through(settle: str) -> tuple[bool, int, int]:
    """Whether the collector runs, how much it looks through, how much it does not."""
    done = subprocess.run(
        [sys.executable, "-c", LOOK.format(settle=settle)],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    running, seen, frozen = done.stdout.split()
    return running == "True", int(seen), int(frozen)


def test_what_a_node_is_made_of_is_not_looked_through_again() -> None:
    running, seen, frozen = looked_through("settle()")
    assert running
    assert seen < 1_000
    assert frozen > 50_000


@pytest.mark.parametrize("settle", ["pass", "gc.enable()"])
def test_a_node_that_is_looked_through_would_be_seen(settle: str) -> None:
    running, seen, frozen = looked_through(settle)
    assert running == (settle != "pass")
    assert seen > 50_000 > frozen
