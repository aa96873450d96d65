"""Which sources of a backlog are passed over for a while: those that keep their asker waiting, and not those that have very much."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest
from virtual_time import run

from federation import gaps
from federation.desk import Desk, Taken
from federation.gaps import BATCH_S, REQUEST_S, Gaps
from federation.session import Session
from node.commands.serve import Head
from protocol.ids import FeedId, Hash, NodeId
from protocol.v1 import federation_pb2 as pb

PEER, FEED = NodeId("port-liege"), FeedId(b"b" * 32)
MANY = 10_000_000


class Holder:
    """A node's desk that takes all it is brought, as fast as it comes."""

    me = NodeId("port-antwerp-bruges")

    def __init__(self) -> None:
        self.held = 0

    def listed(self) -> bool:
        return True

    def roomy(self) -> bool:
        return True

    def size(self, _: FeedId) -> int:
        return self.held

    def origin(self, _: FeedId) -> NodeId:
        return PEER

    async def accept(self, _: NodeId, batch: pb.Batch, *, live: bool) -> Taken:
        assert not live
        self.held += len(batch.entries)
        return Taken(FEED, PEER, self.held)


def asked(every_s: float, entries: int) -> tuple[bool, int]:
    """Whether the source is still asked after a request as long as may be, and what it has brought: so many entries every so many seconds."""

    async def backfill(request: pb.BackfillRequest) -> AsyncGenerator[tuple[pb.Batch, int], None]:
        first = request.ranges[0].first
        while True:
            await asyncio.sleep(every_s)
            yield pb.Batch(feed=FEED, first=first, entries=[pb.Entry()] * entries), 1_000
            first += entries

    async def guarded(work: Callable[[], Awaitable[None]], _: str) -> None:
        await work()

    async def story() -> tuple[bool, int]:
        desk = Holder()
        session = cast(
            "Session",
            SimpleNamespace(
                peer=PEER, ready=True, over=False, guarded=guarded, link=SimpleNamespace(backfill=backfill)
            ),
        )
        filling = Gaps(
            desk=cast("Desk", desk),
            session=lambda _: session,
            took=lambda _session, _taken: None,
            declined=lambda _peer, _feed, _error: None,
        )
        filling.offered(session, [Head(FEED, MANY, Hash(bytes(32)))])
        await asyncio.sleep(REQUEST_S + BATCH_S)
        found = filling.may_ask(session), desk.held
        filling.close()
        return found

    return run(story())


def test_a_source_that_brings_much_for_long_is_asked_again() -> None:
    may, brought = asked(every_s=1.0, entries=64)
    assert may
    assert brought > 64 * REQUEST_S, "it went on after the request was over"


def test_a_source_that_keeps_its_asker_waiting_is_passed_over() -> None:
    assert not asked(every_s=15.0, entries=1)[0]


def test_a_node_that_blamed_whoever_has_very_much_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def always(brought: int, seconds: float) -> bool:
        return seconds >= REQUEST_S or slow(brought, seconds)

    slow: Any = gaps._slow
    monkeypatch.setattr(gaps, "_slow", always)
    assert not asked(every_s=1.0, entries=64)[0]
