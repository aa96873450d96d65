"""What another port moves to a wider label stays in the case here, and contested, in whatever order the entries come."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from typing import Any

import pytest
from cases_here import lines, opened, overseers, puts, raw, seen, takes, titles
from officers_here import MODEL, hire, visitor
from ports import AMBER, ANTWERP, NORTH_SEA, Port, port
from record_examples import example

from node.commands import go_on, interest
from node.commands.append import append
from node.commands.overtake import Overtaken
from node.commands.publish import Released
from node.store import cases, conduct, holds
from policies.officers import Role, Tie
from protocol.entry import build_superseded
from protocol.ids import FeedId, RecordId
from protocol.label import parse
from protocol.operation import Target
from protocol.v1 import records_pb2 as pb

GREEN = "BE:NONE//TLP:GREEN//AUD ports-be"
CLEAR = "BE:NONE//TLP:CLEAR//AUD ports-be"
LABELS = (AMBER, GREEN, CLEAR)
ALL = (Role.PORT_CAPTAIN, Role.SECURITY_OFFICER)


class World:
    """North Sea Port wrote an alert; at Antwerp it is in a case, and beside it is one that is in none."""

    def __init__(self) -> None:
        self.here, self.there = port(ANTWERP), port(NORTH_SEA)
        self.lead, self.other = hire(self.here, "a.lead"), hire(self.here, "b.other", *ALL)
        self.first = self.there.publish(titled("first"))
        self.brings(self.first.feed.feed)
        self.case = opened(self.here, self.lead)
        puts(self.here, self.lead, self.case, self.first)

    def brings(self, feed: FeedId) -> None:
        self.here.pull(self.there, feed)

    def moves(self, before: Released, label: str, title: str) -> Released:
        """As the origin's own move writes it: the new record, and in the old feed the word of it."""
        after = self.there.publish(titled(title), label)
        self.says(before, after.record)
        return after

    def says(self, before: Released, successor: RecordId) -> None:
        at, register = self.there, self.there.ctx.register
        entry = build_superseded(
            target=Target(before.record, before.version),
            successor=successor,
            issued_ms=at.ctx.now(),
            register=register.version,
        )
        label = parse(before.feed.label)
        at.store.write(lambda tx: append(tx, at.ctx, label, [entry], register)).result()


def titled(title: str) -> pb.Record:
    record = example("alert")
    record.common.title = title
    return record


def marks(at: Port, released: Released) -> bool:
    key = released.feed.lineage, released.record
    return at.store.read(lambda r: holds.contested(r, *key))


def contest(at: Port, released: Released) -> None:
    at.store.write(
        lambda tx: holds.contest(tx, released.feed.lineage, released.record, by="dpo", now=at.ctx.now())
    ).result()


@pytest.fixture(name="world")
def _world() -> World:
    return World()


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_a_record_moved_twice_stays_in_its_case_in_whatever_order_it_comes(
    world: World, order: Sequence[int]
) -> None:
    contest(world.here, world.first)
    second = world.moves(world.first, GREEN, "second")
    third = world.moves(second, CLEAR, "third")
    feeds = [world.first.feed.feed, second.feed.feed, third.feed.feed]
    for index in order:
        world.brings(feeds[index])
    assert titles(world.here, world.lead) == ["third"]
    assert titles(world.here, world.other) == []
    assert marks(world.here, third)
    (*_, said) = [one for one in world.here.audits() if one.act == "marks_go_on"]
    assert said.details["case"] == world.case.hex()
    assert not world.here.store.read(lambda r: r.all("SELECT 1 FROM succession"))


def test_what_overtakes_its_backlog_goes_on_too(world: World) -> None:
    """An urgent record is shown ahead of its turn: in its case, where the word of its move was here before."""
    for _ in range(3):
        world.there.publish(example("notice"), GREEN)
    second = world.moves(world.first, GREEN, "second")
    world.brings(world.first.feed.feed)
    one = world.there.go_ahead(second.feed.feed, second.index)
    assert one is not None
    assert isinstance(world.here.overtake(one, world.there), Overtaken)
    assert titles(world.here, world.lead) == ["second"]
    assert titles(world.here, world.other) == []


def test_an_urgent_record_that_does_not_go_on_would_be_seen(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("node.commands.overtake.go_on", lambda *_: None)
    with pytest.raises(AssertionError):
        test_what_overtakes_its_backlog_goes_on_too(world)


def test_what_is_moved_and_marked_nowhere_is_marked_nowhere(world: World) -> None:
    other = world.there.publish(titled("of all"))
    world.brings(other.feed.feed)
    moved = world.moves(other, GREEN, "of all still")
    for feed in (other.feed.feed, moved.feed.feed):
        world.brings(feed)
    assert titles(world.here, world.other) == ["of all still"]
    assert not world.here.store.read(lambda r: r.all("SELECT 1 FROM succession"))


def test_what_a_person_took_out_stays_out_and_what_he_ended_is_ended(world: World) -> None:
    """The origin says it again: nothing comes of that."""
    contest(world.here, world.first)
    second = world.moves(world.first, GREEN, "second")
    for feed in (world.first.feed.feed, second.feed.feed):
        world.brings(feed)
    assert marks(world.here, second)
    key = second.feed.lineage, second.record
    assert world.here.store.write(lambda tx: holds.settle_contest(tx, *key)).result()
    assert takes(world.here, world.lead, world.case, second) is True
    world.there.publish(titled("second, corrected"), GREEN, record=second.record, version=2)
    world.says(world.first, second.record)
    for feed in (second.feed.feed, world.first.feed.feed):
        world.brings(feed)
    assert titles(world.here, world.other) == ["second, corrected"]
    assert not marks(world.here, second)


def test_what_a_person_decided_no_word_of_a_port_decides_again(world: World) -> None:
    other = world.there.publish(titled("of all"))
    world.brings(other.feed.feed)
    puts(world.here, world.lead, world.case, other)
    assert takes(world.here, world.lead, world.case, other) is True
    world.says(world.first, other.record)
    world.brings(world.first.feed.feed)
    assert titles(world.here, world.other) == ["of all"]


def test_a_node_that_puts_back_what_a_person_took_out_is_seen(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cases, "decided", lambda *_: False)
    with pytest.raises(AssertionError):
        test_what_a_person_decided_no_word_of_a_port_decides_again(world)


def test_one_record_goes_on_as_one_of_its_kind_and_not_as_many(world: World) -> None:
    """A port that works with somebody here says that what he put in became one record after another, which everybody reads."""
    others = [world.there.publish(titled(f"read by all {i}")) for i in range(3)]
    notice = world.there.publish(example("notice"))
    for one in (*others, notice):
        world.brings(one.feed.feed)
    for record in (others[0].record, others[1].record, notice.record):
        world.says(world.first, record)
    world.brings(world.first.feed.feed)
    assert titles(world.here, world.lead).count("read by all 0") == 1
    shown = titles(world.here, world.other)
    assert "read by all 0" not in shown
    assert {"read by all 1", "read by all 2"} <= set(shown)
    waiting = world.here.store.read(lambda r: r.all("SELECT kind FROM conduct WHERE reviewer IS NULL"))
    assert [row[0] for row in waiting] == ["alert", "alert"]  # what he put in, and what it drew


def test_another_kind_is_not_drawn(world: World) -> None:
    notice = world.there.publish(example("notice"))
    world.brings(notice.feed.feed)
    before = len(titles(world.here, world.other))
    world.says(world.first, notice.record)
    world.brings(world.first.feed.feed)
    assert len(titles(world.here, world.other)) == before


def test_a_node_that_takes_any_kind_for_what_it_became_is_seen(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(go_on, "_kind", lambda *_: "alert")
    with pytest.raises(AssertionError):
        test_another_kind_is_not_drawn(world)


def test_what_a_move_draws_is_told_to_who_was_told_of_the_record_put_in(world: World) -> None:
    """A tie that is made in between takes it from nobody, and makes no other line."""
    at = world.here
    (integrity,) = (one.user.partition(":")[2] for one in overseers(at))
    drawn = world.there.publish(titled("read by all"))
    world.brings(drawn.feed.feed)
    pair = raw(world.lead), raw(integrity)
    at.store.write(
        lambda tx: interest.join(tx, at.ctx, MODEL, *pair, Tie.COLLEAGUE, actor="administrator/cli")
    ).result()
    world.says(world.first, drawn.record)
    world.brings(world.first.feed.feed)
    assert "read by all" not in titles(at, world.other)
    assert [line.number for line in lines(at, integrity)] == [2], "a later tie took what was drawn"


def test_a_move_that_asks_the_ties_of_its_own_moment_is_seen(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = conduct.last_put
    (integrity,) = (one.user.partition(":")[2] for one in overseers(world.here))

    def of_now(*given: Any) -> conduct.ConductRow | None:
        found = real(*given)
        return found and found._replace(tied=raw(integrity).hex())

    monkeypatch.setattr(conduct, "last_put", of_now)
    with pytest.raises(AssertionError, match="took what was drawn"):
        test_what_a_move_draws_is_told_to_who_was_told_of_the_record_put_in(world)


def test_what_is_on_hold_stays_sealed(world: World) -> None:
    at, first = world.here, world.first
    row = holds.HoldRow(
        lineage=first.feed.lineage,
        record=first.record,
        state=holds.HoldState.HELD,
        reference="NO-1",
        asked_by="dpo",
        asked_ms=at.ctx.now(),
        confirmed_by="captain",
        since_ms=at.ctx.now(),
    )
    at.store.write(lambda tx: holds.put(tx, row)).result()
    second = world.moves(first, GREEN, "second")
    for feed in (first.feed.feed, second.feed.feed):
        world.brings(feed)
    assert at.store.read(lambda r: holds.held(r, second.feed.lineage, second.record))
    assert titles(at, world.lead) == []


def test_a_hold_that_ends_with_a_move_is_seen(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holds, "of", lambda *_: ())
    with pytest.raises(AssertionError):
        test_what_is_on_hold_stays_sealed(world)


def test_a_port_moves_its_own_records_alone(world: World) -> None:
    """It names a record of another port as what its own became: nothing happens to that one."""
    own = world.here.publish(titled("ours"))
    world.says(world.first, own.record)
    world.brings(world.first.feed.feed)
    assert "ours" in titles(world.here, world.other)
    assert seen(world.here, visitor(world.here, world.other), own.record) is not None


@pytest.mark.parametrize(("most", "reads"), [(4, ["7"]), (16, [])])
def test_a_chain_is_followed_so_far_and_no_further(
    world: World, monkeypatch: pytest.MonkeyPatch, most: int, reads: list[str]
) -> None:
    """So that no port makes the writer of another follow it without end; all of it are records of its own."""
    monkeypatch.setattr(go_on, "MOVES_MAX", most)
    chain = [world.first]
    for number in range(8):
        chain.append(world.moves(chain[-1], GREEN if number % 2 == 0 else CLEAR, f"{number}"))
    for feed in dict.fromkeys(one.feed.feed for one in reversed(chain)):
        world.brings(feed)
    assert titles(world.here, world.lead) == ["7"]
    assert titles(world.here, world.other) == reads


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=str)
def test_a_move_that_is_not_followed_would_be_seen(
    world: World, monkeypatch: pytest.MonkeyPatch, order: Sequence[int]
) -> None:
    monkeypatch.setattr("node.commands.accept.go_on", lambda *_: None)
    with pytest.raises(AssertionError):
        test_a_record_moved_twice_stays_in_its_case_in_whatever_order_it_comes(world, (*order, 2))
