"""The page that searches: what is typed stands in no address, what was searched is said, and nothing of what was hidden."""

from __future__ import annotations

import pytest
from browser_web import Browser, signed_in
from fakes_data import ROWS
from finding import indexed
from officers_here import hire
from offices_web import Screens, screens
from ports import AMBER, NORTH_SEA, port
from record_examples import example

from node.languages import LANGUAGES
from policies.officers import Role
from protocol.v1 import records_pb2 as pb
from web.offices.pace import A_MINUTE

PERSONAL = AMBER + "//CAVEAT PERSONAL"
PLATE = {"by": "plate", "typed": "1-ABC-234", "purpose": "port-security"}


@pytest.fixture(name="here")
def here_fixture() -> Screens:
    return screens()


def search(browser: Browser, **fields: str) -> str:
    answer = browser.submit("/search", "/search", **{"by": "text", **fields})
    assert answer.status_code == 200, answer.text
    return answer.text


def say(here: Screens, title: str, label: str = AMBER) -> None:
    record = example("alert")
    record.common.title = title
    here.port.publish(record, label)
    indexed(here.port)


def about_a_plate(here: Screens) -> str:
    record = example("alert")
    record.common.title = "Kanarie"
    record.common.subjects.add(type="plate", value="BE:1ABC234")
    record.common.subject_category.append(pb.Common.SUBJECT_CATEGORY_OTHER)
    out = here.port.publish(record, PERSONAL)
    indexed(here.port)
    return out.record.hex()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_says_what_was_searched_in_every_language(language: str) -> None:
    officer, _ = signed_in()
    officer.cookies.set("p2p-lang", language, domain="127.0.0.1")
    for fields in ({"by": "text", "typed": "fence"}, PLATE):
        answer = officer.submit("/search", "/search", **fields)
        assert answer.status_code == 200
        assert f'<html lang="{language}"' in answer.text
        assert all(f"/records/{row.id}" in answer.text for row in ROWS)


def test_words_are_found_and_nothing_says_how_many(here: Screens) -> None:
    officer = here.officer()
    say(here, "Drone boven kaai 7")
    say(here, "Boot bij kaai 7")
    page = search(officer, typed="KAAI drone")
    assert "Drone boven kaai 7" in page
    assert "Boot bij kaai 7" not in page
    assert "Titles and texts of records as lists show them to you" in page
    assert "Nothing found." in search(officer, typed="zeppelin")


def test_pages_go_on_by_a_form_and_not_by_an_address(here: Screens, monkeypatch: pytest.MonkeyPatch) -> None:
    officer = here.officer()
    for number in range(52):
        say(here, f"Drone {number:02}")
    page = search(officer, typed="drone")
    assert page.count('class="row ') == 50
    assert "drone" not in {part for part in page.split('"') if part.startswith(("/", "?"))}
    last = page.rpartition('name="before" value="')[2].partition('"')[0]
    further = search(officer, typed="drone", before=last)
    assert further.count('class="row ') == 2
    assert 'name="before"' not in further


def test_a_plate_is_found_its_title_is_not_told_and_it_is_written_down_first(here: Screens) -> None:
    officer = here.officer()
    record = about_a_plate(here)
    page = search(officer, **PLATE, case="case-7")
    assert f"/records/{record}" in page
    assert "Personal data: open to read" in page
    assert "Kanarie" not in page
    last = here.port.audits()[-1]
    assert (last.act, last.purpose, last.details["case"]) == ("search", "port-security", "case-7")
    assert "Nothing found." in search(officer, **{**PLATE, "typed": "9-ZZZ-999"})
    assert here.port.audits()[-1].act == "search"


def test_an_audit_that_fails_gives_nothing(here: Screens, monkeypatch: pytest.MonkeyPatch) -> None:
    officer = here.officer()
    record = about_a_plate(here)

    def fail(*_: object) -> None:
        raise OSError("disk")

    monkeypatch.setattr("node.commands.find.audit", fail)
    answer = officer.submit("/search", "/search", **PLATE)
    assert answer.status_code == 500
    assert record not in answer.text


def test_a_search_that_is_looked_for_before_it_is_written_down_would_be_seen(
    here: Screens, monkeypatch: pytest.MonkeyPatch
) -> None:
    officer = here.officer()
    record = about_a_plate(here)
    monkeypatch.setattr("node.commands.find.audit", lambda *_: None)
    page = search(officer, **PLATE)
    assert record in page
    assert here.port.audits()[-1].act != "search"


def test_who_may_not_look_people_up_is_not_offered_it_and_refused(here: Screens) -> None:
    captain = here.officer("c.captain", Role.PORT_CAPTAIN)
    assert 'value="plate"' not in captain.get("/search").text
    before = len(here.port.audits())
    assert captain.submit("/search", "/search", **PLATE).status_code == 422
    assert len(here.port.audits()) == before


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"typed": ""}, "Fill this in."),
        ({"typed": "wagen 1-ABC-234"}, "A plate is searched for alone"),
        ({"typed": "12345", "by": "plate", "purpose": ""}, "Choose one."),
        ({"typed": "Jan", "by": "person", "purpose": "port-security"}, "family and given name together"),
        ({"typed": "drone", "case": "Jan P."}, "A code of 2 to 40"),
        ({"typed": "drone", "kind": "nonsense"}, "Not one of the choices"),
        ({"typed": "drone", "within": "x"}, "Not one of the choices"),
    ],
)
def test_what_cannot_be_searched_is_told_at_its_field(
    here: Screens, fields: dict[str, str], words: str
) -> None:
    officer = here.officer()
    before = len(here.port.audits())
    answer = officer.submit("/search", "/search", **{"by": "text", **fields})
    assert answer.status_code == 422
    assert words in answer.text
    assert len(here.port.audits()) == before


def test_narrowed_by_port_and_kind(here: Screens) -> None:
    officer, north = here.officer(), port(NORTH_SEA)
    say(here, "Drone hier")
    record = example("alert")
    record.common.title = "Drone daar"
    here.port.pull(north, north.publish(record).feed.feed)
    indexed(here.port)
    page = search(officer, typed="drone", origin="north-sea-port", kind="alert", within="30")
    assert ("Drone daar" in page, "Drone hier" in page) == (True, False)
    assert "Within a month." in page


def test_one_officer_searches_so_many_times_a_minute(here: Screens) -> None:
    one, other = here.officer("a.one"), here.enter(hire(here.port, "b.two"))
    for _ in range(A_MINUTE):
        search(one, typed="drone")
    answer = one.submit("/search", "/search", by="text", typed="drone")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "60")
    search(other, typed="drone")
    here.port.clock.at += 61_000
    search(one, typed="drone")
