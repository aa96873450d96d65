"""A picture on its way from one port's fence to another port's screen, in a real Chromium over two ports in memory."""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fakes_data import FORM
from files_here import come
from house_web import PHONE, Door, House, chromium_browser, house_open, until
from multipart_web import JPEG, PDF, PNG, png
from officers_here import hire
from offices_web import Screens, own_feeds, screens, settings_of
from playwright.sync_api import Browser, FilePayload, Page
from ports import ANTWERP, NORTH_SEA

from node.commands import sign_in
from web.app import create_app

pytestmark = pytest.mark.browser

PHOTO = png(2400, 1600)
DRAFT = "/drafts/d1"

chromium = pytest.fixture(scope="module", name="chromium")(chromium_browser)
house_fixture = pytest.fixture(name="house")(house_open)


class Port(Door):
    """A port's screens behind a real server."""

    def __init__(self, browser: Browser, name: str) -> None:
        self.screens: Screens = screens(name)
        self.told = 0
        office, port = self.screens.office, self.screens.port
        super().__init__(
            browser,
            lambda url: create_app(
                office, settings=replace(settings_of(port), public_url=url, random=os.urandom, beat_s=0.3)
            ),
        )

    def officer(self, login: str, *, phone: bool = False) -> Page:
        """Somebody new, signed in."""
        port, codes = self.screens.port, list[str]()

        def invite() -> None:
            who = uuid.UUID(hire(port, login)).bytes
            codes.append(
                port.store.write(lambda tx: sign_in.invite(tx, port.ctx, who, actor="administrator/cli"))
                .result()
                .hex()
            )

        self.act(invite)
        page = self.visit(codes[0], phone=phone)
        page.context.add_cookies([{"name": "p2p-lang", "value": "en", "url": self.url}])
        return page

    def hear(self, other: Port) -> None:
        """Everything that another port published."""

        def pull() -> None:
            for feed in own_feeds(other.screens.port):
                self.screens.port.pull(other.screens.port, feed.feed)
            self.tell()

        self.act(pull)

    def tell(self) -> None:
        """The pages hear what changed; on the port's loop."""
        changes = self.screens.port.changes
        self.screens.bus.publish(changes[self.told :])
        self.told = len(changes)


@pytest.fixture(name="ports")
def two_ports(chromium: Browser) -> Iterator[tuple[Port, Port]]:
    here, there = Port(chromium, ANTWERP), Port(chromium, NORTH_SEA)
    yield here, there
    here.close()
    there.close()
    assert here.complaints + there.complaints == []


def choose(page: Page, data: bytes, name: str = "IMG_2041.png") -> None:
    page.set_input_files("#files", {"name": name, "mimeType": "application/octet-stream", "buffer": data})


def raised(page: Page, url: str) -> None:
    """One picture with the alert, in one step."""
    page.goto(f"{url}/alerts/new")
    for field in ("severity", "audience"):
        page.check(f"input[name={field}][value={FORM[field]}]")
    for field in ("title", "description"):
        page.fill(f"#{field}", FORM[field])
    page.select_option("#category", FORM["category"])
    choose(page, PHOTO)
    page.click("text=Keep the draft")
    page.wait_for_selector(".shot img")
    page.click("text=Release to")
    page.wait_for_url("**/records/*")


def test_a_picture_is_seen_at_another_port_and_gone_with_its_alert(ports: tuple[Port, Port]) -> None:
    here, there = ports
    guard, reader = here.officer("a.peeters", phone=True), there.officer("d.jansen", phone=True)
    reader.wait_for_selector("#live:not(.off)")
    raised(guard, here.url)
    record = guard.url.rpartition("/")[2]
    sha256 = hashlib.sha256(PHOTO).hexdigest()
    there.hear(here)
    reader.click(f"#r-{record} a")
    reader.wait_for_selector(".files .coming")
    assert "On its way" in reader.locator("#detail").inner_text()

    there.act(lambda: come(there.screens.port, PHOTO))
    there.act(there.tell)
    for page in (reader, guard):
        page.wait_for_selector(".shot img")
        page.locator(".shot img").scroll_into_view_if_needed()
        until(page, "document.querySelector('.shot img').naturalWidth === 2400")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        assert page.locator(".shot img").bounding_box()["height"] <= 200  # type: ignore[index]
    shown = reader.request.get(f"{there.url}/records/{record}/files/{sha256}")
    assert (shown.status, shown.body()) == (200, PHOTO)

    guard.goto(f"{here.url}/records/{record}/withdraw")
    guard.check("input[name=reason][value='3']")
    guard.click("text=Withdraw everywhere")
    guard.wait_for_url("**/records/*")
    there.hear(here)
    until(reader, "!document.documentElement.innerHTML.includes('IMG_2041')")
    for page, at in ((reader, there), (guard, here)):
        assert page.locator(".shot").count() == 0
        assert page.request.get(f"{at.url}/records/{record}/files/{sha256}").status == 404


@pytest.mark.parametrize("scripts", [True, False])
def test_files_are_added_and_removed_with_and_without_scripts(house: House, scripts: bool) -> None:
    page = house.visitor(scripts=scripts, phone=not scripts)
    page.goto(house.url + DRAFT)
    files = {"quay.png": PNG, "report.pdf": PDF, "gate.jpg": JPEG}
    page.set_input_files(
        "#files", [FilePayload(name=name, mimeType="x/y", buffer=data) for name, data in files.items()]
    )
    page.click("text=Add to the draft")
    page.wait_for_url("**#files-card")
    assert page.locator(".files li").count() == 3
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]  # type: ignore[index]
    page.click("[aria-label='Remove report.pdf']")
    page.wait_for_url("**#files-card")
    assert page.locator(".files li").count() == 2
    choose(page, b"<html>", "page.html")
    page.click("text=Add to the draft")
    assert "none of these" in page.locator("#files-problem").inner_text()
    house.complaints.clear()


def test_a_large_photo_goes_through_a_real_connection(house: House, tmp_path: Path) -> None:
    house.office.most = 32 << 20
    large = tmp_path / "large.jpg"
    large.write_bytes(JPEG + os.urandom(24 << 20))
    page = house.visitor()
    page.goto(house.url + DRAFT)
    page.set_input_files("#files", large)
    page.click("text=Add to the draft")
    page.wait_for_url("**#files-card")
    (kept,) = house.office.files["d1"].values()
    assert kept.size == large.stat().st_size
    assert kept.sha256 == hashlib.sha256(large.read_bytes()).hexdigest()
    house.office.most = 1 << 20
    page.set_input_files("#files", large)
    page.click("text=Add to the draft")
    page.wait_for_selector("#files-problem")
    assert "at most 1 MB" in page.locator("#files-problem").inner_text()
    house.complaints.clear()
