"""A silent look-out of another port leaves no trace on screens here, whatever becomes of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from browser_web import hidden
from concerned_here import MINE, PERSONAL, about, declare
from officers_here import hire, officer, visitor
from offices_web import Screens, screens, session_of
from ports import AMBER, ANTWERP, NORTH_SEA, Port, port
from record_examples import example

from node.commands import expire, hold, search
from node.commands.people import Visitor
from node.commands.publish import Released
from node.store import holds as stored_holds
from policies.officers import Role
from protocol.fields import DAY_MS
from protocol.v1 import records_pb2 as pb
from web import views
from web.offices import minds

GROUNDS = "Grounds for few"


def lookout(origin: Port, **changes: object) -> Released:
    message = example("indicator", **changes)
    message.common.legal_basis, message.indicator.grounds = "port-security-be", GROUNDS
    return origin.publish(message, AMBER)


def silent(origin: Port) -> Released:
    return lookout(origin, on_hit=pb.Indicator.ON_HIT_SILENT)


def traces(here: Screens, who: views.Session, out: Released) -> list[str]:
    """Where an officer's screens show it."""
    record, office = out.record.hex(), here.office

    async def look() -> list[str]:
        shelf = await office.newest(who, views.Shelf.LOOKOUTS)
        changes = await office.changes(who, 0)
        unsealed = await office.unseal(who, record, reason=4)
        found = {
            "list": record in [one.id for one in shelf.rows],
            "changes": record in [one.id for one in changes.rows] + list(changes.touched),
            "lookouts": record in [one.row.id for one in await office.lookouts(who)],
            "page": await office.record(who, record) is not None,
            "unsealed": isinstance(unsealed, views.RecordView),
        }
        return [name for name, shows in found.items() if shows]

    return asyncio.run(look())


@pytest.mark.parametrize("gone", [False, True])
def test_it_stays_hidden_when_it_is_withdrawn_and_when_its_content_is_gone(gone: bool) -> None:
    north, here = port(NORTH_SEA), screens(ANTWERP)
    out, ctx = silent(north), here.port.ctx
    north.withdraw(out)
    here.port.pull(north, out.feed.feed)
    captain = session_of(hire(here.port, "k.captain", Role.PORT_CAPTAIN, Role.DPO))
    integrity = session_of(hire(here.port, "i.officer", Role.INTEGRITY_OFFICER, Role.PORT_CAPTAIN))
    if gone:
        here.port.clock.at += 800 * DAY_MS
        due = here.port.store.read(lambda r: expire.look(r, ctx)).due
        assert here.port.store.write(lambda tx: expire.forget(tx, ctx, due)).result().entries == 1
        here.port.clock.at -= 800 * DAY_MS
    assert traces(here, captain, out) == []
    assert not [a for a in here.port.audits() if a.act == "unseal"]
    assert traces(here, integrity, out) == ["list", "changes", "lookouts", "page", "unsealed"]


def test_a_page_is_as_full_with_silent_ones_as_without() -> None:
    north, here = port(NORTH_SEA), screens(ANTWERP)
    seen = [lookout(north) for _ in range(3)]
    for _ in range(4):
        silent(north)
    here.port.pull(north, seen[0].feed.feed)
    captain = session_of(hire(here.port, "k.captain", Role.PORT_CAPTAIN))

    def page(limit: int) -> tuple[list[str], bool]:
        found = asyncio.run(here.office.newest(captain, views.Shelf.LOOKOUTS, limit=limit))
        return [one.id for one in found.rows], found.older is not None

    plain = [out.record.hex() for out in reversed(seen)]
    assert page(2) == (plain[:2], True)
    assert page(4) == (plain, False)


def holds_told(here: Screens, out: Released, *people: str) -> list[tuple[bool, set[int]]]:
    """Of each: whether `/holds` lists the hold, and what its addresses answer."""
    lineage, record = out.feed.lineage.hex(), out.record.hex()
    (row,) = here.port.store.read(lambda r: stored_holds.of(r, out.feed.lineage, out.record))
    known = f"{record}-{lineage}-{minds._mark(row)}"
    found = []
    for who in people:
        browser = here.enter(who)
        csrf = hidden(browser.get("/preferences").text, "/preferences")["csrf"][0]
        lists = record in browser.get("/holds").text
        answers = {
            browser.post(f"/holds/{known}/{step}", csrf=csrf).status_code for step in ("keep", "confirm")
        }
        found.append((lists, answers))
    return found


def test_a_hold_on_a_silent_one_is_told_to_integrity_officers_alone() -> None:
    north, here = port(NORTH_SEA), screens(ANTWERP)
    out = silent(north)
    here.port.pull(north, out.feed.feed)
    both = visitor(here.port, hire(here.port, "i.dpo", Role.INTEGRITY_OFFICER, Role.DPO))
    here.port.store.write(
        lambda tx: hold.ask(tx, here.port.ctx, out.feed.lineage, out.record, reference="PV 1", officer=both)
    ).result()
    dpo = hire(here.port, "d.dpo", Role.DPO, Role.PORT_CAPTAIN)
    second = hire(here.port, "j.second", Role.INTEGRITY_OFFICER, Role.PORT_CAPTAIN)
    assert holds_told(here, out, dpo, second) == [(False, {404}), (True, {409, 303})]


def test_a_hold_that_tells_of_a_silent_one_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "ever_silent", lambda *_: False)
    with pytest.raises(AssertionError):
        test_a_hold_on_a_silent_one_is_told_to_integrity_officers_alone()


def test_a_hold_on_what_concerns_the_officer_is_to_him_as_none() -> None:
    """In the command itself, too: whatever the reference, and before it is said that a second person is another."""
    here = port(ANTWERP)
    out = here.publish(about(MINE), PERSONAL)
    dpo = officer(here, "d.dpo", Role.DPO)
    me = hire(here, "a.me", Role.DPO, Role.PORT_CAPTAIN)
    declare(here, me, MINE)
    mine = visitor(here, me)

    def asked(step: Callable[..., object], who: Visitor, reference: str) -> object:
        return here.store.write(
            lambda tx: step(tx, here.ctx, out.feed.lineage, out.record, reference=reference, officer=who)
        ).result()

    assert asked(hold.ask, dpo, "PV 1") is not None
    for step in (hold.ask, hold.ask_end, hold.keep_on, hold.confirm):
        assert asked(step, mine, "PV 1") is asked(step, mine, "none") is None
    analyst = officer(here, "y.analyst", Role.ANALYST)
    assert asked(hold.confirm, analyst, "PV 1") == asked(hold.confirm, analyst, "none")
