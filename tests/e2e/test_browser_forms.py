"""Forms and words in a real Chromium over a fake office: rows for subjects and places, buttons in a row, long words on a phone, and what is
declared of somebody. Run by `make e2e`.
"""

from __future__ import annotations

import pytest
from fakes_data import PERSON, rid
from house_web import House, chromium_browser, house_open
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

MAIN = (
    *("/", f"/records/{rid(11)}", "/drafts", "/drafts/d1", "/look-outs", "/peers", "/health", "/search"),
    *("/preferences", "/cases", "/alerts/new", "/write/incident", f"/people/{PERSON.id}"),
)
CLIPPED = """() => [...document.querySelectorAll('.button, summary, .option, h1, h2, th, dt, .chip, .tabs span, label, legend')]
  .filter(e => e.offsetParent && !e.closest('.away, thead') && (e.scrollWidth > e.clientWidth + 1 && e.clientWidth
    || e.getBoundingClientRect().right > document.documentElement.clientWidth + 1)).map(e => e.outerHTML.slice(0, 120))"""

chromium = pytest.fixture(scope="module", name="chromium")(chromium_browser)
house_fixture = pytest.fixture(scope="module", name="house")(house_open)


@pytest.fixture(scope="module", name="phone")
def one_phone(house: House) -> Page:
    return house.visitor(phone=True)


@pytest.fixture(scope="module", name="desk")
def one_desk(house: House) -> Page:
    page = house.visitor(scripts=False)
    page.set_viewport_size({"width": 1280, "height": 900})
    return page


def speak(page: Page, house: House, lang: str) -> None:
    page.context.add_cookies([{"name": "p2p-lang", "value": lang, "url": house.url}])


@pytest.mark.parametrize("lang", ["nl", "de"])
def test_long_words_are_neither_cut_nor_push_a_phone_s_page_wide(
    house: House, phone: Page, lang: str
) -> None:
    page = phone
    speak(page, house, lang)
    for path in MAIN:
        page.goto(house.url + path)
        assert page.locator("html").get_attribute("lang") == lang
        assert page.evaluate(
            "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        ), path
        assert page.evaluate(CLIPPED) == [], (path, lang)
    assert page.evaluate("getComputedStyle(document.querySelector('.button')).hyphens") == "auto"
    page.evaluate(
        "Object.assign(document.querySelector('.button'), {textContent: 'x'.repeat(99)}).style.whiteSpace = 'nowrap'"
    )
    assert page.evaluate(CLIPPED) != []  # the check sees a cut button


def test_a_subject_and_a_place_are_typed_without_a_script_and_an_error_is_at_its_row(
    house: House, desk: Page
) -> None:
    page = desk
    page.goto(f"{house.url}/write/incident")
    page.select_option("[id='subjects.0.type']", label="Container")
    page.fill("[id='subjects.0.value']", "CSQU3054384")
    page.click("#subjects .button")
    assert page.url == f"{house.url}/write/incident#subjects.2.type"
    assert page.locator("#subjects .in-row").count() == 3
    assert page.evaluate("document.activeElement.id") == "subjects.2.type"
    assert page.locator("[id='subjects.0.type']").input_value() == "container"
    assert page.locator("[id='places.0.lat']").is_hidden()
    page.select_option("[id='places.0.at']", label="Position in degrees")
    assert page.locator("[id='places.0.code']").is_hidden()
    page.fill("[id='places.0.lat']", "51.29")
    page.click("button.go.big")
    for name, words in (("subjects.0.value", "check digit"), ("places.0.lon", "Fill this in")):
        told = page.locator(f"#errors a[href='#{name}']")
        assert words in told.locator("xpath=..").inner_text()
        told.click()
        assert page.locator(f"[id='{name}']").get_attribute("aria-invalid") == "true"
    assert page.locator("[id='places.0.lat']").input_value() == "51.29"
    house.complaints = [
        told for told in house.complaints if "422" not in told
    ]  # what was refused, as it should be


def test_the_buttons_of_the_drafts_stand_in_a_row_the_first_one_first(house: House, desk: Page) -> None:
    page = desk
    page.goto(f"{house.url}/drafts")
    for row in (".page-head .actions", ".draft .actions"):
        boxes = [one.bounding_box() for one in page.locator(f"{row} .button").all()]
        middles = {round(box["y"] + box["height"] / 2) for box in boxes if box}
        assert len(boxes) > 1
        assert len(middles) == 1, (row, boxes)
        assert "go" in (page.locator(f"{row} .button").first.get_attribute("class") or "")


def test_what_was_declared_is_told_calmly_until_it_is_confirmed(house: House, phone: Page) -> None:
    house.office.asks_declared = True
    page = phone
    speak(page, house, "en")
    page.goto(house.url)
    line = page.locator("#conduct .told-line")
    assert line.get_attribute("role") == "status"
    assert page.locator("#conduct [role=alert]").count() == 0
    line.locator("a").click()
    page.wait_for_url(f"{house.url}/preferences#declared")
    button = page.get_by_role("button", name="I have seen this")
    assert button.evaluate("e => e.getBoundingClientRect().bottom < innerHeight - 64")
    button.click()
    page.wait_for_url(f"{house.url}/preferences#declared")
    assert house.office.cased[-1][0] == "declared"
    assert page.locator("#conduct").is_hidden()
