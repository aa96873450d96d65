"""Sealed content is opened by few, with a reason, audited each time, and only while it is sealed."""

from __future__ import annotations

import pytest
from officers_here import officer, readable
from ports import AMBER, NORTH_SEA, RETENTION, Port, port

from node.commands import search, unseal
from node.commands.address import Address
from node.commands.context import Settings
from node.commands.expire import SEALED
from node.commands.people import Visitor
from node.commands.publish import Released
from node.commands.unseal import Unsealed
from policies.decision import Deny
from policies.officers import Role
from protocol.fields import DAY_MS


def opened(at: Port, out: Released, who: Visitor, reason: int = 1) -> Unsealed | Deny | None:
    memory = readable(at)
    return at.store.write(
        lambda tx: unseal.unseal(tx, at.ctx, memory, Address(out.record), reason=reason, officer=who)
    ).result()


def withdrawn(at: Port) -> Released:
    out = at.release()
    at.withdraw(out)
    return out


@pytest.mark.parametrize("role", [Role.PORT_CAPTAIN, Role.DPO])
def test_a_captain_or_a_dpo_opens_it_and_it_stays_sealed(role: Role) -> None:
    at = port()
    out, who = withdrawn(at), officer(at, "w.who", role)
    shown = opened(at, out, who, 3)
    assert isinstance(shown, Unsealed)
    assert shown.record is not None
    assert shown.record.title
    last = at.audits()[-1]
    assert (last.act, last.actor, last.record.record_id, dict(last.details)) == (
        "unseal",
        who.id,
        out.record,
        {"reason": "3"},
    )
    one = at.store.read(lambda r: search.found(r, at.ctx, readable(at), who.reading, Address(out.record)))
    assert one is not None
    assert (one.state, one.record, one.row.content) == (search.State.RETRACTED, None, None)


@pytest.mark.parametrize("role", [Role.SECURITY_OFFICER, Role.ANALYST, Role.AUDITOR, Role.ADMINISTRATOR])
def test_nobody_else_does_and_nothing_is_audited_as_if(role: Role) -> None:
    at = port()
    out, who = withdrawn(at), officer(at, "w.who", role)
    assert not isinstance(opened(at, out, who), Unsealed)
    assert all(a.act != "unseal" for a in at.audits())


def test_what_is_not_theirs_to_read_is_not_there() -> None:
    origin, at = port(NORTH_SEA), port()
    out = origin.release()
    origin.withdraw(out)
    at.pull(origin, out.feed.feed)
    assert opened(at, out, officer(at, "w.who", Role.PORT_CAPTAIN, purposes="learning")) is not None
    red = at.release("BE:NONE//TLP:RED//AUD ports-be//TO node:north-sea-port")
    at.withdraw(red)
    assert opened(at, red, officer(at, "x.who", Role.PORT_CAPTAIN)) is None


def test_what_stands_is_not_unsealed() -> None:
    at = port()
    assert opened(at, at.release(AMBER), officer(at, "w.who", Role.PORT_CAPTAIN)) is None


@pytest.mark.parametrize("reason", [0, 6])
def test_a_reason_is_of_the_list(reason: int) -> None:
    at = port()
    with pytest.raises(ValueError, match="reason"):
        opened(at, withdrawn(at), officer(at, "w.who", Role.PORT_CAPTAIN), reason)


def test_after_the_sealing_time_there_is_nothing_to_open_though_nobody_swept() -> None:
    at = port(settings=Settings(retention={**RETENTION, SEALED: 5 * DAY_MS}))
    out = withdrawn(at)
    who = officer(at, "w.who", Role.PORT_CAPTAIN)
    at.clock.at += 5 * DAY_MS
    shown = opened(at, out, who)
    assert isinstance(shown, Unsealed)
    assert shown.record is None
