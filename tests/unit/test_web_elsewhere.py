"""A second person at another port, on the screens of both: asked from the page of a draft, answered there, and released here."""

from __future__ import annotations

import re

import pytest
from browser_web import Browser, hidden
from elsewhere import carry
from offices_web import FORM, basis, screens
from ports import NORTH_SEA

from policies.officers import Role

RED = {"tlp": "RED", "ports": "north-sea-port"}


class Two:
    """Antwerp, where one officer is alone, and North Sea Port, where one is on duty."""

    def __init__(self) -> None:
        self.here, self.there = screens(), screens(NORTH_SEA)
        self.alone, self.night = self.here.officer("a.alone"), self.there.officer("b.night")
        made = self.alone.submit("/alerts/new", "/alerts/new", **{**FORM, **basis(self.alone), **RED})
        assert made.status_code == 303, made.text
        self.draft = made.headers["location"]

    def ask(self) -> None:
        answer = self.alone.submit(self.draft, f"{self.draft}/elsewhere", port="north-sea-port")
        assert (answer.status_code, answer.headers.get("location")) == (303, self.draft), answer.text
        self.carry()

    def carry(self) -> None:
        carry(self.here.port, self.there.port)
        carry(self.there.port, self.here.port)

    def question(self, browser: Browser) -> str:
        found = re.search(r'href="(/asked/[0-9a-f]{32})"', browser.get("/asked").text)
        assert found is not None
        return found[1]


def csrf(browser: Browser) -> str:
    return hidden(browser.get("/preferences").text, "/preferences")["csrf"][0]


@pytest.fixture(name="two")
def two_ports() -> Two:
    return Two()


def test_a_draft_is_approved_elsewhere_and_released_here(two: Two) -> None:
    page = two.alone.get(two.draft).text
    assert "Ask another port" in page
    assert re.findall(
        r'<option value="([^"]+)">', page.partition('id="port"')[2].partition("</select>")[0]
    ) == ["north-sea-port"]
    two.ask()
    assert "Not answered yet" in two.alone.get(two.draft).text
    assert "Another port asks about 1 draft" in two.night.get("/drafts").text
    assert "1 draft waits for an officer" in two.night.get("/").text
    question = two.question(two.night)
    shown = two.night.get(question).text
    for words in (
        "Fence cut behind tank 12",
        "Hole of a metre, fresh.",
        "TLP:RED",
        "keeps what it wrote",
        "it is TLP:RED",
    ):
        assert words.lower() in shown.lower(), words
    assert two.night.submit(question, f"{question}/approve").status_code == 303
    assert two.night.get(question).status_code == 404
    assert "No other port asks" in two.night.get("/asked").text
    two.carry()
    page = two.alone.get(two.draft).text
    assert "A second person approved this plan: North Sea Port." in page
    assert "Approved there" in page
    answer = two.alone.submit(two.draft, f"{two.draft}/release")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/records/")


def test_it_comes_back_with_a_reason_that_is_read_here(two: Two) -> None:
    two.ask()
    question = two.question(two.night)
    wrong = two.night.submit(question, f"{question}/return", reason="")
    assert wrong.status_code == 422
    assert two.night.submit(question, f"{question}/return", reason="Which tank?").status_code == 303
    two.carry()
    page = two.alone.get(two.draft).text
    assert "Sent back" in page
    assert "Which tank?" in page
    assert f"{two.draft}/release" not in page


def test_a_question_is_taken_back(two: Two) -> None:
    two.ask()
    question = two.question(two.night)
    page = two.alone.get(two.draft).text
    path = re.search(r'action="([^"]+/take-back)"', page)
    assert path is not None
    assert two.alone.submit(two.draft, path[1]).status_code == 303
    two.carry()
    assert two.night.get(question).status_code == 404
    assert "Not asked any more" in two.alone.get(two.draft).text


def test_another_label_shows_why_the_yes_counts_no_more(two: Two) -> None:
    two.ask()
    question = two.question(two.night)
    two.night.submit(question, f"{question}/approve")
    two.carry()
    both = {"audience": "ports-be", "tlp": "RED", "ports": ["north-sea-port", "port-liege"]}
    two.alone.submit(f"{two.draft}/label", f"{two.draft}/label", **both)
    page = two.alone.get(two.draft).text
    assert "Its answer does not count" in page
    assert "The label is another one." in page
    assert f'action="{two.draft}/release"' not in page


def test_who_may_not_answer_finds_nothing(two: Two) -> None:
    analyst = two.there.officer("c.analyst", Role.ANALYST)
    two.ask()
    question = two.question(two.night)
    assert "No other port asks" in analyst.get("/asked").text
    assert analyst.get(question).status_code == 404
    for step in ("approve", "return"):
        given = {"csrf": csrf(analyst), "leaf": "00", "reason": "x"}
        assert analyst.post(f"{question}/{step}", **given).status_code == 404
    assert two.night.get("/asked/" + "0" * 32).status_code == 404
    assert two.night.get("/asked/nothing").status_code == 404
