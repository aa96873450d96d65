"""Administering people in a real Chromium: what a form asks before it does anything, by keyboard alone and on a phone."""

from __future__ import annotations

import pytest
from fakes_data import LINK, PERSON
from house_web import PHONE, House, chromium_browser, house_open
from playwright.sync_api import Page

from node.languages import LANGUAGES

pytestmark = pytest.mark.browser
HOME = f"/people/{PERSON.id}"

chromium = pytest.fixture(scope="module", name="chromium")(chromium_browser)
house_fixture = pytest.fixture(name="house")(house_open)


def asked(page: Page, what: str) -> None:
    """Presses the button of a form of the person's page by keyboard."""
    page.locator(f"form[action='{HOME}/{what}'] button").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("input[name=sure]", state="attached")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_is_asked_again_and_the_link_fit_a_phone(house: House, lang: str) -> None:
    page = house.visitor(phone=True, lang=lang)
    for what in ("suspend", "link"):
        page.goto(house.url + HOME)
        asked(page, what)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], (what, lang)
    page.locator("#main form button").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#link")
    assert page.input_value("#link").endswith(LINK.path)
    assert LINK.path not in page.url
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], lang


def test_what_is_asked_again_can_be_left_as_it_is(house: House) -> None:
    page = house.visitor()
    page.goto(house.url + HOME)
    asked(page, "suspend")
    page.keyboard.press("Tab")
    page.locator("#main .actions a").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(house.url + HOME)


def test_a_link_is_not_on_the_page_that_one_goes_back_to(house: House) -> None:
    page = house.visitor()
    page.goto(house.url + HOME)
    asked(page, "link")
    page.locator("#main form button").press("Enter")
    page.wait_for_selector("#link")
    page.locator("#main a.button").press("Enter")
    page.wait_for_url(house.url + HOME)
    assert LINK.path not in page.content()
