"""What may happen to a federation, drawn from a world's own randomness: releases, withdrawals, cuts, crashes, restarts.

And what must be true of it afterwards, computed from scratch from the register: who may hold what, and over which links it can
have come.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import registers
from inline_store import Crash
from ports import AMBER, SCHELDT
from simulator import Node, World

from node.commands.publish import Released
from node.store import feeds, receipts
from node.store.errors import StoreClosed
from node.store.feeds import FeedRole, FeedRow
from policies.clearance import may_follow
from policies.decision import Permit
from protocol.ids import NodeId
from protocol.label import parse

ORCON = "BE:NONE//TLP:AMBER//AUD ports-be//CAVEAT ORCON"
FOR_LIEGE = "BE:NONE//TLP:RED//AUD ports-be//TO node:port-liege"
LABELS = (AMBER, AMBER, AMBER, SCHELDT, SCHELDT, ORCON, FOR_LIEGE)
REGISTER = registers.register()


@dataclass
class Secret:
    """A marker that was written into a record, and who may read it."""

    marker: bytes
    readers: frozenset[NodeId]


class Drama:
    """A seeded history of a world."""

    def __init__(self, world: World, *, labels: tuple[str, ...] = LABELS, crashes: bool = True) -> None:
        self.world, self._labels, self._crashes = world, labels, crashes
        self.random = world.random
        self.secrets: list[Secret] = []
        self.released: list[tuple[Node, Released]] = []
        self._numbers = itertools.count(1)

    async def play(self, acts: int) -> None:
        """So many acts, with some time between them."""
        for _ in range(acts):
            await asyncio.sleep(self.random.choice([0.0, 0.05, 0.4, 3.0]))
            self.act()

    def act(self) -> None:
        """Something happens."""
        world = self.world
        a, b = self.random.sample(list(world.nodes.values()), 2)
        draw = self.random.random()
        if draw < 0.45:
            self.release(a)
        elif draw < 0.55:
            self.burst(a)
        elif draw < 0.65 and self.released:
            self.revise(*self.random.choice(self.released))
        elif draw < 0.73:
            world.cut(a.name, b.name)
        elif draw < 0.80:
            world.drop(a.name, b.name)
        elif draw < 0.86:
            world.heal()
        elif draw < 0.94 and self._crashes:
            self.endanger(a)
        else:
            world.restart_all()

    def release(self, node: Node, label: str | None = None) -> None:
        """One alert with a marker of its own."""
        label = label or self.random.choice(self._labels)
        marker = f"MARKER-{self.world.seed}-{next(self._numbers)}-"
        self.secrets.append(Secret(marker.encode(), readers(node.name, label)))
        with _as_it_may(node):
            self.released.append((node, self.publish(node, label, marker)))

    def publish(self, node: Node, label: str, marker: str) -> Released:
        """What a release is here: an alert that says its marker."""
        return node.release(label, description=marker)

    def burst(self, node: Node) -> None:
        """More than is pushed."""
        label = self.random.choice(self._labels)
        for _ in range(self.random.randint(8, 24)):
            self.release(node, label)

    def revise(self, node: Node, one: Released) -> None:
        """Withdraw it, or publish its next version."""
        with _as_it_may(node):
            if self.random.random() < 0.5:
                node.port.withdraw(one)
            else:
                newer = node.release(one.feed.label, record=one.record, version=one.version + 1)
                self.released[self.released.index((node, one))] = (node, newer)

    def endanger(self, node: Node) -> None:
        """It stops at one of its next write points."""
        if node.alive:
            node.port.store.crash_at(self.random.randint(1, 60))

    async def end_well(self) -> None:
        """Everybody is up, the links are, and time passes."""
        self.world.restart_all()
        self.world.heal()
        await self.world.settle()


class _as_it_may:  # noqa: N801 - reads as a sentence
    """A node that is down, or stops now, does not do it."""

    def __init__(self, node: Node) -> None:
        self._node = node

    def __enter__(self) -> None:
        return

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> bool:
        return kind is not None and issubclass(kind, Crash | StoreClosed)


# ---- What must be true -----------------------------------------------------------------------------------------------------


def readers(origin: NodeId, label: str) -> frozenset[NodeId]:
    """Who may follow a feed, from the register alone."""
    return frozenset(
        node.id
        for node in REGISTER.nodes.values()
        if isinstance(may_follow(node, parse(label), REGISTER, origin=origin, epoch_since=3), Permit)
    )


def all_feeds(world: World) -> Iterator[tuple[Node, FeedRow]]:
    """Every feed of records, with its origin."""
    for node in world.nodes.values():
        for row in node.port.store.read(feeds.every):
            if row.own and row.role is FeedRole.RECORDS:
                yield node, row


def reached(world: World, origin: NodeId, label: str) -> frozenset[NodeId]:
    """The entitled nodes to which a feed has a way from its origin: over entitled nodes, or directly where it is bound."""
    allowed = readers(origin, label) & world.nodes.keys()
    found, edge = {origin}, [origin]
    while edge:
        at = edge.pop()
        for other in sorted(allowed - found):
            if world.linked(at, other):
                found.add(other)
                if "ORCON" not in label:
                    edge.append(other)
    return frozenset(found)


def check_converged(world: World) -> None:
    """Whoever can hold a feed holds exactly what its origin holds, and has told the origin so where they are connected."""
    for origin, row in all_feeds(world):
        wanted = origin.contents(row.feed)
        assert len(wanted) == row.size
        for name in reached(world, origin.name, row.label) - {origin.name}:
            held = world.nodes[name].contents(row.feed)
            assert held == wanted, f"{name} holds {len(held)} of {len(wanted)} of {origin.name} {row.label}"
            if world.linked(name, origin.name):
                check_receipt(origin, row, name)


def check_receipt(origin: Node, row: FeedRow, holder: NodeId) -> None:
    """The origin has the holder's word for all of it."""
    given = origin.port.store.read(lambda r: receipts.of_node(r, row.number, holder))
    assert given is not None, f"no receipt of {holder} for {row.label}"
    assert (given.size, given.root) == (row.size, row.root), (
        f"{holder} has {row.size}, its receipt {given.size}"
    )


def check_sound(world: World) -> None:
    """No session ended by a fault of the program, and nobody contradicted itself."""
    faults = [one for one in world.endings if one.code == "INTERNAL"]
    assert not faults, f"a fault of the program ended a session: {faults[0]}"
    assert not world.contradictions, f"two heads of one size: {world.contradictions[0]}"


def check_prefixes(world: World, nodes: Iterable[NodeId]) -> None:
    """Whatever these nodes hold of a feed is, byte for byte, what its origin wrote, from the first entry on."""
    for origin, row in all_feeds(world):
        wanted = origin.contents(row.feed)
        for name in nodes:
            held = world.nodes[name].contents(row.feed)
            assert held == wanted[: len(held)], f"{name} holds what {origin.name} never wrote"


def check_kept_apart(world: World, secrets: Iterable[Secret]) -> None:
    """Who is not entitled holds nothing, was sent nothing, and never heard of the feed."""
    got = {name: b"".join(parts) for name, parts in world.got.items()}
    for secret in secrets:
        for name in world.nodes.keys() - secret.readers:
            assert secret.marker not in got.get(name, b""), f"{name} was sent {secret.marker!r}"
    for origin, row in all_feeds(world):
        for name in world.nodes.keys() - readers(origin.name, row.label):
            node = world.nodes[name]
            assert not node.contents(row.feed), f"{name} holds a feed of {origin.name}, {row.label}"
            heard = bytes(row.feed) in got.get(name, b"")
            assert not heard, f"{name} heard of a feed of {origin.name}, {row.label}"
