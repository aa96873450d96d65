"""Feeds that a node may not hold any more: purged, confirmed, asked about, and taken again."""

from __future__ import annotations

import pytest
from erasing import control_feed, erase, keep_up, tell, unconfirmed_purges
from ports import ANTWERP, LIEGE, LIMBURG, NORTH_SEA, Port, port
from shared_feed import Shared, hold

from node.commands import control, cut, purge
from node.commands.outcome import Accepted, Refusal
from node.commands.publish import Released
from node.commands.receipt import take
from node.store import confirmations, feeds, holds
from node.store.feeds import FeedState
from protocol.control import (
    Fate,
    build_destroyed,
    build_withdraw,
)
from protocol.errors import Code
from protocol.ids import FeedId

# ---- Purges -------------------------------------------------------------------------------------------------------------


def rows_of(at: Port, one: Released) -> int:
    feed = at.store.read(lambda r: feeds.find(r, one.feed.feed))
    assert feed is not None
    return len(at.store.read(lambda r: r.all("SELECT 1 FROM entry WHERE feed = ?", feed.number)))


def test_a_feed_that_was_lost_is_hidden_at_once_destroyed_in_steps_and_its_origin_is_told() -> None:
    both = Shared()
    for _ in range(20):
        both.antwerp.release()
    both.pull()
    both.without_north()
    numbers = both.north.store.read(lambda r: purge.lost(r, both.north.ctx))
    assert both.north.store.write(lambda tx: purge.begin(tx, both.north.ctx, numbers)).result() == 1
    feed = both.north.store.read(lambda r: feeds.find(r, both.one.feed.feed))
    assert feed is not None
    assert (feed.state, feed.size) == (FeedState.PURGED, 0)
    limburg = port(LIMBURG, register=both.now)
    assert both.north.serve(limburg, both.one.feed.feed, 0) is None
    step = both.north.store.write(lambda tx: purge.step(tx, both.north.ctx, most=5)).result()
    assert (step.entries, step.left, rows_of(both.north, both.one)) == (5, True, 17)
    keep_up(both.north)
    assert rows_of(both.north, both.one) == 0
    erase(both.antwerp, both.one)
    tell(both.north, both.antwerp)
    assert both.confirmations()[NORTH_SEA] is Fate.DESTROYED


def test_that_all_of_a_feed_is_destroyed_counts_for_no_erasure_that_comes_later() -> None:
    both = Shared()
    both.without_north()
    keep_up(both.north)
    tell(both.north, both.antwerp)
    erase(both.antwerp, both.one)
    assert NORTH_SEA not in both.confirmations()  # it holds nothing, and may not
    both.with_north()
    assert both.confirmations()[NORTH_SEA] is None


@pytest.mark.parametrize("looked", [False, True], ids=["at once", "after a look at the register"])
def test_who_takes_a_feed_again_has_not_destroyed_it_whatever_he_said_before(looked: bool) -> None:
    both = Shared()
    both.without_north()
    erase(both.antwerp, both.one)
    keep_up(both.north)
    tell(both.north, both.antwerp)  # before it was asked
    assert both.confirmations()[NORTH_SEA] is Fate.DESTROYED
    both.with_north()
    if looked:
        keep_up(both.antwerp)
        assert both.antwerp.store.read(confirmations.whole) == []
    assert both.confirmations()[NORTH_SEA] is None
    both.pull()
    receipt = both.north.receipt(both.one.feed.feed)
    assert receipt is not None
    both.antwerp.store.write(lambda tx: take(tx, both.antwerp.ctx, NORTH_SEA, receipt)).result()
    assert both.antwerp.store.read(confirmations.whole) == []
    both.without_north()
    assert both.confirmations()[NORTH_SEA] is None


def test_of_two_words_of_one_node_the_later_counts_also_of_one_moment() -> None:
    both = Shared()
    erase(both.antwerp, both.one)
    both.without_north()
    feed, at, by = both.one.feed.feed, both.north.ctx.now(), both.now.version
    of_record = build_destroyed(
        feed=feed, record=both.one.record, version=1, fate=Fate.HELD, issued_ms=at, register=by
    )
    of_all = build_destroyed(feed=feed, fate=Fate.DESTROYED, issued_ms=at, register=by)
    for word, fate in ((of_record, Fate.HELD), (of_all, Fate.DESTROYED), (of_record, Fate.HELD)):
        run = [word]
        both.north.store.write(lambda tx, run=run: control.say(tx, both.north.ctx, ANTWERP, run)).result()  # type: ignore[misc]
        tell(both.north, both.antwerp)
        assert both.confirmations()[NORTH_SEA] is fate


# ---- Who asks -----------------------------------------------------------------------------------------------------------


def ask(by: Port, to: Port, *about: FeedId) -> None:
    run = [build_withdraw(feed=one, issued_ms=1, register=3) for one in about]
    by.store.write(lambda tx: control.say(tx, by.ctx, to.name, run)).result()
    tell(by, to)
    keep_up(to)


def test_who_asks_about_a_feed_that_is_not_his_learns_nothing_of_what_is_held() -> None:
    both = Shared()
    liege = port(LIEGE, register=both.now)
    ask(liege, both.north, both.one.feed.feed, FeedId(bytes(range(32))), *[FeedId(bytes(32))] * 60)
    assert control_feed(both.north, LIEGE) is None


def test_a_purge_is_confirmed_again_once_however_often_its_origin_asks() -> None:
    both = Shared()
    both.without_north()
    keep_up(both.north)
    for _ in range(3):
        ask(both.antwerp, both.north, *[both.one.feed.feed] * 20)
    said = control_feed(both.north, ANTWERP)
    assert said is not None
    assert said.size == 3


def test_nothing_is_said_to_be_destroyed_while_another_history_of_it_is_here_as_void() -> None:
    both = Shared()
    feed = both.one.feed.feed
    row = both.north.store.read(lambda r: feeds.find(r, feed))
    assert row is not None
    both.north.store.write(lambda tx: cut.set_aside(tx, both.north.ctx, row)).result()
    ask(both.antwerp, both.north, feed)
    assert control_feed(both.north, ANTWERP) is None
    both.pull()
    again = both.north.store.read(lambda r: feeds.find(r, feed))
    assert again is not None
    both.without_north()
    both.north.store.write(lambda tx: purge.begin(tx, both.north.ctx, [again.number])).result()
    both.north.store.write(lambda tx: purge.step(tx, both.north.ctx)).result()
    both.north.store.write(lambda tx: purge.confirm(tx, both.north.ctx)).result()
    assert control_feed(both.north, ANTWERP) is None  # of the void history all is still here
    keep_up(both.north)
    left = "SELECT 1 FROM entry e JOIN feed f ON f.number = e.feed WHERE f.origin = ? AND f.role = 0"
    assert both.north.store.read(lambda r: r.all(left, ANTWERP)) == []
    said = control_feed(both.north, ANTWERP)
    assert said is not None
    assert said.size == 2  # of the feed alone: the other's id is no feed's


def test_what_is_entitled_again_is_fetched_anew_and_only_then() -> None:
    both = Shared()
    both.without_north()
    keep_up(both.north)
    refused = both.antwerp.serve(both.north, both.one.feed.feed, 0)
    assert refused is None
    both.with_north()
    both.pull()
    assert both.has_content()
    feed = both.north.store.read(lambda r: feeds.find(r, both.one.feed.feed))
    assert feed is not None
    assert (feed.state, feed.size) == (FeedState.OPEN, 2)
    assert both.north.store.read(lambda r: purge.lost(r, both.north.ctx)) == []


def test_nothing_is_taken_in_while_what_was_there_is_still_being_destroyed() -> None:
    both = Shared()
    both.without_north()
    numbers = both.north.store.read(lambda r: purge.lost(r, both.north.ctx))
    both.north.store.write(lambda tx: purge.begin(tx, both.north.ctx, numbers)).result()
    both.with_north()
    batch = both.antwerp.serve(both.north, both.one.feed.feed, 0)
    assert batch is not None
    refused = both.north.accept(batch)
    assert isinstance(refused, Refusal)
    assert refused.code is Code.NO_SPACE
    keep_up(both.north)
    assert isinstance(both.north.accept(batch), Accepted)


def test_a_request_to_purge_destroys_nothing_that_the_own_register_allows() -> None:
    both = Shared()
    asked = [build_withdraw(feed=both.one.feed.feed, issued_ms=1, register=3)]
    both.antwerp.store.write(lambda tx: control.say(tx, both.antwerp.ctx, NORTH_SEA, asked)).result()
    tell(both.antwerp, both.north)
    keep_up(both.north)
    assert both.has_content()
    assert control_feed(both.north, ANTWERP) is None


def test_the_origin_asks_once_who_lost_a_feed_and_lists_who_has_not_confirmed() -> None:
    both = Shared()
    receipt = both.north.receipt(both.one.feed.feed)
    assert receipt is not None
    both.antwerp.store.write(lambda tx: take(tx, both.antwerp.ctx, NORTH_SEA, receipt)).result()
    both.without_north()
    keep_up(both.antwerp, both.antwerp)
    said = control_feed(both.antwerp, NORTH_SEA)
    assert said is not None
    assert said.size == 2
    assert unconfirmed_purges(both.antwerp) == [(NORTH_SEA, both.one.feed.feed)]
    keep_up(both.north)
    tell(both.north, both.antwerp)
    assert unconfirmed_purges(both.antwerp) == []
    both.with_north()
    keep_up(both.antwerp)
    assert both.antwerp.store.read(lambda r: r.all("SELECT * FROM asked")) == []


def test_a_hold_keeps_its_record_of_a_purged_feed_and_the_origin_is_told_so() -> None:
    both = Shared()
    both.antwerp.release()
    both.pull()
    hold(both.north, both.one)
    both.without_north()
    erase(both.antwerp, both.one)
    for rows, fate in ((1, Fate.HELD), (0, Fate.DESTROYED)):
        keep_up(both.north)
        assert rows_of(both.north, both.one) == rows
        tell(both.north, both.antwerp)
        assert both.confirmations()[NORTH_SEA] is fate
        both.north.store.write(
            lambda tx: holds.drop(tx, both.one.feed.lineage, both.one.record, "PV 1")
        ).result()
