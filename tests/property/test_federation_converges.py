"""Invariant 3 on the simulator: after partitions heal, all who are entitled hold the same leaves and contents, over relays too
and whatever crashed meanwhile; who is not entitled holds nothing and heard of nothing. Invariant 8 as far as kill -9 and plain
restart: nobody ever signed two heads of one size, and a restart alone signs on.
"""

from __future__ import annotations

import pytest
from dramas import Drama, check_converged, check_kept_apart, check_sound
from histories import breaks, hold
from simulator import World

from federation import dues, gaps, holdings
from federation.gaps import Gaps
from federation.session import Session
from node.commands import serve
from node.commands.serve import Head

ACTS = 26


@pytest.fixture(autouse=True)
def _short_pushes(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that bulk and its ways are taken often."""
    for module in (gaps, dues):
        monkeypatch.setattr(module, "PUSH_LAG", 5)


async def heals(seed: int) -> None:
    """A drama, and in the end all links but some."""
    world = World(seed)
    world.live, world.bulk = world.random.choice([(1, 2), (3, 7), (64, 256)])
    drama = Drama(world)
    await drama.play(ACTS)
    world.restart_all()
    world.heal()
    for _ in range(world.random.choice([0, 0, 1, 2])):
        world.cut(*world.random.sample(list(world.nodes), 2))
    await world.settle()
    check_converged(world)
    check_kept_apart(world, drama.secrets)
    check_sound(world)


def test_after_a_partition_all_who_may_hold_the_same_and_nobody_else_anything() -> None:
    hold(heals, of=60)


def test_a_node_that_asks_only_origins_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    offered = Gaps.offered

    def only_of_origins(self: Gaps, session: Session, heads: list[Head]) -> None:
        own = [h for h in heads if self._desk.origin(h.feed) in {session.peer, None}]
        offered(self, session, own)

    monkeypatch.setattr(Gaps, "offered", only_of_origins)
    assert breaks(heals, of=60, seeing="holds .* of")


def test_a_node_that_serves_to_anyone_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (holdings, serve):
        monkeypatch.setattr(module, "may_serve", lambda *_: True)
    assert breaks(heals, of=5, seeing="was sent|heard of")
