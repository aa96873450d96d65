"""A second person at another port, in a real Chromium: asked and answered on phones, in every language."""

from __future__ import annotations

import os
from urllib.parse import urljoin

import pytest
from fakes_data import FORM
from house_ports import Port, fits, two_ports
from house_web import chromium_browser
from playwright.sync_api import Page

from node.languages import LANGUAGES

pytestmark = pytest.mark.browser

chromium = pytest.fixture(scope="module", name="chromium")(chromium_browser)
ports_fixture = pytest.fixture(name="ports")(two_ports)


def looked_at(page: Page, name: str) -> None:
    """In every language it fits a phone; kept as a picture where a folder for those is named."""
    for lang in (*(each for each in LANGUAGES if each != "en"), "en"):
        page.context.add_cookies([{"name": "p2p-lang", "value": lang, "url": urljoin(page.url, "/")}])
        page.reload()
        fits(page)
        if folder := os.environ.get("P2P_PICTURES"):
            page.screenshot(path=f"{folder}/{name}-{lang}.png", full_page=True)


def test_a_draft_is_asked_about_answered_and_released(ports: tuple[Port, Port]) -> None:
    here, there = ports
    alone, night = here.officer("a.alone", phone=True), there.officer("b.night", phone=True)
    alone.goto(f"{here.url}/alerts/new")
    for field, value in (("severity", FORM["severity"]), ("audience", FORM["audience"]), ("tlp", "RED")):
        alone.check(f"input[name={field}][value={value}]")
    alone.check("input[name=ports][value=north-sea-port]")
    for field in ("title", "description"):
        alone.fill(f"#{field}", FORM[field])
    alone.select_option("#category", FORM["category"])
    alone.click("text=Keep the draft")
    alone.click("text=Ask another port")
    looked_at(alone, "draft")
    alone.click("text=Ask another port")
    alone.click("button:has-text('Ask this port')")
    alone.locator("text=Not answered yet").wait_for()
    looked_at(alone, "asked")
    there.hear(here)

    night.goto(f"{there.url}/drafts")
    looked_at(night, "drafts")
    night.click("text=Another port asks about 1 draft")
    looked_at(night, "list")
    night.click("text=Who will see this")
    looked_at(night, "question")
    assert FORM["description"] in night.locator("#main").inner_text()
    night.click("button:has-text('Approve exactly this')")
    night.wait_for_url("**/asked")
    here.hear(there)

    alone.reload()
    looked_at(alone, "approved")
    assert "North Sea Port" in alone.locator(".plan").inner_text()
    alone.click("text=Release to")
    alone.wait_for_url("**/records/*")
