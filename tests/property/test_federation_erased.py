"""Erasing and losing over sessions: in whatever order things come, over relays, in batches of any size and with nodes that stop, what was
erased is in the end with nobody and confirmed by everybody, and what a node may not follow any more is not there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
import registers
from dramas import Drama, _as_it_may, all_feeds, check_sound, reached
from erasing import erase, unconfirmed_purges
from histories import breaks, hold
from inline_store import Crash
from ports import AMBER, LIEGE, SCHELDT
from simulator import Node, World

from federation import dues, gaps
from node.commands import control, purge
from node.commands.publish import Released
from node.peers import PeerBoard
from node.store import erasures, feeds
from node.store.entries import Standing
from node.store.feeds import FeedRole, FeedState
from node.upkeep import Upkeep
from protocol.control import Fate
from protocol.register_view import Register

COOLING_S = 60.0
QUICK = registers.register(cooling="1m")


@pytest.fixture(autouse=True)
def _short_pushes(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (gaps, dues):
        monkeypatch.setattr(module, "PUSH_LAG", 5)


class Erasing(Drama):
    """A drama in which records are erased too."""

    def __init__(self, world: World) -> None:
        super().__init__(world, labels=(AMBER, SCHELDT))
        self.erased: list[tuple[Node, Released]] = []
        self.box = [QUICK]
        for node in world.nodes.values():
            object.__setattr__(node.port.ctx, "registers", lambda: self.box[0])

    def revise(self, node: Node, one: Released) -> None:
        if self.random.random() < 0.4:
            super().revise(node, one)
            return
        with _as_it_may(node):
            erase(node.port, one)
            self.erased.append((node, one))

    async def register(self, new: Register) -> None:
        """Another register is in force everywhere."""
        self.box[0] = new
        for node in self.world.nodes.values():
            if node.alive:
                await node.exchange.register_changed()

    async def keep_up(self, *, stops: bool) -> None:
        """A pass of every node; with `stops` it may stop at any write point of it, starts again and does it anew."""
        for node in self.world.nodes.values():
            if stops:
                node.port.store.crash_at(self.random.randint(1, 40))
                try:
                    await passed(node)
                except Crash:
                    node.restart()
            node.port.store.crash_at(None)
            await passed(node)


async def passed(node: Node) -> None:
    upkeep = Upkeep(node.port.ctx, PeerBoard())
    await upkeep.look()
    await upkeep.pass_once()


async def erased_any_way(seed: int) -> None:
    """Releases, versions, withdrawals and erasures, with cuts and stops; then all cool."""
    world = World(seed)
    world.live, world.bulk = world.random.choice([(1, 1), (1, 5), (3, 2), (64, 256)])
    drama = Erasing(world)
    for _ in range(4):
        await drama.play(3)
        for node, released in world.random.sample(drama.released, min(3, len(drama.released))):
            if (node, released) in drama.released:
                drama.revise(node, released)
    await drama.end_well()
    await asyncio.sleep(COOLING_S + 1)
    await drama.keep_up(stops=True)
    await drama.end_well()
    check_sound(world)
    check_gone(world, drama.erased)
    check_confirmed(world, drama.erased)


def check_gone(world: World, erased: Sequence[tuple[Node, Released]]) -> None:
    """Nobody has what was erased, nor shows it; everybody has the same log."""
    for origin, row in all_feeds(world):
        for name in reached(world, origin.name, row.label):
            held = [header for header, _, _ in world.nodes[name].contents(row.feed)]
            assert held == [header for header, _, _ in origin.contents(row.feed)], f"{name} holds another log"
    for name, node in world.nodes.items():
        rows = node.port.store.read(
            lambda r: r.all("SELECT record, version, standing, shown, content FROM entry WHERE op = 2")
        )
        for _, one in erased:
            for record, version, standing, shown, held in rows:
                if record != one.record or version > one.version:
                    continue
                assert held is None, f"{name} holds what was erased"
                gone = standing in {Standing.ERASED, Standing.QUARANTINED} and not shown
                assert gone, f"{name} stands otherwise"


def check_confirmed(world: World, erased: Sequence[tuple[Node, Released]]) -> None:
    """Each origin has the word of everybody that its feed reached."""
    for origin, one in erased:
        words = origin.port.store.read(
            lambda r, o=origin, x=one: control.confirmations_of(r, o.port.ctx, x.record)  # type: ignore[misc]
        )
        said = {word.node: word.fate for word in words}
        for name in reached(world, origin.name, one.feed.label) - {origin.name}:
            assert said.get(name) is Fate.DESTROYED, f"{origin.name} has not the word of {name}"


def test_what_was_erased_is_with_nobody_in_the_end_and_everybody_has_said_so() -> None:
    hold(erased_any_way, of=5)


def only_hidden(patch: pytest.MonkeyPatch) -> None:
    """What is erased is hidden, and nobody notes that it is to be destroyed."""
    patch.setattr(erasures, "enrol", lambda _tx, _rows: None)


def unsaid(patch: pytest.MonkeyPatch) -> None:
    """Nobody says what was destroyed."""
    patch.setattr(control, "say", lambda *_: None)


@pytest.mark.parametrize(
    ("fault", "seeing"),
    [(only_hidden, "holds what was erased"), (unsaid, "has not the word")],
    ids=["only hidden", "unsaid"],
)
def test_each_fault_would_be_seen(
    fault: Callable[[pytest.MonkeyPatch], None], seeing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fault(monkeypatch)
    assert breaks(erased_any_way, of=6, seeing=seeing)


# ---- Losing a feed ------------------------------------------------------------------------------------------------------


def without(version: int, *names: str) -> Register:
    """The register in which these do not serve the Scheldt ports."""

    def change(board: registers.Data, nodes: registers.Data) -> None:
        board["cooling"] = "1m"
        one = board["communities"]["ports-scheldt"]
        one["serving"] = [node for node in one["serving"] if node not in names]

    return replace(registers.changed(change), version=version)


async def lost_and_found(seed: int) -> None:
    """One port loses a community, and is in it again later."""
    world = World(seed)
    world.live, world.bulk = world.random.choice([(1, 5), (3, 2), (64, 256)])
    drama = Erasing(world)
    await drama.play(8)
    drama.release(world.nodes[world.random.choice([n for n in world.nodes if n != LIEGE])], AMBER)
    await drama.end_well()
    await drama.register(without(4, LIEGE))
    await drama.keep_up(stops=True)
    await drama.play(4)
    await drama.end_well()
    await drama.keep_up(stops=False)
    check_lost(world)
    await drama.register(replace(QUICK, version=5))
    await drama.keep_up(stops=False)
    await drama.play(3)
    await drama.end_well()
    check_sound(world)
    for origin, row in all_feeds(world):
        for name in reached(world, origin.name, row.label):
            held = [header for header, _, _ in world.nodes[name].contents(row.feed)]
            assert held == [header for header, _, _ in origin.contents(row.feed)], f"{name} holds another log"


def check_lost(world: World) -> None:
    """The port has not one row of what it may not follow, and its peers know."""
    liege = world.nodes[LIEGE].port
    for origin, row in all_feeds(world):
        if row.label != SCHELDT or origin.name == LIEGE:
            continue
        there = liege.store.read(lambda r, f=row.feed: feeds.find(r, f))  # type: ignore[misc]
        if there is None:
            continue
        assert (there.state, there.size) == (FeedState.PURGED, 0), "it holds a feed that it lost"
        left = liege.store.read(
            lambda r, n=there.number: r.all("SELECT 1 FROM entry WHERE feed = ?", n)  # type: ignore[misc]
        )
        assert not left, "it holds a feed that it lost"
        waits = unconfirmed_purges(origin.port)
        assert not waits, f"{origin.name} has not its word"


def test_a_feed_that_was_lost_is_gone_and_comes_again_when_it_may() -> None:
    hold(lost_and_found, of=4)


def test_a_node_that_keeps_what_it_lost_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purge, "lost", lambda _reader, _ctx: [])
    assert breaks(lost_and_found, of=5, seeing="it holds a feed that it lost")


# ---- Leaving the federation ---------------------------------------------------------------------------------------------


def leaving(version: int) -> Register:
    """The register in which the port is withdrawn until a day."""
    change = registers.swap("board/organisations/port-liege/withdrawn_until", "2027-01-31")
    return replace(registers.changed(change), version=version)


async def left(seed: int) -> None:
    """One port is withdrawn until a day: it purges, says so, and gets nothing more but the register and control feeds."""
    world = World(seed)
    drama = Erasing(world)
    await drama.play(8)
    for name in world.nodes:
        drama.release(world.nodes[name], AMBER)
    await drama.end_well()
    await drama.register(leaving(4))
    await drama.keep_up(stops=True)
    await drama.end_well()
    await drama.keep_up(stops=False)
    before = len(world.got[LIEGE])
    node = world.nodes[next(name for name in world.nodes if name != LIEGE)]
    drama.release(node, AMBER)
    await drama.end_well()
    check_sound(world)
    rows = world.nodes[LIEGE].port.store.read(
        lambda r: r.all("SELECT f.role FROM entry e JOIN feed f ON f.number = e.feed WHERE f.own = 0")
    )
    assert {row[0] for row in rows} <= {FeedRole.CONTROL}, "it holds what it may not"
    marker = drama.secrets[-1].marker
    assert marker not in b"".join(world.got[LIEGE][before:]), "it was sent what it may not have"
    for one in world.nodes.values():
        waits = unconfirmed_purges(one.port)
        assert not waits, f"{one.name} has not its word"


def test_a_port_that_leaves_purges_confirms_and_gets_only_control_feeds() -> None:
    hold(left, of=3)


def test_a_port_that_leaves_and_purges_nothing_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purge, "lost", lambda _reader, _ctx: [])
    assert breaks(left, of=3, seeing="it holds what it may not")
