"""Invariant 2 over sessions, without overtaking and epochs: duplicates, reconnects, crashes and batches of any size lead every
holder to the state of one who fetched everything once, in order.
"""

from __future__ import annotations

import pytest
from dramas import Drama, all_feeds, check_converged, check_sound, reached
from histories import breaks, hold
from ports import AMBER, SCHELDT, port
from simulator import World
from store_state import state_lines

from federation import dues, gaps
from node.commands import keep


@pytest.fixture(autouse=True)
def _short_pushes(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (gaps, dues):
        monkeypatch.setattr(module, "PUSH_LAG", 5)


async def any_way(seed: int) -> None:
    """A drama with many revisions of few records, and frames that come twice."""
    world = World(seed)
    world.live, world.bulk = world.random.choice([(1, 1), (1, 5), (3, 2), (64, 256)])
    world.echoes = world.random.choice([0.0, 0.4])
    drama = Drama(world, labels=(AMBER, SCHELDT))
    for _ in range(6):
        await drama.play(3)
        for node, released in world.random.sample(drama.released, min(3, len(drama.released))):
            if (node, released) in drama.released:
                drama.revise(node, released)
    await drama.end_well()
    check_converged(world)
    check_sound(world)
    check_as_if_fetched_once(world)


def check_as_if_fetched_once(world: World) -> None:
    """Every holder's state of a feed is that of a node which was given it whole, once."""
    for origin, row in all_feeds(world):
        for name in reached(world, origin.name, row.label) - {origin.name}:
            fresh = port(name, seed=0)
            fresh.clock.at = origin.port.ctx.now()
            fresh.pull(origin.port, row.feed, most=256)
            wanted = fresh.store.read(lambda r, f=row.feed: state_lines(r, feed=f))  # type: ignore[misc]
            held = world.nodes[name].port.store.read(
                lambda r, f=row.feed: state_lines(r, feed=f)  # type: ignore[misc]
            )
            assert held == wanted, f"{name} stands otherwise in {origin.name} {row.label}"
            fresh.store.close()


def test_any_way_of_delivery_leads_to_the_state_of_one_delivery() -> None:
    hold(any_way, of=45)


def test_a_store_that_settles_only_what_comes_together_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    unsettled = keep._unsettled
    monkeypatch.setattr(keep, "_unsettled", lambda rows, _known: unsettled(rows, set()))
    assert breaks(any_way, of=30, seeing="stands otherwise")
