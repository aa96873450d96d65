"""An expired register: at once nothing new is granted; after 30 days what is classified or personal stops leaving; work goes on."""

from __future__ import annotations

from dataclasses import replace

import pytest
import registers
from ports import AMBER, ANTWERP, LIEGE, LIMBURG, NORTH_SEA, Port, port

from federation import holdings
from federation.holdings import Holdings
from node.commands import entitled
from node.commands.entitled import may_serve
from node.commands.outcome import Accepted
from node.store import feeds
from policies.decision import Permit
from protocol.ids import FeedId, UnixMs

PERSONAL = f"{AMBER}//CAVEAT PERSONAL"
EXPIRED = registers.EXPIRES
LIMIT = UnixMs(EXPIRED + 30 * 86_400_000)


@pytest.fixture(name="antwerp")
def antwerp_port() -> Port:
    return port(ANTWERP)


def named(at: Port, peer: Port) -> set[FeedId]:
    rows = at.store.read(feeds.every)
    return {row.feed for row in rows if may_serve(at.ctx, peer.name, row, at.ctx.register)}


def test_between_the_limits_all_that_exists_goes_on(antwerp: Port) -> None:
    north = port(NORTH_SEA)
    open_to_all, personal = antwerp.release(), antwerp.release(PERSONAL)
    for at in (EXPIRED, UnixMs(LIMIT - 1)):
        antwerp.clock.at = north.clock.at = at
        antwerp.release()
        antwerp.release(PERSONAL)
        assert named(antwerp, north) == {open_to_all.feed.feed, personal.feed.feed}
        assert isinstance(north.pull(antwerp, personal.feed.feed), Accepted)


def test_after_the_second_limit_personal_records_stay_with_whoever_has_them(antwerp: Port) -> None:
    """Of the origin, and of a relay; to the origin itself its own feed is still named."""
    north, liege = port(NORTH_SEA), port(LIEGE)
    open_to_all, personal = antwerp.release(), antwerp.release(PERSONAL)
    for feed in (open_to_all.feed.feed, personal.feed.feed):
        north.pull(antwerp, feed)
    for each in (antwerp, north, liege):
        each.clock.at = LIMIT
    for holder in (antwerp, north):
        assert named(holder, liege) == {open_to_all.feed.feed}
        assert holder.serve(liege, personal.feed.feed, 0) is None
        assert holder.serve(liege, open_to_all.feed.feed, 0) is not None
    assert named(north, antwerp) == {open_to_all.feed.feed, personal.feed.feed}


def test_a_fresh_register_lets_it_leave_again(antwerp: Port) -> None:
    registers_held = [registers.register()]
    fresh = port(ANTWERP, register=lambda: registers_held[0])
    personal = fresh.release(PERSONAL)
    fresh.clock.at = LIMIT
    assert named(fresh, port(LIMBURG)) == set()
    registers_held[0] = replace(registers_held[0], version=4, expires_ms=UnixMs(LIMIT + 1))
    assert named(fresh, port(LIMBURG)) == {personal.feed.feed}


@pytest.fixture
def remembered(antwerp: Port) -> tuple[Port, Holdings, FeedId]:
    personal = antwerp.release(PERSONAL)
    held = Holdings(antwerp.ctx)
    assert [one.feed for one in held.served(LIMBURG)] == [personal.feed.feed]
    return antwerp, held, personal.feed.feed


def test_what_is_remembered_about_a_peer_ends_with_the_limit(
    remembered: tuple[Port, Holdings, FeedId],
) -> None:
    antwerp, held, feed = remembered
    before = held.named(LIMBURG), held.digest(LIMBURG)
    antwerp.clock.at = UnixMs(LIMIT - 1)
    assert (held.named(LIMBURG), held.digest(LIMBURG)) == before
    antwerp.clock.at = LIMIT
    found = held.get(feed)
    assert found is not None
    assert not held.may_serve(LIMBURG, found)
    assert list(held.served(LIMBURG)) == []
    assert (held.named(LIMBURG), held.digest(LIMBURG)) != before


def test_a_memory_without_that_end_would_be_seen(
    remembered: tuple[Port, Holdings, FeedId], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planted fault."""
    antwerp, held, feed = remembered
    monkeypatch.setattr(holdings, "GRACE_MS", 365 * 86_400_000)
    held = Holdings(antwerp.ctx)
    assert held.served(LIMBURG)
    antwerp.clock.at = LIMIT
    found = held.get(feed)
    assert found is not None
    assert held.may_serve(LIMBURG, found)


def test_serving_without_asking_would_be_seen(antwerp: Port, monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted fault."""
    personal = antwerp.release(PERSONAL)
    antwerp.clock.at = LIMIT
    monkeypatch.setattr(entitled, "may_leave", lambda *_: Permit("fresh", register=1))
    assert named(antwerp, port(LIMBURG)) == {personal.feed.feed}


def test_local_work_never_stops(antwerp: Port) -> None:
    """What is here is searched, withdrawn and kept; what comes is taken."""
    north = port(NORTH_SEA)
    north.clock.at = UnixMs(LIMIT - 1)
    personal = north.release(PERSONAL)
    batch = north.serve(antwerp, personal.feed.feed, 0)
    assert batch is not None
    antwerp.clock.at = LIMIT
    assert isinstance(antwerp.accept(batch, north), Accepted)
