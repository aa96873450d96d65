"""Beats: an origin's word that its newest head is this one; what counts, and how old what is held looks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import officers_here
import pytest
from clones import clone
from ports import ANTWERP, LIEGE, LIMBURG, NORTH_SEA, SCHELDT, Port, port
from record_examples import example

from node.commands import beat as beats
from node.commands import freshness
from node.commands.append import append
from node.commands.beat import Beat, Worth
from node.commands.freshness import Freshness
from node.commands.overtake import Overtaken
from node.commands.readable import Readable
from node.store import beats as rows
from node.store import evidence, feeds
from node.store.feeds import FeedRow, FeedState
from protocol.entry import build_close
from protocol.errors import BadSignature
from protocol.ids import FeedId, Hash
from protocol.label import parse
from protocol.members import Standing
from protocol.v1 import federation_pb2 as pb

BAN = "BE:NONE//TLP:AMBER//AUD ports-be//CAVEAT NO-EXPORT,PERSONAL"


def beating() -> tuple[Port, Port, FeedId]:
    """An origin with one alert, and a reader that has it."""
    origin, reader = port(ANTWERP), port(NORTH_SEA)
    feed = origin.release().feed.feed
    reader.pull(origin, feed)
    return origin, reader, feed


def said(origin: Port) -> Beat:
    (one,) = origin.store.read(lambda r: beats.own(r, origin.ctx))
    return one


def heard(reader: Port, one: Beat) -> Worth:
    """What it is worth there; kept if it counts."""
    worth = reader.store.read(lambda r: beats.worth(r, reader.ctx, one))
    if worth is Worth.COUNTS:
        reader.store.write(lambda tx: beats.count(tx, reader.ctx, [one])).result()
    return worth


def fresh(reader: Port, feed: FeedId) -> Freshness | None:
    return reader.store.read(lambda r: freshness.of_feed(r, reader.ctx, row_of(r, feed).number))


def row_of(reader: Any, feed: FeedId) -> FeedRow:
    row = feeds.find(reader, feed)
    assert row is not None
    return row


def both(*ports: Port, seconds: int) -> None:
    """Time passes."""
    for one in ports:
        one.clock.at += seconds * 1000


# ---- Which feeds have one ------------------------------------------------------------------------------------------------


def test_a_feed_has_a_beat_from_its_first_alert_or_ban_on_until_it_is_closed() -> None:
    origin = port(ANTWERP)
    notice = origin.release(kind="notice")
    assert origin.store.read(lambda r: beats.own(r, origin.ctx)) == []
    origin.release()
    assert said(origin).feed == notice.feed.feed
    origin.publish(example("port_ban"), BAN)
    assert len(origin.store.read(lambda r: beats.own(r, origin.ctx))) == 2
    register = origin.ctx.register
    end = build_close(issued_ms=origin.ctx.now(), register=register.version)
    origin.store.write(lambda tx: append(tx, origin.ctx, parse(notice.feed.label), [end], register)).result()
    assert [one.feed for one in origin.store.read(lambda r: beats.own(r, origin.ctx))] != [notice.feed.feed]


def test_an_alert_that_came_ahead_makes_its_feed_have_one_at_the_reader_too() -> None:
    origin, reader = port(ANTWERP), port(NORTH_SEA)
    origin.release(kind="notice")
    alert = origin.release()
    ahead = origin.go_ahead(alert.feed.feed, alert.index)
    assert ahead is not None
    reader.overtake(ahead)
    assert fresh(reader, alert.feed.feed) == Freshness(ANTWERP, None, stale=True)


# ---- What counts ---------------------------------------------------------------------------------------------------------


def test_only_a_later_time_counts() -> None:
    origin, reader, _ = beating()
    first = said(origin)
    assert heard(reader, first) is Worth.COUNTS
    assert heard(reader, first) is Worth.NOTHING
    origin.clock.at -= 5_000
    assert heard(reader, said(origin)) is Worth.NOTHING
    origin.clock.at += 10_000
    assert heard(reader, said(origin)) is Worth.COUNTS


def test_one_from_years_ahead_does_not_make_those_after_it_too_old() -> None:
    origin, reader, _ = beating()
    origin.clock.at += 5 * 365 * 86_400_000
    ahead = said(origin)
    origin.clock.at = reader.clock.at + 1_000
    assert heard(reader, ahead) is Worth.NOTHING
    assert heard(reader, said(origin)) is Worth.COUNTS


def test_a_reader_that_takes_an_old_time_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "last", lambda _reader, _number: 0)
    with pytest.raises(AssertionError):
        test_only_a_later_time_counts()


def test_it_is_kept_only_if_later_whatever_was_found_before() -> None:
    """Two peers pass on two beats at a time: both were looked at before either was kept."""
    origin, reader, feed = beating()
    older = said(origin)
    origin.clock.at += 9_000
    newer = said(origin)
    reader.store.write(lambda tx: beats.count(tx, reader.ctx, [newer])).result()
    assert reader.store.write(lambda tx: beats.count(tx, reader.ctx, [older])).result() == []
    assert reader.store.read(lambda r: rows.last(r, row_of(r, feed).number)) == newer.signed_s


def test_it_counts_only_over_what_is_held_here() -> None:
    origin, reader, feed = beating()
    origin.release()
    ahead = said(origin)
    assert heard(reader, ahead) is Worth.LATER
    reader.pull(origin, feed)
    assert heard(reader, ahead) is Worth.COUNTS


def test_nobody_but_the_origin_makes_one() -> None:
    origin, reader, _ = beating()
    one, liege = said(origin), port(LIEGE)
    liege.pull(origin, one.feed)
    signed = beats._signed(replace(liege.ctx, me=ANTWERP), one.feed, one.checkpoint, one.signed_s)
    assert heard(reader, signed) is Worth.NOTHING, "a key that the register does not have"
    changed = replace(one, cosignature=one.cosignature[:-1] + bytes([one.cosignature[-1] ^ 1]))
    with pytest.raises(BadSignature):
        heard(reader, changed)
    later = one.cosignature[:4] + (one.signed_s + 60).to_bytes(8, "big") + one.cosignature[12:]
    with pytest.raises(BadSignature):
        heard(reader, replace(one, cosignature=later))


def test_one_of_another_history_is_evidence_and_counts_for_nothing() -> None:
    origin, reader, feed = beating()
    twin = port(ANTWERP)
    twin.release(description="another history")
    one = said(twin)
    assert one.feed == feed
    assert heard(reader, one) is Worth.DENIES
    assert reader.store.write(lambda tx: beats.accuse(tx, reader.ctx, one, ANTWERP)).result()
    assert reader.store.read(lambda r: evidence.get(r, ANTWERP, feed)) is not None
    assert heard(reader, said(origin)) is Worth.NOTHING


# ---- How old it looks ----------------------------------------------------------------------------------------------------


def test_a_feed_is_stale_before_its_first_beat_and_after_too_long_a_silence() -> None:
    origin, reader, feed = beating()
    assert fresh(reader, feed) == Freshness(ANTWERP, None, stale=True)
    heard(reader, said(origin))
    as_of = reader.ctx.now()
    assert fresh(reader, feed) == Freshness(ANTWERP, as_of, stale=False)
    both(origin, reader, seconds=150)
    assert fresh(reader, feed) == Freshness(ANTWERP, as_of, stale=False)
    both(origin, reader, seconds=1)
    assert fresh(reader, feed) == Freshness(ANTWERP, as_of, stale=True)
    heard(reader, said(origin))
    again = fresh(reader, feed)
    assert again is not None
    assert not again.stale


@pytest.mark.parametrize("ahead_s", [-3600, 3600])
def test_another_clock_makes_it_staler_and_never_fresher(ahead_s: int) -> None:
    origin, reader, feed = beating()
    origin.clock.at += ahead_s * 1000
    heard(reader, said(origin))
    found = fresh(reader, feed)
    assert found is not None
    assert found.stale == (ahead_s < 0)
    assert found.as_of == reader.ctx.now() + min(ahead_s, 0) * 1000
    both(reader, seconds=151)
    late = fresh(reader, feed)
    assert late is not None
    assert late.stale


def test_what_is_withheld_shows_as_age() -> None:
    """A relay that keeps back a withdrawal cannot pass on the beats after it: they are of more than is held."""
    origin, reader, feed = beating()
    heard(reader, said(origin))
    origin.release()
    for _ in range(4):
        both(origin, reader, seconds=60)
        assert heard(reader, said(origin)) is Worth.LATER
    found = fresh(reader, feed)
    assert found is not None
    assert found.stale


def test_the_first_alert_of_a_feed_that_is_withheld_shows_as_age() -> None:
    """Of a feed of which only notices are held nothing here has a beat; its origin's beats say that it has carried an alert."""
    origin, reader = port(ANTWERP), port(NORTH_SEA)
    feed = origin.release(kind="notice").feed.feed
    reader.pull(origin, feed)
    origin.release()
    assert fresh(reader, feed) is None
    both(origin, reader, seconds=60)
    assert heard(reader, said(origin)) is Worth.LATER
    assert reader.store.write(lambda tx: beats.missed(tx, reader.ctx, [said(origin)])).result() == 1
    assert fresh(reader, feed) == Freshness(ANTWERP, None, stale=True)
    assert reader.store.write(lambda tx: beats.missed(tx, reader.ctx, [said(origin)])).result() == 0
    reader.pull(origin, feed)
    both(origin, reader, seconds=60)
    assert heard(reader, said(origin)) is Worth.COUNTS
    found = fresh(reader, feed)
    assert found is not None
    assert not found.stale


def test_an_own_feed_and_a_closed_one_are_never_missed() -> None:
    origin, reader = port(ANTWERP), port(NORTH_SEA)
    feed = origin.release(kind="notice").feed.feed
    reader.pull(origin, feed)
    origin.release()
    reader.store.write(lambda tx: feeds.turn(tx, row_of(tx, feed).number, FeedState.CLOSED)).result()
    for one in (origin, reader):
        assert one.store.write(lambda tx, at=one: beats.missed(tx, at.ctx, [opened(origin)])).result() == 0  # type: ignore[misc]


def opened(origin: Port) -> Beat:
    """What is said to who is not on record to hold anything."""
    raw = beats.to_frame(origin.store.read(lambda r: beats.with_opening(r, said(origin))))
    return beats.from_wire(pb.Frame.FromString(raw).beat)


def test_a_feed_of_which_nothing_comes_shows_as_age_to_who_may_read_its_label() -> None:
    origin, reader = port(ANTWERP), port(NORTH_SEA)
    feed = origin.release(SCHELDT).feed.feed
    one = opened(origin)
    assert beats.may_begin(reader.ctx, one, ANTWERP)
    assert heard(reader, one) is Worth.LATER
    assert heard(reader, said(origin)) is Worth.NOTHING  # nobody knows what feed that is
    assert reader.store.write(lambda tx: beats.missed(tx, reader.ctx, [one])).result() == 1
    row = reader.store.read(lambda r: row_of(r, feed))
    assert (row.origin, row.label, row.size) == (ANTWERP, SCHELDT, 0)
    assert fresh(reader, feed) == Freshness(ANTWERP, None, stale=True)
    who = officers_here.officer(reader, "a.peeters")
    assert row.number in reader.store.read(lambda r: Readable(reader.ctx).feeds(r, who.reading))
    outside = replace(who.reading, memberships={"ports-be": Standing.MEMBER})
    assert row.number not in reader.store.read(lambda r: Readable(reader.ctx).feeds(r, outside))
    reader.pull(origin, feed)
    both(origin, reader, seconds=60)
    assert heard(reader, said(origin)) is Worth.COUNTS
    found = fresh(reader, feed)
    assert found is not None
    assert not found.stale


def test_an_opening_that_is_not_the_feed_s_begins_nothing() -> None:
    origin, reader = port(ANTWERP), port(NORTH_SEA)
    origin.release(SCHELDT)
    one = opened(origin)
    assert one.opened is not None
    other = port(LIEGE)
    other.release()
    strange = opened(other).opened
    assert strange is not None
    wrong = (
        replace(one, opened=None),
        replace(one, opened=strange),
        replace(one, opened=replace(one.opened, header=b"x")),
        replace(one, opened=replace(one.opened, inclusion=())),
        replace(one, checkpoint=replace(one.checkpoint, root=Hash(bytes(32)))),
    )
    for each in wrong:
        assert not beats.may_begin(reader.ctx, each, ANTWERP)
        assert heard(reader, each) is Worth.NOTHING
        assert reader.store.write(lambda tx, each=each: beats.missed(tx, reader.ctx, [each])).result() == 0  # type: ignore[misc]
    assert not beats.may_begin(reader.ctx, one, LIMBURG)  # who may not have it does not bring it
    assert not beats.may_begin(port(LIMBURG).ctx, one, ANTWERP)  # nor is it taken where it may not be had
    assert reader.store.read(feeds.every) == []


def told_alone() -> tuple[Port, Port, FeedId]:
    """An origin that shows one reader an alert which is in no log that others see, and beats as if nothing were."""
    origin, reader, feed = beating()
    heard(reader, said(origin))
    other = clone(origin)
    for _ in range(3):
        other.release(kind="notice")
    ahead = other.go_ahead(feed, other.release().index, 1)
    assert ahead is not None
    assert isinstance(reader.overtake(ahead), Overtaken)
    return origin, reader, feed


def test_what_its_origin_told_one_reader_alone_shows_as_age_though_it_beats() -> None:
    origin, reader, feed = told_alone()
    since = reader.ctx.now()
    for _ in range(4):
        both(origin, reader, seconds=60)
        assert heard(reader, said(origin)) is Worth.COUNTS
    assert fresh(reader, feed) == Freshness(ANTWERP, since, stale=True)


def test_a_reader_that_forgets_since_when_something_is_missing_would_be_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(freshness, "_QUERY", freshness._QUERY.replace("min(p.came_ms)", "NULL"))
    with pytest.raises(AssertionError):
        test_what_its_origin_told_one_reader_alone_shows_as_age_though_it_beats()


def test_a_clock_of_this_node_that_went_back_is_no_freshness() -> None:
    origin, reader, feed = beating()
    heard(reader, said(origin))
    both(reader, seconds=-60)
    found = fresh(reader, feed)
    assert found is not None
    assert found.stale


def test_screens_are_told_each_port_once_with_its_stalest_feed() -> None:
    now = port().ctx.now()
    given = [
        Freshness(ANTWERP, now, stale=False),
        Freshness(LIEGE, now, stale=True),
        Freshness(LIEGE, now, stale=True),
        Freshness(NORTH_SEA, None, stale=True),
    ]
    assert freshness.stale(given) == (given[3], given[1])


def test_own_feeds_and_those_without_alerts_have_no_age() -> None:
    origin, reader = port(ANTWERP), port(NORTH_SEA)
    notice = origin.release(kind="notice")
    reader.pull(origin, notice.feed.feed)
    assert fresh(reader, notice.feed.feed) is None
    origin.release()
    assert fresh(origin, notice.feed.feed) is None
