"""A question to another port that is over: lapsed, void or taken back, and destroyed at both ports."""

from __future__ import annotations

import pytest
import registers
from elsewhere import Elsewhere, approved
from matters import alert
from ports import ANTWERP, LIEGE, NORTH_SEA, Port, port
from record_examples import NOW

from node.commands import draft, expire, second, second_here
from node.commands.publish import Released
from node.store.drafts import DraftState
from node.store.seconds import State
from policies.decision import Deny, DenyCode
from protocol.register import build_register
from protocol.v1 import records_pb2 as pb


def test_a_yes_lapses_with_its_question() -> None:
    world, _ = approved()
    world.origin.clock.at = NOW + second.ASK_MS
    refused = world.release()
    assert isinstance(refused, Deny)
    assert refused.code is DenyCode.SECOND_PERSON


def test_a_question_lapses() -> None:
    world = Elsewhere()
    one = world.asked()
    world.carry()
    world.there.clock.at = NOW + second.ASK_MS
    assert world.waiting() == []
    assert world.answer(one.question, leaf=one.leaf) is None


def test_another_text_makes_it_void_at_both_ports() -> None:
    world, one = approved()
    at, text = world.origin, alert(description="Something else.")
    at.store.write(
        lambda tx: draft.change(tx, at.ctx, world.row.record, editor=world.owner, message=text)
    ).result()
    assert (world.state(one.question).state, world.state(one.question).why) == (State.VOID, "text")
    assert isinstance(world.release(), Deny)

    waits = Elsewhere()
    two = waits.asked()
    waits.carry()
    at = waits.origin
    at.store.write(
        lambda tx: draft.change(tx, at.ctx, waits.row.record, editor=waits.owner, message=text)
    ).result()
    waits.carry()
    assert waits.waiting() == []
    assert waits.answer(two.question, leaf=two.leaf) is None
    waits.origin.clock.at += 1
    three = waits.asked()
    waits.carry()
    assert [each.row.question for each in waits.waiting()] == [three.question]


def test_another_register_makes_it_void() -> None:
    held = [registers.register()]
    world = Elsewhere(
        origin=port(ANTWERP, register=lambda: held[0]), there=port(NORTH_SEA, register=lambda: held[0])
    )
    one = world.asked()
    world.carry()
    board = registers.board()
    board["communities"]["ports-be"]["serving"].remove(LIEGE)
    held[0] = build_register(
        board, registers.nodes(), version=4, hash=bytes(32), expires_ms=registers.EXPIRES
    )
    shown = world.shown(one.question)
    assert shown is not None
    assert shown.moved == ("register", "ports")
    refused = world.answer(one.question)
    assert isinstance(refused, Deny)
    assert refused.code is DenyCode.PLAN_CHANGED
    held[0] = registers.register()
    assert isinstance(world.answer(one.question), second_here.Answered)
    world.carry()
    assert world.now.state is DraftState.APPROVED
    held[0] = build_register(
        board, registers.nodes(), version=4, hash=bytes(32), expires_ms=registers.EXPIRES
    )
    assert isinstance(world.release(), Deny)


def destroyed(at: Port, *, by: int = 1) -> bool:
    """Whether a pass over the store, so much later, leaves no text of a draft in any question."""
    now, at.clock.at = at.clock.at, at.clock.at + by
    if by:
        found = at.store.read(lambda r: expire.look(r, at.ctx))
        at.store.write(lambda tx: expire.forget(tx, at.ctx, found.due)).result()
    at.clock.at = now
    rows = at.store.read(lambda r: r.all("SELECT content FROM entry WHERE kind LIKE 'port2port/approval%'"))
    bodies = [pb.Record.FromString(content).approval for (content,) in rows if content is not None]
    return not any(body.content for body in bodies)


def test_taking_it_back_hides_it_there() -> None:
    world = Elsewhere()
    one = world.asked()
    world.carry()
    at = world.origin
    assert at.store.write(lambda tx: second.take_back(tx, at.ctx, one.question, officer=world.who)).result()
    assert not at.store.write(
        lambda tx: second.take_back(tx, at.ctx, one.question, officer=world.who)
    ).result()
    world.carry()
    assert world.waiting() == []
    assert world.answer(one.question, leaf=one.leaf) is None
    assert [destroyed(each) for each in (world.origin, world.there)] == [True, True]


def test_what_was_asked_is_destroyed_at_both_ports_after_the_answer() -> None:
    world, _ = approved()
    assert not destroyed(world.there, by=0)
    assert [destroyed(each) for each in (world.origin, world.there)] == [True, True]
    assert isinstance(world.release(), Released)  # the yes stands without it


def test_a_question_that_nobody_answers_is_destroyed_when_it_lapses() -> None:
    world = Elsewhere()
    world.asked()
    world.carry()
    assert not destroyed(world.there)
    assert destroyed(world.there, by=second.ASK_MS)


# ---- Planted faults -------------------------------------------------------------------------------------------------------


def test_a_question_that_outlives_its_text_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draft, "close", lambda *_: None)
    with pytest.raises(AssertionError):
        test_another_text_makes_it_void_at_both_ports()


def test_a_text_that_outlives_its_question_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expire, "forget", lambda *_: 0)
    for check in (
        test_what_was_asked_is_destroyed_at_both_ports_after_the_answer,
        test_a_question_that_nobody_answers_is_destroyed_when_it_lapses,
    ):
        with pytest.raises(AssertionError):
            check()
