"""Invariant 5 at the screens: two ports that differ only in records above a reader show that reader the same bytes.

The port holds a few records that the officer may read, and in the second world as many again, before, between and after them,
from the port itself and from a peer, that are for a colleague alone: published, corrected, withdrawn, erased. Every page,
list, page of a list, answer of the API, error and event of the stream is compared as bytes. Only what is sealed for the session is left out:
tokens and cursors, whose every showing differs.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
from browser_web import Browser, Line, app_routes
from finding import indexed
from histories import breaks_plainly, hold_plainly
from officers_here import hire
from offices_web import Screens, screens
from ports import AMBER, LIEGE, NORTH_SEA, Port, port

from node.commands import find, readable, search
from node.commands.context import Context
from node.commands.erase import append_erase
from node.commands.publish import Released
from node.store import feeds, words
from node.store.changes import Change
from node.store.feeds import FeedRole
from node.store.unit import Reader
from protocol.operation import Target
from web.offices import pace

_SEALED = re.compile(r"\b[0-9a-f]{64,}\b")
NAMED = "1-ABC-234 belt 0470 12 34 56"
SEARCHES = (
    *({"typed": words} for words in ("read", "secret", "belt to be read 3", "")),
    {"typed": "belt", "origin": str(NORTH_SEA), "kind": "alert"},
    {"typed": "1abc234", "by": "plate", "purpose": "port-security"},
    {"typed": "0470123456", "by": "phone", "purpose": "port-security"},
)
PAGES = (
    *(
        "/search",
        "/",
        "/?scope=all",
        "/?scope=mine",
        "/library",
        "/look-outs",
        "/look-outs/new",
        "/alerts/new",
        "/drafts",
    ),
    *(
        "/peers",
        "/health",
        "/rules",
        "/rules/propose",
        "/rules/agree",
        "/preferences",
        "/api/v1/me",
        "/api/v1/records",
        "/api/v1/records?limit=2",
        "/api/v1/peers",
    ),
    *(
        "/audit",
        "/people",
        "/people/new",
        "/asked",
        "/write",
        "/write/notice",
        "/erasures",
        "/holds",
        "/cases",
        "/cases/new",
        "/preferences/declared",
        "/sign-out",
        "/healthz",
        "/nothing-here",
        "/records/none",
        "/api/v1/records/none",
    ),
)


def world(seed: int, *, more: bool) -> tuple[Screens, Browser, list[str], list[str]]:
    """The port's screens, the officer in front of them, ids that they may open, and ids of what is above them."""
    choose, above = random.Random(seed), random.Random(f"{seed} above")
    here = screens()
    reader = here.officer("a.reader")
    colleague = hire(here.port, "b.colleague")
    there, near = port(LIEGE, seed=seed), port(NORTH_SEA, seed=seed)
    secret = f"BE:NONE//TLP:RED//AUD ports-be//TO officer:{here.port.name}/{colleague}"
    hidden: list[str] = []
    shown: list[str] = []
    said: list[Released] = []
    for number in range(6):
        if more:
            hidden += _above(above, here.port, near, secret, number)
        draw = choose.random()
        if said and draw < 0.2:
            there.withdraw(choose.choice(said))
        else:
            said.append(
                there.release(AMBER, description=f"To be read, {number} {NAMED if number % 2 else ''}")
            )
            shown.append(said[-1].record.hex())
        _pull(here.port, there)
        for each in (here.port, there, near):
            each.clock.at += 1000
    if more:
        hidden += _above(above, here.port, near, secret, 9)
    here.bus.publish([])
    return here, reader, shown, hidden


def _above(choose: random.Random, here: Port, near: Port, secret: str, number: int) -> list[str]:
    """Some records for the colleague alone, of this port or of a peer; their ids."""
    found = []
    for _ in range(choose.randint(1, 3)):
        source = near if choose.random() < 0.6 else here
        one = source.release(secret, description=f"SECRET-{number} to be read {NAMED}")
        found.append(one.record.hex())
        draw = choose.random()
        if draw < 0.3:
            source.withdraw(one)
        elif draw < 0.5:
            target = Target(one.record, one.version)
            source.store.write(
                lambda tx, source=source, one=one, target=target: append_erase(  # type: ignore[misc]
                    tx, source.ctx, one.feed, target, 2, source.ctx.register
                )
            )
        elif choose.random() < 0.3:
            source.release(secret, record=one.record, version=2, description=f"SECRET-{number} again")
    _pull(here, near)
    return found


def _pull(target: Port, source: Port) -> None:
    for row in source.store.read(feeds.every):
        if row.role is FeedRole.RECORDS and row.origin == source.name:
            held = target.store.read(lambda r, row=row: feeds.find(r, row.feed))  # type: ignore[misc]
            batch = source.serve(target, row.feed, held.size if held else 0)
            if batch is not None:
                target.accept(batch, source)
    indexed(target)


def gives(reader: Browser, path: str) -> str:
    """Everything of an answer that a reader can see, but what is sealed."""
    answer = reader.get(path)
    headers = sorted((k, v) for k, v in answer.headers.items() if k not in {"date", "set-cookie"})
    return _SEALED.sub("-", f"{answer.status_code} {headers} {answer.text}")


def finds(reader: Browser, fields: Mapping[str, str]) -> list[str]:
    """The same of a search, page by page."""
    pages: list[str] = []
    more: Mapping[str, str] = {"by": "text", **fields}
    while True:
        answer = reader.submit("/search", "/search", **more)
        assert "SECRET" not in answer.text
        pages.append(_SEALED.sub("-", f"{answer.status_code} {answer.text}"))
        _, further, rest = answer.text.partition('name="before" value="')
        if not further:
            return pages
        more = {**more, "before": rest.partition('"')[0]}


def same(seed: int) -> None:
    """AssertionError with the page on which the two worlds differ."""
    (_, one, shown, _), (_, other, also, hidden) = world(seed, more=False), world(seed, more=True)
    assert shown == also
    assert hidden
    of_one = ("/records/{}", "/records/{}/proof", "/api/v1/records/{}")
    paths = [*PAGES, *(path.format(record) for record in shown for path in of_one)]
    for path in paths:
        assert gives(one, path) == gives(other, path), f"{path} tells of what is above the reader"
    for fields in SEARCHES:
        assert finds(one, fields) == finds(other, fields), "a search tells of what is above the reader"
    never = "0" * 12 + "7" + "0" * 3 + "8" + "0" * 15
    for record in hidden:
        for path in ("/records/{}", "/records/{}/proof", "/records/{}/withdraw", "/api/v1/records/{}"):
            nothing = gives(other, path.format(never))
            found = gives(other, path.format(record))
            assert found.replace(record, never) == nothing, f"{path} knows a record above the reader"
            assert "SECRET" not in found


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a search has several, and more than one way to look is taken."""
    monkeypatch.setattr(find, "PAGE", 2)
    monkeypatch.setattr(words, "FEW", 0)
    monkeypatch.setattr(words, "NEWEST", 3)
    monkeypatch.setattr(pace, "_MINUTE_MS", 0)


def test_pages_lists_and_errors_are_the_same_bytes_whatever_is_above_the_reader() -> None:
    hold_plainly(same, of=6)


DOORS = frozenset({"/sign-in", "/sign-in/once", "/events"})
"""Pages of nobody in particular, and the stream, which has tests of its own."""


def test_every_address_without_a_record_in_it_is_compared() -> None:
    every = {
        route.path
        for route in app_routes(screens().app)
        if "GET" in (route.methods or ()) and "{" not in route.path
    }
    assert every - DOORS - {path.partition("?")[0] for path in PAGES} == set()


def test_a_list_that_shows_what_is_above_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readable, "reads", lambda *_: True)
    assert breaks_plainly(same, of=3, seeing="tells of|knows a record")


def test_a_search_that_forgot_whose_feeds_are_read_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def every(reader: Reader, *given: Any, **options: Any) -> Sequence[words.Hit]:
        mine = {feed.number for feed in feeds.every(reader)}
        return real(reader, given[0], mine, **options)

    def shown(reader: Reader, ctx: Context, _mine: object, rows: Any) -> Any:
        return as_found(reader, ctx, {feed.number: feed for feed in feeds.every(reader)}, rows)

    real, as_found = words.found, search.as_found
    monkeypatch.setattr(words, "found", every)
    monkeypatch.setattr(find, "as_found", shown)
    monkeypatch.setattr(find, "_is_his", lambda *_, **__: True)
    assert breaks_plainly(same, of=2, seeing="SECRET|a search tells of")


def test_a_search_ordered_or_paged_by_what_is_above_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that looks at so many matches, whosever they are, and stops."""
    real = words.found

    def hasty(reader: Reader, *given: Any, **options: Any) -> Sequence[words.Hit]:
        every = {feed.number for feed in feeds.every(reader)}
        return [hit for hit in real(reader, given[0], every, **options) if hit.feed in given[1]]

    monkeypatch.setattr(words, "found", hasty)
    assert breaks_plainly(same, of=3, seeing="a search tells of")


@pytest.mark.parametrize("count", [1, 7])
def test_the_stream_says_nothing_of_what_is_above_the_reader(count: int) -> None:
    here, reader, _, _ = world(1, more=False)
    colleague = hire(here.port, "c.colleague")
    secret = f"BE:NONE//TLP:RED//AUD ports-be//TO officer:{here.port.name}/{colleague}"

    def commit(act: Callable[[], object]) -> None:
        before = len(here.port.changes)
        act()
        here.bus.publish(list[Change](here.port.changes[before:]))

    async def run() -> Sequence[str]:
        async with Line(here.app, reader, "shelf=watch&scope=all&band=NONE.AMBER") as line:
            await line.until(lambda: line.status == 200)
            for number in range(count):
                commit(lambda number=number: here.port.release(secret, description=f"SECRET-{number}"))  # type: ignore[misc]
            commit(lambda: here.port.release(AMBER, description="To be read"))
            await line.until(lambda: "touched" in line.events)
            assert "SECRET" not in line.text
            return tuple(line.events)

    assert asyncio.run(run()) == ("row", "touched")


def test_a_stream_that_tells_of_what_is_above_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readable, "reads", lambda *_: True)
    with pytest.raises(AssertionError):
        test_the_stream_says_nothing_of_what_is_above_the_reader(1)
