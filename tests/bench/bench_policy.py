"""A change of policy at a node with 20,000 feeds: what it decides anew for one peer and one reader, by how many feeds it concerns.

In this process, the feeds as bare rows in memory: what is measured reads labels and says yes or no. Everything anew is measured beside
it: a node just started, which knows no verdict yet.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import bench_fill
import feed_rows
import officers_here
import ports
import registers
from bench_report import Figure, Report
from bench_stage import Stage
from officers_here import MODEL

from federation.holdings import Holdings
from node.commands import people
from node.commands.readable import Readable
from node.store.unit import Tx
from policies.clearance import Reader as Reading
from protocol.label import parse
from protocol.register_view import Register

PEER, COMMUNITY = ports.LIEGE, "ports-scheldt"


def run(stage: Stage) -> None:
    """All anew, then changes of register and membership that concern some."""
    report, feeds = stage.report, stage.size.feeds
    node = Node(feeds, 0)
    anew, reader_anew = node.all_anew()
    report.floor("anew", 9, f"deciding all {feeds:,} feeds anew for one peer, and its list", "ms CPU", anew)
    report.floor("anew.reader", 9, f"deciding all {feeds:,} feeds anew for one reader", "ms CPU", reader_anew)
    for count in stage.size.changed:
        _told(report, feeds, count, Node(feeds, count))
    _tuples(report, node)


class Node:
    """A port with so many feeds, of which `named` name one community more that Liège and an officer are in and then are not."""

    def __init__(self, feeds: int, named: int) -> None:
        self.feeds, self.named = feeds, named
        self.before = registers.changed(_serves)
        self.register: Register = self.before
        self.at = ports.port(register=lambda: self.register)
        self.at.store.write(self._fill).result()
        self.who = officers_here.officer(self.at)
        self.reading = replace(self.who.reading, purposes=frozenset({"crisis", "port-security"}))

    def _fill(self, tx: Tx) -> None:
        labels = itertools.islice(_labels(), self.feeds)
        for number, label in enumerate(labels, 1):
            text = label.replace("AUD ports-be", f"AUD {COMMUNITY}") if number <= self.named else label
            feed_rows.feed(tx, number, text, origin=self.at.name, own=1)

    def all_anew(self) -> tuple[list[float], list[float]]:
        """CPU ms for a peer, and for a reader, of whom nothing is known yet."""
        peer, reader = list[float](), list[float]()
        for _ in range(2):
            held, memory = Holdings(self.at.ctx), Readable(self.at.ctx)
            parse.cache_clear()
            peer.append(_spent(lambda held=held: _told_to(held)))  # type: ignore[misc]
            parse.cache_clear()
            reader.append(_spent(lambda memory=memory: self._read(memory, self.reading)))  # type: ignore[misc]
        return peer, reader

    def peer_leaves(self) -> Iterator[float]:
        """CPU ms until the peer's list is what it is under the next register, and again when it comes back."""
        held = Holdings(self.at.ctx)
        _told_to(held)
        after = registers.changed(_leaves)
        for version, register in enumerate([after, self.before] * 2, 4):
            self.register = replace(register, version=version)
            yield _spent(lambda: _told_to(held))

    def register_of_others(self) -> Iterator[float]:
        """The same for a change that does not concern the peer."""
        held = Holdings(self.at.ctx)
        _told_to(held)
        for version in range(4, 8):
            self.register = replace(registers.changed(_serves), version=version)
            yield _spent(lambda: _told_to(held))

    def reader_leaves(self) -> Iterator[float]:
        """CPU ms until a reader's set is what it is without the community, and again with it."""
        memory = Readable(self.at.ctx)
        self._read(memory, self.reading)
        rest = {c: s for c, s in self.reading.memberships.items() if c != COMMUNITY}
        for number in range(2):  # other people, one after the other: none is found in memory
            here = frozenset({f"officer:{self.at.name}/{number}"})
            reading = replace(self.reading, recipients=self.reading.recipients | here)
            self._read(memory, reading)
            yield _spent(lambda reading=reading: self._read(memory, replace(reading, memberships=rest)))  # type: ignore[misc]

    def _read(self, memory: Readable, reading: Reading) -> int:
        return len(self.at.store.read(lambda r: memory.feeds(r, reading)))


def _labels() -> Iterator[str]:
    """All different, and open to Liège and to this node's people."""
    for label in bench_fill.labels():
        head, _, rest = label.partition("//TO ")
        names, _, purposes = rest.partition("//PURPOSE ")
        to = ",".join(sorted({f"node:{PEER}", f"node:{ports.ANTWERP}", *names.split(",")}))
        yield f"{head}//TO {to}//PURPOSE {purposes}"


def _serves(_board: registers.Data, _nodes: registers.Data) -> None:
    """Liège is in it as the test federation has it."""


def _leaves(board: registers.Data, _nodes: registers.Data) -> None:
    held = board["communities"][COMMUNITY]
    held["serving"].remove(str(PEER))
    del held["members"][str(PEER)]


def _told_to(held: Holdings) -> tuple[int, bytes, bytes]:
    return len(held.served(PEER)), held.named(PEER), held.digest(PEER)


def _spent(act: Callable[[], object]) -> float:
    began = time.process_time()
    act()
    return (time.process_time() - began) * 1e3


def _told(report: Report, feeds: int, count: int, node: Node) -> None:
    said = f"of {feeds:,} feeds"
    for id_, what, samples, floor in (
        (
            "policy.peer",
            f"a peer leaves a community that {count:,} {said} name: verdicts, list and digest",
            list(node.peer_leaves()),
            "anew",
        ),
        (
            "policy.reader",
            f"a reader leaves a community that {count:,} {said} name",
            list(node.reader_leaves()),
            "anew.reader",
        ),
    ):
        report.figure(
            Figure(id=f"{id_}.{count}", target=9, what=what, unit="ms CPU", samples=samples, floor=floor)
        )
    report.figure(
        Figure(
            id="policy.others",
            target=9,
            what="a register that changes nothing for the peer, list and digest with it",
            unit="ms CPU",
            samples=list(node.register_of_others()),
            floor="anew",
        )
    )


def _tuples(report: Report, node: Node) -> None:
    """A role of one person changes: his next request asks who he is; nobody's feeds are decided anew."""
    memory, at, person = Readable(node.at.ctx), node.at, node.who
    reading = person.reading
    node._read(memory, reading)

    def asks() -> None:
        found = at.store.read(lambda r: people.visitor(r, at.ctx, MODEL, officers_here.id_of(person)))
        assert found is not None
        node._read(memory, reading)

    report.figure(
        Figure(
            id="policy.tuple",
            target=9,
            what="the next request of anybody after a change of local relations: who it is, and which feeds",
            unit="ms CPU",
            samples=[_spent(asks) for _ in range(8)],
            floor="anew.reader",
        )
    )
