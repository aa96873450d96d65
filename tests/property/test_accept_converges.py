"""Invariant 2, without epochs: replay, reorder, duplicate, overtaking, any batching, a crash at any write point: the same
final state. And invariant 13's root: what a receipt says is there after the crash.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from inline_store import Crash
from ports import ANTWERP, NORTH_SEA, Port, port
from record_examples import example as record_example
from store_state import state_digest

from node.commands import keep as keeping
from node.commands.ahead import Ahead
from node.commands.batch import Batch
from node.commands.outcome import Accepted, Refusal
from node.commands.overtake import Overtaken
from node.commands.publish import Released
from node.store import entries
from protocol.entry import Entry
from protocol.errors import Code
from protocol.ids import FeedId, new_record_id

# What an origin does, one step each: publish a new record, a next version of the nth, withdraw the nth, publish a bad body,
# withdraw a record that comes only later, or publish that one.
STEPS = st.sampled_from(["new", "next", "retract", "bad", "early", "late", "again", "hole"])


@dataclass
class Story:
    """A feed's whole history at its origin."""

    origin: Port
    feed: FeedId
    size: int
    ahead: list[Ahead]
    """What could have gone ahead at some time while it was told, to peers that held as much as they did."""


def told(steps: Sequence[str], seed: int) -> Story:
    """An origin that did these steps."""
    ahead: list[Ahead] = []
    origin, choose = port(ANTWERP, seed=seed), random.Random(seed)
    first = origin.release()
    records = [first]
    promised: list[Released] = []
    for step in steps:
        one = choose.choice(records)
        if step == "new":
            records.append(origin.release())
        elif step in {"next", "again", "hole"}:
            version = one.version + {"next": 1, "again": 0, "hole": 2}[step]
            after = origin.release(record=one.record, version=version)
            if step == "next":
                records[records.index(one)] = after
        elif step == "retract":
            origin.withdraw(one)
        elif step == "bad":
            bad = record_example(
                "alert", score=9.0, detector="ais_gap", detector_version="1", explanation=["x"]
            )
            origin.publish(bad)
        elif step == "early":
            record = new_record_id(origin.ctx.now(), origin.ctx.random)
            promised.append(Released(record, 1, first.feed, 0))
            origin.withdraw(promised[-1])
        elif promised:
            records.append(origin.release(record=promised.pop().record))
        newest = size_of(origin, first.feed.feed) - 1
        for index in {newest, choose.randint(1, newest)}:
            from_size = choose.choice([0, choose.randint(0, index)])
            early = origin.go_ahead(first.feed.feed, index, from_size)
            if early is not None and choose.random() < 0.5:
                ahead.append(early)
    return Story(origin, first.feed.feed, size_of(origin, first.feed.feed), ahead)


def cut(story: Story, to: Port, choose: random.Random) -> list[Batch]:
    """The feed in batches of any size, some twice, some without content, in any order."""
    batches: list[Batch] = []
    at = 0
    while at < story.size:
        end = choose.randint(at + 1, story.size)
        batch = story.origin.serve(to, story.feed, choose.randint(0, at), end=end)
        assert batch is not None
        batches += [batch] * choose.randint(1, 2)
        at = end
    choose.shuffle(batches)
    return [stripped(b, choose) if choose.random() < 0.3 else b for b in batches]


def stripped(batch: Batch, choose: random.Random) -> Batch:
    """The same run with some contents left out, as a relay may that erased them."""
    run = tuple(Entry(e.header) if choose.random() < 0.5 else e for e in batch.entries)
    return Batch(batch.feed, batch.first, run, batch.checkpoint, batch.consistency)


def deliver(at: Port, one: Batch | Ahead, crash: int | None) -> Accepted | Overtaken | Refusal | None:
    """One delivery, maybe with the world stopping in it."""
    at.store.crash_at(crash)
    try:
        return at.overtake(one) if isinstance(one, Ahead) else at.accept(one)
    except Crash:
        at.store.reopen()
        return None
    finally:
        at.store.crash_at(None)


def converge(story: Story, choose: random.Random, *, crashes: bool) -> Port:
    """A receiver that got the story in pieces, then asked for what was missing until it had all."""
    receiver = port(NORTH_SEA)
    coming: list[Batch | Ahead] = [*cut(story, receiver, choose), *story.ahead]
    choose.shuffle(coming)
    for one in coming:
        crash = choose.randint(1, 30) if crashes and choose.random() < 0.5 else None
        outcome = deliver(receiver, one, crash)
        if isinstance(outcome, Refusal):
            assert outcome.code is Code.GAP
        if isinstance(outcome, Accepted) and outcome.receipt is not None:
            assert outcome.receipt.size == size_of(receiver, story.feed)
    assert isinstance(receiver.pull(story.origin, story.feed), Accepted)
    for one in story.ahead:
        assert deliver(receiver, one, None)  # after its turn it changes nothing
    assert not receiver.store.read(lambda r: r.all("SELECT * FROM pending"))
    return receiver


def size_of(at: Port, feed: FeedId) -> int:
    rows = at.store.read(lambda r: r.all("SELECT size FROM feed WHERE feed = ?", feed))
    return int(rows[0][0]) if rows else 0


def straight(story: Story) -> Port:
    """A receiver that got it in one piece."""
    receiver = port(NORTH_SEA)
    batch = story.origin.serve(receiver, story.feed, 0, most=256)
    assert batch is not None
    receiver.accept(batch)
    return receiver


@given(steps=st.lists(STEPS, max_size=12), seed=st.integers(0, 1 << 32))
@example(steps=["early", "late", "next", "retract"], seed=0)
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_any_delivery_ends_in_the_same_state(steps: list[str], seed: int) -> None:
    story, choose = told(steps, seed), random.Random(seed)
    whole = straight(story)
    receiver = converge(story, choose, crashes=True)
    assert receiver.lines(story.feed) == whole.lines(story.feed)


def test_the_comparison_sees_a_receiver_that_forgets_to_settle(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fault: effects are applied only to what is in the same batch."""
    story = told(["new", "next", "retract", "early", "late", "next", "retract"], 7)
    whole = straight(story)
    monkeypatch.setattr(entries, "seen", lambda _reader, _records: set())
    receiver = port(NORTH_SEA)
    for first in range(story.size):
        batch = story.origin.serve(receiver, story.feed, first, end=first + 1)
        assert batch is not None
        receiver.accept(batch)
    assert receiver.lines(story.feed) != whole.lines(story.feed)


def test_the_world_may_stop_at_every_write_point_of_a_batch() -> None:
    story = told(["new", "next", "bad", "retract", "early", "late"], 3)
    whole = straight(story)
    half = story.size // 2
    counted = port(NORTH_SEA)
    points = deliver_two(counted, story, half, None)
    assert points > 8
    for point in range(1, points + 1):
        receiver = port(NORTH_SEA)
        deliver_two(receiver, story, half, point)
        held = size_of(receiver, story.feed)
        assert held in {half, story.size}  # all of the batch or nothing
        receiver.pull(story.origin, story.feed)
        assert receiver.lines(story.feed) == whole.lines(story.feed), point


def deliver_two(at: Port, story: Story, half: int, crash: int | None) -> int:
    """The first half, then the rest with a crash in it; how many points the rest has."""
    one = story.origin.serve(at, story.feed, 0, end=half)
    two = story.origin.serve(at, story.feed, half)
    assert one is not None
    assert two is not None
    at.accept(one)
    at.store.crash_at(crash)
    try:
        at.accept(two)
    except Crash:
        at.store.reopen()
    return at.store.points


def test_a_receiver_that_commits_in_two_steps_would_be_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fault: the cursor moves before the entries are there; a crash between them loses entries for ever."""
    story = told(["new", "new"], 5)
    real = keeping.keep

    def cursor_only(*args: object, **more: object) -> object:
        monkeypatch.setattr(entries, "insert", lambda _tx, _rows: None)
        return real(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr("node.commands.accept.keep", cursor_only)
    receiver = port(NORTH_SEA)
    batch = story.origin.serve(receiver, story.feed, 0)
    assert batch is not None
    receiver.accept(batch)
    monkeypatch.undo()
    whole = straight(story)
    digests = [p.store.read(lambda r: state_digest(r, feed=story.feed)) for p in (receiver, whole)]
    assert digests[0] != digests[1]


def test_an_origin_stopped_at_any_point_of_a_release_signs_no_second_history() -> None:
    """Invariant 8 for a plain restart: after the crash the origin signs at once, and what a peer got before stays a beginning."""
    counted = port(ANTWERP)
    counted.release()
    counted.store.crash_at(None)
    counted.release()
    points = counted.store.points
    for point in range(1, points + 1):
        origin, reader = port(ANTWERP), port(NORTH_SEA)
        feed = origin.release().feed.feed
        reader.pull(origin, feed)
        origin.store.crash_at(point)
        with pytest.raises(Crash):
            origin.release()
        origin.store.reopen()
        origin.release()
        assert isinstance(reader.pull(origin, feed), Accepted)
        assert reader.digest(feed) == origin.digest(feed)
