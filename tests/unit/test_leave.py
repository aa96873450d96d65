"""The seconds in which a release can be undone: in the store, across a restart, once; what moved meanwhile leaves nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from matters import Desk, alert
from officers_here import everyone, hire
from ports import AMBER, port

from node.commands import draft, leave, release
from node.commands.publish import Released
from node.commands.release import PlanChanged
from node.store import drafts
from node.store.drafts import DraftRow, DraftState
from policies.decision import Deny, DenyCode
from policies.plan import Plan
from protocol.label import parse

WINDOW = 10_000


@pytest.fixture(name="desk")
def antwerp(tmp_path: Path) -> Desk:
    return Desk(port(path=tmp_path / "node.db"))


def drafted(desk: Desk) -> DraftRow:
    return desk.at.store.write(
        lambda tx: draft.make(tx, desk.at.ctx, alert(), owner=desk.who.id, label=parse(AMBER))
    ).result()


def begun(desk: Desk, row: DraftRow, digest: bytes = b"") -> object:
    plan = desk.plan(row)
    assert isinstance(plan, Plan)
    given = digest or plan.digest
    return desk.at.store.write(
        lambda tx: leave.begin(
            tx,
            desk.at.ctx,
            row.record,
            officer=desk.who,
            people=desk.people,
            digest=given,
            after_ms=WINDOW,
        )
    ).result()


def left(desk: Desk, row: DraftRow) -> object:
    return desk.at.store.write(
        lambda tx: leave.leave(tx, desk.at.ctx, row.record, officer=desk.who, people=desk.people)
    ).result()


def state(desk: Desk, row: DraftRow) -> tuple[DraftState, str]:
    kept = desk.at.store.read(lambda r: drafts.get(r, row.record))
    assert kept is not None
    return kept.state, kept.trouble


def test_it_waits_leaves_once_and_says_what_was_promised(desk: Desk) -> None:
    row = drafted(desk)
    assert begun(desk, row) == desk.at.ctx.now() + WINDOW
    assert state(desk, row) == (DraftState.LEAVING, "")
    assert desk.ops(AMBER) == []
    assert isinstance(left(desk, row), Released)
    assert left(desk, row) is None
    assert desk.ops(AMBER) == ["OPEN", "PUBLISH"]
    assert [a.act for a in desk.at.audits()][-2:] == ["release_begin", "release"]


def test_after_a_restart_it_is_still_about_to_leave(desk: Desk) -> None:
    row = drafted(desk)
    begun(desk, row)
    desk.at.store.reopen()
    (waiting,) = desk.at.store.read(drafts.leaving)
    assert (waiting.record, waiting.leaves_ms) == (row.record, desk.at.ctx.now() + WINDOW)
    assert isinstance(left(desk, row), Released)


def test_undone_in_time_it_stays_a_draft_and_can_be_released_again(desk: Desk) -> None:
    row = drafted(desk)
    begun(desk, row)

    def undo() -> Deny | bool:
        return desk.at.store.write(
            lambda tx: leave.undo(tx, desk.at.ctx, row.record, officer=desk.who)
        ).result()

    assert undo() is True
    assert undo() is False
    assert left(desk, row) is None
    assert state(desk, row) == (DraftState.DRAFT, "")
    begun(desk, row)
    assert isinstance(left(desk, row), Released)


def test_what_is_about_to_leave_is_not_changed_or_dropped(desk: Desk) -> None:
    row = drafted(desk)
    begun(desk, row)
    store, ctx = desk.at.store, desk.at.ctx
    assert (
        store.write(lambda tx: draft.change(tx, ctx, row.record, editor="x", message=alert())).result()
        is None
    )
    assert not store.write(lambda tx: draft.discard(tx, ctx, row.record, officer="x")).result()
    assert begun(desk, row) is None


def test_another_plan_than_the_one_that_was_seen_does_not_begin(desk: Desk) -> None:
    row = drafted(desk)
    assert isinstance(begun(desk, row, bytes(32)), PlanChanged)
    assert state(desk, row) == (DraftState.DRAFT, "")


def test_a_plan_that_moves_in_the_window_makes_it_a_draft_again(desk: Desk) -> None:
    row = drafted(desk)
    begun(desk, row)
    hire(desk.at, "n.new")
    desk.people = everyone(desk.at)
    assert isinstance(left(desk, row), PlanChanged)
    assert state(desk, row) == (DraftState.DRAFT, "PLAN_CHANGED")
    assert desk.ops(AMBER) == []


def test_an_officer_who_is_gone_releases_nothing(desk: Desk) -> None:
    row = drafted(desk)
    begun(desk, row)
    outcome = desk.at.store.write(
        lambda tx: leave.leave(tx, desk.at.ctx, row.record, officer=None, people=desk.people)
    ).result()
    assert isinstance(outcome, Deny)
    assert outcome.code is DenyCode.NOT_COMPETENT
    assert state(desk, row) == (DraftState.DRAFT, "NOT_COMPETENT")


def test_what_cannot_leave_for_no_decision_says_so(desk: Desk) -> None:
    row = drafted(desk)
    begun(desk, row)
    desk.at.store.write(lambda tx: leave.fail(tx, desk.at.ctx, row.record)).result()
    assert state(desk, row) == (DraftState.DRAFT, leave.FAILED)


def test_what_takes_two_begins_with_the_yes_and_keeps_it_when_it_is_undone(desk: Desk) -> None:
    row = desk.moving(desk.release("BE:NONE//TLP:AMBER//AUD ports-be & ports-scheldt").record, AMBER)
    assert row is not None
    alone = begun(desk, row)
    assert isinstance(alone, Deny)
    assert alone.code is DenyCode.SECOND_PERSON
    store, ctx, plan = desk.at.store, desk.at.ctx, desk.plan(row)
    assert isinstance(plan, Plan)
    store.write(
        lambda tx: release.approve(
            tx, ctx, row.record, officer=desk.second, people=desk.people, digest=plan.digest
        )
    ).result()
    begun(desk, row)
    assert store.write(lambda tx: leave.undo(tx, ctx, row.record, officer=desk.who)).result() is True
    assert state(desk, row) == (DraftState.APPROVED, "")
    begun(desk, row)
    assert isinstance(left(desk, row), Released)
