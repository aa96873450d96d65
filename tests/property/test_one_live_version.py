"""Invariant 9 on the simulator: released, corrected, narrowed, widened, moved aside, parts removed, withdrawn, erased, readers expelled, in
any interleaving, over cuts, crashes and restarts, and with drafts that leave late: in the end whoever may read a matter sees
one version of it, the newest, and nobody else any; of what was taken back nothing is left readable anywhere.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
import registers
from dramas import check_sound
from histories import breaks, hold
from inline_store import Crash
from matters import Desk, alert, live_titles
from ports import AMBER, ANTWERP, LIEGE, LIMBURG, NORTH_SEA, SCHELDT
from simulator import World

from federation import dues, gaps
from node.commands import move, release, retract
from node.commands.erase import append_erase
from node.commands.matter import copies, copy
from node.commands.publish import Released
from node.store.drafts import DraftRow
from node.store.entries import Standing
from node.store.errors import StoreClosed
from node.store.unit import Tx
from policies.clearance import may_follow
from policies.decision import Permit
from protocol.ids import NodeId, RecordId
from protocol.label import parse
from protocol.operation import Op
from protocol.register_view import Register
from protocol.v1 import records_pb2 as pb

BOTH = "BE:NONE//TLP:AMBER//AUD ports-be & ports-scheldt"
PFSO = "BE:NONE//TLP:AMBER//AUD pfso-network"
RED = "BE:NONE//TLP:RED//AUD ports-be//TO node:north-sea-port,node:port-antwerp-bruges"
LABELS = (AMBER, SCHELDT, BOTH, PFSO, RED)
ACTS = 30
EXPELLED = {LIMBURG: "ports-be", LIEGE: "ports-scheldt"}


@pytest.fixture(autouse=True)
def _short_pushes(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (gaps, dues):
        monkeypatch.setattr(module, "PUSH_LAG", 5)


@dataclass
class Matter:
    """What a port once said, by the marker in its title; what it should be now, as far as its origin said so without a crash."""

    desk: Desk
    marker: str
    record: RecordId
    label: str
    title: str
    taken_back: bool = False
    unsure: bool = False


@dataclass(eq=False)
class Minds:
    """A history of changes of mind."""

    world: World
    register: Register = field(default_factory=registers.register)
    matters: list[Matter] = field(default_factory=list)
    late: list[tuple[Matter, DraftRow]] = field(default_factory=list)
    gone: set[NodeId] = field(default_factory=set)
    aged: list[Desk] = field(default_factory=list)
    count: int = 0

    def __post_init__(self) -> None:
        self.desks = [Desk(self.world.nodes[name].port) for name in (ANTWERP, NORTH_SEA)]

    async def play(self, acts: int) -> None:
        for _ in range(acts):
            await asyncio.sleep(self.world.random.choice([0.0, 0.05, 0.4, 3.0]))
            self.act()

    def act(self) -> None:
        draws, world = self.world.random, self.world
        draw = draws.random()
        if draw < 0.2 or not self.matters:
            self.release()
        elif draw < 0.7:
            one = draws.choice(self.matters)
            acts = [self.move, self.move, self.move, self.correct, self.retract, self.erase, self.begin]
            self.do(one, draws.choice(acts))
        elif draw < 0.8 and self.late:
            one, row = self.late.pop(draws.randrange(len(self.late)))
            self.do(one, self.left, row)
        elif draw < 0.84:
            self.expel(draws.choice(list(EXPELLED)))
        elif draw < 0.88:
            world.cut(*draws.sample(list(world.nodes), 2))
        elif draw < 0.92:
            world.heal()
        elif draw < 0.97:
            node = world.nodes[draws.choice(list(world.nodes))]
            if node.alive:
                node.port.store.crash_at(draws.randint(1, 60))
        else:
            world.restart_all()

    def do(self, one: Matter, act: Callable[..., None], *given: DraftRow) -> None:
        """A port that is down does nothing; of one that stops in an act nobody knows whether it did it."""
        try:
            self.at(one.desk)
            act(one, *given)
        except StoreClosed:
            return
        except Crash:
            one.unsure = True

    def release(self) -> None:
        desk, label = self.world.random.choice(self.desks), self.world.random.choice(LABELS)
        self.count += 1  # a release that stopped may have left
        marker = f"MATTER-{self.count}-"
        try:
            text = alert()
            text.common.title = marker
            out = self.at(desk).release(label, text)
        except (Crash, StoreClosed):
            return
        self.matters.append(Matter(desk, marker, out.record, label, marker))

    def begin(self, one: Matter) -> None:
        """A draft that leaves later, when its record may not be what it was."""
        row = (
            one.desk.moving(one.record, self.world.random.choice(LABELS))
            if self.world.random.random() < 0.5
            else one.desk.correcting(one.record, title=one.marker + "late")
        )
        if row is not None:
            self.late.append((one, row))

    def move(self, one: Matter) -> None:
        row = one.desk.moving(one.record, self.world.random.choice(LABELS))
        if row is not None:
            self.left(one, row)

    def correct(self, one: Matter) -> None:
        draws = self.world.random
        title = f"{one.marker}{draws.randrange(1000)}"
        row = one.desk.correcting(one.record, removes=draws.random() < 0.4, title=title)
        if row is not None:
            self.left(one, row)

    def left(self, one: Matter, row: DraftRow) -> None:
        outcome = one.desk.leave(row)
        if isinstance(outcome, Released) and not one.unsure:
            assert not one.taken_back, f"{one.marker} left after it was taken back"
            one.record, one.label = outcome.record, outcome.feed.label
            one.title = title_of(row)

    def retract(self, one: Matter) -> None:
        one.desk.retract(one.record)
        one.taken_back = one.taken_back or not one.unsure

    def erase(self, one: Matter) -> None:
        at = one.desk.at

        def act(tx: Tx) -> None:
            for each in copies(tx, at.ctx, one.record):
                append_erase(tx, at.ctx, each.feed, each.target, 2, at.ctx.register)

        at.store.write(act).result()
        one.taken_back = one.taken_back or not one.unsure

    def expel(self, node: NodeId) -> None:
        """A member leaves a community, for every port at this moment."""
        board = registers.board()
        self.gone.add(node)
        for name in self.gone:
            del board["communities"][EXPELLED[name]]["members"][str(name)]
            board["communities"][EXPELLED[name]]["serving"].remove(str(name))
        self.register = registers.register(self.register.version + 1, communities=board["communities"])
        for each in self.world.nodes.values():
            object.__setattr__(each.port.ctx, "registers", lambda: self.register)
            if each.alive:
                self.world._spawn(each.exchange.register_changed())
        self.aged = list(self.desks)

    def at(self, desk: Desk) -> Desk:
        """A port's people under the register of now."""
        if desk in self.aged:
            desk.again()
            self.aged.remove(desk)
        return desk


def title_of(row: DraftRow) -> str:
    return pb.Record.FromString(row.content).common.title


def check(minds: Minds) -> None:
    seen = {name: live_titles(node.port) for name, node in minds.world.nodes.items()}
    for one in minds.matters:
        here = [row for row in seen[one.desk.at.name] if row[0].startswith(one.marker)]
        assert len(here) <= 1, f"{one.marker} lives {len(here)} times at its origin"
        if not one.unsure:
            wanted = [] if one.taken_back else [(one.title, one.label)]
            assert here == wanted, f"{one.marker} is {here} at its origin and not {wanted}"
        for name, rows in seen.items():
            readers = [row for row in here if may_have(minds, one, NodeId(name), row[1])]
            found = [row for row in rows if row[0].startswith(one.marker)]
            assert found == readers, f"{name} sees {found} of {one.marker} and not {readers}"
        if one.taken_back:
            for name in minds.world.nodes:
                left = readable_still(minds, one, name)
                assert not left, f"{name} has {one.marker} still {left}"


def may_have(minds: Minds, one: Matter, name: NodeId, label: str) -> bool:
    entry = minds.register.nodes[name]
    decision = may_follow(entry, parse(label), minds.register, origin=one.desk.at.name, epoch_since=None)
    return isinstance(decision, Permit)


def readable_still(minds: Minds, one: Matter, name: NodeId) -> list[Standing]:
    """What a node has of a matter in feeds that it may follow, and that it neither withdrew nor erased. A reader that lost its feed
    destroys it by its own register."""
    rows = minds.world.nodes[name].port.store.read(
        lambda r: r.all(
            "SELECT e.standing, f.label FROM entry e JOIN feed f ON f.number = e.feed WHERE op = ? AND role = 0 "
            "AND content IS NOT NULL AND instr(content, ?) > 0",
            *(Op.PUBLISH, one.marker.encode()),
        )
    )
    gone = {Standing.RETRACTED, Standing.ERASED}
    return [Standing(row[0]) for row in rows if may_have(minds, one, name, row[1]) and row[0] not in gone]


async def any_interleaving(seed: int) -> None:
    world = World(seed, (ANTWERP, NORTH_SEA, LIMBURG, LIEGE))
    minds = Minds(world)
    await minds.play(ACTS)
    world.restart_all()
    world.heal()
    await world.settle()
    check_sound(world)
    check(minds)


def test_one_version_lives_for_each_matter_and_reader() -> None:
    hold(any_interleaving, of=8)


def test_a_move_that_leaves_the_old_copy_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(move, "_end", lambda *_: None)
    assert breaks(any_interleaving, of=10, seeing="lives 2 times")


def test_a_withdrawal_of_one_copy_alone_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retract, "copies", lambda r, ctx, record: [copy(r, ctx, record)])
    assert breaks(any_interleaving, of=20, seeing="still")


def test_a_late_draft_that_may_leave_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(release, "standing", lambda *_: None)
    assert breaks(any_interleaving, of=20, seeing="left after|lives 2 times|not ")
