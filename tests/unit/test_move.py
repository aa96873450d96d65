"""Changing one's mind: narrower, wider, elsewhere, corrected, a part removed, withdrawn; in one transaction, everywhere."""

from __future__ import annotations

import itertools

import pytest
from matters import Desk, alert, feeds_of, follow, live
from ports import AMBER, ANTWERP, LIEGE, LIMBURG, NORTH_SEA, SCHELDT, Port, port

from node.commands import draft, release
from node.commands.publish import Released
from node.store import drafts, entries
from node.store.drafts import DraftState
from node.store.entries import Standing
from policies.decision import Deny, DenyCode
from policies.plan import Change, Plan, Second
from protocol.errors import BadRecord
from protocol.header import parse_header
from protocol.ids import RecordId, UnixMs
from protocol.label import parse
from protocol.v1 import records_pb2 as pb

BOTH = "BE:NONE//TLP:AMBER//AUD ports-be & ports-scheldt"
"""Narrower than either."""
RED = "BE:NONE//TLP:RED//AUD ports-be//TO node:north-sea-port,node:port-antwerp-bruges"
PFSO = "BE:NONE//TLP:AMBER//AUD pfso-network"
"""Neither wider nor narrower than the ports' labels."""


@pytest.fixture(name="desk")
def antwerp() -> Desk:
    return Desk(port(ANTWERP))


def readers(desk: Desk) -> dict[str, Port]:
    found: dict[str, Port] = {name: port(name) for name in (NORTH_SEA, LIMBURG, LIEGE)}
    for each in found.values():
        follow(each, desk.at)
    return {**found, ANTWERP: desk.at}


def content(at: Port, record: RecordId) -> pb.Record:
    ((raw,),) = at.store.read(
        lambda r: r.all("SELECT content FROM entry WHERE record = ? AND op = 2", record)
    )
    return pb.Record.FromString(raw)


def standing(at: Port, record: RecordId) -> list[Standing]:
    rows = at.store.read(lambda r: r.all("SELECT standing FROM entry WHERE record = ? AND op = 2", record))
    return [Standing(row[0]) for row in rows]


def test_narrowing_erases_in_the_wider_feed_and_publishes_in_the_narrower_one(desk: Desk) -> None:
    out = desk.release(AMBER)
    row = desk.moving(out.record, BOTH)
    assert row is not None
    plan = desk.plan(row)
    assert isinstance(plan, Plan)
    assert (plan.change, plan.needs_second) == (Change.NARROWER, ())
    assert (plan.gains, plan.loses) == ((), ("police-limburg", LIMBURG))
    new = desk.gone(row)
    assert desk.ops(AMBER) == ["OPEN", "PUBLISH", "ERASE"]
    assert desk.ops(BOTH) == ["OPEN", "PUBLISH"]
    seen = {name: live(at, {out.record, new.record}) for name, at in readers(desk).items()}
    assert seen == {
        NORTH_SEA: [(new.record, BOTH)], LIEGE: [(new.record, BOTH)], ANTWERP: [(new.record, BOTH)], LIMBURG: [],
    }  # fmt: skip
    assert [ref.record_id for ref in content(desk.at, new.record).common.derived_from] == [out.record]
    erase = desk.at.store.read(lambda r: entries.get(r, out.feed.number, 2))
    assert erase is not None
    assert (parse_header(erase.header).reason, erase.header.find(new.record)) == (7, -1)


def test_widening_supersedes_in_the_narrower_feed_and_the_wider_one_knows_nothing_of_it(desk: Desk) -> None:
    out = desk.release(BOTH)
    row = desk.moving(out.record, AMBER)
    assert row is not None
    plan = desk.plan(row)
    assert isinstance(plan, Plan)
    assert (plan.change, plan.needs_second) == (Change.WIDER, (Second.WIDER,))
    assert (plan.gains, plan.loses) == (("police-limburg", LIMBURG), ())
    alone = desk.at.store.write(
        lambda tx: release.release(
            tx, desk.at.ctx, row.record, officer=desk.who, people=desk.people, digest=plan.digest
        )
    ).result()
    assert isinstance(alone, Deny)
    assert alone.code is DenyCode.SECOND_PERSON
    new = desk.gone(row)
    assert desk.ops(BOTH) == ["OPEN", "PUBLISH", "SUPERSEDED"]
    moved = desk.at.store.read(lambda r: entries.get(r, out.feed.number, 2))
    assert moved is not None
    assert parse_header(moved.header).successor == new.record
    wider = desk.at.store.read(lambda r: entries.between(r, new.feed.number, 0, new.feed.size))
    assert all((each.header + (each.content or b"")).find(out.record) == -1 for each in wider)
    for at in readers(desk).values():
        assert live(at, {out.record, new.record}) == [(new.record, AMBER)]


def test_a_move_to_neither_is_a_narrowing_without_a_link(desk: Desk) -> None:
    out = desk.release(SCHELDT)
    row = desk.moving(out.record, PFSO)
    assert row is not None
    plan = desk.plan(row)
    assert isinstance(plan, Plan)
    assert (plan.change, plan.gains, plan.loses) == (Change.NARROWER, ("port-rotterdam",), ())
    assert plan.needs_second == (Second.WIDER,)
    new = desk.gone(row)
    assert desk.ops(SCHELDT) == ["OPEN", "PUBLISH", "ERASE"]
    assert not content(desk.at, new.record).common.derived_from


def test_the_link_follows_the_label_that_is_chosen(desk: Desk) -> None:
    out = desk.release(AMBER)
    row = desk.moving(out.record, RED)
    assert row is not None
    assert pb.Record.FromString(row.content).common.derived_from
    changed = desk.at.store.write(
        lambda tx: draft.change(tx, desk.at.ctx, row.record, editor=desk.who.id, label=parse(PFSO))
    ).result()
    assert changed is not None
    assert not pb.Record.FromString(changed.content).common.derived_from


def test_there_and_back_leaves_one_that_lives(desk: Desk) -> None:
    first = desk.release(BOTH)
    second = desk.move(first.record, AMBER)
    third = desk.move(second.record, BOTH)
    fourth = desk.move(third.record, AMBER)
    everything = {first.record, second.record, third.record, fourth.record}
    for at in readers(desk).values():
        assert live(at, everything) == [(fourth.record, AMBER)]
    assert standing(desk.at, first.record) == [Standing.SUPERSEDED]
    assert standing(desk.at, second.record) == [Standing.ERASED]


def test_a_narrowing_reaches_an_older_copy_that_the_new_readers_do_not_cover(desk: Desk) -> None:
    first = desk.release(BOTH)
    second = desk.move(first.record, AMBER)
    third = desk.move(second.record, RED)  # Liège has the first one still, and may not know the third
    assert standing(desk.at, first.record) == [Standing.ERASED]
    assert live(readers(desk)[LIEGE], {first.record, second.record, third.record}) == []


def test_a_withdrawal_goes_to_every_feed_that_has_anything_of_it(desk: Desk) -> None:
    first = desk.release(BOTH)
    second = desk.move(first.record, AMBER)
    desk.retract(second.record)
    assert desk.ops(BOTH) == ["OPEN", "PUBLISH", "SUPERSEDED", "RETRACT"]
    assert desk.ops(AMBER) == ["OPEN", "PUBLISH", "RETRACT"]
    assert standing(desk.at, first.record) == standing(desk.at, second.record) == [Standing.RETRACTED]
    assert desk.retract(first.record).index is None
    shown = desk.at.store.read(
        lambda r: r.all(
            "SELECT e.record FROM entry e JOIN feed f ON f.number = e.feed WHERE shown > 0 AND op = 2 AND role = 0"
        )
    )
    assert [row[0] for row in shown] == [second.record]  # one line for one matter


def test_a_feed_it_was_erased_from_hears_no_more_of_it(desk: Desk) -> None:
    out = desk.release(AMBER)
    new = desk.move(out.record, BOTH)
    desk.retract(new.record)
    assert desk.ops(AMBER) == ["OPEN", "PUBLISH", "ERASE"]
    assert desk.ops(BOTH) == ["OPEN", "PUBLISH", "RETRACT"]


def test_a_part_that_is_removed_is_erased_in_the_same_transaction_and_everywhere(desk: Desk) -> None:
    first = desk.release(BOTH)
    second = desk.move(first.record, AMBER)
    before = len(desk.at.audits())
    corrected = desk.correct(second.record, removes=True)
    assert (corrected.record, corrected.version) == (second.record, 2)
    assert desk.ops(AMBER) == ["OPEN", "PUBLISH", "PUBLISH", "ERASE"]
    assert standing(desk.at, second.record) == [Standing.ERASED, Standing.CURRENT]
    assert standing(desk.at, first.record) == [Standing.ERASED]
    assert desk.at.audits()[before].details["removes"] == "yes"
    for at in readers(desk).values():
        assert live(at, {first.record, second.record}) == [(second.record, AMBER)]


def test_a_correction_needs_a_reason_in_words(desk: Desk) -> None:
    out = desk.release()
    with pytest.raises(BadRecord, match="change_reason"):
        desk.at.store.write(
            lambda tx: draft.supersede(tx, desk.at.ctx, out.record, alert(), editor=desk.who.id)
        ).result()


def test_a_correction_that_was_dropped_can_be_begun_again(desk: Desk) -> None:
    out = desk.release()
    row = desk.correcting(out.record)
    assert row is not None
    assert desk.correcting(out.record) is None
    desk.at.store.write(lambda tx: draft.discard(tx, desk.at.ctx, row.record, officer=desk.who.id)).result()
    assert desk.correct(out.record).version == 2


@pytest.mark.parametrize("after", ["retract", "move", "correct"])
@pytest.mark.parametrize("sort", ["correction", "move"])
def test_a_draft_of_what_moved_on_does_not_leave(desk: Desk, sort: str, after: str) -> None:
    out = desk.release()
    row = desk.correcting(out.record) if sort == "correction" else desk.moving(out.record, SCHELDT)
    assert row is not None
    if after == "retract":
        desk.retract(out.record)
    elif after == "move":
        desk.move(out.record, RED)
    elif sort == "move":
        desk.correct(out.record)
    else:
        return  # one draft of a version a record
    outcome = desk.leave(row)
    assert isinstance(outcome, Deny)
    assert (outcome.code, outcome.rule) == (DenyCode.PLAN_CHANGED, "version")
    if after == "retract":
        assert desk.moving(out.record, SCHELDT) is None
        assert desk.correcting(out.record) is None


def test_a_move_to_the_label_it_has_is_none(desk: Desk) -> None:
    out = desk.release()
    row = desk.moving(out.record, AMBER)
    assert row is not None
    outcome = desk.leave(row)
    assert isinstance(outcome, Deny)
    assert "has this label" in outcome.words


def ends(at: Port, out: Released) -> tuple[int, int]:
    row = at.store.read(lambda r: entries.get(r, out.feed.number, out.index))
    assert row is not None
    return row.expires_ms, row.retain_until_ms


def test_a_move_gives_no_longer_life(desk: Desk) -> None:
    out = desk.release()
    desk.at.clock.at += 3_600_000
    new = desk.move(out.record, SCHELDT)
    first, second = (ends(desk.at, each) for each in (out, new))
    assert first == second


def test_what_is_no_longer_in_force_can_still_be_narrowed(desk: Desk) -> None:
    out = desk.release()
    desk.at.clock.at += 2 * 86_400_000
    new = desk.move(out.record, SCHELDT)
    row = desk.at.store.read(lambda r: entries.get(r, new.feed.number, new.index))
    assert row is not None
    assert row.expires_ms == desk.at.ctx.now() + 1
    assert desk.ops(AMBER)[-1] == "ERASE"


def test_its_ends_are_counted_from_when_it_says_that_it_was_issued(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the clock goes on, or is set back, while it leaves: what ends before it was issued, or an alert too late, is none."""
    out = desk.release()
    desk.at.clock.at += 2 * 86_400_000
    row = desk.moving(out.record, SCHELDT)
    assert row is not None
    ticks = itertools.count(desk.at.clock.at)
    monkeypatch.setattr(desk.at.clock, "now_ms", lambda: UnixMs(next(ticks)))
    new = desk.leave(row)
    assert isinstance(new, Released)
    found = desk.at.store.read(lambda r: entries.get(r, new.feed.number, new.index))
    assert found is not None
    assert found.expires_ms == found.issued_ms + 1


def test_nothing_of_a_move_stays_where_it_fails(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    out = desk.release()
    row = desk.moving(out.record, SCHELDT)
    assert row is not None

    def broken(*_: object, **__: object) -> None:
        raise OSError("disk")

    monkeypatch.setattr("node.commands.move.append_erase", broken)
    with pytest.raises(OSError, match="disk"):
        desk.leave(row)
    assert (desk.ops(AMBER), desk.ops(SCHELDT)) == (["OPEN", "PUBLISH"], [])
    kept = desk.at.store.read(lambda r: drafts.get(r, row.record))
    assert kept is not None
    assert kept.state is DraftState.DRAFT
    assert isinstance(out, Released)
    assert feeds_of(desk.at) == [out.feed.feed]
