"""What overtakes a backlog, over sessions: it arrives before the backlog, nothing that is withdrawn goes, and whatever overtakes what,
all end in the state of one who fetched everything once, in order.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from dramas import Drama, all_feeds, check_converged, check_sound
from histories import breaks, hold
from ports import AMBER, ANTWERP, NORTH_SEA, SCHELDT
from simulator import Node, World
from virtual_time import run

from federation import dues, gaps
from federation.overtaking import Overtaking
from node.commands import go_ahead
from node.commands.publish import Released
from node.store import ahead, entries, feeds
from node.store.entries import Standing
from protocol.header import parse_header
from protocol.ids import FeedId, NodeId
from protocol.operation import Op
from protocol.v1 import federation_pb2 as pb

BACKLOG = 60


@pytest.fixture(autouse=True)
def _short_pushes(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (gaps, dues):
        monkeypatch.setattr(module, "PUSH_LAG", 5)


class Watched(World):
    """A world that looks at what goes ahead when it goes."""

    def __init__(self, seed: int, names: tuple[NodeId, ...] = (ANTWERP, NORTH_SEA)) -> None:
        self.ahead = self.stored = 0
        self.wrong: list[str] = []
        super().__init__(seed, names)
        self.tamper = self._look

    def _look(self, source: NodeId, _target: NodeId, kind: type[Any], raw: bytes) -> bytes:
        if kind is pb.Frame:
            frame = pb.Frame.FromString(raw)
            self.stored += frame.HasField("stored")
            if frame.HasField("ahead"):
                self.ahead += 1
                self._check(source, frame.ahead)
        return raw

    def _check(self, source: NodeId, one: pb.Ahead) -> None:
        header = parse_header(one.entry.header)
        if header.op is not Op.PUBLISH or not self.nodes[source].alive:
            return
        store = self.nodes[source].port.store
        row = store.read(lambda r: entries.get(r, number_of(r, FeedId(one.feed)), one.index))
        assert row is not None
        if row.standing != Standing.CURRENT:
            self.wrong.append(f"{source} sent ahead what it knows to be withdrawn: {one.index}")


def number_of(reader: Any, feed: FeedId) -> int:
    row = feeds.find(reader, feed)
    return row.number if row else 0


async def overtakes(seed: int) -> None:
    """A drama of two ports with bulk in small pieces, withdrawals and next versions; frames may come twice."""
    world = Watched(seed)
    world.live, world.bulk = world.random.choice([(1, 1), (2, 3), (3, 7)])
    world.echoes = world.random.choice([0.0, 0.4])
    drama = Drama(world, labels=(AMBER, SCHELDT))
    for _ in range(4):
        drama.burst(world.random.choice(list(world.nodes.values())))
        await drama.play(4)
        for node, released in world.random.sample(drama.released, min(4, len(drama.released))):
            if (node, released) in drama.released:
                drama.revise(node, released)
    await drama.end_well()
    check_converged(world)
    check_sound(world)
    check_all_reached(world)
    assert not world.wrong, world.wrong[0]
    COUNTS.append(world.ahead)


COUNTS: list[int] = []


def check_all_reached(world: World) -> None:
    """No checkpoint is left pending, and no entry above the size held."""
    for _, row in all_feeds(world):
        for node in world.nodes.values():
            mine = node.port.store.read(lambda r, f=row.feed: feeds.find(r, f))  # type: ignore[misc]
            if mine is not None:
                left = node.port.store.read(lambda r, m=mine: ahead.pending(r, m.number))  # type: ignore[misc]
                assert not left, f"{node.name} never reached {left[0].size} of {mine.size}"


def test_whatever_overtakes_what_all_end_in_the_same_state() -> None:
    COUNTS.clear()
    hold(overtakes, of=6)
    assert sum(COUNTS) > len(COUNTS), "hardly anything went ahead"


def test_a_sender_that_does_not_look_what_is_withdrawn_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(go_ahead, "_may_go", lambda _row, _ctx: True)
    monkeypatch.setattr(ahead, "shown", _all_alerts)
    assert breaks(overtakes, of=8, seeing="withdrawn")


def _all_alerts(reader: Any, number: int, first: int, _listings: object, most: int) -> list[tuple[int, str]]:
    """The fault: alerts by what they are, not by how they stand."""
    key = entries.key_of(number, first)
    rows = reader.all(
        "SELECT key, kind FROM entry WHERE key >= ? AND feed = ? AND op = 2 ORDER BY key DESC LIMIT ?",
        *(key, number, most),
    )
    return [(entries.index_of(found), kind) for found, kind in rows]


# ---- One alert, beside a backlog -------------------------------------------------------------------------------------------


async def raised_beside_a_backlog(seed: int) -> tuple[int, int, Watched]:
    """How much of the backlog the reader held when the alert stood there, how much there was, and the world."""
    world = Watched(seed)
    world.bulk = 2
    antwerp, ghent = world.nodes[ANTWERP], world.nodes[NORTH_SEA]
    for _ in range(BACKLOG):
        last = antwerp.release(kind="notice")
    feed = last.feed.feed
    await until(lambda: size(ghent, feed) >= 4)
    alert = antwerp.release()
    await until(lambda: stands(ghent, alert))
    return size(ghent, feed), alert.index, world


async def until(what: Callable[[], object]) -> None:
    """Let virtual time pass until something is so."""
    for _ in range(100_000):
        if what():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never became so")


def stands(node: Node, one: Released) -> bool:
    """Whether a record is shown there."""
    query = "SELECT 1 FROM entry WHERE record = ? AND standing = 1"
    return bool(node.port.store.read(lambda r: r.all(query, one.record)))


def size(node: Node, feed: FeedId) -> int:
    return int(node.sizes().get(feed, (0, b""))[0])


def test_an_alert_stands_at_the_reader_before_the_backlog_is_complete() -> None:
    async def told() -> None:
        held, index, world = await raised_beside_a_backlog(3)
        assert held < index
        await world.settle()
        check_converged(world)
        assert world.stored > 0

    run(told())


def test_a_sender_that_lets_all_wait_in_line_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Overtaking, "look", lambda _self, _feed, _sent: None)

    async def told() -> tuple[int, int]:
        held, index, _ = await raised_beside_a_backlog(3)
        return held, index

    held, index = run(told())
    assert held > index


def test_the_sender_keeps_the_word_of_it_apart_from_a_receipt_and_until_there_is_one() -> None:
    async def told() -> None:
        _, index, world = await raised_beside_a_backlog(5)
        antwerp = world.nodes[ANTWERP].port
        number = antwerp.store.read(lambda r: r.one("SELECT number FROM feed WHERE role = 0"))[0]  # type: ignore[index]

        def noted() -> list[NodeId]:
            return [one.node for one in antwerp.store.read(lambda r: ahead.noted(r, number, index))]

        await until(noted)
        assert noted() == [NORTH_SEA]
        await world.settle()
        assert noted() == [], "the receipt says more"

    run(told())


def test_while_a_peer_takes_no_more_bulk_an_alert_needs_no_credit() -> None:
    """The peer gives no credit back: what is pushed stops, an alert does not."""

    async def told() -> None:
        world = Watched(7)
        antwerp, ghent = world.nodes[ANTWERP], world.nodes[NORTH_SEA]
        antwerp.release()
        await world.settle()
        session = antwerp.exchange.sessions[NORTH_SEA]
        session._pushing._credit = 0
        alert = antwerp.release()
        await asyncio.sleep(1.0)
        assert world.ahead == 1
        assert stands(ghent, alert)

    run(told())


# ---- Words that nothing asked for ------------------------------------------------------------------------------------------


def notes_looked_at(monkeypatch: pytest.MonkeyPatch) -> tuple[int, int]:
    """How many entries went ahead, and how many notes were verified, where frames come twice."""
    looked: list[int] = []
    real = go_ahead.take_note

    def counted(*given: Any) -> bool:
        looked.append(1)
        return real(*given)

    monkeypatch.setattr(go_ahead, "take_note", counted)

    async def told() -> int:
        world = Watched(3)
        world.bulk, world.echoes = 2, 1.0
        antwerp = world.nodes[ANTWERP]
        for _ in range(BACKLOG):
            antwerp.release(kind="notice")
        alert = antwerp.release()
        await until(lambda: stands(world.nodes[NORTH_SEA], alert))
        await world.settle()
        check_converged(world)
        return world.ahead

    return run(told()), len(looked)


def test_a_note_that_answers_nothing_costs_no_look_at_its_signature(monkeypatch: pytest.MonkeyPatch) -> None:
    sent, looked = notes_looked_at(monkeypatch)
    assert 0 < looked <= sent


def test_a_sender_that_looks_at_each_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Overtaking, "answered", lambda _self, _feed, _index: True)
    sent, looked = notes_looked_at(monkeypatch)
    assert looked > sent
