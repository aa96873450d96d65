"""Seeded histories of matters over ports in memory: what is said, corrected, moved, withdrawn and erased while batches travel in
any pieces and order over any relay, members come and go, some ports know it before others, and processes end at any write point.

Through the product's own commands; no sessions and no network, so that thousands of histories are cheap. What must be true in the
end is told by a model that knows nothing of feeds: of each matter one version stands, or none.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial

import ports
import registers
from inline_store import Crash
from matters import alert
from ports import AMBER, ANTWERP, LIEGE, LIMBURG, NORTH_SEA, SCHELDT, Port

from node.commands import go_ahead, matter, move, restored
from node.commands.append import append
from node.commands.entitled import may_serve
from node.commands.erase import append_erase
from node.commands.overtake import overtake
from node.commands.publish import Released, Version, publish
from node.peers import PeerBoard
from node.store import entries, feeds
from node.store.engine import driver_of
from node.store.entries import Standing
from node.store.feeds import FeedRole, FeedRow
from node.store.unit import Tx
from node.upkeep import Upkeep
from policies.clearance import may_follow
from policies.decision import Permit
from policies.lattice import dominates
from protocol.entry import build_retract
from protocol.fields import DAY_MS
from protocol.header import parse_header
from protocol.ids import NodeId, RecordId, UnixMs
from protocol.label import parse
from protocol.operation import Op
from protocol.record import content_type, serialise
from protocol.register import build_register
from protocol.register_view import Register
from protocol.v1 import records_pb2 as pb

WRITERS = (ANTWERP, NORTH_SEA)
READERS = (LIEGE, LIMBURG)
"""Those that come and go."""
RED = "BE:NONE//TLP:RED//AUD ports-be//TO node:port-liege"
ORCON = AMBER + "//CAVEAT ORCON"
LABELS = (AMBER, SCHELDT, RED, ORCON)
FIRST = 3
Members = frozenset[tuple[str, NodeId, int]]
"""Of the readers: in which community since which register."""
_BEGIN: Members = frozenset({("ports-be", LIEGE, 1), ("ports-be", LIMBURG, 1), ("ports-scheldt", LIEGE, 1)})


@dataclass
class Matter:
    """What an origin has to say of one thing now. `marker` is in the text of the version that stands; none: taken back."""

    origin: NodeId
    record: RecordId
    label: str
    version: int
    marker: str
    kept: list[tuple[str, str]] = field(default_factory=list)
    """Every text of it that nobody erased, and its label."""


@dataclass
class Said:
    """A text that was written once: in which feed, released under which register."""

    marker: bytes
    origin: NodeId
    label: str
    opened: int
    register: int


@dataclass
class Chronicle:
    """One history. `acts` tells what happened, for whoever reads a failure."""

    seed: int
    crashes: bool = True
    random: random.Random = field(init=False)
    held: dict[NodeId, int] = field(default_factory=dict)
    matters: list[Matter] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)
    acts: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.history: list[Members] = [_BEGIN]
        self.ports: dict[NodeId, Port] = {}
        for name in (*WRITERS, *READERS):
            self.held[name] = 0
            self.ports[name] = ports.port(name, register=partial(self.register_of, name), seed=self.seed)

    # ---- The register -----------------------------------------------------------------------------------------------------

    def register(self, index: int) -> Register:
        return _register(FIRST + index, self.history[index])

    def register_of(self, name: NodeId) -> Register:
        return self.register(self.held[name])

    def come_or_go(self) -> None:
        """A reader leaves a community or joins it again; who knows of it is left to `hear`."""
        community = self.random.choice(["ports-be", "ports-scheldt"])
        node = self.random.choice(READERS)
        now = self.history[-1]
        standing = {one for one in now if one[:2] == (community, node)}
        version = FIRST + len(self.history)
        self.history.append(now - standing if standing else now | {(community, node, version)})
        self.acts.append(f"register {version}: {node} {'leaves' if standing else 'joins'} {community}")

    def hear(self, name: NodeId) -> None:
        self.held[name] = self.random.randint(self.held[name], len(self.history) - 1)

    # ---- What an origin says ------------------------------------------------------------------------------------------------

    def speak(self) -> None:
        """Something new, or a change of mind."""
        mine = [one for one in self.matters if one.marker]
        draw = self.random.random()
        if not mine or draw < 0.35:
            self.begin(self.random.choice(WRITERS), self.random.choice(LABELS))
            return
        one = self.random.choice(mine)
        if draw < 0.5:
            self.correct(one)
        elif draw < 0.56:
            self.correct(one, part_removed=True)
        elif draw < 0.8:
            self.move(one, self.random.choice([label for label in LABELS if label != one.label]))
        elif draw < 0.9:
            self.retract(one)
        else:
            self.erase(one)

    def begin(self, origin: NodeId, label: str) -> Matter | None:
        port, marker = self.ports[origin], self._marker()
        record = RecordId(_uuid7(self.random))
        one = Matter(origin, record, label, 1, marker, [(marker, label)])

        def act(tx: Tx) -> None:
            self._published(tx, port, one, alert(description=marker))

        self.acts.append(f"{origin} says {marker} under {label}")
        if self._done(port, act):
            self.matters.append(one)
            return one
        return None

    def correct(self, one: Matter, *, part_removed: bool = False) -> None:
        port, marker = self.ports[one.origin], self._marker()
        after = Matter(one.origin, one.record, one.label, one.version + 1, marker)

        def act(tx: Tx) -> None:
            released = self._published(tx, port, after, alert(description=marker))
            if part_removed:
                for each in matter.copies(tx, port.ctx, one.record):
                    if each.record == one.record:
                        target = type(each.target)(one.record, one.version)
                        append_erase(tx, port.ctx, released, target, 5, port.ctx.register)
                    elif not each.erased:
                        append_erase(tx, port.ctx, each.feed, each.target, 5, port.ctx.register)

        self.acts.append(f"{one.marker} becomes {marker}{', a part of it removed' if part_removed else ''}")
        if self._done(port, act):
            one.version, one.marker = after.version, marker
            one.kept = [*([] if part_removed else one.kept), (marker, one.label)]

    def move(self, one: Matter, label: str) -> None:
        port, marker = self.ports[one.origin], self._marker()
        moved: list[RecordId] = []

        def act(tx: Tx) -> None:
            row = move.begin(tx, port.ctx, one.record, editor="node", label=parse(label))
            assert row is not None
            message = pb.Record.FromString(row.content)
            message.alert.description = marker
            after = Matter(one.origin, row.record, label, 1, marker)
            released = self._published(tx, port, after, message)
            version = matter.own_feed_of(tx, port.ctx, row.record)
            assert version is not None
            move.carry_out(tx, port.ctx, row, _released(row.record, released), port.ctx.register)
            moved[:] = [row.record]

        self.acts.append(f"{one.marker} moves to {label} as {marker}")
        if self._done(port, act):
            one.record, one.label, one.version, one.marker = moved[0], label, 1, marker
            stays = [(m, old) for m, old in one.kept if dominates(parse(old), parse(label))]
            one.kept = [*stays, (marker, label)]

    def retract(self, one: Matter) -> None:
        port = self.ports[one.origin]

        def act(tx: Tx) -> None:
            register = port.ctx.register
            for each in matter.copies(tx, port.ctx, one.record):
                if not each.taken_back:
                    entry = build_retract(
                        target=each.target, reason=1, issued_ms=port.ctx.now(), register=register.version
                    )
                    append(tx, port.ctx, parse(each.feed.label), [entry], register)

        self.acts.append(f"{one.marker} is withdrawn")
        if self._done(port, act):
            one.marker = ""

    def erase(self, one: Matter) -> None:
        port = self.ports[one.origin]

        def act(tx: Tx) -> None:
            for each in matter.copies(tx, port.ctx, one.record):
                if not each.erased:
                    append_erase(tx, port.ctx, each.feed, each.target, 2, port.ctx.register)

        self.acts.append(f"{one.marker} is erased")
        if self._done(port, act):
            one.marker, one.kept = "", []

    def _published(self, tx: Tx, port: Port, one: Matter, message: pb.Record) -> FeedRow:
        now = port.ctx.now()
        version = Version(
            record=one.record,
            version=one.version,
            content_type=content_type(message.common.kind),
            content=serialise(message),
            expires_ms=UnixMs(now + DAY_MS),
            retain_until_ms=UnixMs(now + 30 * DAY_MS),
        )
        register = port.ctx.register
        released = publish(tx, port.ctx, parse(one.label), version, register, act=None)
        feed = released.feed
        self.said.append(
            Said(one.marker.encode(), one.origin, one.label, feed.register_version, register.version)
        )
        return feed

    def _marker(self) -> str:
        return f"marker-{self.seed}-{len(self.said)}-{self.random.randrange(1 << 30)}"

    def _done(self, port: Port, act: object) -> bool:
        """Whether it was durable; a process that ended in it starts again."""
        if self.crashes and self.random.random() < 0.15:
            port.store.crash_at(self.random.randint(1, 12))
        before = port.store.read(feeds.last_arrival)
        try:
            port.store.write(act).result()  # type: ignore[arg-type]
        except Crash:
            restart(port)
            return bool(port.store.read(feeds.last_arrival) != before)
        finally:
            port.store.crash_at(None)
        return True

    # ---- What travels -------------------------------------------------------------------------------------------------------

    def deliver(self) -> None:
        """Some entries of some feed from anybody to anybody."""
        source, target = self.random.sample(list(self.ports.values()), 2)
        rows = [row for row in source.store.read(feeds.every) if row.role is not FeedRole.AUDIT and row.size]
        if rows:
            self.carry(source, target, self.random.choice(rows), most=self.random.choice([1, 2, 5, 64]))

    def overtake(self) -> None:
        """One entry that must not wait goes from anybody to anybody before those in front of it."""
        source, target = self.random.sample(list(self.ports.values()), 2)
        rows = [row for row in source.store.read(feeds.every) if row.role is FeedRole.RECORDS and row.size]
        if not rows:
            return
        row = self.random.choice(rows)
        if not may_serve(source.ctx, target.name, row, source.ctx.register):
            return
        held = target.store.read(lambda r: feeds.find(r, row.feed))
        size = held.size if held else 0
        indexes = source.store.read(lambda r: go_ahead.urgent(r, row, size, target.name))
        if not indexes:
            return
        index = self.random.choice(list(indexes))
        frame = source.store.read(lambda r: go_ahead.ahead(r, source.ctx, row, index, size))
        if frame is None:
            return
        self._from_its_origin(source, target, row)
        if self.crashes and self.random.random() < 0.1:
            target.store.crash_at(self.random.randint(1, 12))
        try:
            target.store.write(lambda tx: overtake(tx, target.ctx, source.name, frame)).result()
        except Crash:
            restart(target)
        finally:
            target.store.crash_at(None)

    def carry(self, source: Port, target: Port, row: FeedRow, *, most: int = 64) -> bool:
        """Whether anything came."""
        held = target.store.read(lambda r: feeds.find(r, row.feed))
        size = held.size if held else 0
        first = self.random.randint(0, size) if self.random.random() < 0.2 else size
        batch = source.serve(target, row.feed, first, most=most)
        if batch is None:
            return False
        self._from_its_origin(source, target, row)
        newest = max(parse_header(one.header).register for one in batch.entries)
        assert newest <= source.ctx.register.version, f"{source.name} serves what needs register {newest}"
        if self.crashes and self.random.random() < 0.1:
            target.store.crash_at(self.random.randint(1, 12))
        try:
            target.accept(batch, source)
        except Crash:
            restart(target)
        finally:
            target.store.crash_at(None)
        now = target.store.read(lambda r: feeds.find(r, row.feed))
        grown = (now.size if now else 0) != size
        assert not grown or newest <= target.ctx.register.version, (
            f"{target.name} shows what needs register {newest}"
        )
        return grown

    def _from_its_origin(self, source: Port, target: Port, row: FeedRow) -> None:
        relayed = row.origin not in {source.name, target.name}
        assert not (relayed and "ORCON" in row.label), f"{source.name} relays ORCON to {target.name}"

    # ---- The history --------------------------------------------------------------------------------------------------------

    def play(self, acts: int) -> None:
        """So many things happen."""
        for _ in range(acts):
            draw = self.random.random()
            if draw < 0.35:
                self.speak()
            elif draw < 0.75:
                self.deliver()
            elif draw < 0.85:
                self.overtake()
            elif draw < 0.9:
                self.come_or_go()
            else:
                self.hear(self.random.choice(list(self.ports)))

    def end_well(self) -> None:
        """Everybody has the newest register, and everything that may travel has."""
        self.crashes = False
        self.held = dict.fromkeys(self.held, len(self.history) - 1)
        moved = True
        while moved:
            moved = False
            for source in self.ports.values():
                rows = [r for r in source.store.read(feeds.every) if r.role is not FeedRole.AUDIT and r.size]
                for target in self.ports.values():
                    if target is not source:
                        whole = {(row.feed, row.root) for row in target.store.read(feeds.every)}
                        lacking = [row for row in rows if (row.feed, row.root) not in whole]
                        came = [self.carry(source, target, row) for row in lacking]
                        moved = moved or True in came

    def pass_time(self, ms: int) -> None:
        """So much later, with the upkeep of every port done."""
        for port in self.ports.values():
            port.clock.at += ms
            upkeep(port)

    # ---- What must be true --------------------------------------------------------------------------------------------------

    def check_one_version_stands(self) -> None:
        """Of every matter each entitled reader sees exactly the version that stands, and of one taken back nothing."""
        for name, port in self.ports.items():
            seen = self.seen(port)
            wanted: dict[str, Matter] = {}
            for one in self.matters:
                if one.marker and self._may_have(name, one):
                    wanted[one.marker] = one
            missing = [m for m in wanted if m not in seen]
            assert not missing, f"{name} does not see {missing[0]}: {self.tale()}"
            more = [m for m in seen if m not in wanted]
            assert not more, f"{name} still sees {more[0]}: {self.tale()}"

    def check_none_got_more(self) -> None:
        """No text is, or ever was, at a port that no register since its release lets have it."""
        for name, port in self.ports.items():
            held = b"".join(self.contents(port))
            for one in self.said:
                if one.marker in held:
                    assert self._might_have(name, one), f"{name} holds {one.marker!r}: {self.tale()}"

    def check_gone(self) -> None:
        """No page of any database has a text that was erased, nor one of a feed that its port may not follow any more."""
        kept = {text.encode() for one in self.matters for text, _ in one.kept}
        for name, port in self.ports.items():
            pages = driver_of(port.store._connection).serialize()
            for one in self.said:
                if one.marker not in pages:
                    continue
                assert one.marker in kept, f"{name} still has {one.marker!r}, which was erased: {self.tale()}"
                mine = name == one.origin
                may = self._follows(name, one.origin, one.label, one.opened, len(self.history) - 1)
                assert mine or may, f"{name} still has {one.marker!r}, which it may not follow: {self.tale()}"

    def check_same_leaves(self) -> None:
        """Whoever may follow a feed holds it whole, byte for byte as its origin."""
        for name, port in self.ports.items():
            for origin in WRITERS:
                for row in self.ports[origin].store.read(feeds.every):
                    if row.role is not FeedRole.RECORDS or origin == name or row.origin != origin:
                        continue
                    if self._follows(
                        name, row.origin, row.label, row.register_version, len(self.history) - 1
                    ):
                        held = port.store.read(lambda r, row=row: feeds.find(r, row.feed))  # type: ignore[misc]
                        size = held.size if held else 0
                        assert held is not None, f"{name} has nothing of {row.label}: {self.tale()}"
                        assert (size, held.root) == (row.size, row.root), f"{name} has {size} of {row.size}"

    def tale(self) -> str:
        """What happened."""
        return "; ".join(self.acts)

    def seen(self, port: Port) -> Mapping[str, str]:
        """The markers of what stands at a port in feeds that it may follow now, by marker its label."""
        found: dict[str, str] = {}
        for row in port.store.read(feeds.every):
            if row.role is not FeedRole.RECORDS:
                continue
            if not self._follows(
                port.name, row.origin, row.label, row.register_version, len(self.history) - 1
            ):
                continue
            for entry in port.store.read(lambda r, row=row: entries.between(r, row.number, 0, row.size)):  # type: ignore[misc]
                if entry.op == Op.PUBLISH and entry.standing == Standing.CURRENT and entry.content:
                    found[pb.Record.FromString(entry.content).alert.description] = row.label
        return found

    def contents(self, port: Port) -> Iterator[bytes]:
        """Every content that a port holds."""
        for (content,) in port.store.read(
            lambda r: r.all("SELECT content FROM entry WHERE content IS NOT NULL")
        ):
            yield bytes(content)

    def _may_have(self, name: NodeId, one: Matter) -> bool:
        """By the register of its release: who was a member then, and still is, reads it; who joined later does not."""
        register = next(s.register for s in self.said if s.marker == one.marker.encode())
        return self._follows(name, one.origin, one.label, register, len(self.history) - 1)

    def _might_have(self, name: NodeId, one: Said) -> bool:
        since = range(one.register - FIRST, len(self.history))
        return any(self._follows(name, one.origin, one.label, one.opened, index) for index in since)

    def _follows(self, name: NodeId, origin: NodeId, label: str, opened: int, index: int) -> bool:
        register = self.register(index)
        decision = may_follow(register.nodes[name], parse(label), register, origin=origin, epoch_since=opened)
        return isinstance(decision, Permit)


def restart(port: Port) -> None:
    """A process that ended starts again on what its disk holds."""
    port.store.reopen()
    port.store.write(lambda tx: restored.look(tx, port.ctx)).result()


def upkeep(port: Port) -> None:
    """What a node does for itself, once, by its own clock."""

    async def once() -> None:
        care = Upkeep(port.ctx, PeerBoard())
        await care.look()
        await care.pass_once()

    asyncio.run(once())


@lru_cache(maxsize=512)
def _register(version: int, members: Members) -> Register:
    return build_register(
        with_members(members),
        registers.nodes(),
        version=version,
        hash=bytes([version % 256] * 32),
        expires_ms=registers.EXPIRES,
    )


def with_members(members: Members) -> registers.Data:
    """The board's data with these members of what readers come to and leave."""
    board = registers.board()
    for name in ("ports-be", "ports-scheldt"):
        community = board["communities"][name]
        for node in READERS:
            community["members"].pop(node, None)
            community["serving"] = [one for one in community["serving"] if one != node]
        for _, node, since in (one for one in members if one[0] == name):
            community["members"][node] = since
            community["serving"].append(node)
    return board


def _released(record: RecordId, feed: FeedRow) -> Released:
    return Released(record, 1, feed, feed.size - 1)


def _uuid7(choose: random.Random) -> bytes:
    raw = bytearray(choose.randbytes(16))
    raw[6], raw[8] = 0x70 | raw[6] & 0x0F, 0x80 | raw[8] & 0x3F
    return bytes(raw)
