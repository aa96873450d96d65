"""An origin that says one thing to some and another to others, on the simulator: every reader comes to hold the evidence, whoever
spoke with whom when; nobody is cut off from anybody for it; and what the origin says in a new epoch reaches all.
"""

from __future__ import annotations

import asyncio

import pytest
import registers
from dramas import check_sound
from histories import breaks, hold
from ports import ANTWERP, LIEGE, LIMBURG, NORTH_SEA, NamedKeys
from simulator import World

from federation.session import Session
from node.commands import accept, cut, evidence, restored, witnesses
from node.store import evidence as kept_evidence
from node.store import feeds
from node.store.feeds import FeedState
from protocol.contradiction import verify_contradiction
from protocol.ids import FeedId
from protocol.register import build_register
from protocol.register_view import Register
from protocol.v1 import federation_pb2 as pb

OTHERS = (NORTH_SEA, LIMBURG, LIEGE)


@pytest.fixture(autouse=True)
def _without_looking(monkeypatch: pytest.MonkeyPatch) -> None:
    """A start that finds out that the disk was put back would not contradict itself: `test_federation_restored.py`."""
    monkeypatch.setattr(restored, "look", lambda *_: restored.Found())


async def two_histories(seed: int) -> None:
    """Antwerp's disk is put back, and it goes on without looking; some had heard what it had said before, others hear what it says then."""
    world = World(seed)
    antwerp = world.nodes[ANTWERP]
    feed = antwerp.release().feed.feed
    for _ in range(world.random.randint(0, 3)):
        antwerp.release()
    await asyncio.sleep(20)
    image = antwerp.image()
    first = world.random.sample(OTHERS, world.random.randint(1, 2))
    for story, deaf in ((1, set(OTHERS) - set(first)), (2, set(first))):
        world.heal()
        for name in deaf:
            for other in (ANTWERP, *(set(OTHERS) - deaf)):
                world.cut(name, other)
        for _ in range(world.random.randint(1, 5)):
            antwerp.release()
        await asyncio.sleep(20)
        if story == 1:
            antwerp.put_back(image)
            antwerp.checkpoints.clear()  # that it contradicts itself is what this is about
            antwerp.restart()
    world.heal()
    await world.settle()
    _check_all_know(world, feed)
    _check_at_peace(world)
    after = antwerp.release()
    await world.settle()
    assert after.feed.feed != feed
    for name in OTHERS:
        held = world.nodes[name].contents(after.feed.feed)
        assert held == antwerp.contents(after.feed.feed), f"{name} lacks the new epoch"
    check_sound(world)


async def key_stolen(seed: int) -> None:
    """The same two histories, of which the first was a thief's; before or after it came to light, the key is made void."""
    world = World(seed)
    antwerp = world.nodes[ANTWERP]
    for _ in range(world.random.randint(1, 4)):
        antwerp.release()
    await asyncio.sleep(20)
    image = antwerp.image()
    deceived = world.random.sample(OTHERS, world.random.randint(1, 2))
    for name in set(OTHERS) - set(deceived):
        for other in (ANTWERP, *deceived):
            world.cut(name, other)
    for _ in range(world.random.randint(1, 9)):
        antwerp.release()
    await asyncio.sleep(20)
    antwerp.put_back(image)
    antwerp.checkpoints.clear()
    for name in OTHERS:
        world.cut(name, ANTWERP)
    antwerp.restart()
    for _ in range(world.random.randint(1, 9)):
        antwerp.release()
    if world.random.random() < 0.5:
        world.heal()
        await asyncio.sleep(60)
    object.__setattr__(antwerp.port.ctx, "keys", NamedKeys("another", hold=ANTWERP))
    world.publish_register(void_key(), ANTWERP)
    world.heal()
    antwerp.release()
    await world.settle()
    check_sound(world)
    for row in antwerp.port.store.read(feeds.every):
        for name in OTHERS if row.role is feeds.FeedRole.RECORDS else ():
            held = world.nodes[name].contents(row.feed)
            assert held == antwerp.contents(row.feed), f"{name} holds another history of epoch {row.epoch}"


def void_key() -> Register:
    """Antwerp signs with another key, and the one it had is void."""
    nodes = registers.nodes()
    (antwerp,) = nodes["port-antwerp-bruges"]
    antwerp |= {"log": [registers.public_key("log another")], "revoked": antwerp["log"]}
    return build_register(
        registers.board(), nodes, version=4, hash=bytes([4] * 32), expires_ms=registers.EXPIRES
    )


def _check_all_know(world: World, feed: FeedId) -> None:
    for name, node in world.nodes.items():
        kept = node.port.store.read(kept_evidence.every)
        assert [row.feed for row in kept] == [feed], f"{name} holds no evidence"
        lie = evidence.from_wire(pb.Evidence.FromString(kept[0].message))
        verify_contradiction(lie, publics=node.register.nodes[ANTWERP].log_keys)
        row = node.port.store.read(lambda r: feeds.find(r, feed))
        assert row is not None
        assert row.state is FeedState.FORKED, f"{name} does not mark the feed"


def _check_at_peace(world: World) -> None:
    """Everybody speaks with everybody, and nobody's session ended of late."""
    last = max((one.time for one in world.endings if one.code == "INVALID_ARGUMENT"), default=0.0)
    quiet = asyncio.get_running_loop().time() - last
    assert quiet > 120, f"a session ended {quiet:.0f} s ago"
    for name, node in world.nodes.items():
        assert len(node.exchange.sessions) == len(world.nodes) - 1, f"{name} is cut off"


def test_every_reader_comes_to_hold_the_evidence_and_the_new_epoch() -> None:
    hold(two_histories, of=10)


def test_after_a_key_is_void_every_reader_comes_to_the_honest_history() -> None:
    hold(key_stolen, of=8)


def test_readers_that_keep_what_a_thief_said_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cut, "set_aside", lambda *_: None)
    assert breaks(key_stolen, of=8, seeing="another history|ended a session")


def test_heads_that_are_not_compared_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    async def indifferent(self: Session, feed: FeedId) -> None:
        return

    monkeypatch.setattr(Session, "_apart", indifferent)
    assert breaks(two_histories, of=15, seeing="holds no evidence|session ended|lacks")


def test_evidence_that_is_kept_to_oneself_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    async def silent(self: Session, feed: FeedId | None = None) -> None:
        return

    monkeypatch.setattr(Session, "tell_evidence", silent)
    assert breaks(two_histories, of=15, seeing="holds no evidence")


def test_checkpoints_that_are_not_compared_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (accept, evidence, witnesses):
        monkeypatch.setattr(module, "denied", lambda *_: None)
    assert breaks(two_histories, of=3, seeing="holds no evidence")
