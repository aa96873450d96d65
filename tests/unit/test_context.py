"""What a node remembers under a register, while another thread asks under another one."""

from __future__ import annotations

from typing import Any

import registers
from ports import ANTWERP, port

from protocol.register import build_register


class Raced(list[Any]):
    """A memory into which another thread puts its own right after each write."""

    def __init__(self, theirs: Any) -> None:
        super().__init__()
        self._theirs = theirs

    def __setitem__(self, at: Any, what: Any) -> None:
        super().__setitem__(at, what)
        super().__setitem__(slice(None), [self._theirs])


def test_what_is_decided_under_one_register_is_never_remembered_under_another() -> None:
    old, new = (
        build_register(
            registers.board(),
            registers.nodes(),
            version=n,
            hash=bytes([n] * 32),
            expires_ms=registers.EXPIRES,
        )
        for n in (3, 4)
    )
    ctx, theirs = port(ANTWERP, register=new).ctx, {"feeds": dict[Any, object]()}
    object.__setattr__(ctx, "_decided", Raced((new, theirs)))
    ctx.of_register(old, "feeds")["a feed"] = "may be read"
    assert theirs == {"feeds": {}}


def test_its_rights_under_one_register_are_never_those_of_another() -> None:
    old, new = (
        build_register(
            registers.board(),
            registers.nodes(),
            version=n,
            hash=bytes([n] * 32),
            expires_ms=registers.EXPIRES,
        )
        for n in (3, 4)
    )
    ctx = port(ANTWERP, register=new).ctx
    object.__setattr__(ctx, "_kept", Raced((new, "another's")))
    assert ctx.entry(old).id == ANTWERP
