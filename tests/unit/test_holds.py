"""A record on hold is destroyed by nothing and listed nowhere; a hold that only waits, or was lifted, changes nothing."""

from __future__ import annotations

import pytest
from officers_here import officer, readable
from ports import RETENTION, Port, port

from node.commands import expire, search
from node.commands.publish import Released
from node.commands.settle import settle
from node.store import holds
from node.store.holds import HoldRow, HoldState
from protocol.fields import DAY_MS

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
    at.store.write(lambda tx: holds.drop(tx, out.feed.lineage, out.record)).result()
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
