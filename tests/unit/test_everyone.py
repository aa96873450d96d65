"""All people of a node as readers: equal to asking about each, asked about few, and kept no longer than it holds."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import ports
import pytest
from officers_here import MODEL, everyone, hire
from ports import AMBER, Port
from record_examples import NOW
from statements import statements

from node.commands import everyone as made
from node.commands import interest, people, roles, roster
from node.commands.context import Context
from node.commands.interest import Whose
from node.store import people as rows
from node.store.interests import ShiftRow
from node.store.people import ClearanceRow
from node.store.tuples import embedded
from node.store.unit import Reader, Tx
from policies.conflicts import Named
from policies.fga_model import Model
from policies.officers import Place, Role, Tie
from policies.readership import NOTHING, reads
from policies.relations import Answer, Check, Relations
from protocol.fields import DAY_MS
from protocol.ids import UnixMs
from protocol.indicator import Subject
from protocol.label import parse

PLATE = Subject("plate", "1ABC234")
CRISIS = "BE:NONE//TLP:AMBER//AUD ports-be//PURPOSE crisis"
CLI = "administrator/cli"
Act = Callable[[Tx, Context, Sequence[bytes]], object]


def _cleared(purpose: str, days: int) -> ClearanceRow:
    return ClearanceRow(
        policy="BE",
        level=0,
        compartments=frozenset(),
        purposes=frozenset({purpose}),
        until_ms=UnixMs(NOW + days * DAY_MS),
        verified_by="nsa-be",
    )


CHANGES: dict[str, Act] = {
    "an account is closed": lambda tx, ctx, ids: people.close(tx, ctx, ids[0], actor=CLI),
    "a clearance is given": lambda tx, _, ids: rows.clear(tx, ids[0], _cleared("crisis", 9)),
    "a clearance is taken": lambda tx, _, ids: rows.unclear(tx, ids[0], "BE"),
    "a role is taken": lambda tx, ctx, ids: roles.take_role(
        tx, ctx, MODEL, ids[0], Role.SECURITY_OFFICER, actor=CLI
    ),
    "a suspension": lambda tx, ctx, ids: roles.suspend(tx, ctx, MODEL, ids[0], actor=CLI),
    "an expulsion": lambda tx, ctx, ids: roles.give_place(
        tx, ctx, MODEL, ids[0], Place.EXPELLED, "ports-be", until=UnixMs(NOW + DAY_MS), actor=CLI
    ),
    "a declaration": lambda tx, ctx, ids: interest.declare(tx, ctx, ids[0], PLATE, Whose.ONESELF, actor=CLI),
    "a tie": lambda tx, ctx, ids: interest.join(tx, ctx, MODEL, ids[0], ids[3], Tie.COLLEAGUE, actor=CLI),
    "a shift": lambda tx, ctx, ids: roster.add(
        tx, ctx, MODEL, ShiftRow(ids[0], UnixMs(NOW), UnixMs(NOW + DAY_MS)), actor=CLI
    ),
}


def a_port() -> Port:
    """Five people, two of whom are alike in all; the fourth declared a plate, the fifth works elsewhere."""
    at = ports.port()
    hire(at, "a.one")
    hire(at, "b.two")
    hire(at, "c.three", Role.ANALYST, purposes="crisis")
    plated = uuid.UUID(hire(at, "d.four")).bytes
    at.store.write(lambda tx: interest.declare(tx, at.ctx, plated, PLATE, Whose.ONESELF, actor=CLI)).result()
    hire(at, "e.five", Role.AUDITOR, site="zeebrugge")
    return at


def ids_of(at: Port) -> list[bytes]:
    return at.store.read(lambda r: [row.id for row in rows.accounts(r)])


def one_by_one(at: Port, label: str, about: Named) -> tuple[str, ...]:
    """Whom a plan names, each asked about alone."""
    alone = at.store.read(lambda r: [people.visitor(r, at.ctx, MODEL, who) for who in ids_of(at)])
    return tuple(
        sorted(
            one.id
            for one in alone
            if one and reads(one.reading, parse(label)) and not one.reading.conflicts.touched(about)
        )
    )


def agree(at: Port) -> None:
    some = uuid.UUID(bytes=ids_of(at)[0])
    for label in (AMBER, CRISIS, f"{AMBER}//TO officer:{at.name}/{some}"):
        for about in (NOTHING, Named(frozenset({str(PLATE)})), Named(whole=False)):
            assert everyone(at).who(parse(label), about) == one_by_one(at, label, about)


@pytest.mark.parametrize("what", CHANGES)
def test_whatever_changes_about_people_shows_in_the_next_plan(what: str) -> None:
    at = a_port()
    agree(at)
    before = at.store.read(rows.changed), everyone(at)
    at.store.write(lambda tx: CHANGES[what](tx, at.ctx, ids_of(at))).result()
    agree(at)
    assert everyone(at) is not before[1]


def test_a_memory_that_is_never_made_anew_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(made._Kept, "holds", lambda *_: True)
    at = a_port()
    agree(at)
    at.store.write(lambda tx: CHANGES["a suspension"](tx, at.ctx, ids_of(at))).result()
    with pytest.raises(AssertionError):
        agree(at)


def test_it_holds_until_the_next_thing_ends_and_not_longer() -> None:
    at = a_port()
    at.store.write(lambda tx: rows.clear(tx, ids_of(at)[2], _cleared("crisis", 9))).result()
    kept = everyone(at)
    at.clock.at = NOW + 9 * DAY_MS - 1
    assert everyone(at) is kept
    at.clock.at += 1
    assert len(everyone(at).who(parse(CRISIS))) == len(kept.who(parse(CRISIS))) - 1
    agree(at)


def test_a_newer_register_has_people_of_its_own() -> None:
    at = a_port()
    kept = everyone(at)
    newer = replace(at.ctx.register, version=at.ctx.register.version + 1)
    ctx = replace(at.ctx, registers=lambda: newer)
    ctx._decided[:] = at.ctx._decided
    assert at.store.read(lambda r: made.readership(r, ctx, MODEL)) is not kept


def undone(at: Port) -> None:
    """A transaction that looks at everybody after a change, and never was; then another change."""
    agree(at)

    def act(tx: Tx) -> None:
        CHANGES["a suspension"](tx, at.ctx, ids_of(at))
        assert len(made.readership(tx, at.ctx, MODEL).who(parse(AMBER))) == 3
        raise ValueError("planted")

    with pytest.raises(ValueError, match="planted"):
        at.store.write(act).result()
    at.store.write(lambda tx: roles.suspend(tx, at.ctx, MODEL, ids_of(at)[1], actor=CLI)).result()
    agree(at)


def test_what_a_transaction_saw_that_never_was_is_not_kept() -> None:
    undone(a_port())


def test_keeping_what_a_transaction_saw_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(made, "Tx", str)
    with pytest.raises(AssertionError):
        undone(a_port())


# ---- what is asked ----------------------------------------------------------------------------------------------------------


@dataclass
class Counting:
    """The engine of this process, and about how many people it was asked."""

    asked: set[str] = field(default_factory=set)
    silent: bool = False

    def __call__(self, model: Model, reader: Reader) -> Relations:
        self._engine = embedded(model, reader)
        return self  # type: ignore[return-value]

    def check_many(self, questions: Sequence[Check]) -> tuple[Answer, ...]:
        self.asked |= {one.user for one in questions}
        return (Answer.NO_ANSWER,) * len(questions) if self.silent else self._engine.check_many(questions)


def crowd(count: int) -> tuple[Port, Counting]:
    """So many people in three sorts, hired one after the other, each with ends of his own."""
    at, engine = ports.port(), Counting()
    for number in range(count):
        at.clock.at += 1
        hire(at, f"p{number}", (Role.POLICE, Role.ANALYST, Role.CUSTOMS)[number % 3])
    at.ctx = replace(at.ctx, engine=engine)
    return at, engine


@pytest.mark.parametrize("count", [6, 60])
def test_the_relations_are_asked_about_the_sorts_of_people_and_not_about_each(count: int) -> None:
    at, engine = crowd(count)
    assert len(everyone(at)) == count
    assert len(engine.asked) == 3
    assert len(everyone(at).groups) == 3
    agree(at)


def test_asking_about_each_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(made, "alike", lambda asked, *_: ([[place] for place in range(len(asked))], None))
    at, engine = crowd(6)
    assert len(everyone(at)) == 6
    assert len(engine.asked) == 6


def test_the_next_plan_reads_two_numbers_and_asks_nothing() -> None:
    at, engine = crowd(6)
    everyone(at)
    engine.asked.clear()
    with statements() as asked:
        everyone(at)
    assert len(asked) == 2
    assert engine.asked == set()


def test_people_of_whom_the_engine_said_nothing_are_nobody_and_are_asked_about_again() -> None:
    at, engine = crowd(6)
    engine.silent = True
    assert everyone(at).who(parse(AMBER)) == ()
    engine.silent = False
    assert len(everyone(at).who(parse(AMBER))) == 6
