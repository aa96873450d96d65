"""Changes of mind in a real Chromium over two ports in memory: a correction and a narrowing, on a phone and on a desk, with and
without scripts.
"""

from __future__ import annotations

import pytest
from fakes_data import FORM
from house_ports import WIDE, Port, fits, two_ports
from house_web import PHONE, chromium_browser
from playwright.sync_api import Page

pytestmark = pytest.mark.browser
chromium = pytest.fixture(scope="module", name="chromium")(chromium_browser)
ports_fixture = pytest.fixture(name="ports")(two_ports)


def raised(page: Page, url: str) -> str:
    """An alert that left; its page."""
    page.goto(f"{url}/alerts/new")
    for field in ("severity", "audience"):
        page.check(f"input[name={field}][value={FORM[field]}]")
    for field in ("title", "description"):
        page.fill(f"#{field}", FORM[field])
    page.select_option("#category", FORM["category"])
    page.click("text=Keep the draft")
    page.click("text=Release to")
    page.wait_for_url("**/records/*")
    return page.url


@pytest.mark.parametrize(("phone", "scripts"), [(True, False), (False, True)])
def test_a_correction_and_a_narrowing_reach_the_other_port(
    ports: tuple[Port, Port], phone: bool, scripts: bool
) -> None:
    here, there = ports
    guard = here.officer("a.peeters", phone=phone, scripts=scripts)
    reader = there.officer("d.jansen", phone=phone, scripts=scripts)
    record = raised(guard, here.url)
    fits(guard)

    guard.click("text=Correct this")
    fits(guard)
    guard.fill("#title", "Fence cut behind tank 13")
    guard.fill("#change_reason", "The tank was another one")
    guard.click("button.go")
    fits(guard)
    assert "The tank was another one" in guard.locator("#main").inner_text()
    guard.click("text=Release to")
    guard.wait_for_url(record)
    there.hear(here)
    reader.goto(there.url + record[len(here.url) :])
    assert "Fence cut behind tank 13" in reader.locator("#detail").inner_text()
    assert "The tank was another one" in reader.locator("#detail").inner_text()

    guard.click("text=Change who may know this")
    fits(guard)
    guard.check(f"input[name=audience][value={FORM['audience']}]")
    guard.check("input[name=ports][value=port-liege]")
    guard.click("text=Keep the label")
    plan = guard.locator(".plan").inner_text()
    assert "Had it and will not any more" in plan
    assert "North Sea Port" in plan[plan.index("Had it") :]
    fits(guard)
    guard.click("text=Release to")
    guard.wait_for_url(f"{here.url}/records/*")
    assert guard.url != record
    assert "Fence cut behind tank 13" in guard.locator("#detail").inner_text()
    there.hear(here)
    gone = reader.goto(there.url + record[len(here.url) :])
    assert gone is not None
    assert gone.status == 404
    reader.goto(there.url)
    assert "tank 13" not in reader.content()
    assert PHONE["width"] < WIDE["width"]
