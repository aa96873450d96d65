"""Kinds that only some may say: a ban, kept to its last day and lifted without waiting, and a security level."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import officers_here
import pytest
from all_kinds import record, register
from matters import Desk
from officers_here import MODEL, officer, visitor
from ports import AMBER, ANTWERP, port

from node.commands import draft, next_version, people
from node.commands.publish import Released
from policies.decision import Deny
from policies.officers import Role
from policies.plan import Plan
from protocol.fields import DAY_MS
from protocol.label import parse
from protocol.v1 import records_pb2 as pb

BAN = AMBER + "//CAVEAT NO-EXPORT,PERSONAL"
LAST_MS = int(datetime(2031, 1, 31, 23, tzinfo=UTC).timestamp() * 1000)
"""The end of 31 January 2031 in Brussels."""


@pytest.fixture(scope="module")
def desk() -> Desk:
    at = port(ANTWERP, register=register())
    at.store.write(lambda tx: people.sync_register(tx, at.ctx, MODEL, at.ctx.register)).result()
    return Desk(at)


def ban(**changes: Any) -> pb.Record:
    return record("port_ban", **{"aigis_ref": "A-1", **changes})


def ends(desk: Desk, released: Released) -> tuple[int, int]:
    (row,) = desk.at.store.read(
        lambda r: r.all(
            "SELECT expires_ms, retain_until_ms FROM entry WHERE feed = ? AND key & ? = ?",
            *(released.feed.number, (1 << 40) - 1, released.index),
        )
    )
    return int(row[0]), int(row[1])


def version(desk: Desk, released: Released, message: pb.Record) -> Any:
    message.common.change_reason = "hof van beroep"
    at = desk.at
    return at.store.write(
        lambda tx: draft.supersede(tx, at.ctx, released.record, message, editor=desk.who.id)
    ).result()


def test_a_ban_stands_to_its_last_day_and_is_lifted_without_a_second_person(desk: Desk) -> None:
    out = desk.release(BAN, ban())
    assert ends(desk, out) == (LAST_MS, LAST_MS + DAY_MS)
    row = version(desk, out, ban(standing=pb.PortBan.STANDING_LIFTED, standing_ref="ECLI:BE:X:2026:2"))
    plan = desk.plan(row)
    assert isinstance(plan, Plan)
    assert not plan.needs_second
    _, retained = ends(desk, desk.gone(row))
    assert retained == desk.at.ctx.now() + DAY_MS


def test_a_ban_by_hand_takes_two_and_its_reference_stands_once(desk: Desk) -> None:
    made = desk.release(BAN, ban(aigis_ref="A-2"))
    at = desk.at
    row = at.store.write(
        lambda tx: draft.make(tx, at.ctx, ban(aigis_ref="A-2"), owner=desk.who.id, label=parse(BAN))
    ).result()
    found = desk.plan(row)
    assert isinstance(found, Deny)
    assert found.rule == "unique"
    again = version(desk, made, ban(aigis_ref="A-2", exceptions="woont op een schip"))
    plan = desk.plan(again)
    assert isinstance(plan, Plan)
    assert plan.needs_second


def test_a_reference_that_a_ban_above_the_writer_has_is_answered_as_a_free_one(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = desk.at
    at.publish(ban(aigis_ref="A-9"), BAN.replace("BE:NONE", "BE:RESTRICTED"))

    def asked() -> Plan | Deny:
        row = at.store.write(
            lambda tx: draft.make(tx, at.ctx, ban(aigis_ref="A-9"), owner=desk.who.id, label=parse(BAN))
        ).result()
        return desk.plan(row)

    assert isinstance(asked(), Plan)
    monkeypatch.setattr(next_version, "privy", lambda *_: True)  # the fault planted: every ban counts
    found = asked()
    assert isinstance(found, Deny)
    assert found.rule == "unique"


def test_a_security_level_lapses_when_it_says(desk: Desk) -> None:
    now = desk.at.ctx.now()
    out = desk.release(AMBER, record("security_level", effective_until=now + 3 * DAY_MS))
    assert ends(desk, out) == (now + 3 * DAY_MS, now + 730 * DAY_MS)
    open_ended = desk.release(AMBER, record("security_level"))
    assert ends(desk, open_ended)[0] == 0


def test_an_analyst_releases_neither(desk: Desk) -> None:
    analyst = visitor(desk.at, officers_here.hire(desk.at, "c.analyst", Role.ANALYST))
    assert not analyst.kinds & {"port_ban", "security_level", "modus_operandi", "outcome"}
    assert "request" in analyst.kinds
    police = officer(desk.at, "d.police", Role.POLICE)
    assert {"port_ban", "modus_operandi", "outcome"} <= police.kinds
    assert "security_level" not in police.kinds
