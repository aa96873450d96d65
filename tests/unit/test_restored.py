"""A database that is older than what its node said: no old feed is signed on before it holds all of it again, and nothing waits."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from ports import AMBER, ANTWERP, LIEGE, LIMBURG, NORTH_SEA, SCHELDT, Port, port

from node.commands import entitled, highest, keep, restored
from node.commands.outcome import Accepted, Refusal
from node.commands.restored import Found
from node.high_water import HighWater, Marks
from node.store import feeds
from node.store.engine import driver_of
from node.store.feeds import FeedRow, FeedState
from protocol import checkpoint as checkpoints
from protocol.ids import FeedId


def image(of: Port) -> bytes:
    return driver_of(of.store._connection).serialize()


def started(disk: bytes, high: HighWater, *, seed: int = 7) -> tuple[Port, Found]:
    """Antwerp on this disk, after the look that every start has."""
    at = port(ANTWERP, seed=seed, high=high)
    driver_of(at.store._connection).deserialize(disk)
    return at, at.store.write(lambda tx: restored.look(tx, at.ctx)).result()


def row(at: Port, feed: FeedId) -> FeedRow:
    found = at.store.read(lambda r: feeds.find(r, feed))
    assert found is not None
    return found


@dataclass
class Lost:
    """Antwerp said `common`, a backup was made, it said two things more, which Ghent has, and opened another label."""

    before: Port
    north: Port
    backup: bytes
    feed: FeedId
    other: FeedId
    high: Marks


@pytest.fixture(name="lost")
def a_loss() -> Lost:
    high = Marks()
    at = port(ANTWERP, high=high)
    at.store.write(lambda tx: restored.look(tx, at.ctx)).result()
    common = at.release()
    backup = image(at)
    at.release()
    at.release()
    other = at.release(SCHELDT)
    north = port(NORTH_SEA)
    for one in (common, other):
        north.pull(at, one.feed.feed)
    return Lost(at, north, backup, common.feed.feed, other.feed.feed, high)


def test_a_plain_restart_signs_on_in_the_same_feed(lost: Lost) -> None:
    at, found = started(image(lost.before), lost.high)
    assert not found
    assert at.release().feed.feed == lost.feed


def test_a_crash_between_commit_and_mark_is_a_plain_restart(lost: Lost) -> None:
    marks = Marks()
    marks.note(m for m in lost.high.every() if m.feed != lost.feed)
    mark = lost.high.get(lost.feed)
    assert mark is not None
    marks.note([mark._replace(size=2, root=row(started(lost.backup, Marks())[0], lost.feed).root)])
    at, found = started(image(lost.before), marks)
    assert not found
    assert at.release().feed.feed == lost.feed


def test_a_restore_is_found_out_and_what_is_said_then_stands_in_new_epochs_at_once(lost: Lost) -> None:
    at, found = started(lost.backup, lost.high)
    assert lost.feed in found.behind
    assert found.missing == 1
    same, other = at.release(), at.release(SCHELDT)
    assert (same.feed.epoch, other.feed.epoch) == (2, 2)
    assert row(at, lost.feed).state is FeedState.RESTORED
    for one in (same, other):
        assert isinstance(lost.north.pull(at, one.feed.feed), Accepted)
    assert [a.act for a in at.audits()][-1] != "recovered"
    assert "restored" in [a.act for a in at.audits()]


def test_what_was_lost_is_taken_back_from_a_reader_and_the_feed_goes_on(lost: Lost) -> None:
    at, _ = started(lost.backup, lost.high)
    for feed in (lost.feed, lost.other):
        assert isinstance(at.pull(lost.north, feed), Accepted)
        assert (row(at, feed).state, row(at, feed).own) == (FeedState.OPEN, True)
        assert row(at, feed).root == row(lost.before, feed).root
    after = at.release()
    assert (after.feed.feed, after.index) == (lost.feed, 4)
    assert isinstance(lost.north.pull(at, lost.feed), Accepted)


def test_where_a_new_epoch_was_opened_meanwhile_the_old_one_is_closed_once_it_is_whole(lost: Lost) -> None:
    at, _ = started(lost.backup, lost.high)
    newer = at.release()
    at.pull(lost.north, lost.feed)
    assert row(at, lost.feed).state is FeedState.CLOSED
    assert at.release().feed.feed == newer.feed.feed
    assert isinstance(lost.north.pull(at, lost.feed), Accepted)
    assert row(lost.north, lost.feed).state is FeedState.CLOSED


def test_what_nobody_has_any_more_is_never_signed_over(lost: Lost) -> None:
    at, _ = started(lost.backup, lost.high)
    short = port(LIMBURG)
    short.pull(started(lost.backup, Marks())[0], lost.feed)
    at.pull(short, lost.feed)
    assert row(at, lost.feed).state is FeedState.RESTORED
    assert at.release().feed.feed != lost.feed


def test_above_what_was_marked_nobody_but_a_thief_signs(lost: Lost) -> None:
    other, _ = started(image(lost.before), Marks(), seed=8)
    other.release()
    north = port(NORTH_SEA, seed=9)
    north.pull(other, lost.feed)
    for disk in (lost.backup, image(lost.before)):
        at, _ = started(disk, lost.high)
        outcome = at.pull(north, lost.feed)
        assert isinstance(outcome, Refusal)
        assert outcome.code == "FORKED"


def answer(at: Port, peer: Port, heard: highest.Heard) -> None:
    """What the peer answers to `Highest.ask`, taken in."""
    seen = highest.from_wire(peer.store.read(lambda r: highest.told(r, peer.ctx.register, at.name)))

    def take(tx: object) -> None:
        highest.take(tx, at.ctx, peer.name, seen, heard)  # type: ignore[arg-type]
        highest.complete(tx, at.ctx, peer.name, heard)  # type: ignore[arg-type]

    at.store.write(take).result()


def test_without_marks_a_feed_waits_for_every_reader_and_goes_on_where_they_are(lost: Lost) -> None:
    at, found = started(lost.backup, Marks(blind=True))
    assert lost.feed in found.behind
    heard = highest.Heard()
    answer(at, lost.north, heard)
    assert heard.sizes[lost.feed] == 4
    others = [
        port(name) for name in sorted(entitled.readers(at.ctx, row(at, lost.feed))) if name != NORTH_SEA
    ]
    assert {one.name for one in others} >= {LIMBURG, LIEGE}
    for one in others:
        answer(at, one, heard)
    assert row(at, lost.feed).state is FeedState.RESTORED, "all answered, and it lacks what they saw"
    at.pull(lost.north, lost.feed)
    answer(at, lost.north, heard)
    assert row(at, lost.feed).state is FeedState.OPEN
    assert at.release().index == 4


def test_one_reader_that_has_not_answered_is_enough_to_wait(lost: Lost) -> None:
    at, _ = started(lost.backup, Marks(blind=True))
    heard = highest.Heard()
    at.pull(lost.north, lost.feed)
    answer(at, lost.north, heard)
    assert row(at, lost.feed).state is FeedState.RESTORED
    assert at.release().feed.epoch == 2


def test_a_database_that_never_had_marks_is_not_taken_for_a_restored_one() -> None:
    at = port(ANTWERP)
    first = at.release()
    again, found = started(image(at), Marks(blind=True))
    assert not found
    assert again.release().feed.feed == first.feed.feed
    _, found = started(image(again), Marks(blind=True))
    assert found.behind, "from then on it has"


def test_a_node_that_lost_its_whole_database_takes_its_feeds_back(lost: Lost) -> None:
    for high in (lost.high, Marks(blind=True)):
        at = port(ANTWERP, seed=11, high=high)
        at.store.write(lambda tx, at=at: restored.look(tx, at.ctx)).result()  # type: ignore[misc]
        assert isinstance(at.pull(lost.north, lost.feed), Accepted)
        assert row(at, lost.feed).own
        known = not high.blind
        assert (row(at, lost.feed).state is FeedState.OPEN) is known
        assert (at.release().feed.epoch == 1) is known


def test_what_is_not_this_nodes_signature_is_no_answer(lost: Lost) -> None:
    at, _ = started(lost.backup, Marks(blind=True))
    evil = port(LIEGE).ctx.keys
    forged = checkpoints.sign(
        origin=ANTWERP,
        feed=lost.feed,
        size=9,
        root=row(at, lost.feed).root,
        public=evil.log_public,
        sign=evil.sign_log,
    )
    named = replace(forged, signature=row(at, lost.feed).checkpoint.signature[:4] + forged.signature[4:])
    heard = highest.Heard()
    with pytest.raises(Exception, match="made by no log key"):
        at.store.write(lambda tx: highest.take(tx, at.ctx, LIEGE, [(lost.feed, named)], heard)).result()
    at.store.write(lambda tx: highest.take(tx, at.ctx, LIEGE, [(lost.feed, forged)], heard)).result()
    assert not heard.sizes, "by another key: passed over"


def test_nothing_leaves_before_its_mark_is_on_the_disk(lost: Lost) -> None:
    at = lost.before
    released = at.release()
    held = row(at, lost.feed)
    object.__setattr__(at.ctx, "high", Marks())
    assert at.serve(lost.north, lost.feed, released.index) is None
    at.ctx.high.note([keep.mark_of(held)])
    assert at.serve(lost.north, lost.feed, released.index) is not None


def test_a_start_that_does_not_look_would_contradict_itself(lost: Lost) -> None:
    at = port(ANTWERP, seed=7, high=Marks())
    driver_of(at.store._connection).deserialize(lost.backup)
    at.ctx.high.note(m for m in lost.high.every() if m.feed == lost.feed)
    again = at.release(AMBER)
    assert again.feed.feed == lost.feed
    assert row(at, lost.feed).root != row(lost.before, lost.feed).root
    with pytest.raises(AssertionError):
        assert again.feed.epoch == 2
