"""What a hostile port may answer, or ask: it counts for nothing."""

from __future__ import annotations

from typing import Any

import pytest
import registers
from elsewhere import SOURCE, Elsewhere, approved, carry
from ports import ANTWERP, LIEGE, NORTH_SEA, Port, port
from record_examples import NOW

from node.commands import draft, second, second_heard, second_here
from node.store import entries, feeds, seconds
from node.store.drafts import DraftState
from node.store.seconds import State
from policies.decision import Deny
from policies.second import back, sealed
from protocol.errors import BadRecord
from protocol.label import parse
from protocol.register import build_register
from protocol.v1 import records_pb2 as pb

HOUR = 3_600_000


def forged(world: Elsewhere, one: seconds.AskedRow, at: Port, **changes: Any) -> str:
    """An answer as no honest port makes it, and what became of the question."""
    label = changes.pop("label", back(parse(SOURCE), ANTWERP, at.name))
    feed = world.origin.store.read(lambda r: feeds.numbered(r, one.feed))
    fields: dict[str, Any] = {
        "step": pb.Approval.STEP_APPROVED,
        "plan": one.plan,
        "until": NOW + HOUR,
        "question": pb.Ref(record_id=one.question, feed=feed.feed),
        "leaf": one.leaf,
        "officer": world.second,
        "roles": ["security_officer"],
        **changes,
    }
    common = pb.Common(kind="approval", regime=pb.Common.REGIME_GDPR)
    at.publish(pb.Record(common=common, approval=pb.Approval(**fields)), label.text)
    carry(at, world.origin)
    told = world.state(one.question)
    assert (world.now.state is DraftState.APPROVED) is (told.state is State.APPROVED)
    return f"{told.state} {told.why}".strip()


def test_an_answer_that_is_not_over_what_was_asked_is_void() -> None:
    def told(**changes: Any) -> str:
        world = Elsewhere()
        one = world.asked()
        world.carry()
        return forged(world, one, world.there, **changes)

    assert told() == "approved"
    assert told(leaf=bytes(32)) == "void plan"
    assert told(plan=bytes(32)) == "void plan"
    assert told(until=NOW + second.ASK_MS + 1) == "void late"
    assert told(label=parse(f"BE:NONE//TLP:RED//AUD ports-be//TO node:{ANTWERP}")) == "void label"


def test_an_answer_of_another_port_or_person_does_not_count() -> None:
    world = Elsewhere()
    one = world.asked()
    assert forged(world, one, port(LIEGE)) == "open"
    assert forged(world, one, world.there, officer=world.owner) == "void person"
    assert isinstance(world.release(), Deny)


def long_words() -> str:
    """What becomes of a question whose answer has as many and as long roles as an answer may have."""
    world = Elsewhere()
    one = world.asked()
    world.carry()
    told = forged(world, one, world.there, roles=[f"{n:02d}" + "r" * 38 for n in range(20)])
    noted = next(act for act in world.origin.audits() if act.act == "second_answered")
    assert noted.details["roles"].split(",")[3:] == ["03" + "r" * 38, "+16"]
    return told


def test_an_answer_with_as_many_roles_as_it_may_have_is_taken() -> None:
    assert long_words() == "approved"


def test_an_answer_that_makes_accept_fail_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second_heard, "listed", ",".join)
    with pytest.raises(BadRecord, match="roles"):
        long_words()


def test_an_old_yes_is_none_to_a_new_question() -> None:
    world, one = approved()
    at = world.origin
    at.store.write(
        lambda tx: draft.change(tx, at.ctx, world.row.record, editor=world.owner, label=parse(SOURCE))
    ).result()
    at.clock.at += 1
    again = world.asked()
    assert again.plan == one.plan  # the same text once more: and still another question
    assert forged(world, again, world.there, leaf=one.leaf) == "void plan"
    assert isinstance(world.release(), Deny)


def test_a_port_that_may_not_be_asked_any_more_gives_no_yes() -> None:
    held = [registers.register()]
    world = Elsewhere(origin=port(ANTWERP, register=lambda: held[0]))
    one = world.asked()
    world.carry()
    assert isinstance(world.answer(one.question), second_here.Answered)
    board = registers.board()
    board["organisations"][NORTH_SEA]["withdrawn_until"] = "2027-01-01"
    held[0] = build_register(
        board, registers.nodes(), version=4, hash=bytes(32), expires_ms=registers.EXPIRES
    )
    carry(world.there, world.origin)
    assert world.state(one.question).state is not State.APPROVED
    assert isinstance(world.release(), Deny)


def test_a_question_that_does_not_fit_its_label_is_kept_aside_without_content() -> None:
    world = Elsewhere()
    at = world.origin
    one = world.asked()
    row = at.store.read(lambda r: entries.get(r, one.feed, one.at))
    assert row is not None
    good = pb.Record.FromString(row.content or b"")
    wrong = SOURCE.replace("AMBER", "GREEN").replace("SOURCE", "ORCON")
    for changes, field in (
        ({"label": wrong}, "label"),
        ({"content": b"no record"}, "content"),
        ({"content_type": "port2port/audit;v=1"}, "content"),
    ):
        bad = pb.Record.FromString(good.SerializeToString())
        for name, value in changes.items():
            setattr(bad.approval, name, value)
        out = at.publish(bad, sealed(parse(SOURCE), NORTH_SEA).text)
        world.carry()
        held = world.there.store.read(
            lambda r: r.all(
                "SELECT q.field, e.content FROM quarantine q JOIN entry e ON e.key = q.key ORDER BY e.key"
            )
        )
        assert held[-1] == (f"approval.{field}", None), out
    assert len(world.waiting()) == 1
