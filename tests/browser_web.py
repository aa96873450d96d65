"""A browser without a screen or a socket: requests go straight into the app, cookies are kept, forms are filled in."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator, Mapping
from html.parser import HTMLParser
from typing import Self

import httpx
from fakes_web import FakeOffice, fake_settings
from fastapi import FastAPI
from fastapi.routing import APIRoute

from web.app import create_app

ORIGIN = "http://127.0.0.1:8401"


class _Hidden(HTMLParser):
    """The hidden fields of the first form of a page that posts to an address."""

    def __init__(self, action: str) -> None:
        super().__init__()
        self.action, self.inside, self.fields = action, False, dict[str, list[str]]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.inside = not self.fields and (given.get("action") or self.action) == self.action
        if tag == "input" and self.inside and given.get("type") == "hidden":
            self.fields.setdefault(str(given["name"]), []).append(str(given.get("value") or ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False


def hidden(page: str, action: str) -> dict[str, list[str]]:
    """What a form sends without being filled in."""
    parser = _Hidden(action)
    parser.feed(page)
    return parser.fields


def app_routes(app: FastAPI) -> Iterator[APIRoute]:
    """Every route, however the framework nests what was included."""
    stack = list(app.routes)
    while stack:
        route = stack.pop()
        if isinstance(route, APIRoute):
            yield route
        else:
            router = getattr(route, "original_router", None)
            stack.extend(getattr(router, "routes", ()))


class Browser:
    """One visitor. Requests carry the Origin that a browser would send."""

    def __init__(
        self, app: FastAPI, *, address: str = "192.0.2.7", headers: Mapping[str, str] | None = None
    ) -> None:
        self.app = app
        self._transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=(address, 1))
        self._headers = {"origin": ORIGIN, "accept-language": "en", **(headers or {})}
        self.cookies = httpx.Cookies()

    def send(
        self,
        method: str,
        path: str,
        *,
        form: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """One request; redirects are not followed."""
        return asyncio.run(self._send(method, path, form, headers or {}))

    def send_body(self, path: str, body: bytes, headers: Mapping[str, str]) -> httpx.Response:
        """A POST of exactly these bytes."""
        return asyncio.run(self._send("POST", path, None, headers, body))

    async def _send(
        self,
        method: str,
        path: str,
        form: Mapping[str, object] | None,
        headers: Mapping[str, str],
        body: bytes | None = None,
    ) -> httpx.Response:
        async with httpx.AsyncClient(
            transport=self._transport, base_url=ORIGIN, cookies=self.cookies, headers=self._headers
        ) as client:
            answer = await client.request(method, path, data=form, content=body, headers=headers)
            self.cookies = client.cookies
            return answer

    def get(self, path: str, **headers: str) -> httpx.Response:
        """Opens a page; header names with `_` for `-`."""
        return self.send("GET", path, headers={k.replace("_", "-"): v for k, v in headers.items()})

    def post(self, path: str, /, **fields: object) -> httpx.Response:
        """Sends fields, and nothing else."""
        return self.send("POST", path, form=fields)

    def submit(self, page: str, action: str, /, **fields: object) -> httpx.Response:
        """Opens a page, fills in its form for an address, sends it."""
        found = hidden(self.get(page).text, action)
        assert found, f"{page} has no form for {action}"
        return self.post(action, **{**found, **fields})

    def sign_in(self) -> Browser:
        """As E. Jansen."""
        answer = self.submit("/sign-in", "/sign-in", name="jansen", password="correct horse")
        assert answer.status_code == 303, answer.text
        return self


def screens(**more: object) -> tuple[FastAPI, FakeOffice]:
    """An app over a fake office."""
    office = FakeOffice()
    return create_app(office, settings=fake_settings(**more)), office


def signed_in(**more: object) -> tuple[Browser, FakeOffice]:
    """A signed-in officer at a fake office."""
    app, office = screens(**more)
    return Browser(app).sign_in(), office


class Line:
    """An open stream, read as it comes; everything runs on one event loop."""

    def __init__(self, app: FastAPI, browser: Browser, query: str, last: str = "") -> None:
        self.app, self.query, self.last = app, query, last
        self.cookies = "; ".join(f"{c.name}={c.value}" for c in browser.cookies.jar)
        self.text, self.status, self.done = "", 0, False
        self.task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        headers = [
            (b"host", b"127.0.0.1:8401"),
            (b"accept-language", b"en"),
            (b"cookie", self.cookies.encode()),
        ]
        if self.last:
            headers.append((b"last-event-id", self.last.encode()))
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": "/events",
            "raw_path": b"/events",
            "root_path": "",
            "query_string": self.query.encode(),
            "headers": headers,
            "server": None,
            "client": ("192.0.2.7", 1),
            "state": {},
        }
        self.gone = asyncio.Event()

        async def receive() -> dict[str, object]:
            await self.gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: dict[str, object]) -> None:
            if message["type"] == "http.response.start":
                self.status = int(str(message["status"]))
            else:
                body = message.get("body", b"")
                assert isinstance(body, bytes)
                self.text += body.decode()

        async def run() -> None:
            await self.app(scope, receive, send)  # type: ignore[arg-type]
            self.done = True

        self.task = asyncio.create_task(run())
        await self.until(lambda: bool(self.text) or self.done)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.gone.set()
        if self.task:
            self.task.cancel()
            await asyncio.gather(self.task, return_exceptions=True)

    async def until(self, holds: Callable[[], bool], most_s: float = 3.0) -> None:
        """Waits for something to come."""
        async with asyncio.timeout(most_s):
            while not holds():  # noqa: ASYNC110 - the app under test knows no event of ours
                await asyncio.sleep(0.005)

    @property
    def events(self) -> list[str]:
        """The names of the events so far."""
        return re.findall(r"^event: ([\w-]+)$", self.text, re.MULTILINE)
