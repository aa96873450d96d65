"""A member that joins without history: the feeds it may read from now on go on in a new epoch, and nothing older reaches it."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
import registers
from ports import AMBER, ANTWERP, LIEGE, LIMBURG, NORTH_SEA, SCHELDT, Port, port

from node.commands import append, epoch
from node.commands.outcome import Accepted, Refusal
from node.store import entries, feeds
from node.store.entries import Standing
from node.store.feeds import FeedRow, FeedState
from protocol.header import parse_header
from protocol.ids import NodeId, RecordId
from protocol.operation import Op
from protocol.register import build_register
from protocol.register_view import Register


def joined(version: int, *, since: int | None = None) -> Register:
    """Limburg is a member of the Scheldt's ports since this version, or another that the board states."""
    board = registers.board()
    scheldt = board["communities"]["ports-scheldt"]
    scheldt["members"]["port-limburg"] = version if since is None else since
    scheldt["serving"].append("port-limburg")
    return build_register(
        board, registers.nodes(), version=version, hash=bytes([version] * 32), expires_ms=registers.EXPIRES
    )


def left(version: int) -> Register:
    """Liège is a member of the Scheldt's ports no more."""
    board = registers.board()
    del board["communities"]["ports-scheldt"]["members"]["port-liege"]
    board["communities"]["ports-scheldt"]["serving"].remove("port-liege")
    return build_register(
        board, registers.nodes(), version=version, hash=bytes([version] * 32), expires_ms=registers.EXPIRES
    )


@dataclass
class Coast:
    """Ports that share one register, which changes."""

    register: Register = field(default_factory=registers.register)
    made: dict[NodeId, Port] = field(default_factory=dict)

    def __getitem__(self, name: NodeId) -> Port:
        if name not in self.made:
            self.made[name] = port(name, register=lambda: self.register)
        return self.made[name]

    def share(self, feed: FeedRow) -> dict[NodeId, bool]:
        """Who takes this feed of Antwerp's now."""
        return {
            name: isinstance(self[name].pull(self[ANTWERP], feed.feed), Accepted)
            for name in (NORTH_SEA, LIMBURG, LIEGE)
        }


@pytest.fixture(name="coast")
def a_coast() -> Coast:
    return Coast()


def standing(at: Port, record: RecordId) -> list[tuple[int, int]]:
    return [
        (row[0], row[1])
        for row in at.store.read(
            lambda r: r.all("SELECT version, standing FROM entry WHERE record = ? AND op = 2", record)
        )
    ]


def test_what_is_said_after_somebody_joined_reaches_it_and_nothing_older(coast: Coast) -> None:
    before = coast[ANTWERP].release(SCHELDT)
    coast.register = joined(4)
    after = coast[ANTWERP].release(SCHELDT)
    assert (before.feed.epoch, after.feed.epoch, after.index) == (1, 2, 1)
    assert coast.share(before.feed) == {NORTH_SEA: True, LIMBURG: False, LIEGE: True}
    assert coast.share(after.feed) == {NORTH_SEA: True, LIMBURG: True, LIEGE: True}
    assert coast[LIMBURG].store.read(feeds.every)[0].feed == after.feed.feed
    assert standing(coast[LIMBURG], before.record) == []


def test_the_epoch_before_ends_with_close_and_is_named_by_the_next(coast: Coast) -> None:
    before = coast[ANTWERP].release(SCHELDT)
    coast.register = joined(4)
    after = coast[ANTWERP].release(SCHELDT)
    store = coast[ANTWERP].store
    closed = store.read(lambda r: feeds.numbered(r, before.feed.number))
    last = store.read(lambda r: entries.get(r, closed.number, closed.size - 1))
    opened = store.read(lambda r: entries.get(r, after.feed.number, 0))
    assert last is not None
    assert opened is not None
    assert (closed.state, last.op, closed.checkpoint.size) == (FeedState.CLOSED, Op.CLOSE, closed.size)
    said = parse_header(opened.header).open
    assert said is not None
    assert (said.previous, said.epoch) == (before.feed.feed, 2)


@pytest.mark.parametrize("register", [joined(4, since=2), left(4), registers.register(4)])
def test_no_epoch_for_who_may_read_what_was_nor_for_who_left(coast: Coast, register: Register) -> None:
    before = coast[ANTWERP].release(SCHELDT)
    coast.register = register
    assert coast[ANTWERP].release(SCHELDT).feed.feed == before.feed.feed


def test_who_left_is_given_nothing_though_the_epoch_goes_on(coast: Coast) -> None:
    before = coast[ANTWERP].release(SCHELDT)
    assert coast.share(before.feed)[LIEGE]
    coast.register = left(4)
    after = coast[ANTWERP].release(SCHELDT)
    assert coast[ANTWERP].serve(coast[LIEGE], after.feed.feed, after.index) is None


def test_only_the_feeds_concerned_open_one_and_only_once(coast: Coast) -> None:
    wide, narrow = coast[ANTWERP].release(AMBER), coast[ANTWERP].release(SCHELDT)
    coast.register = joined(4)
    again = [coast[ANTWERP].release(label) for label in (AMBER, SCHELDT, AMBER, SCHELDT)]
    assert [one.feed.epoch for one in again] == [1, 2, 1, 2]
    assert again[0].feed.feed == wide.feed.feed
    assert again[3].feed.feed == again[1].feed.feed != narrow.feed.feed


def test_versions_and_withdrawals_go_on_in_the_lineage(coast: Coast) -> None:
    first = coast[ANTWERP].release(SCHELDT)
    coast.register = joined(4)
    second = coast[ANTWERP].release(SCHELDT, record=first.record, version=2)
    for feed in (first.feed, second.feed):
        coast.share(feed)
    at = coast[NORTH_SEA]
    assert standing(at, first.record) == [(1, Standing.SUPERSEDED), (2, Standing.CURRENT)]
    assert standing(coast[LIMBURG], first.record) == [(2, Standing.CURRENT)]
    coast[ANTWERP].withdraw(second)
    coast.share(second.feed)
    assert [s for _, s in standing(at, first.record)] == [Standing.RETRACTED] * 2
    assert standing(coast[LIMBURG], first.record) == [(2, Standing.RETRACTED)]
    assert not at.store.read(lambda r: entries.quarantined(r, 1, 99) + entries.quarantined(r, 2, 99))


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_one_version_in_two_epochs_the_later_one_stands(coast: Coast, order: tuple[int, int]) -> None:
    """As where the epoch before lost its end: whoever holds what, in whatever order it came, shows the same."""
    first = coast[ANTWERP].release(SCHELDT, description="the first")
    coast.register = joined(4)
    second = coast[ANTWERP].release(SCHELDT, record=first.record, version=1, description="the second")
    for place in order:
        coast.share((first.feed, second.feed)[place])
    rows = coast[NORTH_SEA].store.read(
        lambda r: r.all(
            "SELECT f.epoch, e.shown FROM entry e JOIN feed f ON f.number = e.feed WHERE e.op = 2"
        )
    )
    assert sorted((epoch, shown > 0) for epoch, shown in rows) == [(1, False), (2, True)]


def test_nothing_stands_after_close(coast: Coast, monkeypatch: pytest.MonkeyPatch) -> None:
    antwerp, north = coast[ANTWERP], coast[NORTH_SEA]
    feed = antwerp.release(SCHELDT).feed
    closed = antwerp.store.write(lambda tx: append.close(tx, antwerp.ctx, feed, coast.register)).result()
    monkeypatch.setattr(append, "ended", lambda *_: False)
    assert antwerp.release(SCHELDT).feed.feed == feed.feed

    def refused(first: int) -> tuple[str, str]:
        batch = antwerp.serve(north, feed.feed, first)
        assert batch is not None
        outcome = north.accept(batch)
        assert isinstance(outcome, Refusal)
        return outcome.code, outcome.field.rpartition(".")[2]

    assert refused(0) == ("MALFORMED", "op")
    good = antwerp.serve(north, feed.feed, 0, end=closed.size)
    assert good is not None
    assert isinstance(north.accept(good), Accepted)
    assert refused(closed.size) == ("MALFORMED", "op")


def test_an_epoch_that_nobody_opens_would_be_seen(coast: Coast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(epoch, "joined_since", lambda *_, **__: False)
    with pytest.raises(AssertionError):
        test_what_is_said_after_somebody_joined_reaches_it_and_nothing_older(coast)
