"""No release leaves on a yes from elsewhere that is not one of a person on duty there, with the right, whom it does not concern and who
did not write it, of a node that may be asked, over exactly the plan that leaves: whatever ports, people, clocks and registers do.

The test keeps a book of its own of who is who and who said what; the product is asked only what left.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
import registers
from elsewhere import SOURCE, Elsewhere, carry
from histories import breaks_plainly, hold_plainly
from matters import alert
from officers_here import MODEL, hire
from ports import ANTWERP, LIEGE, NORTH_SEA, Port, port
from record_examples import NOW

from node.commands import draft, interest, roster, second, second_close, second_heard, second_here
from node.commands.interest import Whose
from node.commands.publish import Released
from node.store import feeds
from node.store.interests import ShiftRow
from node.store.seconds import AskedRow, State
from policies import second as policy
from policies.officers import Role
from policies.plan import Plan
from protocol.ids import NodeId, UnixMs
from protocol.indicator import Subject
from protocol.label import parse
from protocol.register import build_register
from protocol.register_view import Register
from protocol.v1 import records_pb2 as pb

HOUR = 3_600_000
CLI = "administrator/cli"
SHIP = Subject("imo", "9074729")
ROUNDS = 4


class Person(NamedTuple):
    """Somebody at another port, by the test's own book: whether they may ever be the second person, and their shift."""

    node: NodeId
    good: bool
    begins: int = 0
    ends: int = 1_000 * HOUR


class Yes(NamedTuple):
    """A yes as it was given: by whom, when, over which plan and text, under which register, and until when."""

    by: str
    at: int
    plan: bytes
    until: int


class Book:
    """The ports, their people, and what was said."""

    def __init__(self, seed: int) -> None:
        self.choose = random.Random(seed)
        self.version, self.members = 3, {NORTH_SEA, LIEGE}
        self.held = [registers.register()]
        given: dict[str, Any] = {"register": lambda: self.held[-1]}
        self.others = {name: port(name, **given) for name in (NORTH_SEA, LIEGE)}
        message = alert()
        message.common.subjects.add(type=SHIP.type, value=SHIP.value)
        self.two = Elsewhere(origin=port(ANTWERP, **given), there=self.others[NORTH_SEA], message=message)
        self.people = {self.two.second: Person(NORTH_SEA, good=True)}
        for name, at in self.others.items():
            self._hire(name, at, "d.day", Person(name, good=True, begins=6 * HOUR, ends=14 * HOUR))
            self._hire(name, at, "e.analyst", Person(name, good=False), Role.ANALYST)
            self._hire(name, at, "f.concerned", Person(name, good=False))
        self.asked: list[AskedRow] = []
        self.said: list[Yes] = []
        self.left = 0

    def _hire(self, name: NodeId, at: Port, login: str, person: Person, *roles: Role) -> None:
        who = hire(at, login, *roles)
        self.people[who] = person
        raw = uuid.UUID(who).bytes
        if person.begins:
            shift = ShiftRow(
                person=raw, from_ms=UnixMs(NOW + person.begins), until_ms=UnixMs(NOW + person.ends)
            )
            at.store.write(lambda tx: roster.add(tx, at.ctx, MODEL, shift, actor=CLI)).result()
        if login == "f.concerned":
            at.store.write(
                lambda tx: interest.declare(tx, at.ctx, raw, SHIP, Whose.ONESELF, actor=CLI)
            ).result()

    # ---- What may happen ------------------------------------------------------------------------------------------------

    def round(self) -> None:
        """A question, an answer and a release, with what may come between."""
        self.ask()
        self.trouble(0.3)
        self.answer()
        self.trouble(0.4)
        self.release()

    def trouble(self, often: float) -> None:
        while self.choose.random() < often:
            acts = (self.forge, self.edit, self.later, self.move, self.take_back, self.answer)
            self.choose.choice(acts)()

    def ask(self) -> None:
        self.tick()
        one = self.two.ask(self.choose.choice([NORTH_SEA, LIEGE]))
        if isinstance(one, AskedRow):
            assert one.node in self.members, "a port was asked that may not have it"
            self.asked.append(one)
            self.deliver()

    def answer(self) -> None:
        """Somebody tries, whether or not they see it."""
        if not self.asked:
            return
        one = self.choose.choice([*self.asked[-3:], self.asked[-1], self.asked[-1]])
        there = [who for who, person in sorted(self.people.items()) if person.node == one.node]
        who = self.choose.choice([*sorted(self.people), *there, *there])
        self.two.there = self.others[self.people[who].node]
        done = self.two.answer(
            one.question, leaf=one.leaf, who=who, reason=self.choose.choice([None, None, "Why?"])
        )
        if isinstance(done, second_here.Answered) and done.state is State.APPROVED:
            self.note(one, who, done.until)
        self.deliver()

    def note(self, one: AskedRow, who: str, until: int) -> None:
        person, now = self.people[who], self.two.origin.clock.at - NOW
        assert person.node == one.node, "a port answered what another was asked"
        assert person.good, "somebody said yes who may not"
        assert person.begins <= now < person.ends, "somebody said yes who is not on duty"
        self.said.append(Yes(f"officer:{one.node}/{who}", self.two.origin.clock.at, one.plan, until))

    def forge(self) -> None:
        """A yes that nobody gave: of a port that was not asked, over something else, or of the owner."""
        if not self.asked:
            return
        one = self.asked[-1]
        node = self.choose.choice([NORTH_SEA, LIEGE])
        feed = self.two.origin.store.read(lambda r: feeds.numbered(r, one.feed))
        who = next(who for who, person in sorted(self.people.items()) if person.node == node and person.good)
        fields: dict[str, Any] = {
            "step": pb.Approval.STEP_APPROVED,
            "plan": one.plan,
            "until": one.until_ms,
            "question": pb.Ref(record_id=one.question, feed=feed.feed),
            "leaf": one.leaf,
            "officer": who,
            "roles": ["security_officer"],
        }
        lies: list[dict[str, Any]] = [
            {"leaf": bytes(32)},
            {"plan": bytes(32)},
            {"officer": self.two.owner},
            {"until": one.until_ms + HOUR},
        ]
        if node == one.node:
            fields |= self.choose.choice(lies)
        common = pb.Common(kind="approval", regime=pb.Common.REGIME_GDPR)
        label = policy.back(parse(SOURCE), ANTWERP, node).text
        self.tick()
        self.others[node].publish(pb.Record(common=common, approval=pb.Approval(**fields)), label)
        self.deliver()

    def edit(self) -> None:
        at, text = self.two.origin, pb.Record.FromString(self.two.now.content)
        text.alert.description = f"Text {self.choose.random()}"
        at.store.write(
            lambda tx: draft.change(tx, at.ctx, self.two.row.record, editor=self.two.owner, message=text)
        ).result()

    def later(self) -> None:
        self.tick(self.choose.choice([HOUR, 3 * HOUR, 13 * HOUR]))

    def tick(self, by: int = 1) -> None:
        for at in (self.two.origin, *self.others.values()):
            at.clock.at += by

    def move(self) -> None:
        """Another register is in force at some, and then at all."""
        self.version += 1
        name = self.choose.choice([NORTH_SEA, LIEGE])
        self.members ^= {name}
        self.held.append(self._register())

    def _register(self) -> Register:
        board = registers.board()
        serving = board["communities"]["ports-be"]["serving"]
        for name in {NORTH_SEA, LIEGE} - self.members:
            serving.remove(name)
        return build_register(
            board, registers.nodes(), version=self.version, hash=bytes(32), expires_ms=registers.EXPIRES
        )

    def take_back(self) -> None:
        if self.asked:
            at, one = self.two.origin, self.choose.choice(self.asked)
            at.store.write(
                lambda tx: second.take_back(tx, at.ctx, one.question, officer=self.two.who)
            ).result()

    def deliver(self) -> None:
        for at in self.others.values():
            carry(self.two.origin, at)
            carry(at, self.two.origin)

    def close(self) -> None:
        """Its stores are gone."""
        for at in (self.two.origin, *self.others.values()):
            at.store.close()

    def release(self) -> None:
        plan = self.two.plan()
        done = self.two.release()
        if not isinstance(done, Released):
            return
        assert isinstance(plan, Plan)
        self.left += 1
        by, now = self.two.origin.audits()[-1].details["second"], self.two.origin.clock.at
        fitting = [one for one in self.said if one.by == by and one.plan == plan.digest]
        assert fitting, "it left on a yes that nobody gave to this plan"
        assert any(one.at <= now < one.until for one in fitting), "it left on a yes whose time was over"
        assert NodeId(by.partition(":")[2].partition("/")[0]) in self.members, (
            "it left on the yes of a port that is out"
        )
        assert self.two.owner not in by, "its owner is the second person"
        self.tick()
        self.two.row = self.two.drafted(self.two.message)
        self.asked, self.said = [], []


def play(seed: int) -> None:
    book = Book(seed)
    for _ in range(ROUNDS):
        book.round()
    book.close()


def plainly(*between: str) -> Callable[[int], None]:
    """A question, a good yes, what comes between, and a release."""

    def history(seed: int) -> None:
        book = Book(seed)
        one = book.two.asked()
        book.asked.append(one)
        book.deliver()
        done = book.two.answer(one.question)
        assert isinstance(done, second_here.Answered)
        book.note(one, book.two.second, done.until)
        book.deliver()
        for act in between:
            getattr(book, act)()
        book.release()
        book.close()
        assert book.left == (0 if between else 1), "it left all the same" if between else "it did not leave"

    return history


def test_nothing_leaves_but_on_a_good_yes_to_exactly_this_plan() -> None:
    hold_plainly(play, of=6)


def test_something_leaves_where_nothing_comes_between() -> None:
    plainly()(1)


@pytest.mark.parametrize("between", [("later", "later"), ("move",), ("edit",)])
def test_what_comes_between_is_in_the_way(between: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Book, "later", lambda book: book.tick(13 * HOUR))
    plainly(*between)(1)


def test_a_duty_that_is_not_asked_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policy, "DUTY", "can_publish_alert")
    assert breaks_plainly(play, of=40, seeing="not on duty")


def test_a_right_that_is_not_asked_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policy, "_against_officer", lambda *_: iter(()))
    assert breaks_plainly(play, of=40, seeing="who may not|not on duty")


def test_an_answer_that_is_not_compared_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second_heard, "_void", lambda *_: "")
    assert breaks_plainly(play, of=40, seeing="nobody gave|owner")


def test_a_plan_that_is_not_compared_at_the_release_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("node.commands.release.seconded", lambda _r, _c, row, *_: row.approver is not None)
    assert breaks_plainly(plainly("move"), of=1, seeing="nobody gave to this plan|is out")


def test_a_time_that_is_not_asked_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def timeless(_ctx: Any, one: AskedRow, row: Any, plan: Plan, _officer: str) -> bool:
        return one.state is State.APPROVED and one.approver == row.approver and one.plan == plan.digest

    monkeypatch.setattr(second_close, "_counts", timeless)
    monkeypatch.setattr(Book, "later", lambda book: book.tick(13 * HOUR))
    assert breaks_plainly(plainly("later"), of=1, seeing="time was over")
