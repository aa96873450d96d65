"""Lists over many feeds: the same rows as sorting all would give, and a cost that follows what is new and not how many there are."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Collection, Iterator
from functools import partial

import feed_rows
import pytest
from inline_store import InlineStore
from statements import Asked, statements

from node.store import lists
from node.store.entries import INDEX_BITS, Listing
from node.store.unit import Reader, Tx


def world(feeds: int, arrivals: Iterator[tuple[int, int]]) -> InlineStore:
    """Feeds with entries at these (feed, arrival), each entry in some list or in none; a feed may have changed since."""
    store, draw = InlineStore(), random.Random(feeds)
    found: dict[int, list[int]] = {number: [] for number in range(1, feeds + 1)}
    for number, arrival in arrivals:
        found[number].append(arrival)

    def fill(tx: Tx) -> None:
        for number, came in found.items():
            newest = max(came, default=0)
            feed_rows.feed(tx, number, "", newest=newest)
            for at, arrival in enumerate(came):
                key = number << INDEX_BITS | at
                shown = draw.choice([0, 1, 1, 2, 3])
                record = draw.randbytes(16)
                feed_rows.entry(tx, key, number, arrival=arrival, shown=shown, record=record)

    store.write(fill).result()
    return store


def anyhow(seed: int) -> tuple[InlineStore, list[int]]:
    """A small world, and some of its feeds."""
    draw = random.Random(seed)
    feeds = draw.randrange(1, 40)
    lively = [draw.randrange(1, feeds + 1) for _ in range(draw.randrange(1, 6))]
    some = (
        (draw.choice([*lively, draw.randrange(1, feeds + 1)]), n) for n in range(1, draw.randrange(2, 120))
    )
    return world(feeds, some), draw.sample(range(1, feeds + 1), draw.randrange(0, feeds + 1))


def sorted_all(reader: Reader, feeds: Collection[int], limit: int, before: int | None) -> list[int]:
    rows = reader.all("SELECT arrival, feed FROM entry WHERE shown > 0 ORDER BY arrival DESC")
    return [a for a, feed in rows if feed in feeds and (before is None or a < before)][:limit]


def the_same(seed: int) -> None:
    store, feeds = anyhow(seed)
    for before, limit in itertools.product((None, 30), (1, 7, 50)):
        found = store.read(partial(lists.newest, feeds=feeds, limit=limit, before=before))
        assert [one.arrival for one in found] == store.read(
            partial(sorted_all, feeds=feeds, limit=limit, before=before)
        )
    store.close()


def all_the_same() -> None:
    for seed in range(60):
        the_same(seed)


@pytest.fixture(name="_small")
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a small world has several."""
    monkeypatch.setattr(lists, "_FEEDS_AT_ONCE", 3)
    monkeypatch.setattr(lists, "_ROWS_AT_ONCE", 5)


@pytest.mark.usefixtures("_small")
def test_a_list_is_what_sorting_all_would_give() -> None:
    all_the_same()


@pytest.mark.usefixtures("_small")
def test_a_list_that_stops_too_early_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    parts = lists._latest_first
    monkeypatch.setattr(lists, "_latest_first", lambda r, f: ((some, 0) for some, _ in parts(r, f)))
    with pytest.raises(AssertionError):
        all_the_same()


# ---- what is asked ----------------------------------------------------------------------------------------------------------


def looked_into(asked: list[Asked]) -> int:
    """How many feeds a list looked into."""
    return sum(len(json.loads(str(values[1]))) for sql, values in asked if sql == lists._TOPS)


@pytest.mark.parametrize("feeds", [100, 700])
def test_the_newest_page_looks_into_the_feeds_that_were_alive_last(feeds: int) -> None:
    store = world(feeds, ((1 + n % feeds, n + 1) for n in range(2 * feeds)))
    with statements() as asked:
        store.read(lambda r: lists.newest(r, range(1, feeds + 1), limit=20))
    assert looked_into(asked) == lists._FEEDS_AT_ONCE


def test_looking_into_all_of_them_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "_FEEDS_AT_ONCE", 1_000)
    store = world(700, ((1 + n % 700, n + 1) for n in range(700)))
    with statements() as asked:
        store.read(lambda r: lists.newest(r, range(1, 701), limit=20))
    assert looked_into(asked) == 700


def test_what_changed_is_looked_for_where_something_did() -> None:
    store = world(300, ((1 + n % 300, n + 1) for n in range(600)))
    with statements() as asked:
        found = store.read(lambda r: lists.changed(r, range(1, 299), 597, limit=10))
    assert [arrival for arrival, _, _ in found] == [598]
    assert json.loads(str(asked[-1][1][0])) == [298]


def test_the_order_of_feeds_is_read_from_an_index_alone() -> None:
    store = world(3, iter([(1, 1)]))
    (plan,) = store.read(lambda r: r.all("EXPLAIN QUERY PLAN " + lists._LATEST, 9, 9, 9))
    assert "COVERING INDEX feed_newest" in plan[3]
    assert Listing.EVENTS in lists.ALL
