"""What a peer is given: whole runs that verify, of feeds it may follow now, and of others not even their absence."""

from __future__ import annotations

import pytest
import registers
from ports import AMBER, ANTWERP, LIEGE, LIMBURG, NORTH_SEA, SCHELDT, Port, port

from node.commands import serve
from node.commands.entitled import may_serve
from node.commands.outcome import Accepted
from node.store import feeds
from node.store.feeds import FeedState
from protocol.ids import FeedId
from protocol.limits import BATCH_BYTES_MAX
from protocol.register_view import Register

ORCON = "BE:NONE//TLP:AMBER//AUD ports-be//CAVEAT ORCON"


@pytest.fixture(name="antwerp")
def antwerp_port() -> Port:
    return port(ANTWERP)


def named(at: Port, peer: Port) -> set[FeedId]:
    """The feeds that `at` may name to `peer`."""
    rows = at.store.read(feeds.every)
    return {row.feed for row in rows if may_serve(at.ctx, peer.name, row, at.ctx.register)}


def test_a_peer_hears_of_the_feeds_it_may_follow_and_of_no_other(antwerp: Port) -> None:
    limburg, liege = port(LIMBURG), port(LIEGE)
    wide, narrow = antwerp.release(), antwerp.release(SCHELDT)
    assert named(antwerp, limburg) == {wide.feed.feed}
    assert named(antwerp, liege) == {wide.feed.feed, narrow.feed.feed}


def test_not_yours_not_held_and_not_there_are_one_answer(antwerp: Port) -> None:
    limburg = port(LIMBURG)
    narrow = antwerp.release(SCHELDT)
    wide = antwerp.release()
    answers = [
        antwerp.serve(limburg, narrow.feed.feed, 0),
        antwerp.serve(limburg, FeedId(bytes(32)), 0),
        antwerp.serve(limburg, wide.feed.feed, 99),
        antwerp.serve(port(ANTWERP, seed=9), FeedId(bytes(32)), 0),
    ]
    assert answers == [None] * 4


def test_a_serve_that_forgot_to_ask_would_be_seen(antwerp: Port, monkeypatch: pytest.MonkeyPatch) -> None:
    narrow = antwerp.release(SCHELDT)
    monkeypatch.setattr(serve, "may_serve", lambda *_: True)
    assert antwerp.serve(port(LIMBURG), narrow.feed.feed, 0) is not None


def test_a_member_that_was_removed_is_given_nothing_more() -> None:
    now: list[Register] = [registers.register()]
    antwerp, liege = port(ANTWERP, register=lambda: now[0]), port(LIEGE)
    out = antwerp.release()
    assert antwerp.serve(liege, out.feed.feed, 0) is not None
    board = registers.board()
    members = board["communities"]["ports-be"]["members"]
    del members["port-liege"]
    board["communities"]["ports-be"]["serving"].remove("port-liege")
    now[0] = registers.register(version=4, communities=board["communities"])
    assert antwerp.serve(liege, out.feed.feed, 0) is None
    assert named(antwerp, liege) == set()


def test_any_entitled_node_serves_it_on_and_it_verifies(antwerp: Port) -> None:
    north, liege = port(NORTH_SEA), port(LIEGE)
    for _ in range(3):
        feed = antwerp.release().feed.feed
    north.pull(antwerp, feed)
    taken = liege.pull(north, feed, most=2)
    assert isinstance(taken, Accepted)
    assert liege.digest(feed) == antwerp.digest(feed)


def test_orcon_comes_from_its_origin_alone(antwerp: Port) -> None:
    north, liege = port(NORTH_SEA), port(LIEGE)
    feed = antwerp.release(ORCON).feed.feed
    north.pull(antwerp, feed)
    assert north.serve(liege, feed, 0) is None
    assert named(north, liege) == set()
    assert antwerp.serve(liege, feed, 0) is not None


def test_a_relay_that_stopped_between_checkpoints_serves_up_to_the_last_one(antwerp: Port) -> None:
    north, liege = port(NORTH_SEA), port(LIEGE)
    feed = antwerp.release().feed.feed
    north.pull(antwerp, feed)
    for _ in range(3):
        antwerp.release()
    batch = antwerp.serve(north, feed, 2, most=1)
    assert batch is not None
    north.accept(batch)
    served = north.serve(liege, feed, 0)
    assert served is not None
    assert served.end == 2
    assert isinstance(liege.accept(served, north), Accepted)


def test_every_range_verifies_at_the_receiver(antwerp: Port) -> None:
    for _ in range(20):
        feed = antwerp.release().feed.feed
    for step in (1, 2, 3, 7, 21):
        north = port(NORTH_SEA)
        for first in range(0, 21, step):
            batch = antwerp.serve(north, feed, first, end=min(first + step, 21))
            assert batch is not None
            assert isinstance(north.accept(batch), Accepted)
        assert north.digest(feed) == antwerp.digest(feed)


def test_a_batch_has_at_most_a_mebibyte(antwerp: Port) -> None:
    for _ in range(8):
        feed = antwerp.release(
            explanation=["x" * 400] * 10, detector="a_b", detector_version="1", description="y" * 4000
        ).feed.feed
    import node.commands.serve as module

    north = port(NORTH_SEA)
    whole = antwerp.serve(north, feed, 0)
    assert whole is not None
    assert sum(len(e.content or b"") for e in whole.entries) < BATCH_BYTES_MAX
    module.BATCH_BYTES_MAX, kept = 20_000, module.BATCH_BYTES_MAX  # type: ignore[attr-defined]
    try:
        part = antwerp.serve(north, feed, 0)
    finally:
        module.BATCH_BYTES_MAX = kept  # type: ignore[attr-defined]
    assert part is not None
    assert len(part.entries) == 3


def test_what_a_peer_said_it_holds_is_on_record_until_it_is_void(antwerp: Port) -> None:
    out, other = antwerp.release(), antwerp.release(SCHELDT)
    first, second = out.feed, antwerp.store.read(lambda r: feeds.find(r, other.feed.feed))
    assert second is not None

    def record() -> list[int]:
        return [
            antwerp.store.read(lambda r, n=n: serve.on_record(r, NORTH_SEA, n))  # type: ignore[misc]
            for n in (first.number, second.number)
        ]

    assert record() == [0, 0]
    antwerp.store.write(
        lambda tx: serve.learn(tx, NORTH_SEA, [(first.number, first.size, first.root)])
    ).result()
    assert record() == [2, 0]
    assert antwerp.store.read(lambda r: serve.lagging(r, NORTH_SEA)) == [(second.feed, 0)]
    antwerp.store.write(lambda tx: serve.learn(tx, NORTH_SEA, [], gone=[first.number])).result()
    assert record() == [0, 0]


def test_a_closed_feed_goes_on_as_its_next_epoch(antwerp: Port) -> None:
    from node.commands.append import append
    from protocol.entry import build_close
    from protocol.label import parse

    north = port(NORTH_SEA)
    first = antwerp.release()
    register = antwerp.ctx.register
    close = build_close(issued_ms=antwerp.ctx.now(), register=register.version)
    closed = antwerp.store.write(lambda tx: append(tx, antwerp.ctx, parse(AMBER), [close], register)).result()
    assert closed.feed.state is FeedState.CLOSED
    second = antwerp.release(record=first.record, version=2)
    assert (second.feed.epoch, second.index, second.feed.lineage) == (2, 1, first.feed.lineage)
    for feed in (first.feed.feed, second.feed.feed):
        assert isinstance(north.pull(antwerp, feed), Accepted)
    standings = north.store.read(
        lambda r: r.all("SELECT standing FROM entry WHERE record = ? ORDER BY version", first.record)
    )
    assert standings == [(2,), (1,)]
