"""An origin that contradicts itself: found where two of its checkpoints meet, proven to anybody, and what becomes of its feed."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from clones import clone
from ports import AMBER, ANTWERP, LIEGE, LIMBURG, NORTH_SEA, Port, port
from thefts import revoked

from node.commands import accept, evidence, receipt, serve, witnesses
from node.commands.batch import Batch
from node.commands.entitled import may_serve
from node.commands.outcome import Accepted, Refusal
from node.commands.publish import Released
from node.store import evidence as kept_evidence
from node.store import feeds
from node.store.changes import ChangeKind
from node.store.entries import Standing
from node.store.feeds import FeedRow, FeedState
from protocol import checkpoint as checkpoints
from protocol.checkpoint import Checkpoint
from protocol.contradiction import Contradiction, verify_contradiction
from protocol.errors import BadProof, Code, ProtocolError
from protocol.ids import FeedId, NodeId
from protocol.v1 import federation_pb2 as pb


@dataclass
class Scene:
    """Two copies of Antwerp that agree on `common` and on nothing after it; Ghent holds the first one's log."""

    one: Port
    other: Port
    north: Port
    common: Released

    @property
    def feed(self) -> FeedId:
        return self.common.feed.feed

    def held(self, at: Port | None = None) -> FeedRow:
        row = (at or self.north).store.read(lambda r: feeds.find(r, self.feed))
        assert row is not None
        return row

    def batch(self, of: Port, to: Port, first: int) -> Batch:
        found = of.serve(to, self.feed, first)
        assert found is not None
        return found

    def bring(self, first: int, *, sender: NodeId = LIEGE) -> Accepted | Refusal:
        """The other copy's log from `first` on comes to Ghent by way of `sender`."""
        return self.north.accept(self.batch(self.other, self.north, first), sender)


def scene(*, ours: int, theirs: int) -> Scene:
    """So many entries of each copy after the common one."""
    one = port(ANTWERP)
    common = one.release()
    other, north = clone(one), port(NORTH_SEA)
    for at, count in ((one, ours), (other, theirs)):
        for _ in range(count):
            at.release()
    north.pull(one, common.feed.feed)
    return Scene(one, other, north, common)


def forked(outcome: Accepted | Refusal) -> bool:
    return isinstance(outcome, Refusal) and outcome.code is Code.FORKED


def kept(at: Port) -> list[Contradiction]:
    rows = at.store.read(kept_evidence.every)
    return [evidence.from_wire(pb.Evidence.FromString(row.message)) for row in rows]


def test_lies_about_feeds_that_nobody_has_do_not_hide_one_about_a_feed_that_is_held(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(evidence, "OF_ORIGIN_MAX", 0)
    at = scene(ours=2, theirs=2)
    assert forked(at.bring(3))
    assert at.held().state is FeedState.FORKED


@pytest.mark.parametrize(("ours", "theirs", "first"), [(2, 2, 4), (3, 1, 0), (3, 1, 2), (5, 2, 2), (4, 4, 0)])
def test_a_batch_of_another_history_marks_the_feed_and_its_bringer_is_not_at_fault(
    ours: int, theirs: int, first: int
) -> None:
    at = scene(ours=ours, theirs=theirs)
    first = min(first, at.held(at.other).size - 1)
    assert forked(at.bring(first))
    assert at.held().state is FeedState.FORKED
    (lie,) = kept(at.north)
    verify_contradiction(lie, publics=[at.one.ctx.keys.log_public])
    assert (lie.older.size, lie.newer.size) == (2 + theirs, 2 + ours)
    assert [c.feed for c in at.north.changes if c.kind is ChangeKind.EVIDENCE] == [at.feed]
    assert [a.act for a in at.north.audits() if a.act == "fork"] == ["fork"]


def test_the_longer_of_two_histories_does_not_verify_and_says_nothing_about_the_feed() -> None:
    at = scene(ours=1, theirs=4)
    outcome = at.bring(3)
    assert isinstance(outcome, Refusal)
    assert (outcome.code, at.held().state, kept(at.north)) == (Code.BAD_PROOF, FeedState.OPEN, [])


def test_nobody_without_the_key_of_an_origin_marks_its_feed() -> None:
    at = scene(ours=2, theirs=0)
    evil = port(LIEGE)
    root = bytes(32)
    for size in (2, 4):
        forged = checkpoints.sign(
            origin=ANTWERP,
            feed=at.feed,
            size=size,
            root=root,  # type: ignore[arg-type]
            public=evil.ctx.keys.log_public,
            sign=evil.ctx.keys.sign_log,
        )
        whole = at.batch(at.one, at.north, 0)
        outcome = at.north.accept(replace(whole, checkpoint=forged), LIEGE)
        assert isinstance(outcome, Refusal)
        assert outcome.code is Code.BAD_SIGNATURE
    garbled = replace(at.batch(at.one, at.north, 0), consistency=(bytes(32),))
    outcome = at.north.accept(garbled, LIEGE)
    assert isinstance(outcome, Accepted), "a repeat needs no proof"
    assert (at.held().state, kept(at.north)) == (FeedState.OPEN, [])


def test_two_statements_on_the_id_of_anothers_feed_do_not_mark_it() -> None:
    """An origin may write any id into what it signs: it accuses itself, not the one whose feed that is."""
    at = scene(ours=2, theirs=0)
    evil = port(LIEGE)

    def signed(root: bytes) -> Checkpoint:
        keys = evil.ctx.keys
        return checkpoints.sign(
            origin=LIEGE,
            feed=at.feed,
            size=4,
            root=root,  # type: ignore[arg-type]
            public=keys.log_public,
            sign=keys.sign_log,
        )

    lie = Contradiction(LIEGE, at.feed, signed(bytes(32)), signed(bytes([1] * 32)))
    assert at.north.store.write(lambda tx: evidence.take(tx, at.north.ctx, lie, source=LIEGE)).result()
    assert at.held().state is FeedState.OPEN
    fresh = port(LIMBURG)
    fresh.store.write(lambda tx: evidence.take(tx, fresh.ctx, lie, source=LIEGE)).result()
    assert isinstance(fresh.pull(at.one, at.feed), Accepted)


def test_the_evidence_convinces_whoever_has_the_register_and_nobody_twice() -> None:
    at = scene(ours=3, theirs=1)
    at.bring(0)
    (lie,) = kept(at.north)
    sent = evidence.from_wire(pb.Evidence.FromString(evidence.to_wire(lie).SerializeToString()))
    limburg = port(LIMBURG)
    limburg.pull(at.other, at.feed)
    news = [
        limburg.store.write(lambda tx: evidence.take(tx, limburg.ctx, sent, source=NORTH_SEA)).result()
        for _ in range(2)
    ]
    assert news == [True, False]
    assert at.held(limburg).state is FeedState.FORKED


def test_statements_that_do_not_contradict_are_refused() -> None:
    at = scene(ours=3, theirs=1)
    at.bring(0)
    (lie,) = kept(at.north)
    for wrong in (
        replace(lie, newer=lie.older, root_at_older=b"", consistency=()),
        replace(lie, root_at_older=lie.older.root),
        replace(lie, consistency=lie.consistency[:-1]),
    ):
        with pytest.raises(BadProof):
            port(LIEGE).store.write(
                lambda tx, one=wrong: evidence.take(tx, port(LIEGE).ctx, one, source=NORTH_SEA)  # type: ignore[misc]
            ).result()


def test_a_revoked_keys_statements_mark_nothing() -> None:
    at = scene(ours=3, theirs=1)
    at.bring(0)
    (lie,) = kept(at.north)
    limburg = port(LIMBURG, register=revoked())
    assert not limburg.store.write(lambda tx: evidence.take(tx, limburg.ctx, lie, source=NORTH_SEA)).result()
    assert kept(limburg) == []


def test_of_a_forked_feed_nothing_is_passed_on_and_no_receipt_given() -> None:
    at = scene(ours=3, theirs=1)
    liege = port(LIEGE)
    assert at.north.serve(liege, at.feed, 0) is not None
    given = at.north.receipt(at.feed)
    at.bring(0)
    assert at.north.serve(liege, at.feed, 0) is None
    assert not may_serve(at.north.ctx, LIEGE, at.held(), at.north.ctx.register)
    at.one.release()
    outcome = at.north.accept(at.batch(at.one, at.north, 5), ANTWERP)
    assert isinstance(outcome, Accepted)
    assert outcome.receipt is None
    assert at.north.receipt(at.feed) == given


def test_what_the_origin_itself_sends_is_taken_and_its_withdrawals_hold() -> None:
    at = scene(ours=3, theirs=1)
    at.bring(0)
    at.one.withdraw(at.common)
    batch = at.batch(at.one, at.north, 5)
    assert forked(at.north.accept(batch, LIEGE))
    assert isinstance(at.north.accept(batch, ANTWERP), Accepted)
    ((standing,),) = at.north.store.read(
        lambda r: r.all("SELECT standing FROM entry WHERE record = ? AND op = 2", at.common.record)
    )
    assert standing == Standing.RETRACTED
    assert at.held().state is FeedState.FORKED
    assert forked(at.bring(2, sender=ANTWERP)), (
        "and of the other history nothing, without an end of the session"
    )


def test_a_feed_that_evidence_came_before_is_forked_from_its_first_entry_on() -> None:
    at = scene(ours=3, theirs=1)
    at.bring(0)
    (lie,) = kept(at.north)
    limburg = port(LIMBURG)
    limburg.store.write(lambda tx: evidence.take(tx, limburg.ctx, lie, source=NORTH_SEA)).result()
    assert forked(limburg.accept(at.batch(at.one, limburg, 0), NORTH_SEA))
    assert isinstance(limburg.accept(at.batch(at.one, limburg, 0), ANTWERP), Accepted)
    assert at.held(limburg).state is FeedState.FORKED


def test_the_origin_goes_on_in_a_new_epoch() -> None:
    at = scene(ours=3, theirs=1)
    at.bring(0)
    (lie,) = kept(at.north)
    assert at.one.store.write(lambda tx: evidence.take(tx, at.one.ctx, lie, source=NORTH_SEA)).result()
    after = at.one.release(AMBER)
    assert (after.feed.epoch, after.feed.feed) != (1, at.feed)
    assert isinstance(at.north.pull(at.one, after.feed.feed), Accepted)
    row = at.north.store.read(lambda r: feeds.find(r, after.feed.feed))
    assert row is not None
    assert row.state is FeedState.OPEN


@pytest.mark.parametrize("longer", ["ours", "theirs"])
def test_two_readers_that_show_each_other_their_heads_find_it(longer: str) -> None:
    at = scene(ours=3, theirs=1) if longer == "ours" else scene(ours=1, theirs=3)
    limburg = port(LIMBURG)
    limburg.pull(at.other, at.feed)

    def show(source: Port, target: Port) -> bool:
        told = source.store.read(lambda r: witnesses.newest(r, source.ctx, at.feed))
        assert told is not None
        given = checkpoints.from_wire(told.checkpoint)
        return target.store.write(
            lambda tx: witnesses.meet(tx, target.ctx, at.feed, given, source=source.name)
        ).result()

    wants_answer = show(limburg, at.north)
    assert wants_answer is (longer == "theirs")
    if wants_answer:
        assert not show(at.north, limburg)
    finder = at.north if longer == "ours" else limburg
    assert len(kept(finder)) == 1
    assert at.held(finder).state is FeedState.FORKED


def test_a_receipt_over_another_history_proves_nothing_and_ends_nothing() -> None:
    at = scene(ours=2, theirs=2)
    limburg = port(LIMBURG)
    limburg.pull(at.other, at.feed)
    given = limburg.receipt(at.feed)
    assert given is not None
    with pytest.raises(ProtocolError) as refused:
        at.one.store.write(lambda tx: receipt.take(tx, at.one.ctx, LIMBURG, given)).result()
    assert refused.value.code is Code.FORKED
    assert kept(at.one) == []


def test_evidence_is_told_to_those_who_may_follow_the_feed() -> None:
    at = scene(ours=3, theirs=1)
    at.bring(0)
    told = {
        name: len(at.north.store.read(lambda r, n=name: evidence.concerning(r, at.north.ctx, n)))  # type: ignore[misc]
        for name in (LIEGE, ANTWERP, NodeId("port-rotterdam"), NodeId("nobody"))
    }
    assert told == {LIEGE: 1, ANTWERP: 1, "port-rotterdam": 0, "nobody": 0}
    (one,) = at.north.store.read(kept_evidence.every)
    proof = evidence.from_wire(pb.Evidence.FromString(one.message))
    assert (one.origin, proof.older.size, proof.newer.size, one.node) == (ANTWERP, 3, 5, LIEGE)


def test_a_node_that_takes_no_notice_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (accept, evidence):
        monkeypatch.setattr(module, "denied", lambda *_: None)
    with pytest.raises(AssertionError):
        test_a_batch_of_another_history_marks_the_feed_and_its_bringer_is_not_at_fault(3, 1, 0)


def test_what_is_listed_has_its_state() -> None:
    at = scene(ours=3, theirs=1)
    at.bring(0)
    (row,) = at.north.store.read(lambda r: serve.listed(r, [at.feed]))
    assert row.state == FeedState.FORKED
