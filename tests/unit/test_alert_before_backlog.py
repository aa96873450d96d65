"""A new alert of one feed waits for no backlog of another that is overtaken: neither where it is sent nor where it is taken."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, cast

import pytest
from virtual_time import run

from federation import overtaking
from federation.desk import Desk, Due, Taken
from federation.exchange import Exchange
from federation.overtaking import Overtaking
from federation.pushing import Pushing
from federation.session import AHEADS_AT_ONCE, Session
from node.commands.overtake import FROM_SIZE
from node.commands.serve import Head
from protocol.errors import Code
from protocol.ids import FeedId, Hash, NodeId, UnixMs
from protocol.v1 import federation_pb2 as pb

PEER = NodeId("port-liege")
BACKLOG, ALERTS = FeedId(b"b" * 32), FeedId(b"a" * 32)
ROOT = Hash(bytes(32))


class Sender:
    """A desk with a backlog of which 64 entries are not to wait, and a feed that grows by one at a time."""

    me = NodeId("port-antwerp-bruges")

    def origin(self, _: FeedId) -> NodeId:
        return self.me

    async def behind(self, _: NodeId) -> dict[FeedId, int]:
        return {BACKLOG: 0}

    async def due(self, _peer: NodeId, feed: FeedId, sent: int | None, _most: int) -> Due | None:
        if feed == BACKLOG:
            return Due(Head(feed, 1_000, ROOT))
        return Due(Head(feed, 1, ROOT), 1, b"alert") if not sent else None

    async def urgent(self, _peer: NodeId, feed: FeedId, _first: int | None) -> tuple[int, Sequence[int]]:
        return (1_000, range(999, 935, -1)) if feed == BACKLOG else (1, ())

    async def ahead(self, _peer: NodeId, _feed: FeedId, index: int, _size: int | None) -> bytes:
        return f"ahead {index}".encode()


async def sent_until_alert() -> list[bytes]:
    """What goes out, the peer answering all that goes ahead, once an alert is released while a backlog is overtaken."""
    pushing = Pushing(cast("Desk", Sender()), PEER, live=1 << 16, credit=1 << 20, wake=lambda: None)
    await pushing.open()
    for _ in range(8):
        raw = await pushing.next()
        if raw is not None and raw.startswith(b"ahead"):
            pushing.stored(BACKLOG, int(raw.split()[1]))
    pushing.grew(ALERTS)
    out = list[bytes]()
    while len(out) < 80 and b"alert" not in out:
        raw = await pushing.next()
        assert raw is not None
        out.append(raw)
        if raw.startswith(b"ahead"):
            pushing.stored(BACKLOG, int(raw.split()[1]))
    return out


def test_a_new_alert_goes_out_after_one_entry_of_a_backlog_at_most() -> None:
    assert len(run(sent_until_alert())) <= 2


def test_a_sender_to_which_the_backlog_always_comes_first_would_be_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def impatient(pushing: Pushing) -> bytes | None:
        return await pushing._ahead.next() or await pushing._owed()

    monkeypatch.setattr(Pushing, "next", impatient)
    assert len(run(sent_until_alert())) > 2


def test_few_entries_of_a_backlog_wait_for_the_peers_word() -> None:
    async def story() -> int:
        pushing = Pushing(cast("Desk", Sender()), PEER, live=1 << 16, credit=1 << 20, wake=lambda: None)
        await pushing.open()
        count = 0
        while (raw := await pushing.next()) is not None:
            count += raw.startswith(b"ahead")
        return count

    assert run(story()) == overtaking.UNANSWERED <= AHEADS_AT_ONCE


class Told(Sender):
    """The same, its peer holding more than is on record here."""

    def __init__(self) -> None:
        self.bases: list[int | None] = []

    async def ahead(self, _peer: NodeId, _feed: FeedId, index: int, size: int | None) -> bytes:
        self.bases.append(size)
        return f"ahead {index}".encode()


async def bases() -> list[int | None]:
    """From which sizes entries went ahead, each answered with GAP until it goes from 256."""
    desk = Told()
    pushing = Pushing(cast("Desk", desk), PEER, live=1 << 16, credit=1 << 20, wake=lambda: None)
    await pushing.open()
    while (raw := await pushing.next()) is not None:
        if raw.startswith(b"ahead"):
            index = int(raw.split()[1])
            if desk.bases[-1] is None:
                pushing.refused(Code.GAP, BACKLOG, 256, index=index, field=FROM_SIZE)
            else:
                pushing.stored(BACKLOG, index)
    return desk.bases


def test_what_the_peer_says_it_holds_is_asked_once() -> None:
    assert run(bases()) == [None] + [256] * 64


def test_a_sender_that_forgets_what_it_was_told_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    gap = Overtaking.gap

    def forgetful(ahead: Overtaking, feed: FeedId, index: int, size: int) -> None:
        gap(ahead, feed, index, size)
        ahead._told.clear()

    monkeypatch.setattr(Overtaking, "gap", forgetful)
    assert run(bases()).count(None) > 1


class Receiver:
    """A desk that takes batches at once, and nothing that comes ahead before `go`; it is its session's exchange too."""

    def __init__(self) -> None:
        self.go, self.taking, self.batches = asyncio.Event(), 0, 0

    async def overtake(self, _: NodeId, message: pb.Ahead) -> Taken:
        self.taking += 1
        await self.go.wait()
        return Taken(FeedId(message.feed), PEER, 0)

    async def accept(self, _: NodeId, message: pb.Batch, *, live: bool) -> Taken:
        self.batches += 1
        return Taken(FeedId(message.feed), PEER, 1)

    def took(self, *_: object) -> None: ...
    def overtook(self, *_: object) -> None: ...
    def offered(self, *_: object) -> None: ...
    async def first_beats(self, _peer: NodeId, _beats: object) -> list[bytes]:
        return []

    def may_serve(self, *_: object) -> bool:
        return True


def session(desk: Receiver) -> Session:
    return Session(
        desk=cast("Desk", desk),
        exchange=cast("Exchange", desk),
        peer=PEER,
        pipe=cast("Any", None),
        link=lambda _: cast("Any", None),
        dialled=False,
        now=lambda: UnixMs(0),
        random=bytes,
    )


def test_a_batch_is_taken_while_entries_of_a_backlog_are_still_being_taken() -> None:
    async def story() -> tuple[int, int]:
        desk = Receiver()
        one = session(desk)
        for index in range(overtaking.UNANSWERED):
            await one._on_ahead(pb.Ahead(feed=BACKLOG, index=index))
        await one._on_batch(pb.Batch(feed=ALERTS), 100)
        await asyncio.sleep(1)
        found = desk.taking, desk.batches
        desk.go.set()
        await asyncio.sleep(1)
        return found

    assert run(story()) == (overtaking.UNANSWERED, 1)


def test_a_peer_that_sends_ever_more_ahead_is_read_no_further_than_they_are_taken() -> None:
    async def story() -> int:
        desk = Receiver()
        one = session(desk)

        async def flood() -> None:
            for index in range(100):
                await one._on_ahead(pb.Ahead(feed=BACKLOG, index=index))

        flooding = asyncio.ensure_future(flood())
        await asyncio.sleep(1)
        taking = desk.taking
        desk.go.set()
        await asyncio.wait_for(flooding, 10)
        await asyncio.sleep(1)
        assert desk.taking == 100
        return taking

    assert run(story()) == AHEADS_AT_ONCE
