"""Invariant 13 on the simulator: what the origin's screen says a port has, an officer there sees after a crash at that very
moment, without any help from others. And invariant 8 as far as kill -9 and plain restart.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial

import pytest
from dramas import Drama, check_converged, check_sound
from histories import breaks, hold
from inline_store import InlineStore
from officers_here import officer, readable
from ports import AMBER, ANTWERP, LIMBURG, NORTH_SEA, SCHELDT
from simulator import Node, World

from federation import dues, gaps
from federation.desk import Taken
from federation.node_desk import NodeDesk
from node.commands import accept, receipt, restored, search
from node.commands.batch import from_wire
from node.commands.outcome import Accepted
from node.store import entries, feeds, receipts
from node.store.changes import Change, ChangeKind
from node.store.group import Group
from node.store.unit import Tx
from protocol.ids import FeedId, NodeId
from protocol.operation import Op
from protocol.v1 import federation_pb2 as pb

NAMES = (ANTWERP, NORTH_SEA, LIMBURG)


@pytest.fixture(autouse=True)
def _short_pushes(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (gaps, dues):
        monkeypatch.setattr(module, "PUSH_LAG", 5)


class Reaper:
    """Stops a holder at the moment its receipt is on record at the origin, and looks at what it has left."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.looked = 0
        self._wrong: list[str] = []
        self._due: list[tuple[Node, NodeId, FeedId, int]] = []
        for node in world.nodes.values():
            node.heard = lambda change, at=node: self._heard(at, change)  # type: ignore[misc]

    def _heard(self, origin: Node, change: Change) -> None:
        if change.kind is not ChangeKind.RECEIPT or not change.own or self._world.random.random() > 0.2:
            return
        assert change.feed is not None
        assert change.node is not None
        holder = self._world.nodes[change.node]
        if holder.alive:
            holder.crash()
        self._due.append((origin, change.node, change.feed, change.size))

    def look(self) -> None:
        """Start who was stopped, and compare before any frame can reach it."""
        due, self._due = self._due, []
        for origin, name, feed, size in due:
            holder = self._world.nodes[name]
            if not holder.alive:
                holder.restart()
            if origin.alive:
                missing = said_to_be_there(origin, name, feed, size) - seen_by_an_officer(holder)
                assert not missing, (
                    f"{name} said it has {size} of {feed.hex()[:8]}; {len(missing)} are not seen"
                )
                self.looked += 1


def said_to_be_there(origin: Node, holder: NodeId, feed: FeedId, size: int) -> set[bytes]:
    """The records that the origin's screen says the holder has: by its receipt, and not kept aside."""
    row = origin.port.store.read(lambda r: feeds.find(r, feed))
    assert row is not None
    given = origin.port.store.read(lambda r: receipts.of_node(r, row.number, holder))
    assert given is not None
    held = origin.port.store.read(lambda r: entries.between(r, row.number, 0, size))
    return {one.record for one in held if one.op == Op.PUBLISH and one.record and given.has(one.at)}


def seen_by_an_officer(node: Node) -> set[bytes]:
    """Every record on an officer's list here."""
    port = node.port
    login = f"officer{len(port.changes)}"
    who = officer(port, login)
    memory = readable(port)
    listed = port.store.read(lambda r: search.newest(r, port.ctx, memory, who.reading, limit=1000))
    return {found.id for found in listed.rows}


async def has_it(seed: int) -> None:
    """A drama in which whoever says that it has something is stopped."""
    world = World(seed, NAMES)
    world.live, world.bulk = world.random.choice([(1, 2), (64, 256)])
    reaper = Reaper(world)
    drama = Drama(world, labels=(AMBER, SCHELDT))
    for _ in range(16):
        await asyncio.sleep(world.random.choice([0.05, 0.4, 3.0]))
        drama.act()
        reaper.look()
    for node in world.nodes.values():
        node.heard = lambda _: None
    reaper.look()
    await drama.end_well()
    check_converged(world)
    check_sound(world)


async def restarts(seed: int) -> None:
    """Crashes at write points, at the origin above all; alone after a restart it signs on at once."""
    world = World(seed, NAMES)
    drama = Drama(world, labels=(AMBER, SCHELDT))
    for _ in range(8):
        await drama.play(3)
        node = world.nodes[world.random.choice(NAMES)]
        drama.endanger(node)
        drama.burst(node)
        for other in world.nodes:
            if other != node.name:
                world.cut(node.name, other)
        world.restart_all()
        alone = node.release()  # and just started
        assert (alone.feed.feed, alone.index + 1) in node.checkpoints, "it did not sign"
        check_sound(world)
        if world.random.random() < 0.7:
            world.heal()
    await drama.end_well()
    check_converged(world)
    check_sound(world)


def test_what_the_origin_says_a_port_has_is_seen_there_after_a_crash() -> None:
    hold(has_it, of=45)


def test_no_restart_makes_a_node_contradict_itself_or_wait_for_others() -> None:
    hold(restarts, of=40)


def test_a_receipt_that_goes_before_the_commit_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    async def early(self: NodeDesk, peer: NodeId, message: pb.Batch, *, live: bool = False) -> Taken:
        outcome: list[Taken] = []

        def act(tx: Tx) -> None:
            result = accept.accept_batch(tx, self._ctx, peer, from_wire(message))
            if isinstance(result, Accepted) and result.receipt:
                outcome.append(
                    Taken(result.feed, result.origin, result.size, receipt.to_wire(result.receipt))
                )
            raise LookupError  # nothing is committed yet

        with suppress(LookupError):
            await self._ctx.store.awrite(act)
        later = partial(real, self, peer, message, live=live)
        if not outcome:
            return await later()
        asyncio.get_running_loop().call_later(0.2, lambda: tasks.append(asyncio.ensure_future(later())))
        return outcome[0]

    tasks: list[asyncio.Future[Taken]] = []
    real = NodeDesk.accept
    monkeypatch.setattr(NodeDesk, "accept", early)
    assert breaks(has_it, of=30, seeing="are not seen")


def test_a_disk_that_forgets_its_last_commit_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """What PRAGMA synchronous=OFF is at a power cut: the commit returned, and is not there."""
    commit, reopen = Group.commit, InlineStore.reopen
    images: dict[int, list[bytes]] = {}

    def remembered(self: Group) -> object:
        driver = self._connection.connection.dbapi_connection
        self._connection.exec_driver_sql("SELECT 1")
        changes = commit(self)
        images.setdefault(id(driver), []).append(driver.serialize())  # type: ignore[union-attr]
        del images[id(driver)][:-2]
        return changes

    def forgetful(self: InlineStore) -> None:
        driver = self._connection.connection.dbapi_connection
        kept = images.get(id(driver), [])
        if len(kept) == 2:
            driver.deserialize(kept[0])  # type: ignore[union-attr]
        reopen(self)

    monkeypatch.setattr(restored, "look", lambda *_: restored.Found())  # a start would find it out
    monkeypatch.setattr(Group, "commit", remembered)
    monkeypatch.setattr(InlineStore, "reopen", forgetful)
    assert breaks(restarts, of=10, seeing="two heads of one size")
