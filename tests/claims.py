"""Port numbers that no other test takes: several test runs side by side each ask for some that are free "now" and use them later.

Blocks begin at multiples of `SIZE`; the first port of a block is held by whoever has it, so that two never have one.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from random import SystemRandom

from node.exits import Busy

SIZE = 32
_FIRST, _END = 20_000, 32_000
_kept: list[Claim] = []


@dataclass(frozen=True, slots=True)
class Claim:
    """A block: `base` is the first of the ports to use. The claim ends with `end`, or with the process."""

    base: int
    guard: socket.socket

    def end(self) -> None:
        """Anybody else may have it."""
        self.guard.close()


def claim(count: int) -> Claim:
    """A block of which so many ports are free now. Raises Busy where there is none."""
    assert count < SIZE
    blocks = list(range(_FIRST, _END, SIZE))
    SystemRandom().shuffle(blocks)
    for first in blocks:
        guard = _held(first)
        if guard is None:
            continue
        if all(_free(first + at) for at in range(1, count + 1)):
            return Claim(first + 1, guard)
        guard.close()
    raise Busy(f"no {count} free ports in a row between {_FIRST} and {_END}")


def claimed_base(count: int) -> int:
    """The same for as long as this process runs."""
    _kept.append(claim(count))
    return _kept[-1].base


def _held(port: int) -> socket.socket | None:
    guard = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        guard.bind(("127.0.0.1", port))
        guard.listen(1)  # a bound socket alone does not keep out who says SO_REUSEADDR
    except OSError:
        guard.close()
        return None
    return guard


def _free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
