"""What a receiver takes of one origin has an end: feeds, how long they are kept, and what is written of what it does not take."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
import registers
from google.protobuf.message import Message
from ports import AMBER, ANTWERP, LIEGE, NORTH_SEA, RETENTION, SCHELDT, Port, port
from record_examples import example
from simulator import World
from structlog.testing import capture_logs
from virtual_time import run

from node.commands.accept import accept_batch
from node.commands.audit import Act
from node.commands.context import Settings
from node.commands.judge import RETAIN_MAX_MS
from node.commands.outcome import Accepted, Refusal
from node.commands.publish import Released, Version, publish
from node.store import entries, feeds
from protocol.errors import Code
from protocol.fields import DAY_MS
from protocol.ids import FeedId, NodeId, UnixMs, new_record_id
from protocol.label import parse
from protocol.record import content_type, serialise
from protocol.v1 import federation_pb2 as pb

GREEN = "BE:NONE//TLP:GREEN//AUD ports-be"


def kept_for(origin: Port, kind: str, ms: int, expires_ms: int = DAY_MS) -> Released:
    now = origin.ctx.now()
    one = Version(
        record=new_record_id(now, origin.ctx.random),
        version=1,
        content_type=content_type(kind),
        content=serialise(example(kind)),
        expires_ms=UnixMs(now + expires_ms),
        retain_until_ms=UnixMs(now + ms),
    )
    return origin.store.write(
        lambda tx: publish(tx, origin.ctx, parse(AMBER), one, origin.ctx.register, act=Act(act="release"))
    ).result()


def test_a_second_live_feed_of_one_origin_label_and_epoch_is_refused() -> None:
    antwerp, liege, again = port(ANTWERP), port(LIEGE), port(LIEGE, seed=2)
    first, second = liege.release(), again.release()
    assert first.feed.feed != second.feed.feed
    assert isinstance(antwerp.pull(liege, first.feed.feed), Accepted)
    refused = antwerp.pull(again, second.feed.feed)
    assert isinstance(refused, Refusal)
    assert (refused.code, refused.refuses_feed) == (Code.FORKED, True)
    more = liege.release()
    assert isinstance(antwerp.pull(liege, more.feed.feed), Accepted)


def test_an_origin_has_no_more_feeds_open_here_than_the_register_allows() -> None:
    antwerp, liege = port(ANTWERP, register=registers.register(max_open_feeds=2)), port(LIEGE)
    feeds = [liege.release(label).feed.feed for label in (AMBER, GREEN, f"{AMBER}//PURPOSE port-security")]
    outcomes = [antwerp.pull(liege, feed) for feed in feeds]
    assert [isinstance(one, Accepted) for one in outcomes] == [True, True, False]
    assert isinstance(outcomes[2], Refusal)
    assert outcomes[2].code is Code.ABOVE_ACCREDITATION
    other = port(ANTWERP, seed=3)
    assert isinstance(antwerp.pull(liege, feeds[0]), Accepted | None)
    assert isinstance(other.pull(liege, feeds[2]), Accepted)


@pytest.mark.parametrize(
    ("kind", "most"),
    [("alert", 365 * DAY_MS), ("notice", RETAIN_MAX_MS), ("best_practice", RETAIN_MAX_MS)],
    ids=["the register's ceiling", "no ceiling", "no ceiling either"],
)
def test_what_asks_to_be_kept_longer_than_the_register_allows_is_kept_aside(kind: str, most: int) -> None:
    antwerp, liege = port(ANTWERP), port(LIEGE)
    good, bad = kept_for(liege, kind, most), kept_for(liege, kind, most + 2 * DAY_MS)
    outcome = antwerp.pull(liege, good.feed.feed)
    assert isinstance(outcome, Accepted)
    assert [(a.index, a.reason, a.field) for a in outcome.aside] == [(bad.index, 2, "header.retain_until_ms")]
    row = antwerp.store.read(lambda r: entries.get(r, 1, bad.index))
    assert row is not None
    assert row.content is None


def test_what_is_kept_aside_is_audited_each_time_it_has_doubled() -> None:
    antwerp, liege = port(ANTWERP), port(LIEGE)
    for _ in range(20):
        bad = kept_for(liege, "alert", 40 * 365 * DAY_MS)
        antwerp.pull(liege, bad.feed.feed)
    assert [act.act for act in antwerp.audits()].count("quarantine") == 5


def test_reused_record_ids_are_audited_each_time_they_have_doubled() -> None:
    antwerp, liege = port(ANTWERP), port(LIEGE)
    for _ in range(20):
        one = liege.release(AMBER)
        antwerp.pull(liege, one.feed.feed)
        antwerp.pull(liege, liege.release(SCHELDT.replace("ports-scheldt", "ports-be").replace("AMBER", "GREEN"), record=one.record).feed.feed)  # fmt: skip
    assert [act.act for act in antwerp.audits()].count("record_id_reused") == 5


def braking(path: Path | None = None, *, entries: int = 2, octets: int = 1 << 30) -> Port:
    budget = Settings(retention=RETENTION, origin_entries_per_day=entries, origin_bytes_per_day=octets)
    return port(ANTWERP, path=path, settings=budget)


def offered(origin: Port, to: Port, feed: FeedId, *, live: bool = False) -> int | Code:
    """The next ten entries offered: how many are held then, or why they are not taken."""
    held = to.store.read(lambda reader: feeds.find(reader, feed))
    batch = origin.serve(to, feed, held.size if held else 0, most=10)
    assert batch is not None
    outcome = to.store.write(lambda tx: accept_batch(tx, to.ctx, origin.name, batch, live=live)).result()
    return outcome.size if isinstance(outcome, Accepted) else outcome.code


def many(origin: Port, count: int = 120) -> FeedId:
    return [origin.release().feed.feed for _ in range(count)][-1]


def test_a_month_s_budget_may_come_at_once_and_then_a_day_s_worth_a_day() -> None:
    antwerp, liege, ghent = braking(), port(LIEGE), port(NORTH_SEA)
    feed, other = many(liege), many(ghent, 5)
    assert [offered(liege, antwerp, feed) for _ in range(6)] == [10, 20, 30, 40, 50, 60]
    assert offered(liege, antwerp, feed) is Code.BRAKED
    assert offered(ghent, antwerp, other) == 6, "another origin is not braked"
    assert offered(liege, antwerp, feed, live=True) == 70, "what is live has a reserve"
    assert offered(liege, antwerp, feed, live=True) is Code.BRAKED
    assert antwerp.audits() == []
    antwerp.clock.at += 6 * DAY_MS
    assert offered(liege, antwerp, feed) is Code.BRAKED, (
        "29 days' worth: it has to fall below, so that a day's worth can come"
    )
    antwerp.clock.at += DAY_MS
    assert offered(liege, antwerp, feed) == 80
    assert offered(liege, antwerp, feed) is Code.BRAKED


def test_bytes_count_too_and_what_came_before_does_not_count_again() -> None:
    antwerp, liege = braking(entries=1_000_000, octets=1), port(LIEGE)
    feed = many(liege, 20)
    assert offered(liege, antwerp, feed) == 10
    assert offered(liege, antwerp, feed) is Code.BRAKED
    free = braking(entries=1)
    batch = liege.serve(free, feed, 0, most=10)
    assert batch is not None
    assert [free.accept(batch, liege) for _ in range(9)]
    assert [offered(liege, free, feed) for _ in range(1)] == [20]


def test_the_count_outlives_a_restart_and_a_larger_budget_lets_go_at_once(tmp_path: Path) -> None:
    liege, path = port(LIEGE), tmp_path / "node.db"
    feed = many(liege)
    before = braking(path)
    assert [offered(liege, before, feed) for _ in range(7)][-1] is Code.BRAKED
    before.store.close()
    again = braking(path)
    assert offered(liege, again, feed) is Code.BRAKED
    again.store.close()
    assert offered(liege, braking(path, entries=3), feed) == 70


def test_a_clock_that_goes_back_frees_nothing() -> None:
    antwerp, liege = braking(), port(LIEGE)
    feed = many(liege)
    assert [offered(liege, antwerp, feed) for _ in range(7)][-1] is Code.BRAKED
    antwerp.clock.at -= 40 * DAY_MS
    assert offered(liege, antwerp, feed) is Code.BRAKED
    antwerp.clock.at += 40 * DAY_MS
    assert offered(liege, antwerp, feed) is Code.BRAKED


def test_what_is_its_own_is_not_counted() -> None:
    antwerp = braking(entries=1)
    many(antwerp, 50)
    assert antwerp.store.read(lambda reader: reader.all("SELECT * FROM budget")) == []


def test_a_braked_origin_is_on_the_board_costs_little_and_catches_up_day_by_day() -> None:
    async def story() -> None:
        world = World(5, (LIEGE, ANTWERP))
        liege, antwerp = world.nodes[LIEGE], world.nodes[ANTWERP]
        small = replace(liege.port.ctx.settings, origin_entries_per_day=15)
        object.__setattr__(liege.port.ctx, "settings", small)
        world.cut(LIEGE, ANTWERP)
        world.bulk = 20
        released = [antwerp.release() for _ in range(500)]
        feed = released[0].feed.feed
        carried = 0

        def look(_source: NodeId, target: NodeId, kind: type[Message], raw: bytes) -> bytes:
            nonlocal carried
            message = kind.FromString(raw)
            batch = message if isinstance(message, pb.Batch) else getattr(message, "batch", None)
            carried += len(batch.entries) if isinstance(batch, pb.Batch) and target == LIEGE else 0
            return raw

        world.tamper = look
        world.heal()
        await asyncio.sleep(3_600)
        held = liege.desk.size(feed)
        assert 450 <= held < 490
        assert "has brought what it may" in liege.exchange.board.of(ANTWERP).refused
        before = carried
        await asyncio.sleep(3_600)
        assert carried - before < 7 * 40, "what is refused does not travel whole each time"
        await asyncio.sleep(6 * DAY_MS / 1000)
        assert liege.desk.size(feed) == released[-1].index + 1
        assert liege.exchange.board.of(ANTWERP).refused == ""

    with capture_logs() as lines:
        run(story())
    said = [line["event"] for line in lines]
    braked = said.count("an origin brings more than this node takes of one")
    assert braked == said.count("what an origin brings is taken again")
    assert 0 < braked <= 4, "once each time"
