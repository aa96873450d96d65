"""After a restore on the simulator: over cut links, relays, beats that are passed on and a disk put back, no officer reads as in force what
its origin withdrew before, as long as the origin was not heard; and in the end each reads what everybody else does.
"""

from __future__ import annotations

import asyncio
import random

import pytest
from histories import breaks, hold
from officers_here import officer
from ports import AMBER, ANTWERP, LIEGE, NORTH_SEA, SCHELDT
from simulator import Node, World

from federation.restores import Restores
from node.commands import restored, search
from node.commands.people import Visitor
from node.commands.publish import Released
from node.commands.readable import Readable
from node.commands.search import State
from node.store import unheard as rows
from protocol.ids import RecordId

NAMES = (ANTWERP, NORTH_SEA, LIEGE)
"""Antwerp listens, and is put back; Ghent speaks; Liège passes on what it has of Ghent."""


async def put_back(seed: int) -> None:
    world, choose = World(seed, NAMES, beats=True), random.Random(f"{seed} acts")
    antwerp, ghent = world.nodes[ANTWERP], world.nodes[NORTH_SEA]
    reader, said, gone = officer(antwerp.port), list[Released](), set[RecordId]()
    await asyncio.sleep(5)
    said.append(ghent.release())
    for _ in range(choose.randint(2, 5)):
        label, kind = choose.choice([(AMBER, "alert"), (AMBER, "indicator"), (SCHELDT, "notice")])
        said.append(ghent.release(label, kind=kind))
    await asyncio.sleep(choose.choice([5, 90]))
    copy = antwerp.image()
    await asyncio.sleep(choose.choice([0, 70]))  # a beat of the same records, younger than the copy
    late = choose.random() < 0.5
    for other in NAMES[:2] if late else ():
        world.cut(other, LIEGE)  # it goes on with what it has of Ghent, its last beat too
    for one in said[:1] + choose.sample(said[1:], choose.randint(0, len(said) - 1)):
        ghent.port.withdraw(one)
        gone.add(one.record)
    if choose.random() < 0.5:
        ghent.release(choose.choice([AMBER, SCHELDT]), kind="notice")
    await asyncio.sleep(choose.choice([5, 90]))
    antwerp.port.ctx.high.note([antwerp.port.store.read(restored.taken)])
    antwerp.put_back(copy)
    world.heal()
    world.cut(ANTWERP, NORTH_SEA)
    if late:
        world.cut(NORTH_SEA, LIEGE)
    await asyncio.sleep(choose.choice([1, 40]))
    antwerp.restart()
    for _ in range(4):
        check(antwerp, reader, gone)
        await asyncio.sleep(choose.choice([1, 30, 70]))
    check(antwerp, reader, gone)
    world.heal()
    for _ in range(20):
        await asyncio.sleep(0.3)
        check(antwerp, reader, gone)
    await asyncio.sleep(200)
    check(antwerp, reader, gone)
    assert not antwerp.port.store.read(rows.origins), "a port was heard, and what it said is still not read"
    assert in_force(antwerp, reader) == {one.record for one in said} - gone | _later(ghent, said)


def _later(ghent: Node, said: list[Released]) -> set[RecordId]:
    them = officer(ghent.port, "b.ghent")
    return in_force(ghent, them) - {one.record for one in said}


def in_force(node: Node, who: Visitor) -> set[RecordId]:
    """What an officer reads as in force."""
    ctx = node.port.ctx
    listed = node.port.store.read(lambda r: search.newest(r, ctx, Readable(ctx), who.reading, limit=100))
    return {one.id for one in listed.rows if one.state is State.CURRENT}


def check(node: Node, who: Visitor, gone: set[RecordId]) -> None:
    assert not in_force(node, who) & gone, "what was withdrawn before is read"


def test_what_was_withdrawn_meanwhile_is_not_read_and_all_is_read_again() -> None:
    hold(put_back, of=5)


def test_a_node_that_shows_it_at_once_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "hide", lambda *_: 0)
    assert breaks(put_back, of=3, seeing="withdrawn before is read")


def test_a_node_that_believes_an_old_beat_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "restored_ms", lambda _: 0)
    assert breaks(put_back, of=12, seeing="withdrawn before is read")


def test_a_node_that_never_shows_it_again_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Restores, "unheard", lambda *_: False)
    assert breaks(put_back, of=3, seeing="still not read")
