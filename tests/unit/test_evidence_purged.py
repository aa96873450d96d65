"""Evidence against a feed that this node lost: it outlives the purge, is told to nobody meanwhile, and marks the feed when it comes again."""

from __future__ import annotations

import pytest
from clones import clone
from ports import ANTWERP, LIEGE, NORTH_SEA, Port, port

from node.commands import evidence
from node.commands.outcome import Accepted, Refusal
from node.store import evidence as stored
from node.store import feeds, purges
from node.store.feeds import FeedRow, FeedState
from node.store.unit import Tx
from protocol.contradiction import Contradiction
from protocol.errors import Code
from protocol.ids import FeedId, UnixMs
from protocol.v1 import federation_pb2 as pb


class Lost:
    """Antwerp signed two histories; Ghent held one of them and lost the feed."""

    def __init__(self, *, known_before: bool) -> None:
        self.one, self.north = port(ANTWERP), port(NORTH_SEA)
        self.feed: FeedId = self.one.release().feed.feed
        self.other = clone(self.one)
        self.one.release()
        self.other.release(description="another history")
        self.north.pull(self.one, self.feed)
        told = port(LIEGE)
        told.pull(self.one, self.feed)
        self.bring(told, self.other, first=1)
        (row,) = told.store.read(lambda r: r.all("SELECT message FROM evidence"))
        self.lie: Contradiction = evidence.from_wire(pb.Evidence.FromString(row[0]))
        if known_before:
            self.told()
        self.north.store.write(self._purge).result()
        if not known_before:
            self.told()

    def told(self) -> None:
        assert self.north.store.write(
            lambda tx: evidence.take(tx, self.north.ctx, self.lie, source=LIEGE)
        ).result()

    def _purge(self, tx: Tx) -> None:
        held = feeds.find(tx, self.feed)
        assert held is not None
        purges.begin(tx, held, UnixMs(1))
        purges.step(tx, held, 1_000)
        purges.done(tx, held.number, UnixMs(2))

    def bring(
        self, at: Port, source: Port, *, first: int = 0, sender: Port | None = None
    ) -> Accepted | Refusal:
        batch = source.serve(at, self.feed, first)
        assert batch is not None
        return at.accept(batch, sender or port(LIEGE))

    def held(self) -> FeedRow:
        row = self.north.store.read(lambda r: feeds.find(r, self.feed))
        assert row is not None
        return row


@pytest.mark.parametrize("known_before", [True, False])
def test_it_is_unconfirmed_again_when_it_comes_again(known_before: bool) -> None:
    lost = Lost(known_before=known_before)
    assert lost.held().state is FeedState.PURGED
    relayed = lost.bring(lost.north, lost.one)
    assert isinstance(relayed, Refusal)
    assert relayed.code is Code.FORKED
    assert lost.held().state is FeedState.PURGED
    taken = lost.bring(lost.north, lost.one, sender=lost.one)
    assert isinstance(taken, Accepted)
    assert taken.receipt is None
    assert lost.held().state is FeedState.FORKED


def test_meanwhile_it_is_told_to_nobody_and_kept() -> None:
    lost = Lost(known_before=True)
    assert lost.north.store.read(lambda r: evidence.concerning(r, lost.north.ctx, LIEGE)) == []
    assert len(lost.north.store.read(stored.every)) == 1
    lost.bring(lost.north, lost.one, sender=lost.one)
    assert len(lost.north.store.read(lambda r: evidence.concerning(r, lost.north.ctx, LIEGE))) == 1


def test_a_node_that_forgot_it_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fault planted: what comes again is a feed like any other."""
    monkeypatch.setattr(evidence, "marked", lambda _reader, base: base)
    with pytest.raises(AssertionError):
        test_it_is_unconfirmed_again_when_it_comes_again(known_before=True)
