"""The screens of a port in memory, over real commands: officers hired, signed in, and what they do through forms."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast
from zoneinfo import ZoneInfo

import ports
from browser_web import ORIGIN, Browser
from fakes_web import fake_settings
from officers_here import MODEL, hire
from ports import ANTWERP, Port

from node.bus import Bus
from node.commands import sign_in
from node.peers import PeerBoard
from node.store import feeds
from node.store.changes import Change
from node.store.feeds import FeedRow
from policies.officers import Role
from protocol.ids import UnixMs
from web import views
from web.app import create_app
from web.office import NodeOffice
from web.settings import Settings

FORM = {
    "severity": "Severe",
    "category": "intrusion",
    "title": "Fence cut behind tank 12",
    "description": "Hole of a metre, fresh.",
    "certainty": "Observed",
    "urgency": "Immediate",
    "statement": "fact",
    "lang": "en",
    "audience": "ports-be",
    "tlp": "AMBER",
}


@dataclass
class Screens:
    """The screens of one port in memory."""

    port: Port
    office: NodeOffice
    bus: Bus[Change]

    def officer(self, login: str = "a.peeters", *roles: Role, **more: Any) -> Browser:
        """Hires somebody and signs them in by a one-time link."""
        who = hire(self.port, login, *roles, **more)
        return self.enter(who)

    def enter(self, who: str) -> Browser:
        """Signs somebody in by a link."""
        secret = self.port.store.write(
            lambda tx: sign_in.invite(tx, self.port.ctx, uuid.UUID(who).bytes, actor="administrator/cli")
        ).result()
        browser = Browser(self.app)
        answer = browser.submit(f"/sign-in/once?code={secret.hex()}", "/sign-in/once")
        assert answer.status_code == 303, answer.text
        browser.send("GET", "/sign-in?lang=en")
        browser.cookies.set("p2p-lang", "en", domain="127.0.0.1")
        return browser

    def __post_init__(self) -> None:
        self.app = create_app(self.office, settings=settings_of(self.port))


def session_of(who: str) -> views.Session:
    """A hired officer as the office knows them, without signing in."""
    port = views.Named(str(ANTWERP), "Antwerp")
    return views.Session("", who, "", port, (), "", UnixMs(0))


def settings_of(port: Port) -> Settings:
    """By the port's own clock."""
    return fake_settings(
        now_ms=port.ctx.now,
        public_url=ORIGIN,
        timezone=ZoneInfo("Europe/Brussels"),
        node=str(port.name),
        beat_s=0.05,
    )


def screens(name: Any = ANTWERP, *, cancel_ms: int = 0, **more: Any) -> Screens:
    """A port and its screens."""
    return screens_of(ports.port(name, **more), cancel_ms=cancel_ms)


def screens_of(port: Port, *, cancel_ms: int = 0) -> Screens:
    """The screens of a port that is there."""
    bus = Bus[Change]()
    ground = SimpleNamespace(ctx=port.ctx, model=MODEL, bus=bus)
    office = NodeOffice(ground=cast("Any", ground), board=PeerBoard(), cancel_ms=cancel_ms)
    return Screens(port, office, bus)


def released(browser: Browser, **changes: object) -> str:
    """Raises an alert and releases it; the record's address."""
    drafted = browser.submit("/alerts/new", "/alerts/new", **{**FORM, **basis(browser), **changes})
    assert drafted.status_code == 303, drafted.text
    page = drafted.headers["location"]
    answer = browser.submit(page, f"{page}/release")
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def basis(browser: Browser, path: str = "/alerts/new") -> dict[str, str]:
    field = re.search(r'name="legal_basis".*?<option value="([^"]+)"', browser.get(path).text, re.DOTALL)
    return {"legal_basis": field[1]} if field else {}


def own_feeds(port: Port) -> list[FeedRow]:
    """The feeds of records that a port publishes."""
    return [f for f in port.store.read(feeds.every) if f.own and f.role is feeds.FeedRole.RECORDS]
