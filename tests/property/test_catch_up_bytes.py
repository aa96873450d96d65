"""Invariant 7: what a node is handed to catch up is what it lacks and next to nothing besides, however many feeds there are.

Nodes that know all of each other lose one of them; a few feeds of many grow; it is back. Every byte that it is handed from then on is
counted: hellos, lists, batches and whatever else is said, but for the beats, which every minute has whether somebody was away or not.
Where the origin and a relay come back at one moment, both may bring an entry; then only what is told is bounded.
"""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Sequence

import pytest
import virtual_time
from histories import breaks_plainly, hold_plainly
from ports import ANTWERP, LIEGE, NORTH_SEA, Port
from simulator import World

from federation.away import Away
from node.store import entries, feeds
from protocol.entry import to_wire
from protocol.ids import FeedId, NodeId
from protocol.v1 import federation_pb2 as pb

FEEDS, CHANGED = 190, 3
"""As many as a register lets a node have open."""
PURPOSES = ("crisis", "enforcement", "learning", "navigation-safety", "port-security", "prosecution")


def labels() -> Sequence[str]:
    """All of them for everybody."""
    some = [
        f"BE:NONE//TLP:{tlp}//AUD ports-be//PURPOSE {','.join(chosen)}"
        for tlp in ("CLEAR", "GREEN", "AMBER", "AMBER+STRICT")
        for size in range(1, len(PURPOSES) + 1)
        for chosen in itertools.combinations(PURPOSES, size)
    ]
    return some[:FEEDS]


async def caught_up(seed: int, names: Sequence[NodeId]) -> tuple[int, int, int]:
    """Bytes that Liège is handed, those of hellos and lists among them, and bytes of the entries that it lacked."""
    world, choose, count = World(seed, names), random.Random(seed), Counter[str]()

    def heard(_: NodeId, target: NodeId, kind: object, raw: bytes) -> bytes:
        body = pb.Frame.FromString(raw).WhichOneof("body") if kind is pb.Frame else "bulk"
        if target == LIEGE and body != "beat":
            count[body or ""] += len(raw)
        return raw

    world.tamper = heard
    antwerp, liege = world.nodes[ANTWERP], world.nodes[LIEGE]
    for label in labels():
        antwerp.release(label)
    await world.settle()
    before = liege.sizes()
    assert len(before) == FEEDS
    for name in names:
        world.cut(LIEGE, name)
    for label in choose.sample(labels(), CHANGED):
        for _ in range(choose.randint(4, 40)):
            antwerp.release(label, description="x" * choose.randint(200, 900))
    await world.settle()
    count.clear()
    world.heal()
    await world.settle()
    assert liege.sizes() == antwerp.sizes()
    lacked = sum(_bytes(antwerp.port, feed, size) for feed, (size, _) in before.items())
    return count.total(), count["hello"] + count["heads"], lacked


def _bytes(at: Port, feed: FeedId, first: int) -> int:
    row = at.store.read(lambda r: feeds.find(r, feed))
    assert row is not None
    lacked = at.store.read(lambda r: entries.between(r, row.number, first, row.size))
    return sum(len(to_wire(one.entry).SerializeToString()) for one in lacked)


def is_bounded(seed: int) -> None:
    handed, _, lacked = virtual_time.run(caught_up(seed, (ANTWERP, LIEGE)))
    most = 1.1 * lacked + 64 * CHANGED + 200
    assert handed <= most, f"handed {handed} bytes where {lacked} were lacking"


def is_told_little(seed: int) -> None:
    """By the origin and by a relay: each says what changed, and no more."""
    _, told, _ = virtual_time.run(caught_up(seed, (ANTWERP, NORTH_SEA, LIEGE)))
    assert told <= 2 * (64 * CHANGED + 200), f"told {told} bytes of what there is"


def test_catching_up_costs_what_is_missing() -> None:
    hold_plainly(is_bounded, of=2)


def test_each_peer_tells_what_changed_and_no_more() -> None:
    hold_plainly(is_told_little, of=2)


def test_a_node_that_lists_every_feed_again_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Away, "grown", lambda *_: None)
    assert breaks_plainly(is_bounded, of=1, seeing="were lacking")
