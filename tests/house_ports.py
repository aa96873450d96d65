"""Ports in memory with their real screens, each behind a server that a browser visits."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from dataclasses import replace

from house_web import Door
from officers_here import hire
from offices_web import Screens, own_feeds, screens, settings_of
from playwright.sync_api import Browser, Page
from ports import ANTWERP, NORTH_SEA

from node.commands import sign_in
from policies.officers import Role
from web.app import create_app

WIDE = {"width": 1280, "height": 900}


class Port(Door):
    """A port's screens behind a real server."""

    def __init__(self, browser: Browser, name: str) -> None:
        self.screens: Screens = screens(name)
        office, port = self.screens.office, self.screens.port
        super().__init__(
            browser,
            lambda url: create_app(
                office, settings=replace(settings_of(port), public_url=url, random=os.urandom, beat_s=0.3)
            ),
        )

    def officer(self, login: str, *roles: Role, phone: bool, scripts: bool = True) -> Page:
        port, codes = self.screens.port, list[str]()

        def invite() -> None:
            who = uuid.UUID(hire(port, login, *roles)).bytes
            secret = port.store.write(
                lambda tx: sign_in.invite(tx, port.ctx, who, actor="administrator/cli")
            ).result()
            codes.append(secret.hex())

        self.act(invite)
        page = self.visit(codes[0], phone=phone, scripts=scripts)
        if not phone:
            page.set_viewport_size(WIDE)  # type: ignore[arg-type]
        page.context.add_cookies([{"name": "p2p-lang", "value": "en", "url": self.url}])
        return page

    def hear(self, other: Port) -> None:
        """Everything that another port published."""

        def pull() -> None:
            for feed in own_feeds(other.screens.port):
                self.screens.port.pull(other.screens.port, feed.feed)

        self.act(pull)


def two_ports(chromium: Browser) -> Iterator[tuple[Port, Port]]:
    """For a fixture of a test: Antwerp and North Sea Port; the browser may have complained about what was not there, no more."""
    here, there = Port(chromium, ANTWERP), Port(chromium, NORTH_SEA)
    yield here, there
    here.close()
    there.close()
    assert [c for c in here.complaints + there.complaints if "404" not in c] == []


def fits(page: Page) -> None:
    size = page.viewport_size
    assert size is not None
    page.locator("main").wait_for()  # a page that is on its way has no width yet
    page.wait_for_load_state("load")
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], page.url
