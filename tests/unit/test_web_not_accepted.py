"""What a port did not accept is on its own health screen: to whom it may be, with the reason and without the thing."""

from __future__ import annotations

import html
import uuid
from types import SimpleNamespace
from typing import Any, cast

import pytest
from browser_web import ORIGIN, Browser
from erasing import erase
from fakes_web import fake_settings
from officers_here import MODEL, hire
from ports import ANTWERP, LIMBURG, NORTH_SEA, RETENTION, Port, port
from record_examples import example

from node.bus import Bus
from node.commands import sign_in
from node.commands.context import Settings
from node.commands.outcome import Accepted, Refusal
from node.peers import PeerBoard
from node.store.changes import Change
from policies.officers import Role
from web.app import create_app
from web.office import NodeOffice

SCHELDT = "BE:NONE//TLP:AMBER//AUD ports-scheldt"
BROKEN = {
    "score": 8.0,
    "detector": "x_y",
    "detector_version": "1",
    "explanation": ["a marker nobody may see"],
}


def _health(at: Port, *roles: Role, language: str = "en") -> str:
    ground = SimpleNamespace(ctx=at.ctx, model=MODEL, bus=Bus[Change]())
    office = NodeOffice(ground=cast("Any", ground), board=PeerBoard())
    app = create_app(office, settings=fake_settings(now_ms=at.ctx.now, public_url=ORIGIN, node=str(at.name)))
    who = uuid.UUID(hire(at, f"o.{uuid.uuid4().hex[:8]}", *roles)).bytes
    link = at.store.write(lambda tx: sign_in.invite(tx, at.ctx, who, actor="administrator/cli")).result()
    browser = Browser(app)
    assert browser.submit(f"/sign-in/once?code={link.hex()}", "/sign-in/once").status_code == 303
    browser.cookies.set("p2p-lang", language, domain="127.0.0.1")
    answer = browser.get("/health")
    assert answer.status_code == 200
    return html.unescape(answer.text)


@pytest.fixture(name="north")
def north_sea() -> Port:
    """A port that kept an alert aside which Antwerp-Bruges released and it may not accept."""
    antwerp, north = port(ANTWERP), port(NORTH_SEA)
    out = antwerp.publish(example("alert", **BROKEN), SCHELDT)
    assert isinstance(north.pull(antwerp, out.feed.feed), Accepted)
    return north


@pytest.fixture(name="limburg")
def limburg_refuses() -> Port:
    """A port to which somebody sent a feed that it may not hold."""
    antwerp, limburg = port(ANTWERP), port(LIMBURG)
    out = antwerp.publish(example("alert"), SCHELDT)
    batch = antwerp.serve(port(NORTH_SEA), out.feed.feed, 0)
    assert batch is not None
    assert isinstance(limburg.accept(batch, antwerp), Refusal)
    return limburg


def test_a_reader_of_the_feed_sees_that_something_was_kept_aside_and_why(north: Port) -> None:
    page = _health(north)
    assert "1 entry kept aside" in page
    assert "Breaks a rule of its kind" in page
    assert "score" in page
    assert "marker nobody may see" not in page


def test_who_may_not_read_the_feed_learns_nothing_of_it() -> None:
    antwerp, north = port(ANTWERP), port(NORTH_SEA)
    out = antwerp.publish(example("alert", **BROKEN), SCHELDT + "//PURPOSE crisis")
    assert isinstance(north.pull(antwerp, out.feed.feed), Accepted)
    assert "Nothing was kept aside" in _health(north)
    assert "1 entry kept aside" in _health(north, Role.ADMINISTRATOR)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("nl", "Voldoet niet aan een regel van zijn soort"),
        ("fr", "Enfreint une règle de son type"),
        ("de", "Verletzt eine Regel seiner Art"),
    ],
)
def test_it_is_said_in_every_language(north: Port, language: str, words: str) -> None:
    assert words in _health(north, language=language)


def test_an_administrator_sees_what_was_refused_whole_and_nobody_else_learns_of_it(limburg: Port) -> None:
    page = _health(limburg, Role.ADMINISTRATOR)
    assert "1 feed refused" in page
    assert "Label above what this node may hold" in page
    assert "ports-scheldt" not in page.partition("Not accepted here")[2]
    officer = _health(limburg)
    assert "Nothing was kept aside and no feed was refused." in officer


def test_a_port_that_accepted_everything_says_so() -> None:
    assert "Nothing was kept aside" in _health(port(ANTWERP), Role.ADMINISTRATOR)


def test_erasures_that_wait_for_a_yes_are_on_health_for_who_runs_the_node() -> None:
    antwerp = port(ANTWERP)
    north = port(NORTH_SEA, settings=Settings(retention=RETENTION, origin_erasures_per_hour=1))
    for _ in range(2):
        erase(antwerp, antwerp.release())
    (feed,) = antwerp.store.read(lambda r: r.all("SELECT feed FROM feed WHERE role = 0"))
    north.pull(antwerp, feed[0])
    assert "waiting for this node's yes" in _health(north, Role.ADMINISTRATOR)
    assert "Port of Antwerp-Bruges: 2" in _health(north, Role.ADMINISTRATOR)
    assert "waiting for this node's yes" not in _health(north)
