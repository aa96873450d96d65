"""A line that comes back: what was missed is brought once, though its origin and a relay both have it."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest
from ports import ANTWERP, LIEGE, NORTH_SEA
from simulator import World
from virtual_time import run

from federation import gaps
from protocol.ids import NodeId
from protocol.v1 import federation_pb2 as pb

MISSED = 10
SEEDS = (1, 2, 3)


def batch_of(kind: type[Any], raw: bytes) -> pb.Batch | None:
    """The batch in what was carried, pushed or asked for; None where there is none."""
    if kind is pb.Batch:
        return pb.Batch.FromString(raw)
    if kind not in {pb.Frame, pb.Answer}:
        return None
    held = kind.FromString(raw)
    return held.batch if held.HasField("batch") else None


async def brought(seed: int) -> Counter[int]:
    """How often Liège is handed each entry that it missed while nobody reached it; then all lines come back at once."""
    world = World(seed, (ANTWERP, NORTH_SEA, LIEGE))
    await asyncio.sleep(20)
    origin, away = world.nodes[ANTWERP], world.nodes[LIEGE]
    feed = origin.release(kind="notice").feed.feed
    await asyncio.sleep(20)
    for other in (ANTWERP, NORTH_SEA):
        world.cut(other, LIEGE)
    for _ in range(MISSED):
        origin.release(kind="notice")
    await asyncio.sleep(60)
    times: Counter[int] = Counter()

    def count(_source: NodeId, target: NodeId, kind: type[Any], raw: bytes) -> bytes:
        held = batch_of(kind, raw) if target == LIEGE else None
        if held is not None and held.feed == feed:
            times.update(range(held.first, held.first + len(held.entries)))
        return raw

    world.tamper = count
    world.heal()
    await asyncio.sleep(60)
    assert away.sizes()[feed] == origin.sizes()[feed]
    return times


@pytest.mark.parametrize("seed", SEEDS)
def test_what_was_missed_is_brought_once(seed: int) -> None:
    assert run(brought(seed)) == Counter(range(2, 2 + MISSED))


def test_a_node_that_asks_whom_it_meets_first_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fault planted: an origin that is not connected yet counts as one that is away."""
    source = gaps._Source
    monkeypatch.setattr(gaps, "_Source", lambda **_: source(began=-gaps.WAIT_S))
    assert any(max(run(brought(seed)).values()) > 1 for seed in SEEDS)
