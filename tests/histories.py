"""Seeded histories for the simulator's properties: so many by default, more by `P2P_HISTORIES`, one again by `P2P_SEED`.

`P2P_HISTORIES=10` runs ten times as many. A history that fails prints its seed; `P2P_SEED=<seed> P2P_HISTORIES=0` runs exactly it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Coroutine
from typing import Any

import virtual_time

History = Callable[[int], Coroutine[Any, Any, None]]


def hold(history: History, *, of: int) -> None:
    """Run `of` histories of a property; AssertionError with the seed of the first that breaks it."""
    for seed in seeds(of):
        try:
            virtual_time.run(history(seed))
        except Exception as error:
            raise AssertionError(f"history {seed} (P2P_SEED={seed} P2P_HISTORIES=0): {error}") from error


def breaks(history: History, *, of: int, seeing: str) -> int:
    """For planted faults: the seed of the first of `of` histories that fails in words like `seeing` (a pattern)."""
    for seed in range(1, of + 1):
        try:
            virtual_time.run(history(seed))
        except AssertionError as error:
            if re.search(seeing, str(error)):
                return seed
    raise AssertionError(f"none of {of} histories sees the planted fault")


def hold_plainly(history: Callable[[int], None], *, of: int) -> None:
    """`hold`, of histories that wait for nothing."""
    for seed in seeds(of):
        try:
            history(seed)
        except Exception as error:
            raise AssertionError(f"history {seed} (P2P_SEED={seed} P2P_HISTORIES=0): {error}") from error


def breaks_plainly(history: Callable[[int], None], *, of: int, seeing: str) -> int:
    """`breaks`, of histories that wait for nothing."""
    for seed in range(1, of + 1):
        try:
            history(seed)
        except AssertionError as error:
            if re.search(seeing, str(error)):
                return seed
    raise AssertionError(f"none of {of} histories sees the planted fault")


def seeds(of: int) -> range:
    """The seeds of this run."""
    first = int(os.environ.get("P2P_SEED", "1"))
    return range(first, first + max(1, int(of * float(os.environ.get("P2P_HISTORIES", "1")))))
