"""Cases on the screens: opened, people read in, records put in; a broken glass is told live, reads and does nothing else, ends on open
pages by the clock, and is reviewed; and to who is not in a case nothing of it is anywhere.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable

import pytest
from browser_web import Browser, Line, hidden
from cases_here import HOUR_MS, broken, opened, overseen, puts, reads_in, reads_out
from officers_here import hire
from offices_web import Screens, screens
from ports import ANTWERP
from record_examples import example

from node.commands.publish import Released
from node.store import cases
from node.store.changes import Change
from policies.officers import Role
from protocol.v1 import records_pb2 as pb
from web import live

REASON = "Seen at the gate again; the lead does not answer"
CAPTAIN = (Role.PORT_CAPTAIN, Role.SECURITY_OFFICER, Role.DPO)


class Room:
    """A port with its screens: the lead and a captain who is in no case, each in front of them."""

    def __init__(self) -> None:
        self.here: Screens = screens(ANTWERP)
        self.at = self.here.port
        self.lead_id, self.other_id = hire(self.at, "a.lead"), hire(self.at, "c.other", *CAPTAIN)
        self.lead, self.other = self.here.enter(self.lead_id), self.here.enter(self.other_id)
        overseen(self.at)
        self.inside = self.said("SECRET-inside")
        self.beside = self.said("beside")

    def said(self, title: str) -> Released:
        record = example("alert")
        record.common.title = title
        return self.at.publish(record)

    def filled(self) -> str:
        """A case with one record in it, as commands make it; its id."""
        case = opened(self.at, self.lead_id)
        puts(self.at, self.lead_id, case, self.inside)
        return case.hex()

    def commit(self, act: Callable[[], object]) -> None:
        """An act, told on the bus."""
        before = len(self.at.changes)
        act()
        self.here.bus.publish(list[Change](self.at.changes[before:]))


@pytest.fixture(name="room")
def room_open() -> Room:
    return Room()


def opens(browser: Browser, **fields: object) -> str:
    """Through the form; its id."""
    page = browser.get("/cases/new").text
    lead = re.search(r'value="([0-9a-f-]{36})">A.Lead', page)
    assert lead
    answer = browser.submit(
        "/cases/new", "/cases/new", name="Scouts", circle="ports-be", lead=lead[1], **fields
    )
    assert answer.status_code == 303, answer.text
    found = re.search(r'href="/cases/([0-9a-f]{32})"', browser.get("/cases").text)
    assert found
    return found[1]


def test_a_case_is_opened_filled_and_read_by_forms(room: Room) -> None:
    case, record = opens(room.lead), f"/records/{room.inside.record.hex()}"
    assert f"{record}/case" in room.lead.get(record).text
    answer = room.lead.submit(f"{record}/case", f"{record}/case", case=case)
    assert answer.headers["location"] == f"/cases/{case}"
    assert "SECRET-inside" in room.lead.get(f"/cases/{case}").text
    assert "In the case Scouts" in room.lead.get(record).text
    assert room.other.get(record).status_code == 404
    assert room.other.get(f"/cases/{case}").status_code == 404
    assert "SECRET" not in room.other.get("/").text
    day = "2026-10-30"
    form = {"person": room.other_id, "until": day, "purposes": "port-security"}
    wrong = room.lead.submit(f"/cases/{case}", f"/cases/{case}/people", **{**form, "until": "2020-01-01"})
    assert wrong.status_code == 422
    done = room.lead.submit(f"/cases/{case}", f"/cases/{case}/people", **form)
    assert done.status_code == 303, done.text
    assert "SECRET-inside" in room.other.get("/").text
    assert "SECRET-inside" in room.other.get(f"/cases/{case}").text
    out = room.lead.submit(f"/cases/{case}", f"/cases/{case}/people/out", person=room.other_id)
    assert out.status_code == 303
    assert room.other.get(record).status_code == 404
    assert room.other.get("/cases").text.count("Break the glass") == 0
    taken = room.lead.submit(f"/cases/{case}", f"/cases/{case}/take")
    assert taken.status_code == 303
    assert room.other.get(record).status_code == 200
    closed = room.lead.submit(f"/cases/{case}", f"/cases/{case}/close")
    assert closed.status_code == 303
    assert "Closed case" in room.lead.get("/cases").text


def test_the_glass_takes_a_reason_and_reads_and_nothing_else(room: Room) -> None:
    case, record = room.filled(), f"/records/{room.inside.record.hex()}"
    assert room.other.get(record).status_code == 404
    assert f"/cases/{case}/glass" in room.other.get("/cases").text
    for wrong in ({"reason": "", "hours": "1"}, {"reason": REASON, "hours": "5"}):
        assert room.other.submit(f"/cases/{case}/glass", f"/cases/{case}/glass", **wrong).status_code == 422
    done = room.other.submit(f"/cases/{case}/glass", f"/cases/{case}/glass", reason=REASON, hours="4")
    assert done.headers["location"] == f"/cases/{case}"
    page = room.other.get(record)
    assert page.status_code == 200
    assert "You read this by broken glass" in page.text
    assert room.at.audits()[-1].act == "open"
    assert (room.at.audits()[-1].rule, room.at.audits()[-1].details["case"]) == ("glass", case)
    for act in ("withdraw", "correct", "audience", "hold", "erase", "case", "proof", "sealed"):
        assert f"{record}/{act}" not in page.text
        assert room.other.get(f"{record}/{act}").status_code == 404, act
    for act, form in (
        ("withdraw", {"reason": "1"}),
        ("handle", {"step": "claim"}),
        ("contested", {"contested": "yes"}),
    ):
        csrf = re.search(r'name="csrf" content="([^"]+)"', page.text)
        assert csrf
        answer = room.other.post(f"{record}/{act}", csrf=csrf[1], **form)
        assert answer.status_code in {404, 409}, act
    assert not room.at.store.read(lambda r: r.all("SELECT 1 FROM handling"))
    assert room.lead.get(f"{record}/proof").status_code == 200
    page_of_case = room.other.get(f"/cases/{case}").text
    assert "SECRET-inside" in page_of_case
    assert "Who is in it" not in page_of_case


def test_it_is_told_live_and_reviewed_by_another(room: Room) -> None:
    case = room.filled()
    query = "shelf=watch&scope=all&band=NONE.AMBER" + at(room.lead)

    async def run() -> str:
        async with Line(room.here.app, room.lead, query) as line:
            await line.until(lambda: line.status == 200)
            await asyncio.to_thread(
                room.commit,
                lambda: broken(room.at, room.other_id, bytes.fromhex(case)),  # type: ignore[arg-type]
            )
            await line.until(lambda: "conduct" in line.events)
            return line.text

    told = asyncio.run(run())
    assert "C.Other broke the glass of the case Scouts at tank 12" in told
    assert "broke the glass" in room.lead.get("/").text
    assert "broke the glass" not in room.other.get("/").text
    form = re.search(r'action="(/conduct/[0-9a-f]{32}/review)"', room.lead.get("/cases").text)
    assert form
    assert form[1] not in room.other.get("/cases").text
    assert room.lead.submit("/cases", form[1], words="").status_code == 422
    assert room.lead.submit("/cases", form[1], words="Right to do so").status_code == 303
    assert "broke the glass" not in room.lead.get("/").text
    page = room.lead.get(f"/cases/{case}").text
    assert "Reviewed by A.Lead" in page
    assert "Right to do so" in page


def at(browser: Browser) -> str:
    """What a page tells its stream of the cases that its reader has."""
    found = re.search(r'data-cases="([0-9a-f]*)"', browser.get("/").text)
    assert found
    return f"&cases={found[1]}"


def loses(room: Room, line_of: str, act: Callable[[], object], most_s: float = 3.0) -> list[str]:
    """What the open page of who reads by broken glass hears after an act."""

    async def run() -> list[str]:
        async with Line(room.here.app, room.other, line_of) as line:
            await line.until(lambda: line.status == 200)
            await line.until(lambda: line.text.count(": beat") > 0)
            assert line.events == []
            await asyncio.to_thread(act)
            await line.until(lambda: "reload" in line.events, most_s)
            return line.events

    return asyncio.run(run())


def test_an_open_page_loses_it_when_the_time_is_over_though_nothing_is_committed(room: Room) -> None:
    _over_by_the_clock(room)


def _over_by_the_clock(room: Room, most_s: float = 3.0) -> None:
    case = room.filled()
    broken(room.at, room.other_id, bytes.fromhex(case))  # type: ignore[arg-type]
    query = "shelf=watch&scope=all&band=NONE.AMBER" + at(room.other)
    assert "SECRET-inside" in room.other.get("/").text

    def later() -> None:
        room.at.clock.at += 4 * HOUR_MS
        room.at.store.write(
            lambda tx: tx.run(
                "UPDATE session SET seen_ms = ?, created_ms = ?", room.at.clock.at, room.at.clock.at
            )
        ).result()

    assert loses(room, query, later, most_s) == ["reload"]
    assert "SECRET-inside" not in room.other.get("/").text
    assert room.other.get(f"/cases/{case}").status_code == 404

    async def again() -> list[str]:  # a page that was away meanwhile
        async with Line(room.here.app, room.other, query) as line:
            await line.until(lambda: "reload" in line.events)
            return line.events

    assert asyncio.run(again()) == ["reload"]


def test_an_open_page_loses_it_when_its_reader_is_read_out_and_when_it_is_put_in(room: Room) -> None:
    case = opened(room.at, room.lead_id)
    query = "shelf=watch&scope=all&band=NONE.AMBER" + at(room.other)
    put = lambda: room.commit(lambda: puts(room.at, room.lead_id, case, room.inside))  # noqa: E731
    assert loses(room, query, put) == ["reload"]
    reads_in(room.at, room.lead_id, case, room.other_id)
    query = "shelf=watch&scope=all&band=NONE.AMBER" + at(room.other)
    out = lambda: room.commit(lambda: reads_out(room.at, room.lead_id, case, room.other_id))  # noqa: E731
    assert loses(room, query, out) == ["reload"]


def test_a_stream_that_does_not_look_at_the_clock_is_seen(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "_narrowed", lambda *_: False)
    with pytest.raises(TimeoutError):
        _over_by_the_clock(room, most_s=0.3)


def test_a_case_beyond_ones_communities_is_not_there(room: Room) -> None:
    case = room.filled()
    auditor = room.here.officer("z.auditor", Role.AUDITOR)
    never = "0" * 32
    for path in ("/cases/{}", "/cases/{}/glass"):
        found, nothing = auditor.get(path.format(case)), auditor.get(path.format(never))
        assert found.status_code == nothing.status_code == 404
        assert found.text.replace(case, never) == nothing.text
    assert "Scouts" not in auditor.get("/cases").text
    assert auditor.get("/cases/new").status_code == 404
    assert room.other.get("/cases/nothing").status_code == 404


def test_danger_to_life_stays_with_everybody_on_duty(room: Room) -> None:
    case = opened(room.at, room.lead_id).hex()
    record = example("alert", life_safety=True, severity=pb.Alert.SEVERITY_SEVERE)
    shown = f"/records/{room.at.publish(record).record.hex()}"
    assert f'href="{shown}/case"' not in room.lead.get(shown).text
    csrf = hidden(room.lead.get("/preferences").text, "/preferences")["csrf"][0]
    refused = room.lead.post(f"{shown}/case", case=case, csrf=csrf)
    assert refused.status_code in {404, 409}
    assert not room.at.store.read(cases.inside)
