"""Who has no right to a feed, or no signature of its origin, hears alike whatever is held of it: nothing, all, two histories, a purged one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from ports import ANTWERP, LIMBURG, NORTH_SEA, SCHELDT, Port, port

from node.commands import overtake
from node.commands.ahead import Ahead
from node.commands.outcome import Refusal
from node.store import feeds, purges
from node.store.feeds import FeedState
from node.store.unit import Tx
from protocol.errors import Code
from protocol.ids import FeedId, NodeId, UnixMs


def fork(tx: Tx, number: int) -> None:
    feeds.turn(tx, number, FeedState.FORKED)


def purge(tx: Tx, number: int) -> None:
    feed = feeds.numbered(tx, number)
    purges.begin(tx, feed, UnixMs(1))
    purges.step(tx, feed, 1_000)


HELD: dict[str, Callable[[Tx, int], None] | None] = {
    "nothing": None,
    "all": lambda _tx, _number: None,
    "two histories": fork,
    "purged": purge,
}


def holding(origin: Port, feed: FeedId, how: str) -> Port:
    here = port(NORTH_SEA)
    act = HELD[how]
    if act is not None:
        here.pull(origin, feed)
        held = here.store.read(lambda r: feeds.find(r, feed))
        assert held is not None
        here.store.write(lambda tx: act(tx, held.number)).result()
    return here


@pytest.fixture(scope="module", name="sent")
def sent_alert() -> tuple[Port, Ahead]:
    origin = port(ANTWERP)
    for _ in range(3):
        origin.release(SCHELDT, kind="notice")
    released = origin.release(SCHELDT)
    one = origin.go_ahead(released.feed.feed, released.index)
    assert one is not None
    return origin, one


def unsigned(one: Ahead) -> Ahead:
    return replace(one, checkpoint=replace(one.checkpoint, signature=bytes(68)))


def answer(here: Port, one: Ahead, peer: NodeId) -> tuple[object, ...]:
    found = here.store.write(lambda tx: overtake.overtake(tx, here.ctx, peer, one, knows=False)).result()
    if not isinstance(found, Refusal):
        return ("taken",)
    return found.code, found.field, found.words, found.size, found.index, found.evidence


def heard(sent: tuple[Port, Ahead], one: Ahead, peer: NodeId) -> dict[str, tuple[object, ...]]:
    return {how: answer(holding(sent[0], one.feed, how), one, peer) for how in HELD}


def test_what_its_origin_did_not_sign_is_refused_alike(sent: tuple[Port, Ahead]) -> None:
    for peer in (LIMBURG, ANTWERP):
        found = heard(sent, unsigned(sent[1]), peer)
        assert set(found.values()) == {found["nothing"]}
        assert found["nothing"][0] is Code.BAD_SIGNATURE


def test_who_may_not_have_the_feed_hears_alike_though_it_is_signed(sent: tuple[Port, Ahead]) -> None:
    found = heard(sent, sent[1], LIMBURG)
    assert set(found.values()) == {found["nothing"]}
    assert found["nothing"][0] is Code.ABOVE_ACCREDITATION


def test_its_origin_hears_what_is_so(sent: tuple[Port, Ahead]) -> None:
    found = heard(sent, sent[1], ANTWERP)
    assert found["nothing"] == found["all"] == ("taken",)
    assert found["two histories"] == ("taken",)
    assert found["purged"][0] is Code.NO_SPACE


def test_without_the_right_of_who_brings_it_the_answers_differ(
    sent: tuple[Port, Ahead], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fault planted: whoever has the bytes is answered."""
    monkeypatch.setattr(overtake, "_may_bring", lambda *_: None)
    assert len(set(heard(sent, sent[1], LIMBURG).values())) > 1
