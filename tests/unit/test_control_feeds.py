"""What control feeds say and who believes it: destroyed, held, kept aside, purged, and the heads of audit logs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import registers
from erasing import COOLING, HOUR, control_feed, erase, keep_up, later, tell
from ports import AMBER, ANTWERP, LIEGE, LIMBURG, NORTH_SEA, RETENTION, Port, port
from registers import Data

from node.commands import audit_heads, burst, control, cut, purge
from node.commands.append import append
from node.commands.context import Settings
from node.commands.control import Confirmation
from node.commands.outcome import Accepted, Refusal
from node.commands.publish import Released
from node.commands.receipt import own_receipt, take
from node.store import confirmations, entries, feeds, holds
from node.store.feeds import FeedRole, FeedState
from node.store.holds import HoldRow, HoldState
from protocol.control import (
    Fate,
    build_destroyed,
    build_withdraw,
    erase_text,
)
from protocol.entry import build_retract
from protocol.errors import Code
from protocol.ids import FeedId, NodeId, RecordId
from protocol.label import parse
from protocol.operation import Target
from protocol.register_view import Register

ERASER = "erase port-antwerp-bruges"


def with_eraser(board: Data, nodes: Data) -> None:
    board["organisations"]["port-antwerp-bruges"]["erase"] = [registers.public_key(ERASER)]


class Shared:
    """Two ports under one register that can be changed, and one record of the first at both."""

    def __init__(self, register: Register | None = None, label: str = AMBER, **settings: int) -> None:
        self.now = register or registers.changed(with_eraser)
        calm = Settings(retention=RETENTION, **settings)  # type: ignore[arg-type]
        self.antwerp, self.north = (
            port(name, register=lambda: self.now, settings=calm) for name in (ANTWERP, NORTH_SEA)
        )
        self.one = self.antwerp.release(label)
        self.pull()

    def pull(self) -> None:
        self.north.pull(self.antwerp, self.one.feed.feed)

    def held(self) -> entries.EntryRow | None:
        feed = self.north.store.read(lambda r: feeds.find(r, self.one.feed.feed))
        assert feed is not None
        return self.north.store.read(lambda r: entries.get(r, feed.number, self.one.index))

    def has_content(self) -> bool:
        row = self.held()
        return row is not None and row.content is not None

    def confirmations(self, record: RecordId | None = None) -> dict[NodeId, Fate | None]:
        asked = record or self.one.record
        words: tuple[Confirmation, ...] = self.antwerp.store.read(
            lambda r: control.confirmations_of(r, self.antwerp.ctx, asked)
        )
        return {one.node: one.fate for one in words}

    def without_north(self) -> None:
        """The board takes North Sea Port out of the community."""

        def change(board: Data, nodes: Data) -> None:
            with_eraser(board, nodes)
            for one in board["communities"].values():
                one["members"].pop("north-sea-port", None)
                one["serving"] = [node for node in one["serving"] if node != "north-sea-port"]

        self.now = replace(registers.changed(change), version=4)

    def with_north(self) -> None:
        self.now = replace(registers.changed(with_eraser), version=5)


def hold(at: Port, one: Released, state: HoldState = HoldState.HELD) -> None:
    row = HoldRow(
        lineage=one.feed.lineage,
        record=one.record,
        state=state,
        reference="PV 1",
        asked_by="x",
        asked_ms=at.ctx.now(),
    )
    at.store.write(lambda tx: holds.put(tx, row)).result()


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
    receipt = both.north.store.read(lambda r: own_receipt(r, both.north.ctx, both.one.feed.feed))
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
    receipt = both.north.store.read(lambda r: own_receipt(r, both.north.ctx, both.one.feed.feed))
    assert receipt is not None
    both.antwerp.store.write(lambda tx: take(tx, both.antwerp.ctx, NORTH_SEA, receipt)).result()
    both.without_north()
    keep_up(both.antwerp, both.antwerp)
    said = control_feed(both.antwerp, NORTH_SEA)
    assert said is not None
    assert said.size == 2
    waits = both.antwerp.store.read(control.unconfirmed_purges)
    assert [(one.node, one.feed.feed) for one in waits] == [(NORTH_SEA, both.one.feed.feed)]
    keep_up(both.north)
    tell(both.north, both.antwerp)
    assert both.antwerp.store.read(control.unconfirmed_purges) == ()
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


# ---- Kept aside, and heads of the audit log -----------------------------------------------------------------------------


def test_what_is_kept_aside_is_said_signed_and_shown_at_the_origin() -> None:
    both = Shared()
    bad = both.antwerp.release(AMBER + "//CAVEAT ORCON", kind="indicator", valid_until=1)
    both.north.pull(both.antwerp, bad.feed.feed)
    tell(both.north, both.antwerp)
    aside = both.antwerp.store.read(control.aside_there)
    assert [(one.at, one.node, one.reason) for one in aside] == [(bad.index, NORTH_SEA, 2)]


def test_the_audit_head_of_each_hour_goes_to_every_peer_and_idle_hours_say_nothing() -> None:
    both = Shared()
    keep_up(both.antwerp)
    assert control_feed(both.antwerp, NORTH_SEA) is None
    later(HOUR, both.antwerp)
    keep_up(both.antwerp)
    first = control_feed(both.antwerp, NORTH_SEA)
    assert first is not None
    assert first.size == 2
    later(HOUR, both.antwerp)
    keep_up(both.antwerp)
    assert control_feed(both.antwerp, NORTH_SEA) == first
    both.antwerp.release()
    later(HOUR, both.antwerp)
    keep_up(both.antwerp)
    tell(both.antwerp, both.north)
    heads = both.north.store.read(lambda r: audit_heads.heads_of(r, ANTWERP))
    assert len(heads) == 2
    checked = both.antwerp.store.read(audit_heads.verify)
    assert [one.fits for one in checked] == [True, True]
    assert [one.head for one in checked] == [head for _, head in heads]
    assert all(len(one.said_to) == 5 for one in checked)


def rewritten(at: Port) -> None:
    at.store.write(
        lambda tx: tx.run(
            "UPDATE entry SET nodes = zeroblob(length(nodes)) WHERE feed = 2 AND key & 4294967295 = 1"
        )
    ).result()


def shortened(at: Port) -> None:
    leaf = "(SELECT substr(nodes, 1, 32) FROM entry WHERE key = feed.number << 40)"
    sql = f"UPDATE feed SET size = 1, root = {leaf}, frontier = {leaf} WHERE role = ?"
    at.store.write(lambda tx: tx.run(sql, FeedRole.AUDIT)).result()


@pytest.mark.parametrize("tamper", [rewritten, shortened])
def test_an_audit_log_that_was_rewritten_does_not_fit_the_heads(tamper: Callable[[Port], None]) -> None:
    both = Shared()
    later(HOUR, both.antwerp)
    keep_up(both.antwerp)
    both.antwerp.release()
    assert [one.fits for one in both.antwerp.store.read(audit_heads.verify)] == [True]
    number = both.antwerp.store.read(
        lambda r: r.one("SELECT number FROM feed WHERE role = ?", FeedRole.AUDIT)
    )
    assert number is not None
    assert number[0] == 2
    tamper(both.antwerp)
    assert [one.fits for one in both.antwerp.store.read(audit_heads.verify)] == [False]


@pytest.mark.parametrize("apart", [entries.Standing.QUARANTINED, entries.Standing.VOID])
def test_content_that_stands_apart_goes_too_and_stands_as_it_did(apart: entries.Standing) -> None:
    both = Shared()
    erase(both.antwerp, both.one)
    both.pull()
    row = both.held()
    assert row is not None
    both.north.store.write(lambda tx: entries.set_standing(tx, row.key, apart, entries.Listing.NONE)).result()
    later(COOLING, both.north)
    keep_up(both.north)
    after = both.held()
    assert after is not None
    assert (after.standing, after.content, after.salt) == (apart, None, None)
