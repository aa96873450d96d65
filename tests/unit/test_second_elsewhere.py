"""A second person at another port: what comes back, and when it counts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import registers
from elsewhere import Elsewhere, approved
from officers_here import everyone, hire, visitor
from ports import ANTWERP, LIEGE, NORTH_SEA, port
from record_examples import NOW

from node.commands import release, second_here
from node.commands.publish import Released
from node.store import feeds, seconds
from node.store.drafts import DraftState
from node.store.seconds import State
from policies.decision import Deny, DenyCode
from policies.officers import Role
from policies.plan import Plan
from protocol.errors import BadRecord
from protocol.ids import UnixMs
from protocol.register import build_register
from protocol.register_view import Register


def test_a_yes_from_another_port_lets_a_draft_leave() -> None:
    world = Elsewhere()
    refused = world.release()
    assert isinstance(refused, Deny)
    assert refused.code is DenyCode.SECOND_PERSON
    one = world.asked()
    assert isinstance(world.release(), Deny)
    world.carry()
    (listed,), shown = world.waiting(), world.shown(one.question)
    assert shown is not None
    plan = world.plan()
    assert isinstance(plan, Plan)
    assert {r.node for r in shown.recipients} == plan.nodes  # the same "who will see this" at both ports
    assert {(w.node, w.code) for w in shown.withheld} == {(w.node, w.code) for w in plan.withheld}
    assert listed.draft.title == world.message.common.title
    assert isinstance(world.release(), Deny)
    assert isinstance(world.answer(one.question), second_here.Answered)
    assert isinstance(world.release(), Deny)
    world.carry()
    assert world.now.state is DraftState.APPROVED
    assert isinstance(world.release(), Released)
    left = world.origin.audits()[-1]
    assert left.act == "release"
    assert left.details["second"] == f"officer:{NORTH_SEA}/{world.second}"


def test_both_sides_write_down_who_and_what() -> None:
    world, one = approved()
    mine = {act.act: act for act in world.origin.audits()}
    theirs = {act.act: act for act in world.there.audits()}
    assert mine["second_ask"].actor == world.owner
    assert mine["second_ask"].details["node"] == NORTH_SEA
    assert mine["second_answered"].details["by"] == f"officer:{NORTH_SEA}/{world.second}"
    assert mine["second_answered"].details["roles"] == "security_officer"
    assert theirs["second_asked"].details["origin"] == ANTWERP
    assert theirs["second_answer"].actor == world.second
    plan = one.plan.hex()
    assert {
        act.details["plan"] for act in (*mine.values(), *theirs.values()) if act.act.startswith("second_")
    } == {plan}


def accredited(*names: str, level: str = "SECRET") -> Register:
    """A register in which these ports may hold up to a level."""
    board, nodes = registers.board(), registers.nodes()
    for name in names:
        board["organisations"][name]["level"] = {"BE": level}
        nodes[name][0]["level"] = {"BE": level}
        nodes[name][0]["approval"] = {"number": "2027-014", "issuer": "nsa-be", "expires": "2029-06-30"}
    return build_register(board, nodes, version=3, hash=bytes(32), expires_ms=registers.EXPIRES)


def test_a_classified_draft_goes_only_to_a_node_that_holds_its_level_and_is_shown_to_who_is_cleared() -> None:
    register = accredited(ANTWERP, NORTH_SEA)
    world = Elsewhere(
        origin=port(ANTWERP, register=register),
        there=port(NORTH_SEA, register=register),
        label="BE:SECRET//TLP:AMBER//AUD ports-be",
        level=3,
    )
    assert world.ports() == (NORTH_SEA, "police-limburg")  # Liège and Limburg hold nothing above NONE
    refused = world.ask(LIEGE)
    assert isinstance(refused, Deny)
    assert refused.code is DenyCode.LEVEL
    one = world.asked()
    kept = world.origin.store.read(lambda r: feeds.numbered(r, one.feed))
    assert kept.label == f"BE:SECRET//TLP:RED//AUD ports-be//TO node:{NORTH_SEA}"
    world.carry()
    assert len(world.waiting()) == 1
    for level in (0, 2):
        below = hire(world.there, f"c.below{level}", Role.SECURITY_OFFICER, level=level)
        assert world.waiting(below) == []
        assert world.answer(one.question, leaf=one.leaf, who=below) is None
    assert isinstance(world.answer(one.question), second_here.Answered)
    world.carry()
    assert isinstance(world.release(), Released)


def test_a_yes_of_a_port_whose_approval_ended_meanwhile_does_not_count() -> None:
    register = accredited(ANTWERP, NORTH_SEA, level="CONFIDENTIAL")
    world = Elsewhere(
        origin=port(ANTWERP, register=register),
        there=port(NORTH_SEA, register=register),
        label="BE:CONFIDENTIAL//TLP:AMBER//AUD ports-be",
        level=2,
    )
    one = world.asked()
    world.carry()
    assert isinstance(world.answer(one.question), second_here.Answered)
    world.carry()
    entry = register.nodes[NORTH_SEA]
    assert entry.approval is not None
    ended = replace(entry, approval=replace(entry.approval, expires_ms=UnixMs(NOW)))
    nodes = {**register.nodes, NORTH_SEA: ended}
    object.__setattr__(world.origin.ctx, "registers", lambda: replace(register, nodes=nodes))
    assert isinstance(world.release(), Deny)


def test_it_comes_back_with_a_reason() -> None:
    world = Elsewhere()
    one = world.asked()
    world.carry()
    with pytest.raises(BadRecord):
        world.answer(one.question, reason="x" * 401)
    assert isinstance(world.answer(one.question, reason="Which quay?"), second_here.Answered)
    world.carry()
    told = world.state(one.question)
    assert (told.state, told.reason, told.officer) == (State.RETURNED, "Which quay?", world.second)
    assert world.now.state is DraftState.DRAFT
    assert isinstance(world.release(), Deny)
    assert world.answer(one.question, leaf=one.leaf) is None  # one answer
    assert isinstance(world.asked(), seconds.AskedRow)


def test_a_late_yes_takes_no_newer_one_away() -> None:
    world = Elsewhere()
    one = world.asked()
    world.carry()
    assert isinstance(world.answer(one.question), second_here.Answered)
    at, local = (
        world.origin,
        hire(world.origin, "z.local", Role.SECURITY_OFFICER),
    )  # whom the plan counts, too
    plan, who = world.plan(), visitor(at, local)
    assert isinstance(plan, Plan)
    assert plan.digest != one.plan
    at.clock.at += 1
    given: Any = {"officer": who, "people": everyone(at), "digest": plan.digest}
    done = at.store.write(lambda tx: release.approve(tx, at.ctx, world.row.record, **given)).result()
    assert isinstance(done, Plan)
    world.carry()
    assert world.state(one.question).state is State.APPROVED
    assert world.now.approver == local
    assert isinstance(world.release(), Released)


def test_a_yes_from_elsewhere_counts_after_one_here_to_an_older_plan() -> None:
    world = Elsewhere()
    at, local = world.origin, hire(world.origin, "z.local", Role.SECURITY_OFFICER)
    plan, who = world.plan(), visitor(at, local)
    assert isinstance(plan, Plan)
    given: Any = {"officer": who, "people": everyone(at), "digest": plan.digest}
    assert isinstance(
        at.store.write(lambda tx: release.approve(tx, at.ctx, world.row.record, **given)).result(), Plan
    )
    hire(at, "y.another", Role.SECURITY_OFFICER)
    at.clock.at += 1
    one = world.asked()
    world.carry()
    assert isinstance(world.answer(one.question), second_here.Answered)
    world.carry()
    assert isinstance(world.release(), Released)
