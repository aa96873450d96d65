"""Invariant 5 at the metrics, whose reader has no clearance at all: two federations that differ only in what is above that reader
serve it the same bytes, at every node and at every moment that is looked at.

In the second one everybody also says records, to some ports alone, and withdraws some of them. In both links break and heal, and a
stranger knocks at a door.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterable

import pytest
import virtual_time
from histories import breaks_plainly, hold_plainly
from ports import AMBER, ANTWERP, LIMBURG, NORTH_SEA, SCHELDT
from simulator import Node, World

from node import metrics
from node.metrics import TURNED_AWAY, Figures, Metric
from node.store import feeds
from protocol.ids import UnixMs

ENDS = UnixMs(4_000_000_000_000)


class Quiet(World):
    """A world whose transport has no chance in it, so that only what is said can differ."""

    def delay(self) -> float:
        return 0.01


def figures(node: Node) -> Figures:
    exchange = node.exchange
    return Figures(
        ctx=node.port.ctx,
        board=exchange.board,
        counters=exchange.counters,
        sensors=lambda: (),
        version="0",
        started_ms=UnixMs(0),
        certificate_ends_ms=ENDS,
    )


async def served(seed: int, *, more: bool) -> list[str]:
    """What each node serves again and again while things happen."""
    world, choose, above = Quiet(seed), random.Random(f"{seed} acts"), random.Random(f"{seed} above")
    found: list[str] = []
    await asyncio.sleep(5)
    for _ in range(6):
        if more:
            _above(world, above)
        draw = choose.random()
        if draw < 0.3:
            world.cut(*choose.sample(sorted(world.nodes), 2))
        elif draw < 0.6:
            world.heal()
        elif draw < 0.8:
            world.nodes[LIMBURG].exchange.stranger("unknown", None)
        await asyncio.sleep(choose.choice([0.3, 2.0, 20.0]))
        found += [figures(node).text() for node in world.nodes.values()]
    await world.settle()
    return [*found, *(figures(node).text() for node in world.nodes.values())]


def _above(world: World, choose: random.Random) -> None:
    """One to three records for some ports alone, or for all of them: the reader may read none."""
    for _ in range(choose.randint(1, 3)):
        node = world.nodes[choose.choice([ANTWERP, NORTH_SEA])]
        one = node.release(choose.choice([SCHELDT, AMBER]), description="above")
        if choose.random() < 0.4:
            node.port.withdraw(one)


def same(seed: int) -> None:
    one, other = virtual_time.run(served(seed, more=False)), virtual_time.run(served(seed, more=True))
    assert 'peer_connected{peer="port-liege"} 1' in one[0]
    assert one == other, "metrics tell of what is above their reader"


def test_metrics_are_the_same_bytes_whatever_is_above_their_reader() -> None:
    hold_plainly(same, of=4)


def _entries(told: Figures) -> float:
    return sum(feed.size for feed in told.ctx.store.read(feeds.every))


def _heard(told: Figures) -> float:
    return max(told.board.of(peer).heard or 0 for peer in told.ctx.register.nodes)


@pytest.mark.parametrize("count", [_entries, _heard], ids=["all entries", "when a peer was heard"])
def test_a_figure_that_moves_with_all_that_is_held_is_seen(
    monkeypatch: pytest.MonkeyPatch, count: Callable[[Figures], float]
) -> None:
    plain = Figures._node

    def leaky(told: Figures) -> Iterable[Metric]:
        yield from plain(told)
        yield Metric("planted", "gauge", "What moves with everything.", (((), count(told)),))

    monkeypatch.setattr(metrics.Figures, "_node", leaky)
    assert breaks_plainly(same, of=2, seeing="above their reader")


def test_it_tells_of_no_counter_that_a_feed_moves() -> None:
    """A batch that was refused is about a feed; who never came to speak is about none."""
    assert {what for what, _ in TURNED_AWAY} == {"stranger", "turned_away", "wrong_server"}
