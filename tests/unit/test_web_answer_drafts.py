"""An answer to another port that no rule releases waits for an officer here who publishes its kind and reads what it answers."""

from __future__ import annotations

import asyncio
import uuid

import pytest
import registers
from matters import alert, follow
from officers_here import everyone, hire
from offices_web import Screens, screens, session_of
from ports import ANTWERP, NORTH_SEA, port
from registers import Data

from node.commands import acted, interest
from node.commands.interest import Whose
from policies.officers import Role
from protocol.indicator import subject
from protocol.v1 import records_pb2 as pb
from web import views

PERSONAL = "BE:NONE//TLP:AMBER//AUD ports-be//CAVEAT PERSONAL"
PURPOSE = "BE:NONE//TLP:AMBER//AUD ports-be//PURPOSE enforcement//CAVEAT PERSONAL"
PLATE = "BE:1ABC123"


def grounds(board: Data, _nodes: Data) -> None:
    """With one for outcomes."""
    board["processing"][0]["kinds"] = ["alert", "incident", "indicator", "outcome"]


def waiting(label: str) -> Screens:
    """A port with an outcome that waits: the alert it is about was withdrawn by its origin."""
    register = registers.changed(grounds)
    north, here = port(NORTH_SEA, register=register), screens(ANTWERP, register=register)
    message = alert()
    message.common.subjects.append(pb.IndicatorValue(type="plate", value=PLATE))
    message.common.subject_category.append(pb.Common.SUBJECT_CATEGORY_SUSPECT)
    out = north.publish(message, label)
    follow(here.port, north)
    north.withdraw(out)
    follow(here.port, north)
    at = here.port
    due = at.store.read(acted.look)
    assert at.store.write(lambda tx: acted.tell(tx, at.ctx, due, everyone(at))).result() == 1
    return here


def drafts_of(here: Screens, who: str) -> list[str]:
    return [one.id for one in asyncio.run(here.office.drafts(session_of(who)))]


def test_who_publishes_outcomes_sees_it_and_releases_it() -> None:
    here = waiting(PERSONAL)
    captain = hire(here.port, "k.captain", Role.PORT_CAPTAIN)
    (record,) = drafts_of(here, captain)
    who = session_of(captain)
    plan = asyncio.run(here.office.plan_preview(who, record))
    assert isinstance(plan, views.PlanView)
    assert [one.node.id for one in plan.recipients if not one.own] == [NORTH_SEA]
    if plan.needs_second:
        second = session_of(hire(here.port, "b.second"))
        assert isinstance(asyncio.run(here.office.approve(second, record, digest=plan.digest)), views.Made)
    done = asyncio.run(here.office.release(who, record, digest=plan.digest))
    assert isinstance(done, views.Released)


@pytest.mark.parametrize("role", [Role.ANALYST, Role.AUDITOR, Role.DPO, Role.ADMINISTRATOR])
def test_nobody_without_that_right_sees_it(role: Role) -> None:
    here = waiting(PERSONAL)
    assert drafts_of(here, hire(here.port, "x.other", role)) == []


def test_nobody_sees_it_who_may_not_read_what_it_is_about_or_whom_that_concerns() -> None:
    here = waiting(PERSONAL)
    concerned = hire(here.port, "k.concerned", Role.PORT_CAPTAIN)
    here.port.store.write(
        lambda tx: interest.declare(
            tx,
            here.port.ctx,
            uuid.UUID(concerned).bytes,
            subject("plate", PLATE),
            Whose.ONESELF,
            actor="administrator/cli",
        )
    ).result()
    assert drafts_of(here, concerned) == []
    strict = waiting(PURPOSE)
    assert drafts_of(strict, hire(strict.port, "k.plain", Role.PORT_CAPTAIN)) == []
