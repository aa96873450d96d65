"""Many feeds of which few live: a round of beats and meeting again cost what lives and what changed, not what there is."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, islice

import feed_rows
import ports
import pytest
import virtual_time
from ports import ANTWERP, LIEGE
from simulator import World
from statements import statements

from federation.away import Away
from federation.records import Records
from node.commands import beat as beats
from node.store import beats as rows
from node.store.unit import Reader, Tx
from protocol.checkpoint import Checkpoint
from protocol.ids import FeedId, NodeId
from protocol.merkle import EMPTY_ROOT

AMBER = "BE:NONE//TLP:AMBER//AUD ports-be"
PURPOSES = ("crisis", "enforcement", "learning", "navigation-safety", "port-security", "prosecution")


def said(feeds: int, live: int) -> tuple[int, int]:
    """Beats that are signed, and statements that they take, of so many own feeds of which some have carried an alert."""
    at = ports.port()

    def fill(tx: Tx) -> None:
        for number in range(1, feeds + 1):
            feed_rows.feed(tx, number, AMBER, origin=at.name, own=1, beats=int(number <= live))

    at.store.write(fill).result()
    with statements() as asked:
        return len(at.store.read(lambda r: beats.own(r, at.ctx))), len(asked)


@pytest.mark.parametrize("feeds", [50, 500])
def test_a_round_of_beats_signs_those_that_live_and_asks_once(feeds: int) -> None:
    assert said(feeds, 5) == (5, 1)


def test_a_beat_of_every_feed_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def every(reader: Reader, *_: object) -> list[tuple[FeedId, Checkpoint]]:
        found = reader.all("SELECT feed FROM feed")
        return [(FeedId(row[0]), Checkpoint(0, EMPTY_ROOT, b"")) for row in found]

    monkeypatch.setattr(rows, "own", every)
    assert said(50, 5)[0] == 50


def labels(count: int) -> Sequence[str]:
    """All for everybody; what is said under them has no beat."""
    chosen = (
        f"BE:NONE//TLP:{tlp}//AUD ports-be//PURPOSE {','.join(some)}"
        for tlp in ("CLEAR", "GREEN", "AMBER")
        for size in range(1, len(PURPOSES) + 1)
        for some in combinations(PURPOSES, size)
    )
    return list(islice(chosen, count))


async def met_again(count: int) -> tuple[int, int]:
    """Statements at both nodes, and bytes of frames, when two that know so many feeds meet again and nothing is new."""
    world, told = World(1, (ANTWERP, LIEGE)), [0]

    def heard(_: NodeId, __: NodeId, ___: object, raw: bytes) -> bytes:
        told[0] += len(raw)
        return raw

    for label in labels(count):
        world.nodes[ANTWERP].release(label, kind="notice")
    await world.settle()
    world.cut(LIEGE, ANTWERP)
    await world.settle()
    world.tamper = heard
    with statements() as asked:
        world.heal()
        await world.settle()
    assert world.nodes[ANTWERP].sizes() == world.nodes[LIEGE].sizes()
    assert len(world.nodes[LIEGE].sizes()) == count
    return len(asked), told[0]


def test_meeting_again_with_nothing_new_costs_the_same_however_many_feeds_there_are() -> None:
    few, many = virtual_time.run(met_again(10)), virtual_time.run(met_again(60))
    assert few == many
    assert many[1] <= 4096


def test_lists_in_full_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    async def unknown(*_: object) -> bytes:
        return bytes(32)

    monkeypatch.setattr(Records, "digest", unknown)
    monkeypatch.setattr(Away, "grown", lambda *_: None)
    few, many = virtual_time.run(met_again(10)), virtual_time.run(met_again(60))
    assert many[1] > few[1] + 50 * 64
