"""What a follower is owed: as little as an alert is read on the event loop itself, more than that is handed to a reader."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, cast

import pytest
from inline_store import InlineStore
from ports import ANTWERP, NORTH_SEA, Port, port

from federation import dues
from federation.desk import PUSH_LAG, Due
from federation.dues import AT_ONCE
from federation.node_desk import NodeDesk
from node.commands import batch
from protocol.ids import FeedId
from protocol.v1 import federation_pb2 as pb

READERS = "a reader was asked"


def owing(count: int) -> tuple[Port, NodeDesk, FeedId, int]:
    """A port that has released so many records, and the size before them."""
    antwerp = port(ANTWERP)
    first = antwerp.release()
    for _ in range(count - 1):
        antwerp.release()
    return antwerp, NodeDesk(antwerp.ctx, cast("Any", None)), first.feed.feed, first.index


def due(desk: NodeDesk, feed: FeedId, sent: int) -> Due | None:
    return asyncio.run(desk.due(NORTH_SEA, feed, sent, 64))


@pytest.fixture(name="no_readers")
def without_readers(monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(_store: InlineStore, _ask: Callable[..., Any]) -> Awaitable[Any]:
        raise LookupError(READERS)

    monkeypatch.setattr(InlineStore, "aread", never)


@pytest.mark.usefixtures("no_readers")
@pytest.mark.parametrize("count", [1, AT_ONCE])
def test_an_alert_is_read_without_another_thread(count: int) -> None:
    _, desk, feed, before = owing(count)
    found = due(desk, feed, before)
    assert found is not None
    assert found.sent == before + count
    assert len(batch.from_wire(pb.Frame.FromString(found.frame).batch).entries) == count
    assert due(desk, feed, before + count) is None


@pytest.mark.usefixtures("no_readers")
def test_bulk_is_not_read_on_the_event_loop() -> None:
    _, desk, feed, before = owing(AT_ONCE + 1)
    with pytest.raises(LookupError, match=READERS):
        due(desk, feed, before)


@pytest.mark.usefixtures("no_readers")
def test_a_desk_that_hands_everything_over_turns_the_test_red(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dues, "AT_ONCE", 0)
    with pytest.raises(LookupError, match=READERS):
        test_an_alert_is_read_without_another_thread(1)


@pytest.mark.parametrize("count", [1, AT_ONCE, AT_ONCE + 1, 3 * AT_ONCE])
def test_both_ways_of_reading_give_the_same_frame(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    antwerp, desk, feed, before = owing(count)
    found = due(desk, feed, before)
    monkeypatch.setattr(dues, "AT_ONCE", 0)
    assert due(NodeDesk(antwerp.ctx, cast("Any", None)), feed, before) == found
    monkeypatch.setattr(dues, "AT_ONCE", PUSH_LAG)
    assert due(NodeDesk(antwerp.ctx, cast("Any", None)), feed, before) == found
