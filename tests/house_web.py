"""A real server and a real Chromium in front of it."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import uvicorn
from fakes_data import STRICT, ago
from fakes_web import FakeOffice, fake_settings
from fastapi import FastAPI
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from web.app import close_streams, create_app
from web.live import Streams
from web.views import DraftRow, Row

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-quic",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
]
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1440, "height": 900}


class Door:
    """An app behind a real server, whose address it is made with, and visitors in front of it."""

    def __init__(self, browser: Browser, make: Callable[[str], FastAPI]) -> None:
        self.browser = browser
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self.app = make(self.url)
        self.server = uvicorn.Server(
            uvicorn.Config(self.app, log_level="error", lifespan="off", timeout_graceful_shutdown=1)
        )
        self.listener = listener
        self.ready = threading.Event()
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()
        assert self.ready.wait(10), "no server"
        self.complaints: list[str] = []

    def _serve(self) -> None:
        async def run() -> None:
            self.loop = asyncio.get_running_loop()
            self.ready.set()
            await self.server.serve(sockets=[self.listener])

        asyncio.run(run())

    def close(self) -> None:
        """Ends streams, then the server; may be called again."""
        if not self.thread.is_alive():
            return
        for context in self.browser.contexts:
            context.close()
        self.loop.call_soon_threadsafe(close_streams, self.app)
        self.server.should_exit = True
        self.thread.join(10)
        self.listener.close()

    def act(self, what: Callable[[], object]) -> None:
        """Done on the node's own loop, and waited for."""
        over = threading.Event()

        def run() -> None:
            try:
                what()
            finally:
                over.set()

        self.loop.call_soon_threadsafe(run)
        assert over.wait(10), "the loop does not get there"

    def visit(
        self,
        code: str,
        *,
        phone: bool = False,
        scheme: str = "dark",
        scripts: bool = True,
        lang: str = "en",
    ) -> Page:
        """A signed-in officer's page; whatever the browser complains about is kept."""
        context: BrowserContext = self.browser.new_context(
            viewport=PHONE if phone else DESK,  # type: ignore[arg-type]
            color_scheme="light" if scheme == "light" else "dark",
            is_mobile=phone,
            has_touch=phone,
            java_script_enabled=scripts,
            locale=lang,
        )
        page = context.new_page()
        page.set_default_timeout(8000)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda told: self.complaints.append(told.text) if told.type == "error" else None)
        page.goto(f"{self.url}/sign-in/once?code={code}")
        page.click("button.go")
        page.wait_for_url(f"{self.url}/")
        return page


class House(Door):
    """A fake office behind a real server."""

    def __init__(self, browser: Browser) -> None:
        self.office = FakeOffice(codes={f"once-{n}": "jansen" for n in range(100)})
        self.office.drafts_kept["d1"] = DraftRow(
            "d1", "alert", "Fence cut behind tank 12", "Severe", ago(90), "ais_gap", True, STRICT
        )
        self.tries = 0
        super().__init__(
            browser,
            lambda url: create_app(
                self.office, settings=fake_settings(public_url=url, random=os.urandom, beat_s=0.3)
            ),
        )

    def cut(self) -> None:
        """Ends every open stream as a broken line would; new ones may come."""

        def act() -> None:
            close_streams(self.app)
            self.app.state.streams = Streams()

        self.loop.call_soon_threadsafe(act)

    def commit(self, row: Row) -> None:
        """A record is new or changed, as seen from the node's own loop."""
        self.loop.call_soon_threadsafe(self.office.commit, row)

    def visitor(
        self, *, phone: bool = False, scheme: str = "dark", scripts: bool = True, lang: str = "en"
    ) -> Page:
        """E. Jansen, signed in."""
        self.tries += 1
        return self.visit(f"once-{self.tries}", phone=phone, scheme=scheme, scripts=scripts, lang=lang)


def chromium_browser() -> Iterator[Browser]:
    """For a fixture of a module."""
    if not CHROMIUM.exists():
        pytest.fail(f"{CHROMIUM} is not here; these tests drive it")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


def house_open(chromium: Browser) -> Iterator[House]:
    """For a fixture of a test; in it nothing may have been complained about."""
    house = House(chromium)
    yield house
    house.close()
    assert house.complaints == []


def until(page: Page, expression: str, most_s: float = 8) -> None:
    """Asks until it holds; `wait_for_function` would need `unsafe-eval`, which the policy rightly refuses."""
    end = time.monotonic() + most_s
    while not page.evaluate(expression):
        if time.monotonic() > end:
            pytest.fail(f"never: {expression}")
        page.wait_for_timeout(50)
