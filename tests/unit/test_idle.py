"""A feed that nobody says anything in and that everybody has is closed, costs nothing, and goes on when there is something to say."""

from __future__ import annotations

import asyncio

import pytest
from ports import AMBER, ANTWERP, LIEGE, LIMBURG, NORTH_SEA, Port, port

from node.commands import entitled, idle, receipt
from node.commands.publish import Released
from node.peers import PeerBoard
from node.store import feeds
from node.store.feeds import FeedRow, FeedState
from node.upkeep import Upkeep
from protocol.fields import DAY_MS
from protocol.ids import NodeId

POLICE = NodeId("police-limburg")
READERS = (NORTH_SEA, LIMBURG, LIEGE, POLICE)


@pytest.fixture(name="antwerp")
def antwerp_port() -> Port:
    return port(ANTWERP)


def shared(antwerp: Port, *, but: NodeId | None = None, kind: str = "best_practice") -> Released:
    """One record, and the receipts of everybody but one."""
    released = antwerp.release(kind=kind)
    confirm(antwerp, released.feed, but=but)
    return released


def confirm(antwerp: Port, feed: FeedRow, *, but: NodeId | None = None) -> None:
    assert entitled.readers(antwerp.ctx, feed) == set(READERS)
    for name in set(READERS) - {but}:
        reader = port(name)
        reader.pull(antwerp, feed.feed)
        given = reader.receipt(feed.feed)
        antwerp.store.write(
            lambda tx, name=name, given=given: receipt.take(tx, antwerp.ctx, name, given)  # type: ignore[misc]
        ).result()


def later(antwerp: Port, days: int) -> int:
    """How many feeds are closed after so many days."""
    antwerp.clock.at += days * DAY_MS
    return antwerp.store.write(lambda tx: idle.close_silent(tx, antwerp.ctx)).result()


def state(antwerp: Port, released: Released) -> FeedState:
    row = antwerp.store.read(lambda r: feeds.find(r, released.feed.feed))
    assert row is not None
    return row.state


def test_what_is_silent_and_received_is_closed_and_goes_on_as_the_next_epoch(antwerp: Port) -> None:
    released = shared(antwerp)
    assert later(antwerp, 29) == 0
    assert later(antwerp, 2) == 1
    assert state(antwerp, released) is FeedState.CLOSED
    assert later(antwerp, 60) == 0
    after = antwerp.release(AMBER)
    assert (after.feed.epoch, after.feed.lineage) == (2, released.feed.lineage)


def test_one_reader_that_lacks_something_keeps_it_open(antwerp: Port) -> None:
    released = shared(antwerp, but=LIEGE)
    assert later(antwerp, 40) == 0
    confirm(antwerp, released.feed)
    assert later(antwerp, 0) == 1


def test_what_was_said_lately_keeps_it_open(antwerp: Port) -> None:
    first = shared(antwerp)
    later(antwerp, 20)
    second = antwerp.release(kind="best_practice")
    confirm(antwerp, second.feed)
    assert later(antwerp, 20) == 0
    assert state(antwerp, first) is FeedState.OPEN


def test_an_alert_in_force_keeps_its_feed_open(antwerp: Port) -> None:
    released = shared(antwerp, kind="alert")
    antwerp.store.write(
        lambda tx: tx.run("UPDATE entry SET expires_ms = 0 WHERE feed = ?", released.feed.number)
    ).result()
    assert later(antwerp, 40) == 0
    antwerp.store.write(
        lambda tx: tx.run("UPDATE entry SET expires_ms = 1 WHERE feed = ?", released.feed.number)
    ).result()
    assert later(antwerp, 0) == 1


def test_the_audit_feed_is_never_closed(antwerp: Port) -> None:
    shared(antwerp)
    later(antwerp, 40)
    rows = antwerp.store.read(feeds.every)
    assert {row.state for row in rows if row.role is feeds.FeedRole.AUDIT} == {FeedState.OPEN}


def test_a_node_does_it_by_itself(antwerp: Port) -> None:
    released = shared(antwerp)
    antwerp.clock.at += 31 * DAY_MS
    asyncio.run(Upkeep(antwerp.ctx, PeerBoard())._closed())
    assert state(antwerp, released) is FeedState.CLOSED


def test_a_port_that_does_not_look_at_receipts_would_be_seen(
    antwerp: Port, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idle, "_received", lambda *_: True)
    with pytest.raises(AssertionError):
        test_one_reader_that_lacks_something_keeps_it_open(antwerp)
