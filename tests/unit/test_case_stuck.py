"""Nobody's act makes what was done with a case disappear: a tie made later takes no notice away, and where nobody here can review it any
more whoever audits and whoever administers is told of whom something waits. What thousands of acts cost each request is counted.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Collection
from typing import Any

import pytest
from browser_web import Line as Stream
from cases_here import breaks, lines, notices, opened, puts, raw, reviews, titles
from officers_here import MODEL, hire, visitor
from offices_web import screens_of
from ports import NORTH_SEA, port
from record_examples import example
from statements import rows_read

from node.commands import interest, people, put_in, review_conduct, roles
from node.commands.people import Visitor
from node.commands.review_conduct import LINES_MAX, Notices
from node.store import conduct
from node.store.changes import Change
from node.store.conduct import ConductRow, Deed, Line
from node.store.unit import Reader, Tx
from policies.decision import Deny, DenyCode
from policies.need import CaseId
from policies.officers import Right, Role, Tie
from protocol.ids import RecordId, UnixMs

BY = "administrator/cli"
TITLE = "SECRET"


class World:
    """An officer with a case of his own, a colleague, who reviews conduct, who administers, and who audits."""

    def __init__(self) -> None:
        self.at = port(NORTH_SEA)
        self.lead, self.other = hire(self.at, "a.lead"), hire(self.at, "c.other")
        self.integrity = hire(self.at, "d.integrity", Role.INTEGRITY_OFFICER)
        self.admin, self.auditor = (hire(self.at, f"{one}.{one}", one) for one in WATCH)
        self.case = opened(self.at, self.lead)

    def put(self, title: str = TITLE, who: str = "") -> None:
        message = example("alert")
        message.common.title = title
        puts(self.at, who or self.lead, self.case, self.at.publish(message))

    def write(self, act: Callable[[Tx], object]) -> None:
        self.at.store.write(act).result()

    def stuck(self) -> list[tuple[str, ...]]:
        """What who administers and who audits are told that nobody can review."""
        return [notices(self.at, one).stuck for one in (self.admin, self.auditor)]

    def tie(self, one: str, other: str) -> None:
        ctx, pair = self.at.ctx, (raw(one), raw(other))
        self.write(lambda tx: interest.join(tx, ctx, MODEL, *pair, Tie.COLLEAGUE, actor=BY))

    def untie(self, one: str, other: str) -> None:
        ctx, pair = self.at.ctx, (raw(one), raw(other))
        self.write(lambda tx: interest.part(tx, ctx, MODEL, *pair, Tie.COLLEAGUE, actor=BY))


WATCH = (Role.ADMINISTRATOR, Role.AUDITOR)


@pytest.fixture(name="here")
def world() -> World:
    return World()


def tied(here: World, who: str) -> None:
    here.tie(here.lead, who)


def suspended(here: World, who: str) -> None:
    here.write(lambda tx: roles.suspend(tx, here.at.ctx, MODEL, raw(who), actor=BY))


def closed(here: World, who: str) -> None:
    here.write(lambda tx: people.close(tx, here.at.ctx, raw(who), actor=BY))


def without_his_role(here: World, who: str) -> None:
    role = Role.INTEGRITY_OFFICER
    here.write(lambda tx: roles.take_role(tx, here.at.ctx, MODEL, raw(who), role, actor=BY))


SILENCED = (tied, suspended, closed, without_his_role)


def is_not_silenced(here: World, by: Callable[[World, str], None]) -> None:
    """AssertionError where one act on the only integrity officer makes a notice disappear."""
    at = here.at
    here.put()
    ((row, *_),) = lines(at, here.integrity)
    assert here.stuck() == [(), ()]
    by(here, here.integrity)
    assert titles(at, here.other) == []
    assert here.stuck() == [(here.lead,)] * 2, "hidden, and nobody is told that nobody can review it"
    assert notices(at, here.lead) == notices(at, here.other) == Notices()
    for one in (here.admin, here.auditor):
        assert (notices(at, one).lines, reviews(at, one, row)) == ((), False)
    second = hire(at, "e.second", Role.INTEGRITY_OFFICER)
    assert here.stuck() == [(), ()]
    assert [line.newest for line in lines(at, second)] == [row]
    assert reviews(at, second, row) is True
    by(here, second)
    assert here.stuck() == [(), ()]


@pytest.mark.parametrize("by", SILENCED)
def test_no_act_on_the_only_integrity_officer_makes_it_disappear(
    here: World, by: Callable[[World, str], None]
) -> None:
    is_not_silenced(here, by)


def test_whoever_was_told_is_told_though_a_tie_is_made_later_and_does_not_review(here: World) -> None:
    here.put()
    (line,) = lines(here.at, here.integrity)
    here.tie(here.lead, here.integrity)
    assert lines(here.at, here.integrity) == [line], "a tie that was made later took the notice away"
    denied = reviews(here.at, here.integrity, line.newest)
    assert isinstance(denied, Deny)
    assert denied.code is DenyCode.CONFLICT
    here.untie(here.lead, here.integrity)
    assert here.stuck() == [(), ()]
    assert reviews(here.at, here.integrity, line.newest) is True


def test_whoever_was_tied_at_the_act_is_not_told_though_the_tie_is_taken(here: World) -> None:
    second = hire(here.at, "e.second", Role.INTEGRITY_OFFICER)
    here.tie(here.lead, second)
    here.put()
    here.untie(here.lead, second)
    assert lines(here.at, second) == [], "a tie was taken to let a colleague look away"
    (line,) = lines(here.at, here.integrity)
    assert reviews(here.at, second, line.newest) is False
    here.put("now not tied")
    assert [one.number for one in lines(here.at, here.integrity)] == [1, 1]  # who is told differs
    (later,) = lines(here.at, second)
    assert reviews(here.at, second, later.newest) is True
    assert lines(here.at, here.integrity) == [line]
    closed(here, here.integrity)
    assert here.stuck() == [(here.lead,)] * 2


def test_a_broken_glass_that_nobody_can_review_is_told_and_one_that_its_lead_can_is_not(here: World) -> None:
    at, row = here.at, breaks(here.at, here.other, here.case)
    assert isinstance(row, ConductRow)
    without_his_role(here, here.integrity)
    assert here.stuck() == [(), ()]
    here.tie(here.other, here.lead)
    assert here.stuck() == [(here.other,)] * 2
    assert [line.newest for line in lines(at, here.lead)] == [row]
    here.untie(here.other, here.lead)
    suspended(here, here.lead)
    assert here.stuck() == [(here.other,)] * 2


def test_who_did_it_is_not_told_that_nobody_can_review_it(here: World) -> None:
    both = hire(here.at, "f.both", Role.SECURITY_OFFICER, Role.ADMINISTRATOR)
    here.case = opened(here.at, both)
    here.put(who=both)
    closed(here, here.integrity)
    assert here.stuck() == [(both,)] * 2
    assert notices(here.at, both) == Notices()


def test_pages_say_of_whom_it_is_and_nothing_more_and_where_it_is_put_right(here: World) -> None:
    screens = screens_of(here.at)
    admin, auditor, other = (screens.enter(one) for one in (here.admin, here.auditor, here.other))
    here.put()
    assert "nobody here can review" not in admin.get("/").text
    # the only one who could review it is tied to who did it, as a form does
    page = f"/people/{here.integrity}"
    done = admin.submit(page, f"{page}/ties", other=here.lead, tie="close_colleague", sure="yes")
    assert done.status_code == 303
    for browser, link in ((admin, True), (auditor, False)):
        for path in ("/", "/drafts", "/peers"):
            said = re.search(r'<div id="conduct".*?</div>', browser.get(path).text, re.DOTALL)
            assert said
            assert "What A.Lead did with a case waits, and nobody here can review it" in said[0]
            assert ('href="/people"' in said[0]) is link
            assert TITLE not in said[0]
            assert "Scouts" not in said[0]
    assert "nobody here can review" not in other.get("/").text
    hire(here.at, "e.second", Role.INTEGRITY_OFFICER)
    assert "nobody here can review" not in admin.get("/").text


def test_an_open_page_hears_it(here: World) -> None:
    screens = screens_of(here.at)
    browser = screens.enter(here.auditor)
    here.put()

    def silence() -> None:
        before = len(here.at.changes)
        suspended(here, here.integrity)
        screens.bus.publish(list[Change](here.at.changes[before:]))

    async def run() -> str:
        async with Stream(screens.app, browser, "shelf=watch&scope=all&band=NONE.AMBER") as line:
            await line.until(lambda: ": beat" in line.text)
            await asyncio.to_thread(silence)
            await line.until(lambda: "conduct" in line.events)
            return line.text

    assert "nobody here can review" in asyncio.run(run())


def test_the_role_that_is_looked_for_is_the_only_one_with_the_right(here: World) -> None:
    held = {role: visitor(here.at, hire(here.at, f"x.{role}", role)).rights for role in Role}
    assert {role for role, rights in held.items() if Right.REVIEW_CONDUCT in rights} == {
        Role.INTEGRITY_OFFICER
    }


# ---- What it costs --------------------------------------------------------------------------------------------------------


def fill(here: World, first: int, count: int, cases: int = 1) -> None:
    """So many records put in by the lead."""

    def act(tx: Tx) -> None:
        for n in range(first, first + count):
            case = here.case if cases == 1 else CaseId((n % cases).to_bytes(16, "big"))
            entry, kind = RecordId(n.to_bytes(16, "big")), ("alert", "indicator")[n % 2]
            row = ConductRow(entry, Deed.PUT, case, raw(here.lead), UnixMs(n), kind=kind, origin="x")
            conduct.note(tx, row)

    here.write(act)


def cost(here: World, who: str) -> tuple[int, int]:
    """Statements about conduct that one request of somebody's makes, and rows that come of them."""
    officer = visitor(here.at, who)
    with rows_read() as came:
        here.at.store.read(lambda r: review_conduct.notices(r, here.at.ctx, MODEL, officer))
    asked = [rows for sql, rows in came if "conduct" in sql]
    return len(asked), sum(asked)


def costs_little(here: World) -> None:
    """AssertionError where a request reads more because more waits, or anything for who is told nothing."""
    fill(here, 1, 40)
    seen = (here.integrity, here.admin, here.auditor)
    before = [cost(here, who) for who in seen]
    fill(here, 1000, 2000)
    assert [cost(here, who) for who in seen] == before, "each act costs every request"
    (line,) = lines(here.at, here.integrity)
    assert (line.counts, line.since_ms) == ((("alert", "x", 1020), ("indicator", "x", 1020)), 1)
    assert cost(here, here.other) == (0, 0), "something is loaded for who is told nothing"
    fill(here, 5000, 600, cases=300)
    found = notices(here.at, here.integrity)
    assert (len(found.lines), found.every) == (LINES_MAX, 301)
    statements, rows = cost(here, here.integrity)
    assert (statements, rows <= 3 * LINES_MAX) == (2, True)


def test_what_a_request_reads_does_not_grow_with_what_waits(here: World) -> None:
    costs_little(here)


def test_what_the_store_finds_is_what_each_is_told(here: World) -> None:
    """The same rule twice: as a question to the store, and of one act."""
    second = hire(here.at, "e.second", Role.INTEGRITY_OFFICER, Role.SECURITY_OFFICER)
    here.tie(here.lead, second)
    here.put()
    both = opened(here.at, second)
    assert isinstance(breaks(here.at, here.other, here.case), ConductRow)
    assert isinstance(breaks(here.at, here.other, both), ConductRow)
    here.case = both
    here.put("of his own", second)
    every = here.at.store.read(
        lambda r: [conduct.get(r, row[0]) for row in r.all("SELECT entry FROM conduct ORDER BY number")]
    )
    assert len(every) == 4
    for who in (here.lead, here.other, here.integrity, second, here.admin):
        officer = visitor(here.at, who)
        told = [row for row in every if row is not None and review_conduct.told(officer, row)]
        assert [line.newest for line in lines(here.at, who)] == told


# ---- Faults planted -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", SILENCED)
def test_what_nobody_can_review_and_nobody_is_told_of_is_seen(
    here: World, monkeypatch: pytest.MonkeyPatch, by: Callable[[World, str], None]
) -> None:
    monkeypatch.setattr(review_conduct, "_stuck", lambda *_: ())
    with pytest.raises(AssertionError, match="nobody is told"):
        is_not_silenced(here, by)


def test_a_tie_that_takes_a_notice_away_is_seen(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    real = conduct.lines

    def of_now(reader: Reader, person: bytes, **given: Any) -> tuple[list[Line], int]:
        found, _ = real(reader, person, **given)
        tied_now = {other for _, other in interest.ties(reader, person)}
        left = [line for line in found if line.newest.person not in tied_now]
        return left, len(left)

    monkeypatch.setattr(conduct, "lines", of_now)
    with pytest.raises(AssertionError, match="took the notice away"):
        test_whoever_was_told_is_told_though_a_tie_is_made_later_and_does_not_review(here)


def test_an_act_that_forgets_who_was_tied_is_seen(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    real = review_conduct.deed
    monkeypatch.setattr(put_in, "deed", lambda *given: real(*given)._replace(tied=""))
    with pytest.raises(AssertionError, match="look away"):
        test_whoever_was_tied_at_the_act_is_not_told_though_the_tie_is_taken(here)


def test_notices_that_read_every_act_are_seen(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    real = conduct.lines

    def one_by_one(reader: Reader, person: bytes, **given: Any) -> tuple[list[Line], int]:
        reader.all("SELECT * FROM conduct WHERE reviewer IS NULL")
        return real(reader, person, **given)

    monkeypatch.setattr(conduct, "lines", one_by_one)
    with pytest.raises(AssertionError, match="each act costs"):
        costs_little(here)


def test_notices_that_are_loaded_for_everybody_are_seen(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    real = conduct.lines

    def of_anybody(
        reader: Reader, person: bytes, *, every: bool, leads: Collection[CaseId], limit: int
    ) -> tuple[list[Line], int]:
        found, many = real(reader, person, every=True, leads=leads, limit=limit)
        return (found, many) if every else ([], 0)

    def anybody(_: Visitor) -> bool:
        return True

    monkeypatch.setattr(review_conduct, "_is_told_of_any", anybody)
    monkeypatch.setattr(conduct, "lines", of_anybody)
    with pytest.raises(AssertionError, match="who is told nothing"):
        costs_little(here)
