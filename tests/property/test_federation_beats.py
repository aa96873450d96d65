"""Beats over sessions: every reader hears within a minute that nothing is withheld, over a relay too and never more often than needed;
what is bound to its origin is not passed on, nobody hears of what is not theirs, and silence shows.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest
from dramas import ORCON, Drama, check_converged, check_kept_apart, check_sound
from histories import hold
from ports import AMBER, ANTWERP, LIEGE, LIMBURG, NORTH_SEA, SCHELDT
from simulator import FOUR, Node, World
from virtual_time import run

from federation.beats import Beats
from federation.pushing import Pushing
from node.commands import beat as beats
from node.commands import freshness
from node.store import feeds
from protocol.ids import FeedId, NodeId
from protocol.v1 import federation_pb2 as pb

MINUTE = 60.0


class Listening(World):
    """A world that counts the beats each node is handed of each feed."""

    def __init__(self, seed: int, names: tuple[NodeId, ...] = FOUR) -> None:
        self.heard: Counter[tuple[NodeId, bytes]] = Counter()
        super().__init__(seed, names, beats=True)
        self.tamper = self._count

    def _count(self, _source: NodeId, target: NodeId, kind: type[Any], raw: bytes) -> bytes:
        if kind is pb.Frame and (frame := pb.Frame.FromString(raw)).HasField("beat"):
            self.heard[target, frame.beat.feed] += 1
        return raw


def is_stale(node: Node, feed: FeedId) -> bool:
    """Whether a feed that is held there looks old."""

    def ask(reader: Any) -> bool:
        row = feeds.find(reader, feed)
        assert row is not None
        found = freshness.of_feed(reader, node.port.ctx, row.number)
        assert found is not None
        return found.stale

    return node.port.store.read(ask)


async def beside_a_relay(seed: int, label: str) -> tuple[World, Node, FeedId]:
    """Limburg gets Antwerp's feed, if at all, through Ghent; after three minutes."""
    world = Listening(seed, (ANTWERP, NORTH_SEA, LIMBURG))
    feed = world.nodes[ANTWERP].release(label).feed.feed
    await asyncio.sleep(5)
    world.cut(ANTWERP, LIMBURG)
    await asyncio.sleep(3 * MINUTE)
    return world, world.nodes[LIMBURG], feed


def test_a_new_feed_is_fresh_at_once_and_stays_so() -> None:
    async def told() -> None:
        world = Listening(1)
        feed = world.nodes[ANTWERP].release().feed.feed
        for wait in (5.0, MINUTE, 10 * MINUTE):
            await asyncio.sleep(wait)
            assert not any(is_stale(world.nodes[name], feed) for name in (NORTH_SEA, LIMBURG, LIEGE))

    run(told())


def test_a_relay_passes_beats_on() -> None:
    async def told() -> None:
        _, limburg, feed = await beside_a_relay(2, AMBER)
        assert not is_stale(limburg, feed)

    run(told())


def test_a_relay_that_keeps_them_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Beats, "_pass_on", lambda *_: None)
    with pytest.raises(AssertionError):
        test_a_relay_passes_beats_on()


def test_what_is_bound_to_its_origin_is_not_passed_on_and_grows_old() -> None:
    async def told() -> None:
        _, limburg, feed = await beside_a_relay(3, ORCON)
        assert is_stale(limburg, feed)

    run(told())


def test_a_port_that_nobody_reaches_goes_silent_on_every_screen_and_comes_back() -> None:
    async def told() -> None:
        world = Listening(4)
        feed = world.nodes[ANTWERP].release().feed.feed
        await asyncio.sleep(5)
        for other in (NORTH_SEA, LIMBURG, LIEGE):
            world.cut(ANTWERP, other)
        await asyncio.sleep(3 * MINUTE)
        assert all(is_stale(world.nodes[name], feed) for name in (NORTH_SEA, LIMBURG, LIEGE))
        world.heal()
        await asyncio.sleep(20)
        assert not any(is_stale(world.nodes[name], feed) for name in (NORTH_SEA, LIMBURG, LIEGE))

    run(told())


async def first_alert_withheld(*, with_notice: bool) -> tuple[Node, FeedId]:
    """Antwerp sends Ghent a notice, or nothing, then an alert that never leaves, and beats; after four minutes."""
    world = Listening(1, (ANTWERP, NORTH_SEA))
    await asyncio.sleep(5)
    if with_notice:
        world.nodes[ANTWERP].release(kind="notice")
    await asyncio.sleep(MINUTE)

    async def nothing(_pushing: Any, _feed: FeedId) -> None:
        return None

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Pushing, "_frame", nothing)
        feed = world.nodes[ANTWERP].release().feed.feed
        await asyncio.sleep(4 * MINUTE)
    return world.nodes[NORTH_SEA], feed


@pytest.mark.parametrize("with_notice", [True, False])
def test_the_first_alert_of_a_feed_that_is_withheld_makes_it_old(with_notice: bool) -> None:
    async def told() -> None:
        assert is_stale(*await first_alert_withheld(with_notice=with_notice))

    run(told())


def test_a_reader_that_takes_no_notice_of_what_does_not_come_would_be_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The fault planted: of what it does not hold it keeps no account."""
    monkeypatch.setattr(beats, "missed", lambda _tx, _ctx, _beats: 0)
    with pytest.raises(AssertionError):
        test_the_first_alert_of_a_feed_that_is_withheld_makes_it_old(with_notice=True)


def test_where_all_hear_the_origin_few_are_passed_on() -> None:
    """Four ports in a mesh: of each beat a port gets the origin's own, and at most one from each port with a smaller id."""

    async def told() -> None:
        world = Listening(5)
        feed = world.nodes[ANTWERP].release().feed.feed
        await asyncio.sleep(20 * MINUTE)
        got = [world.heard[name, feed] for name in (NORTH_SEA, LIMBURG, LIEGE)]
        assert all(20 <= count <= 3 * 22 for count in got), got
        assert sum(got) <= 6 * 22, got

    run(told())


async def apart(seed: int) -> None:
    """A drama in which everybody beats."""
    world = World(seed, beats=True)
    world.echoes = world.random.choice([0.0, 0.4])
    drama = Drama(world, labels=(AMBER, SCHELDT, ORCON))
    await drama.play(12)
    await drama.end_well()
    check_converged(world)
    check_kept_apart(world, drama.secrets)
    check_sound(world)


def test_beats_tell_nobody_of_what_is_not_theirs() -> None:
    hold(apart, of=3)


def test_nothing_is_signed_while_nobody_is_connected(monkeypatch: pytest.MonkeyPatch) -> None:
    signed: list[FeedId] = []
    sign = beats._signed

    def noted(ctx: Any, feed: FeedId, *more: Any) -> Any:
        signed.append(feed)
        return sign(ctx, feed, *more)

    monkeypatch.setattr(beats, "_signed", noted)

    async def told() -> None:
        world = Listening(6, (ANTWERP, NORTH_SEA))
        world.cut(ANTWERP, NORTH_SEA)
        world.nodes[ANTWERP].release()
        await asyncio.sleep(5 * MINUTE)
        assert signed == []

    run(told())
