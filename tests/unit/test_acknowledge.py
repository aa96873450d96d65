"""What asks for an answer by a time is answered from its page, and its origin sees who has, who has not yet and who is overdue."""

from __future__ import annotations

import re
import uuid
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from all_kinds import record, register
from browser_web import Browser
from cases_here import seen
from matters import follow
from officers_here import MODEL, hire, visitor
from offices_web import Screens, screens
from ports import AMBER, ANTWERP, LIEGE, NORTH_SEA, port

from node.commands import acknowledge, people, retract
from node.commands.publish import Released
from node.store import drafts
from node.store.drafts import DraftRow, Hand
from policies.officers import Role
from protocol.fields import DAY_MS
from protocol.ids import RecordId
from protocol.v1 import records_pb2 as pb

MINUTE_MS = 60_000
CAPTAIN = (Role.SECURITY_OFFICER, Role.PORT_CAPTAIN)
TO_ANTWERP = AMBER + "//TO node:port-antwerp-bruges"
LEVEL = {
    "title": "ISPS level 2 at the tank terminals",
    "scale": "isps",
    "level": "2",
    "areas.0.at": "facility",
    "areas.0.code": "BEANR-0123",
    "areas.1.at": "unlocode",
    "areas.1.code": "BEANR",
    "occurred_from": "2026-09-21T10:00",
    "effective_from": "2026-09-21T12:00",
    "statement": "fact",
    "lang": "en",
    "legal_basis": "port-security-be",
    "audience": "ports-be",
    "tlp": "AMBER",
}


def entitle(one: Screens) -> None:
    """What the register gives the organisation, in the relations of its node."""
    at = one.port
    at.store.write(lambda tx: people.sync_register(tx, at.ctx, MODEL, at.ctx.register)).result()


class Two:
    """The origin of what asks, and a port that is asked; each with an officer."""

    def __init__(self) -> None:
        rules = register()
        self.here, self.there = screens(ANTWERP, register=rules), screens(NORTH_SEA, register=rules)
        for one in (self.here, self.there):
            entitle(one)
        self.origin = self.here.officer("a.captain", *CAPTAIN)
        self.asked = self.there.officer("n.captain", *CAPTAIN)

    def said(self, by_ms: int) -> Released:
        """A notice of the origin that asks, at both."""
        out = self.here.port.publish(record("notice", acknowledge_by=by_ms), AMBER)
        follow(self.there.port, self.here.port)
        return out

    def correct(self, out: Released, by_ms: int) -> None:
        message = record("notice", acknowledge_by=by_ms, text="Anders.")
        self.here.port.publish(message, AMBER, record=out.record, version=out.version + 1)
        follow(self.there.port, self.here.port)

    def answer(self, out: Released, browser: Browser | None = None) -> str:
        """Two taps: acknowledge, release; the draft's page."""
        officer, page = browser or self.asked, f"/records/{out.record.hex()}"
        drafted = officer.submit(page, f"{page}/acknowledge")
        assert drafted.status_code == 303, drafted.text
        draft = drafted.headers["location"]
        gone = officer.submit(draft, f"{draft}/release")
        assert gone.status_code == 303, gone.text
        follow(self.here.port, self.there.port)
        return draft

    def board(self, out: Released, browser: Browser | None = None) -> dict[str, str]:
        return board_of((browser or self.origin).get(f"/records/{out.record.hex()}").text)


def board_of(page: str) -> dict[str, str]:
    """Port and what the board says of it."""
    card = page.partition('id="answers-title"')[2].partition("</section>")[0]
    return {
        unescape(name): said.partition(" · ")[0]
        for name, said in re.findall(r"<li.*?<b>([^<]+)</b><small>([^<]+)", card, re.DOTALL)
    }


@pytest.fixture(name="two")
def two_ports() -> Two:
    return Two()


def test_a_level_that_asks_is_written_released_and_answered_on_the_screens(two: Two) -> None:
    asked = {**LEVEL, "acknowledge_by": "2026-09-30T12:00"}
    drafted = two.origin.submit("/write/security_level", "/write/security_level", **asked)
    assert drafted.status_code == 303, drafted.text
    draft = drafted.headers["location"]
    left = two.origin.submit(draft, f"{draft}/release")
    page = left.headers["location"]
    assert board_of(two.origin.get(page).text)["North Sea Port"] == "No answer yet"
    follow(two.there.port, two.here.port)
    assert "An answer is expected" in two.asked.get(page).text
    first = two.asked.submit(page, f"{page}/acknowledge").headers["location"]
    plan = two.asked.get(first).text
    assert "1 other port" in plan
    assert "Port of Antwerp-Bruges" in plan
    two.asked.submit(first, f"{first}/release")
    follow(two.here.port, two.there.port)
    told = board_of(two.origin.get(page).text)
    assert told["North Sea Port"] == "Acknowledged"
    assert {said for name, said in told.items() if name != "North Sea Port"} == {"No answer yet"}
    assert "Answered by N.Captain" in two.asked.get(page).text


def test_every_port_that_may_have_it_is_on_the_board_and_no_other(two: Two) -> None:
    out = two.said(two.here.port.ctx.now() + DAY_MS)
    assert set(two.board(out)) == {
        "North Sea Port",
        "Limburg facilities' host",
        "Port of Liège",
        "Federal Police CSD Limburg",
    }
    narrow = two.here.port.publish(
        record("notice", acknowledge_by=two.here.port.ctx.now() + DAY_MS),
        AMBER.replace("ports-be", "ports-scheldt"),
    )
    assert set(two.board(narrow)) == {"North Sea Port", "Port of Liège"}
    assert two.board(out, two.asked) == {}


def test_no_answer_is_overdue_and_a_late_one_is_said_to_be_late(two: Two) -> None:
    clocks = [two.here.port.clock, two.there.port.clock]
    out = two.said(two.here.port.ctx.now() + 5 * MINUTE_MS)
    for clock in clocks:
        clock.at += 10 * MINUTE_MS
    assert set(two.board(out).values()) == {"No answer, overdue"}
    two.answer(out)
    assert two.board(out)["North Sea Port"] == "Acknowledged, late"
    assert "refused" not in str(two.board(out)).lower()


def test_an_answer_to_the_version_before_is_none_to_this_one(two: Two) -> None:
    by = two.here.port.ctx.now() + DAY_MS
    out = two.said(by)
    two.answer(out)
    two.correct(out, by)
    assert two.board(out)["North Sea Port"] == "Acknowledged the version before; this one not yet"
    two.answer(out)
    assert two.board(out)["North Sea Port"] == "Acknowledged"


def test_a_board_that_takes_any_version_is_seen(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken double."""
    by = two.here.port.ctx.now() + DAY_MS
    out = two.said(by)
    two.answer(out)
    two.correct(out, by)
    monkeypatch.setattr(acknowledge, "_is_about", lambda *_: out.version + 1)
    assert two.board(out)["North Sea Port"] == "Acknowledged"


def test_an_answer_that_is_taken_back_does_not_count_any_more(two: Two) -> None:
    out = two.said(two.here.port.ctx.now() + DAY_MS)
    draft = two.answer(out)
    assert two.board(out)["North Sea Port"] == "Acknowledged"
    answer, at = RecordId(bytes.fromhex(draft.removeprefix("/drafts/"))), two.there.port
    mine = visitor(at, hire(at, "w.captain", *CAPTAIN))
    gone = at.store.write(lambda tx: retract.retract(tx, at.ctx, answer, reason=1, officer=mine)).result()
    assert isinstance(gone, retract.Retracted)
    follow(two.here.port, at)
    assert two.board(out)["North Sea Port"] == "No answer yet"


def test_a_port_answers_once_and_by_who_may(two: Two) -> None:
    out = two.said(two.here.port.ctx.now() + DAY_MS)
    page = f"/records/{out.record.hex()}"
    analyst = two.there.officer("c.analyst", Role.ANALYST)
    assert "Somebody here who releases outcomes does" in analyst.get(page).text
    first = two.asked.submit(page, f"{page}/acknowledge").headers["location"]
    colleague = two.there.officer("m.second", *CAPTAIN)
    assert "waits as a draft" in colleague.get(page).text
    again = colleague.post(f"{page}/acknowledge", csrf=csrf(colleague, page))
    assert again.headers["location"] == first
    two.asked.submit(first, f"{first}/release")
    after = colleague.post(f"{page}/acknowledge", csrf=csrf(colleague, page))
    assert after.status_code == 404
    assert "Answered by N.Captain" in colleague.get(page).text


def test_what_its_author_keeps_is_in_nobodys_way_and_what_left_of_it_is_this_ports_answer(two: Two) -> None:
    out, at = two.said(two.here.port.ctx.now() + DAY_MS), two.there.port
    keeper, captain = hire(at, "k.analyst", Role.ANALYST), visitor(at, hire(at, "o.captain", *CAPTAIN))
    one = seen(at, captain, out.record)
    assert one is not None
    made = at.store.write(lambda tx: acknowledge.acknowledge(tx, at.ctx, one, officer=captain)).result()
    assert isinstance(made, DraftRow)

    def given(**as_: Any) -> acknowledge.Ours | None:
        at.store.write(lambda tx: drafts.put(tx, replace(made, owner=keeper, **as_))).result()
        return at.store.read(lambda r: acknowledge.ours(r, at.ctx, one))

    assert given(hand=Hand.KEPT) is None
    assert given(hand=Hand.OVER) == acknowledge.Ours(keeper, draft=made.record)
    gone = uuid.UUID(keeper).bytes
    at.store.write(lambda tx: people.close(tx, at.ctx, gone, actor="administrator/cli")).result()
    assert given(hand=Hand.KEPT) == acknowledge.Ours(keeper, draft=made.record)
    page = f"/drafts/{made.record.hex()}"
    assert two.asked.submit(page, f"{page}/release").status_code == 303
    row = at.store.read(lambda r: drafts.get(r, made.record))
    assert row is not None
    for hand in (row.hand, Hand.KEPT):  # whatever is written of whose it was
        at.store.write(lambda tx, hand=hand: drafts.put(tx, replace(row, hand=hand))).result()  # type: ignore[misc]
        after = at.store.read(lambda r: acknowledge.ours(r, at.ctx, one))
        assert after is not None
        assert after.at_ms is not None


def test_what_the_reader_of_the_board_may_not_read_tells_nothing(two: Two) -> None:
    out = two.said(two.here.port.ctx.now() + DAY_MS)
    about = pb.Ref(record_id=out.record, feed=out.feed.feed)
    said = {"about": about, "result": pb.Outcome.RESULT_ACKNOWLEDGED, "version": out.version}
    two.there.port.publish(record("outcome", **said), TO_ANTWERP + "//PURPOSE enforcement")
    follow(two.here.port, two.there.port)
    assert two.board(out)["North Sea Port"] == "No answer yet"
    police = two.here.officer("p.police", Role.POLICE, purposes="enforcement,port-security")
    assert two.board(out, police)["North Sea Port"] == "Acknowledged"


def test_a_port_that_was_not_asked_is_not_told_of(two: Two) -> None:
    narrow = AMBER + "//TO node:north-sea-port,node:port-antwerp-bruges"
    by = two.here.port.ctx.now() + DAY_MS
    out = two.here.port.publish(record("notice", acknowledge_by=by), narrow)
    stranger = port(LIEGE, register=two.here.port.ctx.register)
    about = pb.Ref(record_id=out.record, feed=out.feed.feed)
    said = {"about": about, "result": pb.Outcome.RESULT_ACKNOWLEDGED, "version": out.version}
    stranger.publish(record("outcome", **said), TO_ANTWERP)
    follow(two.here.port, stranger)
    assert two.board(out) == {"North Sea Port": "No answer yet"}


def test_an_answer_that_takes_two_is_approved_by_who_reads_what_it_answers(two: Two) -> None:
    red = "BE:NONE//TLP:RED//AUD ports-be//TO node:north-sea-port,node:port-antwerp-bruges"
    by = two.here.port.ctx.now() + DAY_MS
    out = two.here.port.publish(record("notice", acknowledge_by=by), red + "//PURPOSE enforcement")
    follow(two.there.port, two.here.port)
    reads = "enforcement,port-security"
    first, second = (two.there.officer(login, *CAPTAIN, purposes=reads) for login in ("r.first", "r.second"))
    page = f"/records/{out.record.hex()}"
    draft = first.submit(page, f"{page}/acknowledge").headers["location"]
    assert "A second person must approve first" in first.get(draft).text
    assert two.asked.get(draft).status_code == 404  # who does not read the notice
    assert second.submit(draft, f"{draft}/approve").status_code == 303
    assert first.submit(draft, f"{draft}/release").headers["location"] == "/drafts"


def test_a_request_stays_for_the_port_that_it_asks_under_another_label(two: Two) -> None:
    asked = {
        **{
            name: LEVEL[name]
            for name in ("occurred_from", "statement", "lang", "legal_basis", "audience", "tlp")
        },
        "title": "Lock measure",
        "step": "asked",
        "owner": "north-sea-port",
        "wanted": "The measure at the lock",
        "grounds": "We build one",
    }
    draft = two.origin.submit("/write/request", "/write/request", **asked).headers["location"]
    assert "TO node:north-sea-port" in two.origin.get(draft).text
    again = two.origin.submit(f"{draft}/label", f"{draft}/label", audience="ports-scheldt", tlp="AMBER")
    assert again.status_code == 303
    shown = two.origin.get(draft).text
    assert "AUD ports-scheldt//TO node:north-sea-port" in shown
    assert "1 other port" in shown
    colleague = two.here.officer("e.colleague", *CAPTAIN)
    assert colleague.get(draft).status_code == 200
    assert two.origin.submit(draft, f"{draft}/release").status_code == 303


def csrf(browser: Browser, page: str) -> str:
    return browser.get(page).text.split('name="csrf" content="')[1].split('"')[0]
