"""A case is handed over: another lead is named, one steps down, and the lead of a case that nobody can lead is taken and told; no case is left
with nobody to lead it unsaid.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cached_property

import pytest
from cases_here import (
    lines,
    may_take_lead,
    names_lead,
    notices,
    opened,
    puts,
    puts_out,
    raw,
    reads_in,
    reads_out,
    reviews,
    seen,
    shown,
    steps_down,
    takes_lead,
)
from officers_here import MODEL, hire, visitor
from offices_web import Screens, screens_of
from ports import ANTWERP, port
from record_examples import example

from node.commands import hand_case_over, interest, leading, open_case, people, read_in, roles, take_lead
from node.commands.review_conduct import Notices
from node.store.conduct import Deed
from node.store.tuples import WritingTuples
from node.store.unit import Tx
from policies import cases as relations
from policies.cases import Part
from policies.decision import Deny, DenyCode
from policies.officers import Role, Tie, membership
from policies.readership import Readership
from protocol.fields import DAY_MS
from protocol.ids import UnixMs

ALL = (Role.PORT_CAPTAIN, Role.SECURITY_OFFICER)
BY = "administrator/cli"
REASON = "The lead left the port"


class World:
    """A case with its lead and one who is read in, a colleague of the circle, and who reviews, audits and administers."""

    def __init__(self) -> None:
        self.at = port(ANTWERP)
        self.lead, self.member = hire(self.at, "a.lead"), hire(self.at, "b.member")
        self.other = hire(self.at, "c.other", *ALL)
        self.integrity = hire(self.at, "d.integrity", Role.INTEGRITY_OFFICER)
        self.auditor, self.admin = (
            hire(self.at, f"{one}.{one}", one) for one in (Role.AUDITOR, Role.ADMINISTRATOR)
        )
        self.case = opened(self.at, self.lead)
        reads_in(self.at, self.lead, self.case, self.member)
        record = example("alert")
        record.common.title = "SECRET"
        self.inside = self.at.publish(record)
        puts(self.at, self.lead, self.case, self.inside)

    @cached_property
    def screens(self) -> Screens:
        return screens_of(self.at)

    def write(self, act: Callable[[Tx], object]) -> None:
        self.at.store.write(act).result()

    def leads(self, who: str) -> bool:
        return self.case in visitor(self.at, who).reading.need.leads

    def leaderless(self, who: str) -> tuple[str, ...]:
        """What somebody is told of cases that nobody can lead."""
        officer = visitor(self.at, who)
        return self.at.store.read(lambda r: leading.leaderless(r, self.at.ctx, MODEL, officer))


def closed(here: World, who: str) -> None:
    here.write(lambda tx: people.close(tx, here.at.ctx, raw(who), actor=BY))


def suspended(here: World, who: str) -> None:
    here.write(lambda tx: roles.suspend(tx, here.at.ctx, MODEL, raw(who), actor=BY))


def over(here: World, who: str) -> None:
    """He was a lead for a day."""
    now = here.at.clock.at
    day = relations.lead(who, here.case, membership(UnixMs(now), UnixMs(now + DAY_MS)))
    here.write(lambda tx: WritingTuples(tx).change([day], []))
    here.at.clock.at += 2 * DAY_MS


def conflicted(here: World, who: str) -> None:
    """Another lead put him out, and left."""
    second = hire(here.at, "e.second")
    assert names_lead(here.at, who, here.case, second) is True
    reads_out(here.at, second, here.case, who, Part.CONFLICTED)
    closed(here, second)


LOST = (closed, suspended, over, conflicted)


@pytest.fixture(name="here")
def world() -> World:
    return World()


# ---- Handed over ----------------------------------------------------------------------------------------------------------


def refused(done: bool | Deny) -> tuple[DenyCode, str]:
    assert isinstance(done, Deny), done
    return done.code, done.rule


def test_a_lead_names_another_of_the_circle_for_a_time_and_never_himself(here: World) -> None:
    assert names_lead(here.at, here.lead, here.case, here.other) is True
    assert here.leads(here.other)
    assert here.leads(here.lead)
    noted = here.at.audits()[-1]
    assert (noted.act, noted.actor) == ("case_lead", here.lead)
    assert noted.details["person"] == here.other
    assert names_lead(here.at, here.member, here.case, here.member) is not True
    assert refused(names_lead(here.at, here.lead, here.case, here.lead)) == (
        DenyCode.NOT_COMPETENT,
        "oneself",
    )
    assert refused(names_lead(here.at, here.lead, here.case, here.auditor)) == (DenyCode.AUDIENCE, "circle")
    assert names_lead(here.at, here.integrity, here.case, here.member) is False
    for days in (0, 366):
        with pytest.raises(ValueError, match="a year"):
            names_lead(here.at, here.lead, here.case, here.member, days)
    reads_out(here.at, here.lead, here.case, here.other)
    assert refused(names_lead(here.at, here.lead, here.case, here.other)) == (DenyCode.AUDIENCE, "circle")
    here.at.clock.at += 101 * DAY_MS
    assert not here.leads(here.other)


def test_a_closed_case_is_handed_to_who_reads_it(here: World) -> None:
    who = visitor(here.at, here.lead)
    here.write(lambda tx: open_case.close_case(tx, here.at.ctx, here.case, officer=who))
    assert refused(names_lead(here.at, here.lead, here.case, here.other))[0] is DenyCode.NEED_TO_KNOW
    assert names_lead(here.at, here.lead, here.case, here.member) is True


def cuts_nobody_short(here: World) -> None:
    """AssertionError where somebody who is named ends the time of who named him."""
    assert names_lead(here.at, here.lead, here.case, here.other) is True
    for days in (1, 364):
        done = names_lead(here.at, here.other, here.case, here.lead, days)
        assert isinstance(done, Deny), "a lead is cut short"
        assert done.code is DenyCode.LEADS_LONGER
    same = names_lead(here.at, here.lead, here.case, here.other)
    assert refused(same) == (DenyCode.LEADS_LONGER, "case")
    assert names_lead(here.at, here.lead, here.case, here.other, 101) is True
    here.at.clock.at += 100 * DAY_MS
    assert here.leads(here.lead)
    assert here.leads(here.other)
    here.at.clock.at += 2 * DAY_MS
    assert names_lead(here.at, here.lead, here.case, here.other, 1) is True  # what is over, anew


def test_naming_a_lead_again_only_lengthens(here: World) -> None:
    cuts_nobody_short(here)


def is_read_out_and_told(here: World) -> None:
    """AssertionError where one lead puts another out, and whoever reviews conduct is not told."""
    assert names_lead(here.at, here.lead, here.case, here.other) is True
    before = len(lines(here.at, here.integrity))
    reads_out(here.at, here.lead, here.case, here.member)
    assert len(lines(here.at, here.integrity)) == before  # who never led it
    suspended(here, here.lead)  # who cannot lead for now might again
    reads_out(here.at, here.other, here.case, here.lead, Part.CONFLICTED)
    told = [line for line in lines(here.at, here.integrity) if line.newest.act is Deed.OUT]
    assert [line.counts for line in told] == [(("conflicted", here.lead, 1),)], "nobody is told"
    (line,) = told
    assert (line.newest.person, line.newest.file) == (raw(here.other), here.case)
    assert notices(here.at, here.other) == Notices()
    assert reviews(here.at, here.other, line.newest) is False
    page = here.screens.enter(here.integrity).get("/cases").text
    assert "C.Other read A.Lead, who led it too, out of the case Scouts at tank 12." in page
    assert "They led the case too." in page
    assert "SECRET" not in page
    assert reviews(here.at, here.integrity, line.newest) is True
    assert all(line.newest.act is not Deed.OUT for line in lines(here.at, here.integrity))


def test_reading_out_another_lead_is_told(here: World) -> None:
    is_read_out_and_told(here)


def test_where_nobody_could_be_told_no_lead_is_read_out(here: World) -> None:
    assert names_lead(here.at, here.lead, here.case, here.other) is True
    pair = raw(here.other), raw(here.integrity)
    here.write(lambda tx: interest.join(tx, here.at.ctx, MODEL, *pair, Tie.COLLEAGUE, actor=BY))
    assert refused(puts_out(here.at, here.other, here.case, here.lead)) == (DenyCode.NOBODY_TOLD, "case")
    assert here.leads(here.lead)
    assert puts_out(here.at, here.other, here.case, here.member) is True
    here.at.clock.at += 99 * DAY_MS
    assert puts_out(here.at, here.lead, here.case, here.other) is True  # of him somebody is told


def leaves_it_with_a_lead(here: World) -> None:
    """AssertionError where somebody steps down and nobody can lead it."""
    done = steps_down(here.at, here.lead, here.case)
    assert isinstance(done, Deny), "nobody leads it"
    assert done.code is DenyCode.NOBODY_LEADS
    assert names_lead(here.at, here.lead, here.case, here.member) is True
    closed(here, here.member)
    assert isinstance(steps_down(here.at, here.lead, here.case), Deny), "nobody leads it"
    assert names_lead(here.at, here.lead, here.case, here.other) is True
    assert steps_down(here.at, here.lead, here.case) is True
    assert (here.at.audits()[-1].act, here.at.audits()[-1].actor) == ("case_lead_end", here.lead)
    assert here.leads(here.other)
    assert shown(here.at, here.lead, here.inside.record) is None
    assert steps_down(here.at, here.lead, here.case) is False


def test_nobody_steps_down_where_nobody_else_can_lead(here: World) -> None:
    leaves_it_with_a_lead(here)


# ---- Nobody can lead it ---------------------------------------------------------------------------------------------------


def is_taken_and_told(here: World, lost: Callable[[World, str], None]) -> None:
    """AssertionError where a case that nobody can lead is not said, or its lead taken untold."""
    assert not any(may_take_lead(here.at, who, here.case) for who in (here.member, here.other))
    lost(here, here.lead)
    led = here.leaderless(here.auditor)
    assert here.lead in led, "nobody is told that nobody can lead it"
    assert here.leaderless(here.admin) == led
    assert here.leaderless(here.integrity) == here.leaderless(here.other) == ()
    assert [may_take_lead(here.at, who, here.case) for who in (here.member, here.other)] == [True, False]
    assert takes_lead(here.at, here.other, here.case) is False
    assert takes_lead(here.at, here.member, here.case, REASON) is True
    noted = here.at.audits()[-1]
    assert (noted.act, noted.actor) == ("case_lead_take", here.member)
    assert REASON not in str(noted)
    assert here.leads(here.member)
    assert here.leaderless(here.auditor) == here.leaderless(here.admin) == ()
    told = [line.newest for line in lines(here.at, here.integrity) if line.newest.act is Deed.LEAD]
    assert [(row.person, row.file, row.reason) for row in told] == [(raw(here.member), here.case, REASON)]
    assert notices(here.at, here.member) == notices(here.at, here.other) == Notices()
    assert reviews(here.at, here.member, told[0]) is False
    assert reviews(here.at, here.integrity, told[0]) is True
    assert all(line.newest.act is not Deed.LEAD for line in lines(here.at, here.integrity))
    assert takes_lead(here.at, here.other, here.case) is False


@pytest.mark.parametrize("lost", LOST)
def test_whoever_is_read_in_takes_it_and_it_is_told(here: World, lost: Callable[[World, str], None]) -> None:
    is_taken_and_told(here, lost)


def only_who_may(here: World) -> None:
    """AssertionError where somebody takes the lead who neither is read in nor could break the glass."""
    analyst = hire(here.at, "e.analyst", Role.ANALYST)
    reads_in(here.at, here.lead, here.case, analyst)
    third = hire(here.at, "f.third")
    reads_out(here.at, here.lead, here.case, third, Part.CONFLICTED)
    closed(here, here.lead)
    assert not may_take_lead(here.at, here.other, here.case)  # one who is read in can
    closed(here, here.member)
    # who is read in and opens no case does not keep a case without a lead
    asked = (analyst, third, here.auditor, here.admin, here.integrity, here.other)
    assert [may_take_lead(here.at, who, here.case) for who in asked] == [*[False] * 5, True]
    for who in asked[:-1]:
        assert takes_lead(here.at, who, here.case) is False, "somebody else took the lead"
    assert takes_lead(here.at, here.other, here.case) is True
    assert seen(here.at, visitor(here.at, here.other), here.inside.record) is not None


def test_where_nobody_read_in_is_left_whoever_could_break_the_glass_takes_it(here: World) -> None:
    only_who_may(here)


def is_not_taken_untold(here: World) -> None:
    """AssertionError where the lead is taken and nobody could be told."""
    closed(here, here.lead)
    pair = raw(here.member), raw(here.integrity)
    here.write(lambda tx: interest.join(tx, here.at.ctx, MODEL, *pair, Tie.COLLEAGUE, actor=BY))
    with pytest.raises(ValueError, match="a reason"):
        takes_lead(here.at, here.member, here.case, " ")
    done = takes_lead(here.at, here.member, here.case)
    assert isinstance(done, Deny), "taken, and nobody is told"
    assert done.code is DenyCode.NOBODY_TOLD
    assert not here.leads(here.member)


def test_where_nobody_could_be_told_it_is_not_taken(here: World) -> None:
    is_not_taken_untold(here)


def test_a_case_that_is_closed_is_not_said_and_can_be_taken(here: World) -> None:
    who = visitor(here.at, here.lead)
    here.write(lambda tx: open_case.close_case(tx, here.at.ctx, here.case, officer=who))
    closed(here, here.lead)
    assert here.leaderless(here.auditor) == ()
    assert takes_lead(here.at, here.member, here.case) is True


# ---- On the screens -------------------------------------------------------------------------------------------------------


def test_it_is_handed_over_by_forms(here: World) -> None:
    lead, member = here.screens.enter(here.lead), here.screens.enter(here.member)
    home = f"/cases/{here.case.hex()}"
    assert "When you have named somebody, you can step down." in lead.get(home).text
    assert f"{home}/leads" not in member.get(home).text
    form = {"lead": here.other, "lead_until": "2027-01-01"}
    for wrong in ({"lead_until": "2020-01-01"}, {"lead_until": "2030-01-01"}, {"lead": here.lead}):
        assert lead.submit(home, f"{home}/leads", **{**form, **wrong}).status_code == 422
    assert lead.submit(home, f"{home}/leads", **form).status_code == 303
    assert here.leads(here.other)
    assert lead.submit(home, f"{home}/leads/end").headers["location"] == "/cases"
    assert lead.get(home).status_code == 404


def test_the_lead_is_taken_by_a_form_and_told_on_every_page(here: World) -> None:
    browsers = {
        who: here.screens.enter(who)
        for who in (here.member, here.other, here.integrity, here.auditor, here.admin)
    }
    home, never = f"/cases/{here.case.hex()}", "0" * 32
    closed(here, here.lead)
    for who, link in ((here.auditor, False), (here.admin, True)):
        said = re.search(r'<div id="conduct".*?</div>', browsers[who].get("/").text, re.DOTALL)
        assert said
        assert "A case has nobody to lead it now, which A.Lead led" in said[0]
        assert ('href="/people"' in said[0]) is link
        assert "Scouts" not in said[0]
    for who in (here.other, here.integrity, here.auditor, here.admin):
        page = browsers[who].get(f"{home}/lead")
        nothing = browsers[who].get(f"/cases/{never}/lead")
        assert page.status_code == 404
        assert page.text.replace(here.case.hex(), never) == nothing.text
        assert f"{home}/lead" not in browsers[who].get("/cases").text
    member = browsers[here.member]
    assert f"{home}/lead" in member.get("/cases").text
    assert f"{home}/lead" in member.get(home).text
    assert member.submit(f"{home}/lead", f"{home}/lead", reason="").status_code == 422
    assert member.submit(f"{home}/lead", f"{home}/lead", reason=REASON).headers["location"] == home
    assert "B.Member took the lead of the case Scouts at tank 12" in browsers[here.integrity].get("/").text
    listed = browsers[here.integrity].get("/cases").text
    assert REASON in listed
    assert "SECRET" not in listed
    assert "took the lead" not in browsers[here.other].get("/").text
    assert "nobody to lead it" not in browsers[here.admin].get("/").text


# ---- Faults planted -------------------------------------------------------------------------------------------------------


def test_a_case_that_nobody_can_lead_and_nobody_is_told_of_is_seen(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Readership, "led", lambda _: frozenset({here.case}))
    with pytest.raises(AssertionError, match="nobody is told"):
        is_taken_and_told(here, closed)


def test_a_name_that_cuts_a_lead_short_is_seen(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hand_case_over, "leads_until", lambda *_: None)
    with pytest.raises(AssertionError, match="cut short"):
        cuts_nobody_short(here)


def test_a_lead_that_is_read_out_untold_is_seen(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_in, "leads_until", lambda *_: None)
    with pytest.raises(AssertionError, match="nobody is told"):
        is_read_out_and_told(here)


def test_a_lead_that_leaves_a_case_alone_is_seen(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hand_case_over, "leads_now", lambda _r, _c, _m, case: [here.lead, case.hex()])
    with pytest.raises(AssertionError, match="nobody leads it"):
        leaves_it_with_a_lead(here)


def test_a_lead_that_is_taken_untold_is_seen(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(take_lead, "anybody_told", lambda *_: True)
    with pytest.raises(AssertionError, match="nobody is told"):
        is_not_taken_untold(here)


def test_a_lead_that_anybody_takes_is_seen(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(take_lead, "could_lead", lambda *_: True)
    monkeypatch.setattr(take_lead, "may_break", lambda *_: True)
    with pytest.raises(AssertionError):
        only_who_may(here)
