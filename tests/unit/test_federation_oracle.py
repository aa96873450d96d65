"""A peer that asks about a feed it may not follow hears what it would hear of a feed that never was."""

from __future__ import annotations

import asyncio

import ports
import pytest
from simulator import World
from virtual_time import run

from federation import serving, wire
from federation.pipe import Ended
from federation.session import Session
from node.commands.serve import Head
from protocol.ids import FeedId, Hash
from protocol.v1 import federation_pb2 as pb

NEVER = FeedId(bytes(32))


def batch(feed: FeedId, first: int) -> bytes:
    """Entries that verify nowhere, of a feed, from an index on."""
    entry = pb.Entry(header=b"x")
    checkpoint = pb.Checkpoint(size=first + 1, root=bytes(32), signature=bytes(68))
    message = pb.Batch(feed=feed, first=first, entries=[entry], checkpoint=checkpoint)
    return wire.batch_frame(message.SerializeToString())


async def asked(first: int, *, target: str) -> list[tuple[str, int, bytes]]:
    """What Limburg is answered about a feed it may not follow, and about one that never was."""
    world = World(4)
    await asyncio.sleep(20)
    antwerp, limburg = world.nodes[ports.ANTWERP], world.nodes[ports.LIMBURG]
    feed = antwerp.release(ports.SCHELDT).feed.feed
    for _ in range(6):
        antwerp.release(ports.SCHELDT)
    await asyncio.sleep(20)
    assert not antwerp.desk.may_serve(ports.LIMBURG, feed)
    heard: list[tuple[str, int, bytes]] = []

    async def listen(refusal: pb.Refusal) -> None:
        heard.append((wire.code_of(refusal), refusal.size, refusal.field.encode()))

    for one in (feed, NEVER):
        while True:
            session: Session | None = limburg.exchange.sessions.get(getattr(ports, target))
            if session is not None and session.ready:
                break
            await asyncio.sleep(1)
        session._handlers["refusal"] = listen
        session.say(batch(one, first))
        await asyncio.sleep(5)
    here = getattr(ports, target)
    ended = [(one.code, 0, one.words.encode()) for one in world.endings if one[:2] == (here, ports.LIMBURG)]
    return heard or ended


@pytest.mark.parametrize("target", ["ANTWERP", "NORTH_SEA"])
@pytest.mark.parametrize("first", [0, 5, 2**40])
def test_a_batch_is_answered_alike(first: int, target: str) -> None:
    known, never = run(asked(first, target=target))
    assert known == never


def test_heads_make_nobody_ask_for_a_feed_that_the_peer_may_not_have(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> list[pb.Range]:
        world = World(4)
        await asyncio.sleep(20)
        antwerp, limburg = world.nodes[ports.ANTWERP], world.nodes[ports.LIMBURG]
        feed = antwerp.release(ports.SCHELDT).feed.feed
        await asyncio.sleep(20)
        found: list[pb.Range] = []
        ranges = serving.ranges

        def spying(desk: object, peer: object, request: pb.BackfillRequest, *more: int) -> object:
            if desk is limburg.desk:
                found.extend(one for one in request.ranges if one.feed == feed)
            return ranges(desk, peer, request, *more)  # type: ignore[arg-type]

        monkeypatch.setattr(serving, "ranges", spying)
        session = limburg.exchange.sessions[ports.NORTH_SEA]
        session.say(wire.heads([Head(feed, 2**40, Hash(bytes(32)))], changed_only=True, complete=True))
        await asyncio.sleep(30)
        return found

    assert run(main()) == []


def test_a_source_that_fails_each_request_keeps_no_feed_from_another(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> tuple[int, int]:
        world = World(3, (ports.ANTWERP, ports.NORTH_SEA, ports.LIEGE))
        antwerp, north_sea, liege = world.nodes.values()
        await asyncio.sleep(20)
        world.cut(ports.ANTWERP, ports.NORTH_SEA)
        world.cut(ports.LIEGE, ports.NORTH_SEA)
        feed = antwerp.release().feed.feed
        for _ in range(299):
            antwerp.release()
        ranges = serving.ranges

        async def failing(desk: object, peer: object, request: pb.BackfillRequest, *more: int) -> object:
            if desk is liege.desk and peer == ports.NORTH_SEA:
                await asyncio.sleep(1)
                raise Ended("UNAVAILABLE", "not now")
            async for raw in ranges(desk, peer, request, *more):  # type: ignore[arg-type]
                yield raw

        monkeypatch.setattr(serving, "ranges", failing)
        world._cut.discard(frozenset((ports.LIEGE, ports.NORTH_SEA)))
        await asyncio.sleep(30)
        world.heal()
        await asyncio.sleep(120)
        return north_sea.desk.size(feed), antwerp.desk.size(feed)

    held, there = run(main())
    assert held == there == 301
