"""Erasures at their holders: hidden, cooled, destroyed, held, braked, and what their origin is told of it."""

from __future__ import annotations

import registers
from erasing import COOLING, HOUR, control_feed, erase, keep_up, later, tell
from ports import AMBER, ANTWERP, LIEGE, LIMBURG, NORTH_SEA, port
from shared_feed import ERASER, Shared, hold

from node.commands import burst, control
from node.commands.append import append
from node.commands.outcome import Accepted
from node.store import entries, holds
from protocol.control import (
    Fate,
    build_destroyed,
    erase_text,
)
from protocol.entry import build_retract
from protocol.ids import NodeId
from protocol.label import parse
from protocol.operation import Target

# ---- Erasures -----------------------------------------------------------------------------------------------------------


def test_content_cools_by_the_holders_own_clock_and_its_origin_hears_of_the_end() -> None:
    both = Shared()
    erase(both.antwerp, both.one)
    later(5 * HOUR, both.north)
    both.pull()
    later(COOLING - 1, both.north)
    keep_up(both.north)
    assert both.has_content()
    assert control_feed(both.north, ANTWERP) is None
    later(1, both.north)
    keep_up(both.north)
    assert not both.has_content()
    tell(both.north, both.antwerp)
    assert both.confirmations()[NORTH_SEA] is Fate.DESTROYED
    assert {node for node, fate in both.confirmations().items() if fate is None} == {
        LIMBURG,
        LIEGE,
        NodeId("police-limburg"),
    }
    said = control_feed(both.north, ANTWERP)
    keep_up(both.north)
    assert said is not None
    assert control_feed(both.north, ANTWERP) == said  # once


def test_who_relays_gives_nobody_what_an_erasure_covers_though_it_cools() -> None:
    both = Shared()
    erase(both.antwerp, both.one)
    both.pull()
    assert both.has_content()
    limburg = port(LIMBURG, register=both.now)
    for source in (both.north, both.antwerp):
        batch = source.serve(limburg, both.one.feed.feed, 0)
        assert batch is not None
        assert [one.content for one in batch.entries] == [None, None, None]
    limburg.pull(both.north, both.one.feed.feed)
    assert limburg.digest() != b""


def test_the_words_of_a_withdrawal_are_given_to_nobody_once_its_record_is_erased() -> None:
    both = Shared()
    now, salt = both.antwerp.ctx.now(), bytes(32)
    words = build_retract(
        target=Target(both.one.record, 1),
        reason=1,
        issued_ms=now,
        register=both.now.version,
        content_type="port2port/retraction;v=1",
        content=b"words about somebody",
        salt=salt,
        retain_until_ms=now + HOUR,
    )
    both.antwerp.store.write(
        lambda tx: append(tx, both.antwerp.ctx, parse(AMBER), [words], both.now)
    ).result()
    both.pull()
    limburg, feed = port(LIMBURG, register=both.now), both.one.feed.feed
    before = both.north.serve(limburg, feed, 2)
    assert before is not None
    assert before.entries[0].content == words.content
    erase(both.antwerp, both.one)
    both.pull()
    for source in (both.north, both.antwerp):
        batch, ahead = source.serve(limburg, feed, 0), source.go_ahead(feed, 2)
        assert batch is not None
        assert ahead is not None
        assert [one.content for one in (*batch.entries, ahead.entry)] == [None] * 5


def test_a_good_signature_of_the_offline_key_spares_the_cooling_and_no_other_does() -> None:
    both = Shared()
    key = registers.signing_key(ERASER)
    text = erase_text(both.one.feed.feed, both.one.record, 1)
    erase(both.antwerp, both.one, erase_signature=registers.signing_key("somebody").sign(text).signature)
    both.pull()
    keep_up(both.north, both.antwerp)
    assert both.has_content()
    erase(both.antwerp, both.one, erase_signature=key.sign(text + b"x").signature)
    both.pull()
    keep_up(both.north)
    assert both.has_content()
    erase(both.antwerp, both.one, erase_signature=key.sign(text).signature)
    both.pull()
    keep_up(both.north)
    assert not both.has_content()


def test_an_erase_wins_over_content_that_comes_after_it_was_destroyed() -> None:
    both = Shared()
    old = both.antwerp.serve(both.north, both.one.feed.feed, 0)
    assert old is not None
    erase(both.antwerp, both.one, version=2)
    both.pull()
    later(COOLING, both.north, both.antwerp)
    keep_up(both.north, both.antwerp)
    filled = both.north.accept(old)
    assert isinstance(filled, Accepted)
    assert filled.filled == 0
    assert not both.has_content()
    newer = both.antwerp.release(record=both.one.record, version=2)
    batch = both.antwerp.serve(both.north, newer.feed.feed, newer.index)
    assert batch is not None
    assert batch.entries[0].content is None
    both.north.accept(batch)
    for at in (both.antwerp, both.north):
        row = at.store.read(lambda r: entries.get(r, 1, newer.index))
        assert row is not None
        assert (row.standing, row.content, row.salt) == (entries.Standing.ERASED, None, None)


def test_a_hold_keeps_it_and_the_receipt_says_held_until_the_hold_is_lifted() -> None:
    both = Shared()
    hold(both.north, both.one)
    erase(both.antwerp, both.one)
    both.pull()
    later(COOLING, both.north)
    keep_up(both.north)
    assert both.has_content()
    tell(both.north, both.antwerp)
    assert both.confirmations()[NORTH_SEA] is Fate.HELD
    assert NORTH_SEA in {
        one.node
        for one in both.antwerp.store.read(
            lambda r: control.unconfirmed(r, both.antwerp.ctx, both.one.record)
        )
    }
    both.north.store.write(lambda tx: holds.drop(tx, both.one.feed.lineage, both.one.record, "PV 1")).result()
    keep_up(both.north)
    assert not both.has_content()
    tell(both.north, both.antwerp)
    assert both.confirmations()[NORTH_SEA] is Fate.DESTROYED


def test_nobody_confirms_for_another_nor_about_a_feed_that_is_not_the_readers() -> None:
    both = Shared()
    liege = port(LIEGE, register=both.now)
    theirs = liege.release()
    erase(both.antwerp, both.one)
    wrong = [
        build_destroyed(feed=theirs.feed.feed, fate=Fate.DESTROYED, issued_ms=1, register=3),
        build_destroyed(
            feed=both.one.feed.feed,
            record=theirs.record,
            version=1,
            fate=Fate.DESTROYED,
            issued_ms=1,
            register=3,
        ),
    ]
    both.north.store.write(lambda tx: control.say(tx, both.north.ctx, ANTWERP, wrong)).result()
    tell(both.north, both.antwerp)
    assert both.confirmations()[NORTH_SEA] is None
    said = control_feed(both.north, ANTWERP)
    assert said is not None
    assert both.north.serve(liege, said.feed, 0) is None  # one reader
    assert both.antwerp.serve(liege, said.feed, 0) is None  # and nobody relays it


# ---- Bursts -------------------------------------------------------------------------------------------------------------


def test_a_burst_of_erasures_is_hidden_at_once_and_waits_for_an_operator() -> None:
    both = Shared(origin_erasures_per_hour=3)
    many = [both.one, *(both.antwerp.release() for _ in range(4))]
    for one in many:
        erase(both.antwerp, one)
    both.pull()
    standings = both.north.store.read(
        lambda r: [row[0] for row in r.all("SELECT DISTINCT standing FROM entry WHERE op = 2 AND feed = 1")]
    )
    assert standings == [entries.Standing.ERASED]
    later(COOLING, both.north, both.antwerp)
    keep_up(both.north, both.antwerp)
    assert both.has_content()
    row = both.antwerp.store.read(lambda r: entries.get(r, both.one.feed.number, both.one.index))
    assert row is not None
    assert row.content is None  # nobody is braked at home
    waits = both.north.store.read(burst.braked)
    assert [(one.origin, one.erasures) for one in waits] == [(ANTWERP, 5)]
    assert [act.act for act in both.north.audits()].count("erasures_braked") == 1
    given = both.north.store.write(
        lambda tx: burst.release(tx, both.north.ctx, ANTWERP, actor="administrator/cli")
    ).result()
    assert given == 5
    keep_up(both.north)
    assert not both.has_content()
    assert both.north.store.read(burst.braked) == []


def test_a_few_erasures_an_hour_are_never_braked() -> None:
    both = Shared(origin_erasures_per_hour=3)
    for _ in range(6):
        erase(both.antwerp, both.antwerp.release())
        both.pull()
        later(HOUR // 2, both.north, both.antwerp)
    assert both.north.store.read(burst.braked) == []
