"""Whoever reviews conduct takes out of a case what somebody put in, as far as he saw it, and learns nothing of it: neither what it says, nor
whether any of it is about him.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any

import pytest
from cases_here import lines, opened, puts, raw, reads_in, reviews, shown, takes, takes_by_review, titles
from concerned_here import MINE, OTHER, about, declare
from officers_here import MODEL, hire, visitor
from offices_web import Screens, screens_of
from ports import AMBER, ANTWERP, NORTH_SEA, port
from record_examples import example

from node.commands import interest, take_by_review
from node.commands.append import append
from node.commands.publish import Released
from node.store import cases, conduct
from node.store.conduct import ConductRow
from node.store.unit import Reader
from policies.decision import Deny, DenyCode
from policies.officers import Role, Tie
from protocol.entry import build_superseded
from protocol.ids import UnixMs
from protocol.label import parse
from protocol.operation import Target
from web.offices.conduct import Conduct

ALL = (Role.PORT_CAPTAIN, Role.SECURITY_OFFICER)
BY = "administrator/cli"
GREEN = "BE:NONE//TLP:GREEN//AUD ports-be"
ENFORCE = "BE:NONE//TLP:AMBER//AUD ports-be//PURPOSE enforcement"
ABOVE = f"{ENFORCE}//CAVEAT PERSONAL"
BOTH = "port-security,enforcement"
WORDS = "Nothing of an inquiry in it"


class World:
    """Somebody who reads a case of another's and puts in what everybody read; a captain who is in no case; two who review conduct."""

    def __init__(self, purposes: str = "port-security") -> None:
        """`purposes`: of all but those who review."""
        self.at, self.there = port(ANTWERP), port(NORTH_SEA)
        self.lead, self.member = (hire(self.at, one, purposes=purposes) for one in ("a.lead", "b.member"))
        self.captain = hire(self.at, "c.captain", *ALL, purposes=purposes)
        self.integrity, self.second = (
            hire(self.at, login, Role.INTEGRITY_OFFICER) for login in ("d.integrity", "e.second")
        )
        self.case = opened(self.at, self.lead)
        reads_in(self.at, self.lead, self.case, self.member, BOTH)

    @cached_property
    def screens(self) -> Screens:
        return screens_of(self.at)

    def says(self, title: str, label: str = AMBER, **more: Any) -> Released:
        record = example("alert", **more)
        record.common.title = title
        return self.at.publish(record, label)

    def put(self, title: str, who: str = "", **more: Any) -> Released:
        released = self.says(title, **more)
        puts(self.at, who or self.member, self.case, released)
        return released

    def line(self) -> ConductRow:
        """What waits, as it is seen now."""
        (line, *_) = lines(self.at, self.integrity)
        return line.newest

    def reviewed(self) -> ConductRow:
        row = self.line()
        assert reviews(self.at, self.integrity, row, WORDS) is True
        return row

    def taken(self, who: str) -> list[ConductRow]:
        officer = visitor(self.at, who)
        return self.at.store.read(lambda r: take_by_review.taken_out(r, self.case, officer))

    def put_about(self, plate: str) -> None:
        """A record that is about somebody's car."""
        released = self.at.publish(about(plate, "of a car"), ABOVE)
        puts(self.at, self.member, self.case, released)


@pytest.fixture(name="here")
def world() -> World:
    return World()


def takes_as_far_as_seen(here: World) -> None:
    """AssertionError where a review takes out something else than what it saw of this line and is in the case by it."""
    by_lead = here.put("of the lead", here.lead)
    assert reviews(here.at, here.integrity, here.line(), WORDS) is True
    here.put("one"), here.put("two")
    again, row = here.put("out and in again"), here.line()
    assert takes(here.at, here.lead, here.case, again) is True
    puts(here.at, here.lead, here.case, again)
    here.put("after the look")
    assert titles(here.at, here.captain) == []
    assert takes_by_review(here.at, here.integrity, row) is False, "taken out without a review"
    assert reviews(here.at, here.integrity, row, WORDS) is True
    assert takes_by_review(here.at, here.integrity, row) is True
    assert titles(here.at, here.captain) == ["two", "one"], "not what was seen"
    assert shown(here.at, here.lead, by_lead.record) is not None
    assert len(lines(here.at, here.integrity)) == 2  # what came since waits on


def test_everything_of_the_line_that_was_seen_is_out_and_nothing_else(here: World) -> None:
    takes_as_far_as_seen(here)


def test_it_is_audited_by_record_and_as_a_review(here: World) -> None:
    one = here.put("SECRET")
    row = here.reviewed()
    assert takes_by_review(here.at, here.integrity, row) is True
    noted = here.at.audits()[-1]
    assert (noted.act, noted.actor, noted.rule) == ("case_take", here.integrity, "review")
    assert (noted.record.record_id, noted.details["case"]) == (one.record, here.case.hex())
    assert (
        takes_by_review(here.at, here.integrity, row) is True
    )  # once more: the same answer, and nothing to do
    assert here.at.audits()[-1].details["records"] == "0"


def test_who_is_told_of_no_such_line_or_is_tied_takes_nothing(here: World) -> None:
    here.put("one")
    row = here.reviewed()
    for who in (here.member, here.lead, here.captain):
        assert takes_by_review(here.at, who, row) is False
    pair = raw(here.member), raw(here.second)
    here.at.store.write(
        lambda tx: interest.join(tx, here.at.ctx, MODEL, *pair, Tie.COLLEAGUE, actor=BY)
    ).result()
    denied = takes_by_review(here.at, here.second, row)
    assert isinstance(denied, Deny)
    assert denied.code is DenyCode.CONFLICT
    assert titles(here.at, here.captain) == []
    assert takes_by_review(here.at, here.integrity, row) is True
    assert titles(here.at, here.captain) == ["one"]


def test_what_a_port_moved_meanwhile_comes_out_with_it(here: World) -> None:
    first = here.there.publish(example("alert"))
    here.at.pull(here.there, first.feed.feed)
    puts(here.at, here.member, here.case, first)
    wider = here.there.publish(example("alert"), GREEN)
    said = build_superseded(
        target=Target(first.record, first.version),
        successor=wider.record,
        issued_ms=here.there.ctx.now(),
        register=here.there.ctx.register.version,
    )
    here.there.store.write(
        lambda tx: append(tx, here.there.ctx, parse(AMBER), [said], here.there.ctx.register)
    ).result()
    for feed in (first.feed.feed, wider.feed.feed):
        here.at.pull(here.there, feed)
    assert titles(here.at, here.captain) == []
    assert takes_by_review(here.at, here.integrity, here.reviewed()) is True
    assert len(titles(here.at, here.captain)) == 1
    assert not here.at.store.read(cases.inside)


# ---- What it tells --------------------------------------------------------------------------------------------------------


def answered(here: World, concerned: bool) -> list[str]:
    """What the one who reviews sees: before, with the answer, and after, of one record that is about him or is not."""
    declare(here.at, here.integrity, MINE)
    here.put_about(MINE if concerned else OTHER)
    browser = here.screens.enter(here.integrity)
    pages = [browser.get("/cases").text]
    form = re.search(r'action="(/conduct/[0-9a-f]{32}/review)"', pages[0])
    assert form
    answer = browser.submit("/cases", form[1], words=WORDS, take="yes")
    pages += [f"{answer.status_code} {answer.text}", browser.get("/cases").text, browser.get("/").text]
    out = titles(here.at, here.captain)
    assert out == ([] if concerned else ["of a car"]), "he took out what is about him"
    here.at.clock.at += 60_000
    (row,) = here.at.store.read(lambda r: conduct.reviewed(r, 1))
    assert takes_by_review(here.at, here.second, row) is True
    pages.append(browser.get("/cases").text)
    return [re.sub(r"[0-9a-f]{32,}|[0-9a-f]{8}-[0-9a-f-]{27}", "-", page) for page in pages]


def is_told_nothing() -> None:
    """AssertionError where a review tells whether something in a case is about the one who reviews."""
    one, other = World(BOTH), World(BOTH)
    assert answered(one, True) == answered(other, False), "the review tells what is about him"


def test_what_is_about_the_reviewer_stays_in_and_nothing_tells_him() -> None:
    is_told_nothing()


def test_another_reviewer_takes_out_what_was_about_the_first() -> None:
    here = World(BOTH)
    declare(here.at, here.integrity, MINE)
    here.put_about(MINE)
    row = here.reviewed()
    assert takes_by_review(here.at, here.integrity, row) is True
    assert (titles(here.at, here.captain), here.taken(here.lead)) == ([], [])
    assert takes_by_review(here.at, here.second, row) is True
    assert titles(here.at, here.captain) == ["of a car"]
    assert [one.record for one in here.taken(here.lead)] == [row.record]


def offered(here: World, row: ConductRow) -> list[bool]:
    """To each who reviews."""
    who = [visitor(here.at, one) for one in (here.integrity, here.second)]
    return here.at.store.read(
        lambda r: [take_by_review.may_take(r, here.at.ctx, MODEL, one, row) for one in who]
    )


def is_offered_until_he_did_it(here: World) -> None:
    """AssertionError where a review is offered what it did, or not offered what another one did."""
    here.put("one")
    row = here.reviewed()
    assert offered(here, row) == [True, True]
    assert takes_by_review(here.at, here.integrity, row) is True
    assert offered(here, row) == [False, True], "offered again, or to nobody more"
    assert takes_by_review(here.at, here.second, row) is True
    assert offered(here, row) == [False, False], "offered again, or to nobody more"


def test_it_is_offered_to_each_who_reviews_until_he_did_it(here: World) -> None:
    is_offered_until_he_did_it(here)


def reads_nothing_of_it(here: World) -> None:
    """AssertionError where whoever takes something out reads anything of it by that, before, at or after."""
    one, above = here.put("SECRET"), here.put("SECRET", label=ENFORCE)
    browser = here.screens.enter(here.integrity)

    def pages(*paths: str) -> list[str]:
        return [browser.get(path).text for path in paths]

    own, both = [f"/records/{each.record.hex()}" for each in (one, above)], ("/cases", "/")
    assert titles(here.at, here.integrity) == []
    before = pages(*both, *own)
    form = re.search(r'action="(/conduct/[0-9a-f]{32}/review)"', before[0])
    assert form
    answer = browser.submit("/cases", form[1], words=WORDS, take="yes")
    assert titles(here.at, here.captain) == ["SECRET", "SECRET"]
    # he reads one of them now, as anybody whom its label admits: before it was the case that kept it from him
    assert titles(here.at, here.integrity) == ["SECRET"]
    after = [answer.text, str(answer.headers), *pages("/cases", f"/cases/{here.case.hex()}", own[1])]
    assert "SECRET" not in "".join((*before, *after)), "he reads what he takes out"
    assert not any(each.record.hex() in page for each in (one, above) for page in (*before[:2], *after[:3]))


def test_he_reads_nothing_of_what_he_takes_out() -> None:
    reads_nothing_of_it(World(BOTH))


def test_what_was_put_in_before_its_act_was_kept_stays_and_the_page_says_so(here: World) -> None:
    old = here.put("old")
    here.at.store.write(
        lambda tx: tx.run("UPDATE case_record SET entry = NULL")
    ).result()  # as schema 26 had it
    assert takes_by_review(here.at, here.integrity, here.reviewed()) is True
    assert titles(here.at, here.captain) == []
    page = here.screens.enter(here.integrity).get("/cases").text
    assert "Taken out by a review, but for what stays in the case" in page
    assert (
        "Records that were put in before this port kept by which act stay too: whoever leads the case" in page
    )
    assert takes(here.at, here.lead, here.case, old) is True
    assert titles(here.at, here.captain) == ["old"]


def test_the_lead_and_whoever_put_it_in_see_it_as_far_as_they_may_read_it(here: World) -> None:
    third = hire(here.at, "f.third")
    reads_in(here.at, here.lead, here.case, third)
    one = here.put("to be read")
    high = hire(here.at, "g.high", purposes=BOTH)
    reads_in(here.at, here.lead, here.case, high, BOTH)
    above = here.put("above them", high, label=ENFORCE)
    for _ in range(2):
        row = here.reviewed()
        assert takes_by_review(here.at, here.integrity, row) is True
    pages = {
        who: here.screens.enter(who).get(f"/cases/{here.case.hex()}").text
        for who in (here.lead, here.member, third, high)
    }
    part = {
        who: text.partition("Taken out by a review")[2].partition("</section>")[0]
        for who, text in pages.items()
    }
    assert one.record.hex() in part[here.lead]
    assert one.record.hex() in part[here.member]
    assert above.record.hex() in part[high]
    for who, records in ((here.lead, [above]), (here.member, [above]), (high, [one])):
        assert not any(each.record.hex() in part[who] for each in records)
    assert part[third] == ""
    assert WORDS not in "".join(pages.values())


def test_it_is_taken_out_with_the_words_or_later_from_the_list(here: World) -> None:
    here.put("one")
    browser = here.screens.enter(here.integrity)
    form = re.search(r'action="(/conduct/[0-9a-f]{32}/review)"', browser.get("/cases").text)
    assert form
    assert browser.submit("/cases", form[1], words="", take="yes").status_code == 422
    assert titles(here.at, here.captain) == []
    assert browser.submit("/cases", form[1], words=WORDS).status_code == 303
    later = form[1].replace("/review", "/take")
    assert f'action="{later}"' in browser.get("/cases").text
    captain = here.screens.enter(here.captain)
    assert later not in captain.get("/cases").text
    assert browser.submit("/cases", later).status_code == 303
    assert titles(here.at, here.captain) == ["one"]
    page = browser.get("/cases").text
    assert later not in page
    assert "Taken out by a review" in page


# ---- Faults planted -------------------------------------------------------------------------------------------------------


def test_a_review_that_takes_out_what_nobody_saw_is_seen(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "node.store.conduct._UP_TO", "d.act = ? AND d.file = ? AND d.person = ? AND ? IS NOT ? AND ? IS NOT ?"
    )
    with pytest.raises(AssertionError, match="not what was seen"):
        takes_as_far_as_seen(here)


def test_a_review_that_takes_out_what_is_in_by_another_act_is_seen(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, first = cases.put, dict[Any, bytes]()

    def by_the_first(tx: Any, key: Any, case: Any, *, entry: bytes | None = None, new: bool = False) -> None:
        real(tx, key, case, entry=first.setdefault(key, entry) if entry else None, new=new)

    monkeypatch.setattr(cases, "put", by_the_first)
    with pytest.raises(AssertionError, match="not what was seen"):
        takes_as_far_as_seen(here)


def test_a_review_that_forgets_what_concerns_him_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(take_by_review, "conflicted", lambda *_: None)
    with pytest.raises(AssertionError, match="took out what is about him"):
        is_told_nothing()


def test_an_offer_that_depends_on_what_is_inside_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    real = take_by_review.may_take

    def while_inside(reader: Any, ctx: Any, model: Any, officer: Any, row: ConductRow) -> bool:
        held = reader.one("SELECT 1 FROM case_record WHERE entry = ? AND file IS NOT NULL", row.entry)
        return held is not None or real(reader, ctx, model, officer, row)

    monkeypatch.setattr(take_by_review, "may_take", while_inside)
    with pytest.raises(AssertionError, match="tells what is about him"):
        is_told_nothing()


def test_an_offer_that_remembers_one_reviewer_is_seen(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    real = conduct.takings

    def the_last(reader: Reader, entry: bytes) -> dict[bytes, UnixMs]:
        return dict(list(real(reader, entry).items())[-1:])

    monkeypatch.setattr(conduct, "takings", the_last)
    with pytest.raises(AssertionError, match="offered again"):
        is_offered_until_he_did_it(here)


def test_a_time_that_depends_on_what_came_out_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    real = conduct.takings

    def of_what_came_out(reader: Reader, entry: bytes) -> dict[bytes, UnixMs]:
        row = conduct.get(reader, entry)
        at = row.taken_ms if row is not None else UnixMs(0)
        return dict.fromkeys(real(reader, entry), at)

    monkeypatch.setattr(conduct, "takings", of_what_came_out)
    with pytest.raises(AssertionError, match="tells what is about him"):
        is_told_nothing()


def test_a_notice_that_names_what_was_put_in_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Conduct, "_whose", lambda *_: "SECRET")
    with pytest.raises(AssertionError, match="reads what he takes out"):
        reads_nothing_of_it(World(BOTH))


def test_a_review_by_who_is_tied_is_seen(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(take_by_review, "may_review", lambda *_: True)
    with pytest.raises(AssertionError):
        test_who_is_told_of_no_such_line_or_is_tied_takes_nothing(here)
