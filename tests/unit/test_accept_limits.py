"""What a receiver takes of one origin has an end: feeds, how long they are kept, and what is written of what it does not take."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
import registers
from google.protobuf.message import Message
from ports import AMBER, ANTWERP, LIEGE, NORTH_SEA, RETENTION, SCHELDT, Port, port
from record_examples import NOW, example
from simulator import World
from structlog.testing import capture_logs
from virtual_time import run

from federation.desk import PUSH_LAG
from node.commands import feed_room
from node.commands.accept import accept_batch
from node.commands.audit import Act
from node.commands.batch import Batch
from node.commands.context import Settings
from node.commands.feed_room import CONTROL_OPEN_MAX
from node.commands.judge import RETAIN_MAX_MS
from node.commands.outcome import Accepted, Aside, Refusal
from node.commands.overtake import Overtaken
from node.commands.publish import Released, Version, publish
from node.store import budgets, entries, feeds
from node.store.budgets import Brought
from node.store.errors import StoreFull
from node.store.feeds import FeedState
from node.store.unit import Tx
from protocol.checkpoint import sign
from protocol.entry import Entry, build_open
from protocol.errors import Code
from protocol.fields import DAY_MS
from protocol.ids import FeedId, NodeId, UnixMs, feed_id, new_record_id
from protocol.label import control_label, parse
from protocol.merkle import CompactRange
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


@pytest.mark.parametrize("ahead", [False, True], ids=["in its turn", "ahead"])
@pytest.mark.parametrize("expires_ms", [7 * DAY_MS + 1, -NOW], ids=["after a week", "never"])
def test_an_alert_that_lapses_too_late_is_kept_aside(expires_ms: int, ahead: bool) -> None:
    antwerp, liege = port(ANTWERP), port(LIEGE)
    good = kept_for(liege, "alert", 30 * DAY_MS, 7 * DAY_MS)
    outcome = antwerp.pull(liege, good.feed.feed)
    assert isinstance(outcome, Accepted)
    assert outcome.aside == ()
    bad = kept_for(liege, "alert", 30 * DAY_MS, expires_ms)
    aside = Aside(bad.index, 2, "header.expires_ms")
    if ahead:
        one = liege.go_ahead(bad.feed.feed, bad.index, bad.index)
        assert one is not None
        said = antwerp.overtake(one, liege)
        assert isinstance(said, Overtaken)
        assert said.aside == aside
    outcome = antwerp.pull(liege, bad.feed.feed)
    assert isinstance(outcome, Accepted)
    assert outcome.aside == (aside,)
    row = antwerp.store.read(lambda r: entries.get(r, 1, bad.index))
    assert row is not None
    assert row.standing == entries.Standing.QUARANTINED


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


def weight(port: Port) -> tuple[float, float]:
    """Entries and bytes of Liège that a port has counted."""
    brought, _ = port.ctx.brought[LIEGE]
    return brought.entries, brought.bytes


def test_what_overlaps_what_is_held_is_counted_once_whoever_sends_it() -> None:
    antwerp, liege = port(ANTWERP), port(LIEGE)
    feed = many(liege, 20)
    for most in (10, 11, 12):
        batch = liege.serve(antwerp, feed, 0, most=most)
        assert batch is not None
        assert isinstance(antwerp.accept(batch, NORTH_SEA), Accepted)
    assert batch is not None
    assert batch.end == 12
    assert weight(antwerp) == (12, sum(len(one.header) + len(one.content or b"") for one in batch.entries))


def test_a_content_that_was_missing_counts_when_it_comes_and_not_again() -> None:
    antwerp, liege = port(ANTWERP), port(LIEGE)
    feed = many(liege, 9)
    whole = liege.serve(antwerp, feed, 0, most=10)
    assert whole is not None
    bare = Entry(whole.entries[5].header)
    lacking = replace(whole, entries=(*whole.entries[:5], bare, *whole.entries[6:]))
    for batch in (lacking, lacking, whole, whole):
        assert isinstance(antwerp.accept(batch, NORTH_SEA), Accepted)
    assert weight(antwerp) == (10, sum(len(one.header) + len(one.content or b"") for one in whole.entries))


def test_what_is_rolled_back_is_not_counted_and_writes_no_brake() -> None:
    antwerp, liege = braking(), port(LIEGE)
    feed = many(liege)
    assert [offered(liege, antwerp, feed) for _ in range(5)][-1] == 50

    def failing(tx: Tx) -> None:
        for first in (50, 60):
            batch = liege.serve(antwerp, feed, first, most=10)
            assert batch is not None
            accept_batch(tx, antwerp.ctx, LIEGE, batch)
        raise StoreFull("the disk is full")

    before = antwerp.ctx.brought[LIEGE]
    for _ in range(3):
        with pytest.raises(StoreFull):
            antwerp.store.write(failing).result()
    assert antwerp.ctx.brought[LIEGE] == before
    assert antwerp.store.read(lambda reader: budgets.of(reader, LIEGE)) == before[1]
    assert [offered(liege, antwerp, feed) for _ in range(2)] == [60, Code.BRAKED]
    assert antwerp.store.read(lambda reader: budgets.of(reader, LIEGE)).braked


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
        held = liege.port.store.read(  # in their turn, and the few that went ahead of it
            lambda r: r.one(
                "SELECT count(*) FROM entry WHERE feed = (SELECT number FROM feed WHERE feed = ?)", feed
            )
        )
        assert held is not None
        assert liege.desk.size(feed) < held[0]
        assert 450 <= held[0] < 490
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


TAKEN_AGAIN = "what an origin brings is taken again"


def test_what_is_pushed_live_does_not_end_a_brake_nor_does_a_new_connection() -> None:
    async def story() -> None:
        world = World(5, (LIEGE, ANTWERP))
        liege, antwerp = world.nodes[LIEGE], world.nodes[ANTWERP]
        live = antwerp.release(GREEN).feed.feed
        await asyncio.sleep(60)
        world.cut(LIEGE, ANTWERP)
        waiting = [antwerp.release() for _ in range(PUSH_LAG + 10)][-1]
        object.__setattr__(
            liege.port.ctx, "settings", replace(liege.port.ctx.settings, origin_entries_per_day=1_000)
        )
        full = Brought(entries=30_000 + 50, at_ms=liege.port.ctx.now(), braked=True)
        liege.port.ctx.brought[ANTWERP] = full, full
        world.heal()
        await asyncio.sleep(60)
        shown: list[str] = []
        liege.exchange.board.listen(lambda status: shown.append(status.refused))
        for minute in range(60):
            await asyncio.sleep(60)
            pushed = antwerp.release(GREEN)
            await asyncio.sleep(1)
            assert liege.desk.size(live) == pushed.index + 1
            if minute == 30:
                world.drop(LIEGE, ANTWERP)
                await asyncio.sleep(10)
                assert liege.exchange.board.of(ANTWERP).connected
        assert all(
            "has brought what it may" in words for words in [*shown, liege.exchange.board.of(ANTWERP).refused]
        )
        assert liege.desk.size(waiting.feed.feed) == 0
        assert TAKEN_AGAIN not in [line["event"] for line in lines]
        await asyncio.sleep(2 * DAY_MS / 1000)
        assert liege.desk.size(waiting.feed.feed) == waiting.index + 1
        assert liege.exchange.board.of(ANTWERP).refused == ""

    with capture_logs() as lines:
        run(story())
    assert [line["event"] for line in lines].count(TAKEN_AGAIN) == 1


def opened(origin: Port, label: str, epoch: int = 1) -> Batch:
    """What a stranger's program could send: a feed of this label of which nothing is known but its opening."""
    salt, register, now = origin.ctx.random(16), origin.ctx.register.version, origin.ctx.now()
    run = [
        build_open(
            origin=origin.name,
            epoch=epoch,
            salt=salt,
            label=label,
            register=register,
            issued_ms=now,
            previous=FeedId(bytes(32)) if epoch > 1 else None,
        )
    ]
    feed = feed_id(origin.name, epoch, salt, label)
    root = CompactRange().extend(entry.leaf for entry in run)[0].root()
    keys = origin.ctx.keys
    signed = sign(
        origin=origin.name, feed=feed, size=1, root=root, public=keys.log_public, sign=keys.sign_log
    )
    return Batch(feed, 0, tuple(run), signed, ())


def test_what_an_origin_says_to_one_reader_stands_in_one_feed_and_few_epochs_of_it() -> None:
    antwerp, liege = port(ANTWERP), port(LIEGE)
    label = control_label(liege.ctx.register.policy, ANTWERP).text
    assert isinstance(antwerp.accept(opened(liege, label), liege), Accepted)
    twin = antwerp.accept(opened(liege, label), liege)
    assert isinstance(twin, Refusal)
    assert twin.code is Code.FORKED
    outcomes = [antwerp.accept(opened(liege, label, epoch), liege) for epoch in range(2, 12)]
    taken = [isinstance(one, Accepted) for one in outcomes]
    assert taken == [True] * (CONTROL_OPEN_MAX - 1) + [False] * 3


def test_closed_feeds_of_an_origin_count_in_what_is_held_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_room, "HELD_FOR_EACH_OPEN", 2)
    antwerp, liege = port(ANTWERP, register=registers.register(max_open_feeds=2)), port(LIEGE)
    outcomes = []
    for epoch in range(1, 6):
        outcome = antwerp.accept(opened(liege, AMBER, epoch), liege)
        antwerp.store.write(lambda tx: tx.run("UPDATE feed SET state = ?", FeedState.CLOSED)).result()
        outcomes.append(outcome)
    assert [isinstance(one, Accepted) for one in outcomes] == [True] * 4 + [False]
    control = opened(liege, control_label(liege.ctx.register.policy, ANTWERP).text)
    refused = antwerp.accept(control, liege)
    assert isinstance(refused, Refusal)
    assert (refused.code, refused.refuses_feed) == (Code.ABOVE_ACCREDITATION, True)
