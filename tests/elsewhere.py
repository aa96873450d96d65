"""A draft of one port before the eyes of a second person at another: two ports in memory, and what goes between them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from matters import alert
from officers_here import everyone, hire, visitor
from ports import ANTWERP, NORTH_SEA, Port, port

from node.commands import draft, release, second, second_here
from node.commands.people import Visitor
from node.commands.publish import Released
from node.commands.release import PlanChanged
from node.store import drafts, seconds
from node.store.drafts import DraftRow
from node.store.feeds import FeedRole, every
from node.store.seconds import AskedRow
from policies.decision import Deny
from policies.officers import Role
from policies.plan import Plan
from protocol.ids import NodeId, RecordId
from protocol.label import parse
from protocol.v1 import records_pb2 as pb

SOURCE = "BE:NONE//TLP:AMBER//AUD ports-be//CAVEAT SOURCE"
"""What takes a second person and may go to every member."""


@dataclass
class Elsewhere:
    """A port whose one officer is alone, and another where somebody is on duty."""

    origin: Port = field(default_factory=lambda: port(ANTWERP))
    there: Port = field(default_factory=lambda: port(NORTH_SEA))
    label: str = SOURCE
    message: pb.Record = field(default_factory=alert)
    roles: tuple[Role, ...] = (Role.SECURITY_OFFICER,)
    level: int = 0
    owner: str = field(init=False)
    second: str = field(init=False)
    row: DraftRow = field(init=False)

    def __post_init__(self) -> None:
        self.owner = hire(self.origin, "a.alone", Role.SECURITY_OFFICER, level=self.level)
        self.second = hire(self.there, "b.night", *self.roles, level=self.level)
        self.row = self.drafted(self.message)

    def drafted(self, message: pb.Record) -> DraftRow:
        """A draft of the officer who is alone."""
        return self.origin.store.write(
            lambda tx: draft.make(tx, self.origin.ctx, message, owner=self.owner, label=parse(self.label))
        ).result()

    # ---- At the port that asks ----------------------------------------------------------------------------------------------

    @property
    def who(self) -> Visitor:
        """Its officer as of now."""
        return visitor(self.origin, self.owner)

    def plan(self) -> Plan | Deny:
        """What a release would do now."""
        at = self.origin
        found = at.store.read(
            lambda r: release.preview(r, at.ctx, self.row.record, officer=self.who, people=everyone(at))
        )
        assert found is not None
        return found

    def ports(self) -> tuple[NodeId, ...]:
        """Whom the officer may ask."""
        at, plan = self.origin, self.plan()
        assert isinstance(plan, Plan)
        row = self.now
        return at.store.read(lambda r: second.ports(r, at.ctx, row, plan, officer=self.who))

    def ask(
        self, node: NodeId = NORTH_SEA, *, digest: bytes | None = None
    ) -> AskedRow | PlanChanged | Deny | None:
        """Ask there about the plan of now."""
        at, plan = self.origin, self.plan()
        if isinstance(plan, Deny):
            return plan
        given: Any = {
            "node": node,
            "officer": self.who,
            "people": everyone(at),
            "digest": digest or plan.digest,
        }
        return at.store.write(lambda tx: second.ask(tx, at.ctx, self.row.record, **given)).result()

    def asked(self, node: NodeId = NORTH_SEA) -> AskedRow:
        """The same, where it must go."""
        one = self.ask(node)
        assert isinstance(one, AskedRow), one
        return one

    def release(self) -> Released | Any:
        """Let it leave under the plan of now."""
        at, plan = self.origin, self.plan()
        if isinstance(plan, Deny):
            return plan
        given: Any = {"officer": self.who, "people": everyone(at), "digest": plan.digest}
        return at.store.write(lambda tx: release.release(tx, at.ctx, self.row.record, **given)).result()

    @property
    def now(self) -> DraftRow:
        """The draft as it stands."""
        row = self.origin.store.read(lambda r: drafts.get(r, self.row.record))
        assert row is not None
        return row

    def state(self, question: RecordId) -> AskedRow:
        """What became of a question."""
        row = self.origin.store.read(lambda r: seconds.asked(r, question))
        assert row is not None
        return row

    # ---- At the port that is asked ------------------------------------------------------------------------------------------

    def waiting(self, who: str = "") -> list[second_here.Question]:
        """What an officer there finds."""
        at, person = self.there, visitor(self.there, who or self.second)
        return list(at.store.read(lambda r: second_here.waiting(r, at.ctx, person)))

    def shown(self, question: RecordId, who: str = "") -> second_here.Shown | None:
        """One of it, with who would see it."""
        at, person = self.there, visitor(self.there, who or self.second)
        return at.store.read(lambda r: second_here.shown(r, at.ctx, question, person))

    def answer(
        self, question: RecordId, *, reason: str | None = None, leaf: bytes | None = None, who: str = ""
    ) -> second_here.Answered | Deny | None:
        """Say yes to what stands there, or send it back."""
        at = self.there
        person = visitor(at, who or self.second)
        shown = self.shown(question, who)
        given = leaf if leaf is not None else shown.question.leaf if shown is not None else b""
        return at.store.write(
            lambda tx: second_here.answer(tx, at.ctx, question, officer=person, leaf=given, reason=reason)
        ).result()

    # ---- Between them -------------------------------------------------------------------------------------------------------

    def carry(self) -> None:
        """Each gets all that the other may give it."""
        carry(self.origin, self.there)
        carry(self.there, self.origin)


def carry(source: Port, target: Port) -> None:
    """All feeds of one that the other may follow."""
    for feed in source.store.read(every):
        if feed.role is FeedRole.RECORDS and feed.own:
            target.pull(source, feed.feed)


def approved() -> tuple[Elsewhere, AskedRow]:
    """A draft to which somebody there said yes, and the question."""
    world = Elsewhere()
    one = world.asked()
    world.carry()
    done = world.answer(one.question)
    assert isinstance(done, second_here.Answered), done
    world.carry()
    return world, one
