"""Matters of a port for tests: released, corrected, moved and taken back through the commands, with a second person at hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar
from weakref import WeakKeyDictionary

import officers_here
from inline_store import InlineStore
from officers_here import officer, readable, visitor
from ports import AMBER, Port
from record_examples import example

from node.commands import draft, move, release, retract, search
from node.commands.people import Visitor
from node.commands.publish import Released
from node.commands.release import Outcome
from node.store.drafts import DraftRow
from policies.decision import Deny
from policies.officers import Role
from policies.plan import Plan
from protocol.ids import RecordId
from protocol.label import parse
from protocol.operation import Op
from protocol.v1 import records_pb2 as pb


def alert(**changes: object) -> pb.Record:
    """A plain alert that the test register has a ground for."""
    record = example("alert", **changes)
    record.common.legal_basis = "port-security-be"
    return record


@dataclass(eq=False)
class Desk:
    """A port with the two people that a change of mind may take."""

    at: Port
    level: int = 0
    """Their clearance."""
    who: Visitor = field(init=False)
    second: Visitor = field(init=False)

    def __post_init__(self) -> None:
        self.who = officer(self.at, "a.captain", Role.PORT_CAPTAIN, Role.SECURITY_OFFICER, level=self.level)
        self.second = officer(self.at, "b.second", level=self.level)
        self.people = officers_here.everyone(self.at)

    def again(self) -> None:
        """The same people under the register of now."""
        self.who, self.second = visitor(self.at, self.who.id), visitor(self.at, self.second.id)
        self.people = officers_here.everyone(self.at)

    def plan(self, row: DraftRow) -> Plan | Deny:
        found = self.at.store.read(
            lambda r: release.preview(r, self.at.ctx, row.record, officer=self.who, people=self.people)
        )
        assert found is not None
        return found

    def leave(self, row: DraftRow) -> Outcome | None:
        """Release it, with the second person's yes where it takes one."""
        ctx, plan = self.at.ctx, self.plan(row)
        if isinstance(plan, Deny):
            return plan
        if plan.needs_second:
            self.at.store.write(
                lambda tx: release.approve(
                    tx, ctx, row.record, officer=self.second, people=self.people, digest=plan.digest
                )
            ).result()
        return self.at.store.write(
            lambda tx: release.release(
                tx, ctx, row.record, officer=self.who, people=self.people, digest=plan.digest
            )
        ).result()

    def gone(self, row: DraftRow) -> Released:
        outcome = self.leave(row)
        assert isinstance(outcome, Released), outcome
        return outcome

    def release(self, label: str = AMBER, record: pb.Record | None = None) -> Released:
        message = record or alert()
        row = self.at.store.write(
            lambda tx: draft.make(tx, self.at.ctx, message, owner=self.who.id, label=parse(label))
        ).result()
        return self.gone(row)

    def moving(self, record: RecordId, label: str) -> DraftRow | None:
        return self.at.store.write(
            lambda tx: move.begin(tx, self.at.ctx, record, editor=self.who.id, label=parse(label))
        ).result()

    def move(self, record: RecordId, label: str) -> Released:
        row = self.moving(record, label)
        assert row is not None
        return self.gone(row)

    def correcting(
        self, record: RecordId, *, removes: bool = False, title: str = "Corrected"
    ) -> DraftRow | None:
        text = alert()
        text.common.title, text.common.change_reason = title, "The quay was wrong"
        return self.at.store.write(
            lambda tx: draft.supersede(tx, self.at.ctx, record, text, editor=self.who.id, removes=removes)
        ).result()

    def correct(self, record: RecordId, *, removes: bool = False) -> Released:
        row = self.correcting(record, removes=removes)
        assert row is not None
        return self.gone(row)

    def retract(self, record: RecordId) -> retract.Retracted:
        done = self.at.store.write(
            lambda tx: retract.retract(tx, self.at.ctx, record, reason=1, officer=self.who)
        ).result()
        assert isinstance(done, retract.Retracted)
        return done

    def ops(self, label: str) -> list[str]:
        """What the port's feed of a label says, by operation."""
        rows = self.at.store.read(
            lambda r: r.all(
                "SELECT op FROM entry e JOIN feed f ON f.number = e.feed WHERE f.own = 1 AND f.label = ? ORDER BY e.key",
                label,
            )
        )
        return [Op(op).name for (op,) in rows]


def feeds_of(at: Port) -> list[bytes]:
    """The feeds of records that a port publishes."""
    return [
        row[0] for row in at.store.read(lambda r: r.all("SELECT feed FROM feed WHERE own = 1 AND role = 0"))
    ]


def follow(reader: Port, origin: Port) -> None:
    """Take all that the reader may have."""
    for feed in feeds_of(origin):
        reader.pull(origin, feed)  # type: ignore[arg-type]


def live(at: Port, records: set[RecordId] | None = None) -> list[tuple[RecordId, str]]:
    """What an officer of a port sees in force: records and their labels, of these records or of all."""
    who = Seen.of(at)
    listed = at.store.read(lambda r: search.newest(r, at.ctx, readable(at), who.reading))
    rows = [row for row in listed.rows if row.state is search.State.CURRENT]
    return [(row.id, row.feed.label) for row in rows if records is None or row.id in records]


class Seen:
    """One officer of each port, hired once."""

    _kept: ClassVar[WeakKeyDictionary[InlineStore, Visitor]] = WeakKeyDictionary()

    @classmethod
    def of(cls, at: Port) -> Visitor:
        if at.store not in cls._kept:
            cls._kept[at.store] = officer(at, "z.reader")
        return cls._kept[at.store]


def live_titles(at: Port) -> list[tuple[str, str]]:
    """What an officer of a port sees in force: titles and labels."""
    who = Seen.of(at)
    now = visitor(at, who.id)
    listed = at.store.read(lambda r: search.newest(r, at.ctx, readable(at), now.reading, limit=500))
    return [
        (row.record.title, row.feed.label)
        for row in listed.rows
        if row.state is search.State.CURRENT and row.record is not None
    ]
