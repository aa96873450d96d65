"""What a port does about an alert, and what it tells the origin of when that is withdrawn."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest
import registers
from matters import Desk, alert, follow
from officers_here import MODEL, hire, officer, readable, visitor
from ports import AMBER, ANTWERP, NORTH_SEA, Port, port

from node.answers import Answers
from node.bus import Bus
from node.commands import acted, draft, handle, interest, release, search
from node.commands.address import Address
from node.commands.handle import TAKE_AFTER_MS, VERDICTS
from node.commands.people import Visitor
from node.commands.publish import Released, publish
from node.commands.retention import NoRetention
from node.commands.search import Found
from node.store import feeds, handlings
from node.store.changes import Change
from node.store.handlings import HandlingRow, HandlingState
from policies.decision import Deny, DenyCode
from policies.officers import Role
from protocol.errors import BadRecord, Violation
from protocol.indicator import subject
from protocol.label import parse
from protocol.register import build_register
from protocol.register_view import Register
from protocol.v1 import records_pb2 as pb

BELGIAN = "BE:NONE//TLP:AMBER//AUD ports-be & ports-scheldt"


def lawful() -> Register:
    """With a ground for outcomes."""
    board = registers.board()
    board["processing"][0]["kinds"] = ["alert", "incident", "indicator", "outcome"]
    return build_register(board, registers.nodes(), version=3, hash=bytes(32), expires_ms=registers.EXPIRES)


def both(register: Register | None = None) -> tuple[Port, Port, Released]:
    """An origin, a holder, and an alert at both."""
    origin, at = (port(name, register=register or lawful()) for name in (ANTWERP, NORTH_SEA))
    out = origin.release(AMBER)
    follow(at, origin)
    return origin, at, out


def found(at: Port, out: Released, who: Visitor) -> Found:
    one = at.store.read(lambda r: search.found(r, at.ctx, readable(at), who.reading, Address(out.record)))
    assert one is not None
    return one


def step(at: Port, out: Released, who: Visitor, name: str, verdict: str = "") -> HandlingRow | Deny | None:
    one, ctx = found(at, out, who), at.ctx
    if name == "close":
        return at.store.write(
            lambda tx: handle.close(tx, ctx, one, verdict=verdict or "true", officer=who)
        ).result()
    act = {"claim": handle.claim, "guard": handle.send_guard}[name]
    return at.store.write(lambda tx: act(tx, ctx, one, officer=who)).result()


def steps(at: Port, out: Released, who: Visitor) -> set[str]:
    one = found(at, out, who)
    return set(at.store.read(lambda r: handle.steps(r, at.ctx, one, who)))


def told(at: Port) -> int:
    due = at.store.read(acted.look)
    return at.store.write(lambda tx: acted.tell(tx, at.ctx, due)).result()


def heard(origin: Port, at: Port, out: Released) -> list[tuple[str, str]]:
    follow(origin, at)
    who = officer(origin, f"h{origin.clock.at}")
    one = found(origin, out, who)
    return list(origin.store.read(lambda r: acted.answers(r, origin.ctx, readable(origin), who.reading, one)))


def test_claimed_guard_sent_closed_each_by_who_may() -> None:
    _, at, out = both()
    mine, other = officer(at, "m.mine"), officer(at, "o.other")
    assert steps(at, out, mine) == {"claim"}
    assert isinstance(step(at, out, mine, "guard"), Deny)
    assert isinstance(step(at, out, mine, "claim"), HandlingRow)
    assert steps(at, out, mine) == {"guard", "close"}
    assert steps(at, out, other) == set()
    assert isinstance(step(at, out, other, "claim"), Deny)
    assert isinstance(step(at, out, mine, "guard"), HandlingRow)
    done = step(at, out, mine, "close", "false")
    assert isinstance(done, HandlingRow)
    assert (done.state, done.verdict) == (HandlingState.CLOSED, "false")
    assert step(at, out, mine, "claim") is None
    acts = [a.act for a in at.audits() if a.act.startswith("alert_")]
    assert acts == ["alert_claim", "alert_guard", "alert_close"]


def test_taking_over_waits_five_minutes_and_keeps_the_guard() -> None:
    _, at, out = both()
    mine, other = officer(at, "m.mine"), officer(at, "o.other")
    step(at, out, mine, "claim")
    step(at, out, mine, "guard")
    at.clock.at += TAKE_AFTER_MS - 1
    assert steps(at, out, other) == set()
    at.clock.at += 1
    taken = step(at, out, other, "claim")
    assert isinstance(taken, HandlingRow)
    assert (taken.state, taken.by) == (HandlingState.GUARD_SENT, other.id)
    assert isinstance(step(at, out, mine, "close"), Deny)


def test_a_captain_closes_what_another_claimed() -> None:
    _, at, out = both()
    step(at, out, officer(at, "m.mine"), "claim")
    captain = officer(at, "k.captain", Role.PORT_CAPTAIN)
    assert steps(at, out, captain) == {"close"}
    assert isinstance(step(at, out, captain, "close"), HandlingRow)


@pytest.mark.parametrize("role", [Role.ANALYST, Role.DPO, Role.ADMINISTRATOR])
def test_nobody_else_does_anything_about_it(role: Role) -> None:
    _, at, out = both()
    who = officer(at, "n.no", role)
    assert steps(at, out, who) == set()
    assert isinstance(step(at, out, who, "claim"), Deny)


@pytest.mark.parametrize("verdict", ["", "maybe"])
def test_a_verdict_is_of_the_list(verdict: str) -> None:
    _, at, out = both()
    who = officer(at, "m.mine")
    one = found(at, out, who)
    with pytest.raises(ValueError, match="verdict"):
        at.store.write(lambda tx: handle.close(tx, at.ctx, one, verdict=verdict, officer=who)).result()
    assert "unclear" in VERDICTS


@pytest.mark.parametrize(
    ("done", "result"),
    [
        ((), "no_action"),
        (("claim",), "acknowledged"),
        (("claim", "guard"), "under_investigation"),
        (("claim", "close"), "acknowledged"),
        (("claim", "guard", "close"), "under_investigation"),
    ],
)
def test_after_a_withdrawal_the_origin_hears_what_was_done(done: tuple[str, ...], result: str) -> None:
    origin, at, out = both()
    who = officer(at, "m.mine")
    for name in done:
        step(at, out, who, name)
    origin.clock.at += 1000
    at.clock.at += 1000
    origin.withdraw(out)
    follow(at, origin)
    assert told(at) == 1
    assert told(at) == 0
    assert step(at, out, who, "claim") is None  # the withdrawal ended it
    assert heard(origin, at, out) == [(NORTH_SEA, result)]
    labels = at.store.read(lambda r: r.all("SELECT label FROM feed WHERE own = 1 AND role = 0"))
    assert labels == [(AMBER + f"//TO node:{ANTWERP}",)]


def test_an_answer_stays_whatever_comes_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acted, "READ", 2)
    origin, at, out = both()
    origin.withdraw(out)
    follow(at, origin)
    told(at)
    for _ in range(5):
        at.release(AMBER)
        at.release(AMBER + f"//TO node:{ANTWERP}")
    assert heard(origin, at, out) == [(NORTH_SEA, "no_action")]


def test_a_port_that_looks_at_withdrawals_and_says_nothing_would_be_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(acted, "_tell", lambda *_: False)
    with pytest.raises(AssertionError):
        test_after_a_withdrawal_the_origin_hears_what_was_done(("claim", "guard"), "under_investigation")


def test_an_answer_that_waits_for_more_than_the_withdrawal_would_be_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The fault: only what somebody claimed is answered, so that silence means two things."""
    real = acted._tell

    def only_claimed(tx: Any, ctx: Any, feed: int, record: Any, people: Any) -> bool:
        row = handlings.get(tx, feeds.numbered(tx, feed).lineage, record)
        return row is not None and real(tx, ctx, feed, record, people)

    monkeypatch.setattr(acted, "_tell", only_claimed)
    with pytest.raises(AssertionError):
        test_after_a_withdrawal_the_origin_hears_what_was_done((), "no_action")


def test_a_withdrawal_is_answered_once_however_often_it_is_looked_at() -> None:
    origin, at, out = both()
    origin.withdraw(out)
    follow(at, origin)
    assert told(at) == 1
    at.store.write(lambda tx: tx.run("UPDATE meta SET value = 0 WHERE name = 'told'")).result()
    assert told(at) == 0


def test_an_alert_that_came_with_its_withdrawal_is_not_answered() -> None:
    origin, at = port(ANTWERP, register=lawful()), port(NORTH_SEA, register=lawful())
    out = origin.release(AMBER)
    origin.withdraw(out)
    at.clock.at += acted.LATE_MS + 1
    follow(at, origin)
    assert told(at) == 0
    assert heard(origin, at, out) == []


def test_what_the_register_has_no_ground_for_is_audited_and_not_asked_again() -> None:
    origin, at, out = both(registers.register())
    origin.withdraw(out)
    follow(at, origin)
    assert told(at) == 0
    assert told(at) == 0
    assert [a.act for a in at.audits()] == ["acted_on_withheld"]


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (BadRecord((Violation("outcome", "about", "planted"),)), "BAD_RECORD"),
        (NoRetention("planted"), "NO_RETENTION"),
    ],
)
@pytest.mark.parametrize("where", ["make", "release"])
def test_what_makes_no_record_is_audited_alone_and_does_not_end_the_answers(
    monkeypatch: pytest.MonkeyPatch, fault: Exception, code: str, where: str
) -> None:
    origin, at, out = both()
    other = origin.release(AMBER)
    follow(at, origin)
    origin.withdraw(out)
    origin.withdraw(other)
    follow(at, origin)
    first = [True]

    def failing(real: Callable[..., Any], *, after: bool) -> Callable[..., Any]:
        def act(*given: Any, **named: Any) -> Any:
            if after:
                done = real(*given, **named)
            if first and first.pop():
                raise fault
            return done if after else real(*given, **named)

        return act

    if where == "make":
        monkeypatch.setattr(draft, "make", failing(draft.make, after=False))
    else:  # when all of it is written
        monkeypatch.setattr(acted, "release_by_rule", failing(release.release_by_rule, after=True))

    async def step() -> bool:
        return await Answers(cast("Any", SimpleNamespace(ctx=at.ctx, model=MODEL, bus=Bus[Change]()))).step()

    assert asyncio.run(step())
    assert not asyncio.run(step())
    (withheld,) = [a for a in at.audits() if a.act == "acted_on_withheld"]
    assert dict(withheld.details) == {"code": code}
    assert at.store.read(lambda r: r.all("SELECT state FROM draft")) == [("released",)]
    assert at.store.read(lambda r: r.one("SELECT count(*) FROM handling WHERE told IS NOT NULL")) == (1,)


def test_what_a_rule_may_not_release_waits_for_an_officer() -> None:
    register = lawful()
    origin, at = port(ANTWERP, register=register), port(NORTH_SEA, register=register)
    out = origin.release("BE:NONE//TLP:AMBER//AUD pfso-network")
    follow(at, origin)
    origin.withdraw(out)
    follow(at, origin)
    assert told(at) == 1
    states = at.store.read(lambda r: r.all("SELECT state, kind FROM draft"))
    assert states == [("draft", "outcome")]


def test_the_own_withdrawals_are_nobody_else_s_to_answer() -> None:
    origin, _, out = both()
    origin.withdraw(out)
    assert told(origin) == 0


def test_it_is_told_by_itself_when_a_withdrawal_arrives() -> None:
    origin, at, out = both()

    async def run() -> None:
        bus = Bus[Change]()
        publish = at.store._publish

        def both_hear(changes: Sequence[Change]) -> None:
            publish(changes)
            bus.publish(changes)

        at.store._publish = both_hear
        answers = Answers(cast("Any", SimpleNamespace(ctx=at.ctx, model=MODEL, bus=bus)))
        task = asyncio.create_task(answers.run())
        await asyncio.sleep(0)
        origin.withdraw(out)
        follow(at, origin)
        async with asyncio.timeout(5):
            while not heard(origin, at, out):
                origin.clock.at += 1
                await asyncio.sleep(0.01)
        assert not task.done(), task.exception()
        task.cancel()

    asyncio.run(run())


def test_what_is_done_about_an_alert_goes_on_with_what_it_is_moved_to() -> None:
    desk = Desk(port(ANTWERP, register=lawful()))
    out = desk.release(AMBER)
    step(desk.at, out, desk.who, "claim")
    step(desk.at, out, desk.who, "guard")
    moved = desk.move(out.record, BELGIAN)
    assert steps(desk.at, moved, desk.second) == set()
    assert steps(desk.at, moved, desk.who) == {"close"}
    done = step(desk.at, moved, desk.who, "close", "false")
    assert isinstance(done, HandlingRow)
    assert done.guard_ms


def test_nobody_does_anything_about_what_concerns_himself() -> None:
    at = port(ANTWERP, register=lawful())
    mine = hire(at, "m.mine", Role.SECURITY_OFFICER, Role.PORT_CAPTAIN)
    at.store.write(
        lambda tx: interest.declare(
            tx,
            at.ctx,
            uuid.UUID(mine).bytes,
            subject("mmsi", "200123456"),
            interest.Whose.ONESELF,
            actor="node",
        )
    ).result()
    about = alert()
    about.common.subjects.append(pb.IndicatorValue(type="mmsi", value="200123456"))
    out = at.publish(about, AMBER)
    after = at.version(alert(), record=out.record, version=2)  # the ship is taken out of it, and it is seen
    at.store.write(lambda tx: publish(tx, at.ctx, parse(AMBER), after, at.ctx.register, act=None)).result()
    who, other = visitor(at, mine), officer(at, "o.other")
    assert steps(at, out, who) == set()
    for name in ("claim", "guard", "close"):
        denied = step(at, out, who, name)
        assert isinstance(denied, Deny)
        assert denied.code is DenyCode.CONFLICT
    assert steps(at, out, other) == {"claim"}
