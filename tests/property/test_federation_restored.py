"""Invariant 8 on the simulator: over crashes, restores of older disks, with or without the marks, and a disk that is empty, no key
ever signs two heads of one size; a release after a start is signed at once; and lost entries come back from whoever has them.
"""

from __future__ import annotations

import asyncio

import pytest
from dramas import Drama, check_sound
from histories import breaks, hold
from ports import AMBER, ANTWERP, LIMBURG, NORTH_SEA, SCHELDT
from simulator import Node, World

from federation import dues, gaps
from federation.restores import Restores
from node.commands import restored
from node.high_water import Marks
from node.store import feeds
from node.store.feeds import FeedRole, FeedState

NAMES = (ANTWERP, NORTH_SEA, LIMBURG)


@pytest.fixture(autouse=True)
def _short_pushes(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (gaps, dues):
        monkeypatch.setattr(module, "PUSH_LAG", 5)


async def restores(seed: int) -> None:
    """Antwerp's disk is put back, more than once; what it says in between is heard by some."""
    world = World(seed, NAMES)
    antwerp, drama = world.nodes[ANTWERP], Drama(world, labels=(AMBER, SCHELDT))
    images = [antwerp.image()]
    for _ in range(world.random.randint(2, 5)):
        await drama.play(world.random.randint(2, 6))
        world.restart_all()
        if world.random.random() < 0.5:
            images.append(antwerp.image())
        if world.random.random() < 0.4:
            world.heal()
            await asyncio.sleep(world.random.choice([1, 30]))
        if world.random.random() < 0.6:
            _put_back(world, antwerp, world.random.choice(images))
            alone = antwerp.release(world.random.choice((AMBER, SCHELDT)))  # and just started
            assert (alone.feed.feed, alone.index + 1) in antwerp.checkpoints, "it did not sign"
        check_sound(world)
    await drama.end_well()
    await asyncio.sleep(200)
    check_sound(world)
    _check_all_is_back(world, antwerp)


def _put_back(world: World, antwerp: Node, image: bytes) -> None:
    antwerp.put_back(image)
    if world.random.random() < 0.3:  # the marks are gone too
        object.__setattr__(antwerp.port.ctx, "high", Marks(blind=True))
    antwerp.restart()


def _check_all_is_back(world: World, antwerp: Node) -> None:
    """Whatever anybody has of Antwerp's feeds, Antwerp has, and what it says now everybody hears."""
    for name in NAMES[1:]:
        for row in world.nodes[name].port.store.read(feeds.every):
            if row.origin != ANTWERP or row.role is not FeedRole.RECORDS or row.state is FeedState.FORKED:
                continue
            held = antwerp.contents(row.feed)
            assert held[: row.size] == world.nodes[name].contents(row.feed), (
                f"{name} has what its origin lost"
            )


def test_no_restore_makes_a_node_contradict_itself_and_what_was_lost_comes_back() -> None:
    hold(restores, of=12)


def test_a_start_that_does_not_look_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restored, "look", lambda *_: restored.Found())
    assert breaks(restores, of=20, seeing="two heads of one size")


def test_a_feed_that_goes_on_before_it_is_whole_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restored, "_whole", lambda *_: True)
    assert breaks(restores, of=40, seeing="two heads of one size")


def test_lost_entries_that_nobody_takes_back_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Restores, "takes_back", lambda *_: False)
    assert breaks(restores, of=20, seeing="has what its origin lost")
