"""`port2port run` with a part that fails: run by a starter, with the part's place, how it fails and the configuration as its words."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pkgutil import resolve_name

from node.cli import main as program


async def fails(*_: object) -> None:
    await asyncio.sleep(0.2)
    raise ZeroDivisionError("planted")


async def ends(*_: object) -> None:
    await asyncio.sleep(0.2)


FAULTS: dict[str, Callable[..., Awaitable[None]]] = {"fails": fails, "ends": ends}


def main(words: list[str]) -> int:
    """Words: `module:Class.method`, one of `FAULTS`, the file."""
    place, fault, config = words
    owner, _, method = place.rpartition(".")
    setattr(resolve_name(owner), method, FAULTS[fault])
    return program(["run", "--config", config])
