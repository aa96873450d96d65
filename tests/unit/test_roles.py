"""What people are is given for a time, taken at once, and audited; duty is by the roster; what ends is said ahead."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import TypeVar

import pytest
from officers_here import MODEL, hire, visitor
from ports import ANTWERP, Port, port
from record_examples import NOW

from node.commands import ends, interest, people, roles, roster, sign_in
from node.commands.people import Visitor
from node.commands.roster import BadShift
from node.store import interests, tuples
from node.store.interests import ShiftRow
from node.store.people import ClearanceRow
from node.store.unit import Tx
from policies import officers
from policies.officers import Manage, Place, Right, Role, Seat, Tie
from policies.relations import BadTuple
from protocol.fields import DAY_MS
from protocol.ids import UnixMs

T = TypeVar("T")
ACTOR = "administrator/cli"
SOON = UnixMs(NOW + 10 * DAY_MS)


@pytest.fixture(name="at")
def antwerp_port() -> Port:
    return port(ANTWERP)


def raw(who: str) -> bytes:
    return uuid.UUID(who).bytes


def done(at: Port, act: Callable[[Tx], T]) -> T:
    return at.store.write(act).result()


def later(at: Port, ms: int) -> None:
    at.clock.at = ms


def told(at: Port) -> tuple[str, dict[str, str]]:
    last = at.audits()[-1]
    return last.act, dict(last.details)


def test_a_role_counts_from_now_until_its_end_and_is_audited(at: Port) -> None:
    who = hire(at, "a.peeters", Role.ANALYST)
    assert Right.RETRACT_ANY not in visitor(at, who).rights
    done(
        at,
        lambda tx: roles.give_role(tx, at.ctx, MODEL, raw(who), Role.PORT_CAPTAIN, until=SOON, actor=ACTOR),
    )
    assert told(at) == ("role_give", {"person": who, "role": "port_captain", "until": str(SOON)})
    assert Right.RETRACT_ANY in visitor(at, who).rights
    later(at, SOON)
    assert visitor(at, who).roles == {Role.ANALYST}


def test_a_role_that_is_taken_is_gone_at_the_next_request(at: Port) -> None:
    who = hire(at, "a.peeters", Role.ANALYST)

    def take() -> bool:
        return done(at, lambda tx: roles.take_role(tx, at.ctx, MODEL, raw(who), Role.ANALYST, actor=ACTOR))

    assert take()
    assert told(at) == ("role_take", {"person": who, "role": "analyst"})
    assert visitor(at, who).roles == frozenset()
    assert not take()


def test_a_role_beyond_the_employment_carries_it_along(at: Port) -> None:
    who = hire(at, "a.peeters", Role.ANALYST)
    end = UnixMs(NOW + 900 * DAY_MS)
    done(at, lambda tx: roles.give_role(tx, at.ctx, MODEL, raw(who), Role.POLICE, until=end, actor=ACTOR))
    done(at, lambda tx: roles.give_role(tx, at.ctx, MODEL, raw(who), Role.DPO, until=SOON, actor=ACTOR))
    (employed,) = at.store.read(
        lambda r: tuples.SnapshotTuples(r).read("organisation:port-antwerp-bruges", "employee")
    )
    assert employed.condition == officers.membership(NOW, end)


def test_suspension_ends_all_and_the_sessions_and_can_end(at: Port) -> None:
    who = hire(at, "a.peeters")
    session = done(at, lambda tx: sign_in.open_session(tx, at.ctx, raw(who), how="once"))
    done(at, lambda tx: roles.suspend(tx, at.ctx, MODEL, raw(who), actor=ACTOR))
    suspended = visitor(at, who)
    assert (suspended.roles, suspended.rights, dict(suspended.reading.memberships)) == (
        frozenset(),
        frozenset(),
        {},
    )
    assert at.store.read(lambda r: sign_in.live_session(r, at.ctx, session.secret)) is None
    assert done(at, lambda tx: roles.resume(tx, at.ctx, MODEL, raw(who), actor=ACTOR))
    assert visitor(at, who).roles == {Role.SECURITY_OFFICER}
    assert not done(at, lambda tx: roles.resume(tx, at.ctx, MODEL, raw(who), actor=ACTOR))


def test_whoever_is_put_out_of_a_community_reads_nothing_of_it(at: Port) -> None:
    who = hire(at, "a.peeters")
    before = set(visitor(at, who).reading.memberships)
    assert "ports-be" in before
    give = lambda tx: roles.give_place(  # noqa: E731
        tx, at.ctx, MODEL, raw(who), Place.EXPELLED, "ports-be", until=SOON, actor=ACTOR
    )
    done(at, give)
    assert told(at) == ("place_give", {"person": who, "place": "expelled", "community": "ports-be"})
    assert set(visitor(at, who).reading.memberships) == before - {"ports-be"}
    later(at, SOON)
    assert "ports-be" not in visitor(at, who).reading.memberships
    assert done(
        at, lambda tx: roles.take_place(tx, at.ctx, MODEL, raw(who), Place.EXPELLED, "ports-be", actor=ACTOR)
    )
    assert set(visitor(at, who).reading.memberships) == before


def test_a_seat_in_a_committee_is_for_a_time(at: Port) -> None:
    who = hire(at, "a.peeters")
    done(
        at,
        lambda tx: roles.give_seat(
            tx, at.ctx, MODEL, raw(who), Seat.CHAIR, "lcmb-antwerp", until=SOON, actor=ACTOR
        ),
    )
    assert told(at)[1]["committee"] == "lcmb-antwerp"
    (seat,) = at.store.read(lambda r: tuples.SnapshotTuples(r).read("committee:lcmb-antwerp", "chair"))
    assert seat.user == f"user:{who}"
    with pytest.raises(BadTuple):
        done(
            at,
            lambda tx: roles.give_seat(
                tx, at.ctx, MODEL, raw(who), Seat.CHAIR, "a b", until=SOON, actor=ACTOR
            ),
        )
    assert done(
        at, lambda tx: roles.take_seat(tx, at.ctx, MODEL, raw(who), Seat.CHAIR, "lcmb-antwerp", actor=ACTOR)
    )


def test_a_clearance_names_who_verified_it_and_ends(at: Port) -> None:
    who = hire(at, "a.peeters")
    row = ClearanceRow(
        policy="BE",
        level=1,
        compartments=frozenset({"x"}),
        purposes=frozenset({"enforcement"}),
        until_ms=SOON,
        verified_by="NSA",
    )
    done(at, lambda tx: roles.give_clearance(tx, at.ctx, raw(who), row, actor=ACTOR))
    act, details = told(at)
    assert (act, details["level"], details["compartments"]) == ("clearance_give", "RESTRICTED", "x")
    assert "NSA" not in details.values()
    assert visitor(at, who).reading.clearance["BE"] == 1
    later(at, SOON)
    assert "BE" not in visitor(at, who).reading.clearance
    with pytest.raises(ValueError, match="in the past"):
        done(at, lambda tx: roles.give_clearance(tx, at.ctx, raw(who), row, actor=ACTOR))
    assert done(at, lambda tx: roles.take_clearance(tx, at.ctx, raw(who), "BE", actor=ACTOR))
    assert not done(at, lambda tx: roles.take_clearance(tx, at.ctx, raw(who), "BE", actor=ACTOR))


def test_nobody_manages_himself_a_relation_or_a_colleague(at: Port) -> None:
    boss = hire(at, "a.boss", Role.ADMINISTRATOR, Role.CLEARANCE_OFFICER)
    friend, other = hire(at, "b.friend", Role.ANALYST), hire(at, "c.other", Role.ANALYST)
    done(at, lambda tx: interest.join(tx, at.ctx, MODEL, raw(boss), raw(friend), Tie.COLLEAGUE, actor=ACTOR))

    def may_one(who: Visitor, whom: str, right: Manage) -> bool:
        return at.store.read(lambda r: people.may_manage(r, at.ctx, MODEL, who, raw(whom), right))

    def may(who: Visitor, whom: str) -> set[Manage]:
        return {right for right in Manage if may_one(who, whom, right)}

    chief = visitor(at, boss)
    assert may(chief, other) == set(Manage)
    assert may(chief, friend) == set()
    assert may(chief, boss) == set()
    assert may(visitor(at, other), friend) == set()


# ---- The roster -------------------------------------------------------------------------------------------------------------


def shift(at: Port, who: str, begins: int, until: int) -> bool:
    one = ShiftRow(raw(who), UnixMs(begins), UnixMs(until))
    return done(at, lambda tx: roster.add(tx, at.ctx, MODEL, one, actor=ACTOR))


def on_duty(at: Port, who: str) -> bool:
    return Right.CLAIM_ALERT in visitor(at, who).rights


def test_whoever_is_on_the_roster_is_on_duty_in_shifts_alone(at: Port) -> None:
    who = hire(at, "a.peeters")
    assert on_duty(at, who)  # never on the roster
    hour = 3_600_000
    assert shift(at, who, NOW + hour, NOW + 9 * hour)
    shift(at, who, NOW + 20 * hour, NOW + 28 * hour)
    expected = (
        (0, False),
        (1, True),
        (8, True),
        (9, False),
        (19, False),
        (20, True),
        (27, True),
        (28, False),
        (5000, False),
    )
    for after, duty in expected:
        later(at, NOW + after * hour)
        assert on_duty(at, who) is duty, after
    later(at, NOW)
    assert [row.from_ms for row in at.store.read(lambda r: roster.coming(r, at.ctx))] == [
        NOW + hour,
        NOW + 20 * hour,
    ]
    assert done(at, lambda tx: roster.take(tx, at.ctx, raw(who), UnixMs(NOW + hour), actor=ACTOR))
    assert told(at) == ("shift_take", {"person": who, "from": str(NOW + hour)})
    later(at, NOW + 2 * hour)
    assert not on_duty(at, who)


def test_duty_without_a_role_is_nothing(at: Port) -> None:
    who = hire(at, "a.peeters", Role.AUDITOR)
    shift(at, who, NOW, NOW + 1000)
    assert not on_duty(at, who)


def test_shifts_do_not_overlap_end_after_they_begin_and_are_no_month(at: Port) -> None:
    who, hour = hire(at, "a.peeters"), 3_600_000
    shift(at, who, NOW, NOW + 8 * hour)
    for begins, until, words in (
        (NOW + 7 * hour, NOW + 9 * hour, "another shift"),
        (NOW - hour, NOW + 9 * hour, "another shift"),
        (NOW + 9 * hour, NOW + 9 * hour, "ends after it begins"),
        (NOW + 9 * hour, NOW + 40 * DAY_MS, "within 31 days"),
        (NOW - 9 * hour, NOW - hour, "is over"),
    ):
        with pytest.raises(BadShift, match=words):
            shift(at, who, begins, until)
    shift(at, who, NOW + 8 * hour, NOW + 9 * hour)
    shift(at, hire(at, "b.maes"), NOW, NOW + 8 * hour)


def test_a_shift_that_outlasts_a_clearance_says_so(at: Port) -> None:
    who = hire(at, "a.peeters")
    end = NOW + 300 * DAY_MS  # as hired
    assert shift(at, who, end - 2000, end)
    assert not shift(at, who, end, end + 1)


def test_a_roster_that_nobody_asks_leaves_everybody_off_duty(
    at: Port, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fault planted: the shift of this moment is not looked for."""
    who = hire(at, "a.peeters")
    shift(at, who, NOW, NOW + 1000)
    assert on_duty(at, who)
    monkeypatch.setattr(interests, "shift_at", lambda *_: None)
    assert not on_duty(at, who)


# ---- What ends --------------------------------------------------------------------------------------------------------------


def test_what_ends_is_said_ninety_thirty_and_seven_days_ahead(at: Port) -> None:
    who = hire(at, "a.peeters", Role.ANALYST)
    end = NOW + 300 * DAY_MS  # the clearance of a new account here; roles end after a year
    for left, expected in ((91, None), (90, 90), (31, 90), (30, 30), (8, 30), (7, 7), (0, 0)):
        later(at, end - left * DAY_MS)
        found = [one for one in at.store.read(lambda r: ends.ending(r, at.ctx)) if one.what == "clearance BE"]
        assert [one.within for one in found] == ([] if expected is None else [expected]), left
    later(at, NOW + 364 * DAY_MS)
    found = at.store.read(lambda r: ends.ending(r, at.ctx))
    assert [(one.login, one.what, one.within) for one in found] == [
        ("a.peeters", "clearance BE", 0),
        ("a.peeters", "analyst of node:port-antwerp-bruges", 7),
        ("a.peeters", "on_duty of node:port-antwerp-bruges", 7),
    ]
    assert at.store.read(lambda r: ends.counts(r, at.ctx)) == {0: 1, 7: 2}
    done(at, lambda tx: people.close(tx, at.ctx, raw(who), actor=ACTOR))
    assert at.store.read(lambda r: ends.ending(r, at.ctx)) == []
