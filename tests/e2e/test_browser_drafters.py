"""A draft of who does not publish it, in a real Chromium: written, handed over, sent back and released, on phones and in every language."""

from __future__ import annotations

import os
from urllib.parse import urljoin

import pytest
from fakes_data import FORM
from house_ports import Port, fits, two_ports
from house_web import chromium_browser
from playwright.sync_api import Page

from node.languages import LANGUAGES
from policies.officers import Role

pytestmark = pytest.mark.browser

chromium = pytest.fixture(scope="module", name="chromium")(chromium_browser)
ports_fixture = pytest.fixture(name="ports")(two_ports)


def looked_at(page: Page, name: str) -> None:
    """In every language it fits a phone and a desk; kept as a picture where a folder for those is named."""
    before = page.viewport_size
    for lang in (*(each for each in LANGUAGES if each != "en"), "en"):
        page.context.add_cookies([{"name": "p2p-lang", "value": lang, "url": urljoin(page.url, "/")}])
        page.reload()
        fits(page)
        if folder := os.environ.get("P2P_PICTURES"):
            page.screenshot(path=f"{folder}/{name}-{lang}.png", full_page=True)
    page.set_viewport_size({"width": 1280, "height": 900})
    fits(page)
    if folder := os.environ.get("P2P_PICTURES"):
        page.screenshot(path=f"{folder}/{name}-desk.png", full_page=True)
    if before is not None:
        page.set_viewport_size(before)


def test_a_draft_is_handed_over_sent_back_and_released(ports: tuple[Port, Port]) -> None:
    here, _ = ports
    analyst = here.officer("c.analyst", Role.ANALYST, phone=True)
    officer = here.officer("a.officer", phone=True)
    analyst.goto(f"{here.url}/write")
    looked_at(analyst, "write")
    analyst.goto(f"{here.url}/alerts/new")
    for field, value in (("severity", FORM["severity"]), ("audience", FORM["audience"]), ("tlp", "AMBER")):
        analyst.check(f"input[name={field}][value={value}]")
    for field in ("title", "description"):
        analyst.fill(f"#{field}", FORM[field])
    analyst.select_option("#category", FORM["category"])
    analyst.locator("button.go:has-text('Keep the draft')").click()
    looked_at(analyst, "kept")
    draft = analyst.url
    analyst.click("button:has-text('Hand it over')")
    analyst.locator("text=You handed it over.").wait_for()
    looked_at(analyst, "over")

    officer.goto(f"{here.url}/drafts")
    looked_at(officer, "drafts")
    officer.click("text=Who will see this")
    officer.click("text=Send it back to who wrote it")
    looked_at(officer, "plan")
    officer.click("text=Send it back to who wrote it")
    officer.fill("#word", "Which quay? Say the berth.")
    officer.click("button:has-text('Send it back')")
    officer.wait_for_url("**/drafts")

    analyst.goto(draft)
    analyst.locator("text=Which quay?").wait_for()
    looked_at(analyst, "back")
    analyst.click("text=Change the text")
    looked_at(analyst, "text")
    analyst.fill("#description", "Berth 1742, a hole of a metre.")
    analyst.locator("button.go:has-text('Keep the draft')").click()
    analyst.click("button:has-text('Hand it over')")
    officer.goto(draft)
    officer.locator("text=Berth 1742").wait_for()
    officer.click("button:has-text('Release')")
    officer.wait_for_url("**/records/*")
