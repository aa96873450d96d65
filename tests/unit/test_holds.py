"""A record on hold is destroyed by nothing and listed nowhere; a hold that only waits, or was lifted, changes nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from matters import Desk
from officers_here import officer, readable
from ports import AMBER, NORTH_SEA, RETENTION, Port, port
from record_examples import example

from node.commands import contest, expire, hold, leave, move, search
from node.commands.people import Visitor
from node.commands.publish import Released
from node.commands.settle import settle
from node.commands.watch_list import load
from node.store import holds
from node.store.holds import HoldRow, HoldState
from node.store.holds import HoldRow as Row
from node.store.unit import Tx
from policies.decision import Deny, DenyCode
from policies.officers import Role
from policies.plan import Plan
from protocol.fields import DAY_MS

BOTH = "BE:NONE//TLP:AMBER//AUD ports-be & ports-scheldt"
IN_FORCE = (HoldState.HELD, HoldState.LIFTING)


def put(at: Port, out: Released, state: HoldState) -> None:
    row = HoldRow(
        lineage=out.feed.lineage,
        record=out.record,
        state=state,
        reference="PV 12/26",
        asked_by="dpo",
        asked_ms=at.ctx.now(),
    )
    at.store.write(lambda tx: holds.put(tx, row)).result()
    at.store.write(lambda tx: settle(tx, out.feed.lineage, out.record)).result()


def listed(at: Port) -> int:
    who = officer(at, f"o{at.clock.at}")
    return len(at.store.read(lambda r: search.newest(r, at.ctx, readable(at), who.reading)).rows)


def swept(at: Port) -> int:
    due = at.store.read(lambda r: expire.look(r, at.ctx)).due
    return at.store.write(lambda tx: expire.forget(tx, at.ctx, due)).result().entries


@pytest.mark.parametrize("state", HoldState)
def test_only_a_hold_in_force_seals(state: HoldState) -> None:
    at = port()
    out = at.release()
    assert not at.store.read(lambda r: holds.held(r, out.feed.lineage, out.record))
    put(at, out, state)
    assert at.store.read(lambda r: holds.held(r, out.feed.lineage, out.record)) is (state in IN_FORCE)
    assert listed(at) == (0 if state in IN_FORCE else 1)
    at.clock.at += 31 * DAY_MS
    assert swept(at) == (0 if state in IN_FORCE else 1)


@pytest.mark.parametrize("withdrawn", [False, True])
def test_what_was_on_hold_is_listed_or_destroyed_once_it_is_not(withdrawn: bool) -> None:
    at = port()
    out = at.release(kind="notice")
    if withdrawn:
        at.withdraw(out)
    put(at, out, HoldState.HELD)
    at.clock.at += RETENTION["retracted_content"]
    assert swept(at) == 0
    at.store.write(lambda tx: holds.drop(tx, out.feed.lineage, out.record, "PV 12/26")).result()
    at.store.write(lambda tx: settle(tx, out.feed.lineage, out.record)).result()
    assert listed(at) == 1
    assert swept(at) == 1


def test_a_hold_is_of_one_lineage_alone() -> None:
    at = port()
    one = at.release()
    other = at.release("BE:NONE//TLP:GREEN//AUD ports-be", record=one.record)
    put(at, one, HoldState.HELD)
    assert not at.store.read(lambda r: holds.held(r, other.feed.lineage, other.record))
    assert listed(at) == 1


def test_contested_is_of_one_lineage_and_ends() -> None:
    at = port()
    out = at.release()

    def asked() -> bool:
        return at.store.read(lambda r: holds.contested(r, out.feed.lineage, out.record))

    assert not asked()
    at.store.write(
        lambda tx: holds.contest(tx, out.feed.lineage, out.record, by="dpo", now=at.ctx.now())
    ).result()
    assert asked()
    assert at.store.write(lambda tx: holds.settle_contest(tx, out.feed.lineage, out.record)).result()
    assert not asked()


# ---- the commands ----------------------------------------------------------------------------------------------------------


def asked(at: Port, out: Released, who: Visitor, reference: str = "PV 12/26") -> Row | Deny | None:
    return at.store.write(
        lambda tx: hold.ask(tx, at.ctx, out.feed.lineage, out.record, reference=reference, officer=who)
    ).result()


def done(
    at: Port,
    act: Callable[..., Row | Deny | None],
    out: Released,
    who: Visitor,
    reference: str = "PV 12/26",
) -> Row | Deny | None:
    return at.store.write(
        lambda tx: act(tx, at.ctx, out.feed.lineage, out.record, reference=reference, officer=who)
    ).result()


def in_force(at: Port, out: Released) -> bool:
    return at.store.read(lambda r: holds.held(r, out.feed.lineage, out.record))


def test_a_hold_and_its_end_take_two_and_are_audited_without_the_reference() -> None:
    at = port()
    out = at.release()
    dpo, second = officer(at, "d.dpo", Role.DPO), officer(at, "s.second")
    assert isinstance(asked(at, out, dpo), Row)
    assert asked(at, out, dpo) is None
    alone = done(at, hold.confirm, out, dpo)
    assert isinstance(alone, Deny)
    assert alone.code is DenyCode.SECOND_PERSON
    assert not in_force(at, out)
    assert isinstance(done(at, hold.confirm, out, second), Row)
    assert in_force(at, out)
    assert listed(at) == 0
    assert isinstance(done(at, hold.ask_end, out, second), Deny)
    assert isinstance(done(at, hold.ask_end, out, dpo), Row)
    assert in_force(at, out)
    assert isinstance(done(at, hold.confirm, out, dpo), Deny)
    assert isinstance(done(at, hold.confirm, out, second), Row)
    assert not in_force(at, out)
    at.clock.at += 1
    assert listed(at) == 1
    acts = [a for a in at.audits() if a.act.startswith("hold")]
    assert [a.act for a in acts] == ["hold_ask", "hold", "hold_end_ask", "hold_end"]
    assert all("PV" not in str(a) for a in acts)


def test_a_hold_that_only_waits_is_dropped_by_its_asker_alone() -> None:
    at = port()
    out, dpo = at.release(), officer(at, "d.dpo", Role.DPO)
    asked(at, out, dpo)
    assert isinstance(done(at, hold.ask_end, out, dpo), Row)
    assert at.store.read(holds.every) == []
    assert done(at, hold.confirm, out, officer(at, "s.second")) is None


@pytest.mark.parametrize("role", [Role.PORT_CAPTAIN, Role.SECURITY_OFFICER, Role.AUDITOR, Role.ADMINISTRATOR])
def test_nobody_else_asks_for_a_hold_or_contests(role: Role) -> None:
    at = port()
    out, who = at.release(), officer(at, "n.no", role)
    assert isinstance(asked(at, out, who), Deny)
    refused = at.store.write(
        lambda tx: contest.contest(tx, at.ctx, out.feed.lineage, out.record, officer=who)
    ).result()
    assert isinstance(refused, Deny)
    assert at.store.read(holds.every) == []


def test_an_analyst_is_no_second_person_for_a_hold() -> None:
    at = port()
    out = at.release()
    asked(at, out, officer(at, "d.dpo", Role.DPO))
    assert isinstance(done(at, hold.confirm, out, officer(at, "y.analyst", Role.ANALYST)), Deny)


@pytest.mark.parametrize("reference", ["", "x" * 81, "a\nb"])
def test_a_hold_names_the_authority_s_reference(reference: str) -> None:
    at = port()
    out, dpo = at.release(), officer(at, "d.dpo", Role.DPO)
    with pytest.raises(ValueError, match="reference"):
        asked(at, out, dpo, reference)


def test_one_authority_s_hold_ends_without_another_s() -> None:
    desk = Desk(port())
    first = desk.release(BOTH)
    second = desk.move(first.record, AMBER)
    dpo = officer(desk.at, "d.dpo", Role.DPO)
    for out, reference in ((first, "COURT A"), (second, "COURT B")):
        assert isinstance(asked(desk.at, out, dpo, reference), Row)
        assert asked(desk.at, second, dpo, reference) is None  # of the matter, whatever its id
        assert isinstance(done(desk.at, hold.confirm, out, desk.second, reference), Row)
    done(desk.at, hold.ask_end, second, dpo, "COURT B")
    assert isinstance(done(desk.at, hold.confirm, second, desk.second, "COURT B"), Row)
    rows = desk.at.store.read(holds.every)
    assert {(row.record, row.reference) for row in rows} == {
        (first.record, "COURT A"),
        (second.record, "COURT A"),
    }
    assert in_force(desk.at, first)
    assert in_force(desk.at, second)
    assert listed(desk.at) == 0
    assert done(desk.at, hold.ask_end, first, dpo, "COURT B") is None
    done(desk.at, hold.ask_end, first, dpo, "COURT A")
    done(desk.at, hold.confirm, first, desk.second, "COURT A")
    assert not in_force(desk.at, first)
    assert not in_force(desk.at, second)


def test_that_a_hold_should_end_is_taken_back_and_said_to_nobody_without_the_right() -> None:
    at = port()
    out, dpo, second = at.release(), officer(at, "d.dpo", Role.DPO), officer(at, "s.second")
    analyst = officer(at, "y.analyst", Role.ANALYST)
    for step in (hold.ask_end, hold.keep_on):
        assert isinstance(done(at, step, out, analyst), Deny)  # there is none, and that is not said
        assert done(at, step, out, dpo) is None
    asked(at, out, dpo)
    done(at, hold.confirm, out, second)
    assert done(at, hold.keep_on, out, dpo) is None
    done(at, hold.ask_end, out, dpo)
    kept = done(at, hold.keep_on, out, dpo)
    assert isinstance(kept, Row)
    assert (kept.state, kept.confirmed_by) == (HoldState.HELD, second.id)
    assert done(at, hold.confirm, out, second) is None
    assert in_force(at, out)
    assert at.audits()[-1].act == "hold_end_drop"


def test_a_hold_covers_every_record_of_a_matter() -> None:
    desk = Desk(port())
    first = desk.release("BE:NONE//TLP:AMBER//AUD ports-be & ports-scheldt")
    second = desk.move(first.record, AMBER)
    dpo = officer(desk.at, "d.dpo", Role.DPO)
    asked(desk.at, second, dpo)
    done(desk.at, hold.confirm, second, desk.second)
    assert in_force(desk.at, first)
    assert in_force(desk.at, second)
    done(desk.at, hold.ask_end, second, dpo)
    done(desk.at, hold.confirm, second, desk.second)
    assert not in_force(desk.at, first)


@pytest.mark.parametrize("change", ["move", "correction"])
@pytest.mark.parametrize("leaving", [False, True])
def test_what_was_begun_before_a_hold_does_not_leave_while_it_is_in_force(change: str, leaving: bool) -> None:
    desk = Desk(port())
    first = desk.release(BOTH)
    out = desk.move(first.record, AMBER)
    row = desk.moving(out.record, BOTH) if change == "move" else desk.correcting(out.record)
    assert row is not None
    if leaving:
        plan = desk.plan(row)
        assert isinstance(plan, Plan)
        ctx, who, people = desk.at.ctx, desk.who, desk.people
        desk.at.store.write(
            lambda tx: leave.begin(
                tx, ctx, row.record, officer=who, people=people, digest=plan.digest, after_ms=10_000
            )
        ).result()
    dpo, said = officer(desk.at, "d.dpo", Role.DPO), [desk.ops(BOTH), desk.ops(AMBER)]
    put(desk.at, first, HoldState.HELD)  # of one record of the matter alone
    assert not desk.at.store.read(lambda r: move.may_change(r, desk.at.ctx, out.record, desk.who))
    if leaving:
        outcome: object = desk.at.store.write(
            lambda tx: leave.leave(tx, desk.at.ctx, row.record, officer=desk.who, people=desk.people)
        ).result()
    else:
        outcome = desk.leave(row)
    assert isinstance(outcome, Deny)
    assert "on hold by an authority's reference" in outcome.words
    assert [desk.ops(BOTH), desk.ops(AMBER)] == said
    done(desk.at, hold.ask_end, first, dpo)
    done(desk.at, hold.confirm, first, desk.second)
    desk.gone(row)


def test_a_withdrawal_is_said_of_what_is_on_hold_and_its_content_stays() -> None:
    desk = Desk(port())
    out = desk.release()
    dpo = officer(desk.at, "d.dpo", Role.DPO)
    asked(desk.at, out, dpo)
    done(desk.at, hold.confirm, out, desk.second)
    desk.retract(out.record)
    desk.at.clock.at += 90 * DAY_MS
    assert swept(desk.at) == 0
    assert desk.ops(AMBER) == ["OPEN", "PUBLISH", "RETRACT"]


def test_contested_is_shown_and_not_matched_until_it_ends() -> None:
    origin, at = port(NORTH_SEA), port()
    out = origin.publish(example("indicator"))
    at.pull(origin, out.feed.feed)
    dpo, reads = officer(at, "d.dpo", Role.DPO), officer(at, "r.reads")

    def mark(tx: Tx, *, contested: bool) -> object:
        return contest.contest(tx, at.ctx, out.feed.lineage, out.record, officer=dpo, contested=contested)

    def seen() -> tuple[list[bool], int]:
        rows = at.store.read(lambda r: search.newest(r, at.ctx, readable(at), reads.reading)).rows
        return [row.contested for row in rows], len(at.store.read(lambda r: load(r, at.ctx)))

    assert seen() == ([False], 1)
    assert at.store.write(lambda tx: mark(tx, contested=True)).result() is True
    assert at.store.write(lambda tx: mark(tx, contested=True)).result() is False
    assert seen() == ([True], 0)
    assert at.store.write(lambda tx: mark(tx, contested=False)).result() is True
    assert seen() == ([False], 1)
    assert [a.act for a in at.audits()] == [*["person_add"] * 2, "restrict", "restrict_end"]


def test_what_is_on_hold_is_not_matched() -> None:
    origin, at = port(NORTH_SEA), port()
    out = origin.publish(example("indicator"))
    at.pull(origin, out.feed.feed)
    assert len(at.store.read(lambda r: load(r, at.ctx))) == 1
    asked(at, out, officer(at, "d.dpo", Role.DPO))
    done(at, hold.confirm, out, officer(at, "s.second"))
    assert len(at.store.read(lambda r: load(r, at.ctx))) == 0


@pytest.mark.parametrize("ended", [False, True])
def test_contested_covers_the_matter_and_goes_on_to_what_it_is_moved_to(ended: bool) -> None:
    desk = Desk(port())
    dpo, indicator = officer(desk.at, "d.dpo", Role.DPO), example("indicator")
    indicator.common.legal_basis = "port-security-be"
    first = desk.release(BOTH, indicator)
    second = desk.move(first.record, AMBER)

    def mark(out: Released, *, contested: bool) -> object:
        return desk.at.store.write(
            lambda tx: contest.contest(
                tx, desk.at.ctx, out.feed.lineage, out.record, officer=dpo, contested=contested
            )
        ).result()

    def marked() -> tuple[set[bytes], int]:
        rows = desk.at.store.read(holds.contested_here)
        return {record for _, record in rows}, len(desk.at.store.read(lambda r: load(r, desk.at.ctx)))

    assert marked() == (set(), 1)
    assert mark(first, contested=True) is True  # by any of its ids
    assert mark(second, contested=True) is False
    assert marked() == ({first.record, second.record}, 0)
    third = desk.move(second.record, BOTH)
    assert marked() == ({first.record, second.record, third.record}, 0)
    if ended:
        assert mark(second, contested=False) is True
        assert marked() == (set(), 1)


# ---- Planted faults -------------------------------------------------------------------------------------------------------


def test_a_hold_that_one_confirms_alone_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hold, "may_confirm", lambda *_: True)
    with pytest.raises(AssertionError):
        test_a_hold_and_its_end_take_two_and_are_audited_without_the_reference()


def test_a_hold_that_anybody_seconds_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hold, "_may_second", lambda *_: True)
    with pytest.raises(AssertionError):
        test_an_analyst_is_no_second_person_for_a_hold()


def test_a_hold_of_one_copy_alone_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hold, "whole", lambda _tx, _ctx, lineage, record: [(lineage, record)])
    with pytest.raises(AssertionError):
        test_a_hold_covers_every_record_of_a_matter()
