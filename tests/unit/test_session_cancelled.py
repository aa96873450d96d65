"""gRPC cancels a session's end when its connection is gone: whenever that comes, no task is left waiting."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest
from virtual_time import run

from federation.desk import Desk
from federation.exchange import Exchange
from federation.session import Session
from protocol.ids import FeedId, NodeId, UnixMs

UNWINDING_S = 0.05


class Slow:
    """A desk and a pipe that never answer, and take a moment to be stopped."""

    async def record_digest(self, _: NodeId) -> bytes:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(UNWINDING_S)
        raise AssertionError("unreachable")

    async def first_beats(self, _peer: NodeId, _beats: object) -> list[bytes]:
        return []

    def may_serve(self, _peer: NodeId, _feed: FeedId) -> bool:
        raise AssertionError("nothing is served here")

    async def send(self, _: bytes) -> None: ...
    async def receive(self) -> bytes | None:
        return None

    async def close(self, code: str, words: str) -> None: ...


def session() -> Session:
    slow = Slow()
    return Session(
        desk=cast("Desk", slow),
        exchange=cast("Exchange", None),
        peer=NodeId("port-liege"),
        pipe=slow,
        link=lambda _: cast("Any", None),
        dialled=False,
        now=lambda: UnixMs(0),
        random=bytes,
    )


@pytest.mark.parametrize("after_s", [0.0, UNWINDING_S / 2, UNWINDING_S, UNWINDING_S + 0.01])
@pytest.mark.parametrize("first", ["cancelled", "ended"])
def test_a_session_that_is_cancelled_while_it_ends_leaves_no_task(first: str, after_s: float) -> None:
    async def story() -> set[str]:
        one = session()
        task = asyncio.ensure_future(one.run())
        await asyncio.sleep(1)
        if first == "cancelled":
            task.cancel()
        else:
            one.end("UNAVAILABLE", "the other side is gone")
        await asyncio.sleep(after_s)
        task.cancel()
        await asyncio.wait([task])
        await asyncio.sleep(1)
        return {str(other.get_coro()) for other in asyncio.all_tasks()} - {
            str(asyncio.current_task().get_coro())  # type: ignore[union-attr]
        }

    assert run(story()) == set()
