"""Invariant 1 on the simulator: whatever bit is flipped on a link, it is refused, nothing of it is stored, that session ends, and
the same feed reaches its head from an honest source.
"""

from __future__ import annotations

import asyncio

import pytest
from dramas import Drama, check_converged, check_prefixes, check_sound
from google.protobuf.message import Message
from histories import breaks, hold
from ports import AMBER, ANTWERP, LIEGE, LIMBURG, NORTH_SEA, SCHELDT
from simulator import World

from federation import dues, gaps
from federation.session import Session
from node.commands import examine
from node.commands.keep import VerifiedRun
from protocol.ids import NodeId
from protocol.v1 import federation_pb2 as pb

HONEST = (ANTWERP, NORTH_SEA, LIMBURG)
ENDS_WITHIN_S = 2.0


@pytest.fixture(autouse=True)
def _short_pushes(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (gaps, dues):
        monkeypatch.setattr(module, "PUSH_LAG", 5)


class Meddler:
    """Everything that Liege sends may be changed on the way: a bit anywhere, or a bit of what is signed and hashed."""

    def __init__(self, world: World, *, chance: float, aimed: bool) -> None:
        self._world, self._chance, self._aimed = world, chance, aimed
        self.flips: list[tuple[NodeId, float]] = []
        world.tamper = self

    def __call__(self, source: NodeId, target: NodeId, kind: type[Message], raw: bytes) -> bytes:
        if source != LIEGE or self._world.random.random() > self._chance:
            return raw
        if not self._aimed:
            return _flipped(self._world, raw)
        message = kind.FromString(raw)
        batch = message if isinstance(message, pb.Batch) else getattr(message, "batch", None)
        if not isinstance(batch, pb.Batch) or not batch.entries:
            return raw
        self._aim(batch)
        self.flips.append((target, asyncio.get_running_loop().time()))
        return message.SerializeToString()

    def _aim(self, batch: pb.Batch) -> None:
        entry = self._world.random.choice(batch.entries)
        fields: list[tuple[Message, str]] = [(entry, "header"), (entry, "content"), (entry, "salt")]
        fields += [(batch.checkpoint, "root"), (batch.checkpoint, "signature")]
        there = [(message, name) for message, name in fields if getattr(message, name)]
        message, name = self._world.random.choice(there)
        setattr(message, name, _flipped(self._world, getattr(message, name)))


def _flipped(world: World, raw: bytes) -> bytes:
    changed = bytearray(raw)
    if changed:
        changed[world.random.randrange(len(changed))] ^= 1 << world.random.randrange(8)
    return bytes(changed)


async def _scene(seed: int, *, aimed: bool) -> tuple[World, Meddler]:
    world = World(seed)
    meddler = Meddler(world, chance=world.random.choice([0.1, 0.5, 1.0]), aimed=aimed)
    drama = Drama(world, labels=(AMBER, AMBER, SCHELDT), crashes=False)
    await drama.play(14)
    check_prefixes(world, HONEST)
    if world.random.random() < 0.5:  # for a while Liege is the only way to Ghent
        world.heal()
        world.cut(NORTH_SEA, ANTWERP)
        world.cut(NORTH_SEA, LIMBURG)
        drama.burst(world.nodes[ANTWERP])
        await asyncio.sleep(20)
        check_prefixes(world, HONEST)
    await drama.end_well()
    check_prefixes(world, HONEST)
    check_sound(world)
    return world, meddler


async def any_bit(seed: int) -> None:
    """A bit anywhere in anything Liege sends: frames, lists, receipts, calls, bulk."""
    world, _ = await _scene(seed, aimed=False)
    _honest_feeds_converged(world)


async def what_is_signed(seed: int) -> None:
    """A bit of header, content, salt, root or signature: the session it came on ends."""
    world, meddler = await _scene(seed, aimed=True)
    _honest_feeds_converged(world)
    ends = [(one.at, one.time) for one in world.endings if one.peer == LIEGE]
    for target, when in meddler.flips:
        if when > asyncio.get_running_loop().time() - ENDS_WITHIN_S:
            continue
        after = [time for at, time in ends if at == target and time >= when]
        assert after, f"nothing ended at {target} after what came at {when:.3f}"
        assert min(after) - when < ENDS_WITHIN_S, f"{target} went on after what came at {when:.3f}"


def _honest_feeds_converged(world: World) -> None:
    """The meddler's own feeds have no honest source; what it never delivered whole need not be held."""
    dishonest = world.nodes.pop(LIEGE)
    check_converged(world)
    world.nodes[LIEGE] = dishonest


def test_any_bit_flipped_on_a_link_changes_nothing_that_is_stored() -> None:
    hold(any_bit, of=32)


def test_a_bit_flipped_in_what_is_signed_ends_the_session_and_the_feed_goes_on() -> None:
    hold(what_is_signed, of=45)


def test_a_node_that_verifies_nothing_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def unverified(base, batch, headers, known, register, *, vouched):  # type: ignore[no-untyped-def]
        run = batch.entries[known:]
        if not run:
            return None
        after, completed = base.held.extend(entry.leaf for entry in run)
        return VerifiedRun(
            first=base.size,
            entries=run,
            headers=headers[known:],
            completed=completed,
            after=after,
            root=after.root(),
            checkpoint=batch.checkpoint if batch.checkpoint.size == after.size else None,
        )

    monkeypatch.setattr(examine, "_verified", unverified)
    assert breaks(what_is_signed, of=30, seeing="never wrote")


def test_a_session_that_goes_on_after_wrong_bytes_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Session, "break_off", lambda self, error: None)
    assert breaks(what_is_signed, of=30, seeing="went on after|nothing ended")
