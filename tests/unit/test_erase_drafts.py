"""With an erased matter goes every draft that goes on from any record of it, though it is about to leave."""

from __future__ import annotations

from matters import Desk
from officers_here import officer
from ports import AMBER, ANTWERP, port

from node.commands import erase, leave
from node.store import drafts
from node.store.drafts import DraftState
from policies.officers import Role
from policies.plan import Plan

BOTH = "BE:NONE//TLP:AMBER//AUD ports-be & ports-scheldt"


def test_no_draft_of_an_erased_matter_waits_any_more() -> None:
    desk = Desk(port(ANTWERP))
    at, dpo = desk.at, officer(desk.at, "d.po", Role.DPO)
    first = desk.release(AMBER)
    out = desk.move(first.record, BOTH)
    other = desk.release(AMBER)
    moving, correction = desk.moving(out.record, AMBER), desk.correcting(out.record, title="Of the erased")
    stays = desk.moving(other.record, BOTH)
    assert moving is not None
    assert correction is not None
    assert stays is not None
    plan = desk.plan(correction)
    assert isinstance(plan, Plan)
    begun = at.store.write(
        lambda tx: leave.begin(
            tx,
            at.ctx,
            out.record,
            officer=desk.who,
            people=desk.people,
            digest=plan.digest,
            after_ms=10_000,
        )
    ).result()
    assert isinstance(begun, int)
    asked = at.store.write(
        lambda tx: erase.request_erase(tx, at.ctx, first.record, reason=2, officer=desk.who)
    ).result()
    done = at.store.write(
        lambda tx: erase.approve_erase(tx, at.ctx, first.record, officer=dpo, digest=asked.digest)  # type: ignore[union-attr]
    ).result()
    assert isinstance(done, erase.Erased)
    assert [row.record for row in at.store.read(drafts.waiting)] == [stays.record]
    for record in (moving.record, out.record):
        row = at.store.read(lambda r, one=record: drafts.get(r, one))  # type: ignore[misc]
        assert row is not None
        assert (row.state, row.leaves_ms, row.leaver) == (DraftState.DISCARDED, None, None)
    assert not at.store.read(drafts.leaving)
    left = at.store.write(
        lambda tx: leave.leave(tx, at.ctx, out.record, officer=desk.who, people=desk.people)
    ).result()
    assert left is None
