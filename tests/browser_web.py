"""A browser without a screen or a socket: requests go straight into the app, cookies are kept, forms are filled in."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from html.parser import HTMLParser

import httpx
from fakes_web import FakeOffice, fake_settings
from fastapi import FastAPI

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


class Browser:
    """One visitor. Requests carry the Origin that a browser would send."""

    def __init__(
        self, app: FastAPI, *, address: str = "192.0.2.7", headers: Mapping[str, str] | None = None
    ) -> None:
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

    async def _send(
        self, method: str, path: str, form: Mapping[str, object] | None, headers: Mapping[str, str]
    ) -> httpx.Response:
        async with httpx.AsyncClient(
            transport=self._transport, base_url=ORIGIN, cookies=self.cookies, headers=self._headers
        ) as client:
            answer = await client.request(method, path, data=form, headers=headers)
            self.cookies = client.cookies
            return answer

    def get(self, path: str, **headers: str) -> httpx.Response:
        """Opens a page; header names with `_` for `-`."""
        return self.send("GET", path, headers={k.replace("_", "-"): v for k, v in headers.items()})

    def post(self, path: str, **fields: object) -> httpx.Response:
        """Sends fields, and nothing else."""
        return self.send("POST", path, form=fields)

    def submit(self, page: str, action: str, **fields: object) -> httpx.Response:
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
