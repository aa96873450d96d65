"""The words of a draft with personal data are given to nobody without an audit entry, and in no list."""

from __future__ import annotations

import asyncio

import pytest
from matters import alert
from officers_here import hire
from offices_web import Screens, screens, session_of
from ports import AMBER, ANTWERP

from node.commands import draft
from node.store.drafts import DraftRow
from protocol.label import parse
from protocol.v1 import records_pb2 as pb
from web import views

PERSONAL = "BE:NONE//TLP:AMBER//AUD ports-be//CAVEAT PERSONAL"
TITLE, TEXT = "About somebody", "What somebody did"


def drafted(here: Screens, owner: str, *, label: str = PERSONAL, plate: bool = True) -> DraftRow:
    message = alert()
    message.common.title, message.alert.description = TITLE, TEXT
    if plate:
        message.common.subjects.append(pb.IndicatorValue(type="plate", value="BE:1ABC123"))
        message.common.subject_category.append(pb.Common.SUBJECT_CATEGORY_SUSPECT)
    at = here.port
    return at.store.write(
        lambda tx: draft.make(tx, at.ctx, message, owner=owner, label=parse(label))
    ).result()


def openings(here: Screens) -> list[str]:
    return [one.actor for one in here.port.audits() if one.act == "draft_open"]


@pytest.mark.parametrize("step", ["release", "approve"])
@pytest.mark.parametrize("plate", [True, False])
def test_the_plan_that_holds_now_is_given_with_an_audit_entry(step: str, plate: bool) -> None:
    here = screens(ANTWERP)
    row = drafted(here, hire(here.port, "a.peeters"), plate=plate)
    other = hire(here.port, "b.maes")
    act = here.office.release if step == "release" else here.office.approve
    answer = asyncio.run(act(session_of(other), row.record.hex(), digest="00"))
    assert isinstance(answer, views.PlanChanged)
    assert (answer.plan.draft.title, answer.plan.description) == (TITLE, TEXT)
    assert openings(here) == [other]


def test_the_list_of_drafts_gives_no_title_of_personal_ones() -> None:
    here = screens(ANTWERP)
    me = hire(here.port, "a.peeters")
    drafted(here, me)
    drafted(here, me, plate=False)
    drafted(here, me, label=AMBER, plate=False)
    listed = asyncio.run(here.office.drafts(session_of(me)))
    assert sorted(one.title for one in listed) == ["", "", TITLE]
    assert openings(here) == []
    page = here.enter(me).get("/drafts").text
    assert page.count(TITLE) == 1
    assert openings(here) == []
