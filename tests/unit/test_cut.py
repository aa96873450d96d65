"""An epoch that is cut off: what its holders keep of it, what they serve and take, and what the origin does when its key is void."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest
import registers
from clones import clone
from ports import AMBER, ANTWERP, LIEGE, LIMBURG, NORTH_SEA, Port, port
from thefts import NewKeys, revoked, void_of

from node.commands import cut, highest, prove, revocation, witnesses
from node.commands.batch import Batch
from node.commands.outcome import Accepted, Refusal
from node.store import cuts, entries, feeds
from node.store import evidence as stored
from node.store.entries import Standing
from node.store.feeds import FeedRow, FeedState
from protocol import checkpoint as checkpoints
from protocol.checkpoint import Checkpoint
from protocol.entry import build_epoch, build_open
from protocol.errors import Code
from protocol.header import parse_header
from protocol.ids import FeedId, Hash, NodeId, feed_id
from protocol.merkle import CompactRange
from protocol.operation import Op, Previous
from protocol.register_view import Register


@dataclass
class Coast:
    register: Register = field(default_factory=registers.register)

    def __post_init__(self) -> None:
        self.antwerp, self.north, self.limburg = (
            port(name, register=lambda: self.register) for name in (ANTWERP, NORTH_SEA, LIMBURG)
        )

    def revoke(self) -> revocation.Followed:
        self.register = revoked()
        object.__setattr__(self.antwerp.ctx, "keys", NewKeys())
        done = [
            at.store.write(lambda tx, at=at: revocation.follow(tx, at.ctx)).result()  # type: ignore[misc]
            for at in (self.antwerp, self.north, self.limburg)
        ]
        return done[0]


@pytest.fixture(name="coast")
def a_coast() -> Coast:
    return Coast()


def row(at: Port, feed: FeedId) -> FeedRow:
    found = at.store.read(lambda r: feeds.find(r, feed))
    assert found is not None
    return found


def newest(at: Port) -> FeedRow:
    found = at.store.read(lambda r: feeds.current(r, ANTWERP, AMBER))
    assert found is not None
    return found


def standings(at: Port, record: bytes) -> list[int]:
    rows = at.store.read(lambda r: r.all("SELECT standing FROM entry WHERE record = ? AND op = 2", record))
    return [one for (one,) in rows]


def test_a_void_key_cuts_its_feeds_off_at_once_and_once(coast: Coast) -> None:
    first = coast.antwerp.release()
    assert coast.revoke().cut == 1
    assert coast.revoke().cut == 0
    after = newest(coast.antwerp)
    assert (after.epoch, after.size, after.state) == (2, 2, FeedState.OPEN)
    ops = coast.antwerp.store.read(lambda r: r.all("SELECT op FROM entry WHERE feed = ?", after.number))
    assert ops == [(Op.OPEN,), (Op.EPOCH,)]
    assert row(coast.antwerp, first.feed.feed).state is FeedState.CLOSED
    assert coast.antwerp.release().index == 2


def test_who_holds_the_good_part_keeps_it_and_goes_on(coast: Coast) -> None:
    first = coast.antwerp.release()
    coast.north.pull(coast.antwerp, first.feed.feed)
    coast.revoke()
    assert isinstance(coast.north.pull(coast.antwerp, newest(coast.antwerp).feed), Accepted)
    held = row(coast.north, first.feed.feed)
    assert (held.size, held.state) == (2, FeedState.CLOSED)
    assert standings(coast.north, first.record) == [Standing.CURRENT]


def test_nothing_by_a_void_key_is_served_or_taken(coast: Coast) -> None:
    first = coast.antwerp.release()
    thief = clone(coast.antwerp)
    thief.release()
    coast.north.pull(coast.antwerp, first.feed.feed)
    stolen = thief.serve(coast.north, first.feed.feed, 2)
    assert stolen is not None
    coast.register = revoked()
    assert coast.north.serve(coast.limburg, first.feed.feed, 0) is None
    outcome = coast.north.accept(stolen, LIEGE)
    assert isinstance(outcome, Refusal)
    assert outcome.code is Code.BAD_SIGNATURE


def test_what_stands_beyond_is_void_and_its_effects_are_undone(coast: Coast) -> None:
    first = coast.antwerp.release()
    thief = clone(coast.antwerp)
    false, _ = thief.release(), thief.withdraw(first)
    coast.north.pull(thief, first.feed.feed)
    assert standings(coast.north, first.record) == [Standing.RETRACTED]
    coast.revoke()
    coast.north.pull(coast.antwerp, newest(coast.antwerp).feed)
    assert standings(coast.north, first.record) == [Standing.CURRENT]
    assert standings(coast.north, false.record) == [Standing.VOID]
    held = row(coast.north, first.feed.feed)
    assert void_of(coast.north, held) == [2, 3]
    outcome = coast.north.accept(coast.antwerp.serve(coast.north, first.feed.feed, 0), ANTWERP)  # type: ignore[arg-type]
    assert isinstance(outcome, Accepted)


def test_the_good_part_is_taken_from_a_relay_that_has_only_the_void_keys_signature(coast: Coast) -> None:
    first = coast.antwerp.release()
    coast.north.pull(coast.antwerp, first.feed.feed)
    coast.revoke()
    for at in (coast.north, coast.limburg):
        at.pull(coast.antwerp, newest(coast.antwerp).feed)
    assert isinstance(coast.limburg.pull(coast.north, first.feed.feed), Accepted)
    assert row(coast.limburg, first.feed.feed).root == row(coast.antwerp, first.feed.feed).root
    assert row(coast.limburg, first.feed.feed).state is FeedState.CLOSED


def test_evidence_by_a_key_that_became_void_is_none_any_more(coast: Coast) -> None:
    first = coast.antwerp.release()
    thief = clone(coast.antwerp)
    coast.antwerp.release()
    thief.release()
    coast.north.pull(coast.antwerp, first.feed.feed)
    coast.north.accept(thief.serve(coast.north, first.feed.feed, 0), LIEGE)  # type: ignore[arg-type]
    assert row(coast.north, first.feed.feed).state is FeedState.FORKED
    coast.revoke()
    assert coast.north.store.read(stored.every) == []
    assert row(coast.north, first.feed.feed).state is FeedState.OPEN


def test_a_forked_origin_cuts_its_epoch_off_where_it_stands(coast: Coast) -> None:
    first = coast.antwerp.release()
    other = clone(coast.antwerp)
    other.release()
    coast.north.pull(other, first.feed.feed)
    coast.antwerp.release()
    outcome = coast.antwerp.accept(other.serve(coast.antwerp, first.feed.feed, 0), NORTH_SEA)  # type: ignore[arg-type]
    assert isinstance(outcome, Refusal)
    after = coast.antwerp.release()
    assert (after.feed.epoch, after.index) == (2, 2)
    coast.north.pull(coast.antwerp, after.feed.feed)
    coast.north.pull(coast.antwerp, first.feed.feed)
    assert row(coast.north, first.feed.feed).root == row(coast.antwerp, first.feed.feed).root


def test_an_epoch_entry_that_names_another_feed_than_its_open_says_nothing(coast: Coast) -> None:
    wide = coast.antwerp.release()
    coast.north.pull(coast.antwerp, wide.feed.feed)
    other = coast.antwerp.release("BE:NONE//TLP:GREEN//AUD ports-be")
    coast.north.pull(coast.antwerp, other.feed.feed)
    previous = Previous(wide.feed.feed, 1, row(coast.north, wide.feed.feed).root)
    entry = build_epoch(previous=previous, issued_ms=1, register=3)
    header = parse_header(entry.header)
    held = row(coast.north, other.feed.feed)
    coast.north.store.write(lambda tx: cut.said(tx, coast.north.ctx, held, [header])).result()
    assert row(coast.north, wide.feed.feed).size == 2
    assert coast.north.store.read(lambda r: cuts.naming(r, wide.feed.feed)) == []


def lying_epoch(liar: Port, victim: FeedId, size: int, root: Hash, *, label: str = AMBER) -> Batch:
    """A feed of the liar's own, in whose OPEN and EPOCH it names another's feed as the epoch before."""
    now, version = liar.ctx.now(), liar.ctx.register.version
    salt = bytes(16)
    run = (
        build_open(
            origin=liar.name,
            epoch=2,
            salt=salt,
            label=label,
            register=version,
            issued_ms=now,
            previous=victim,
        ),
        build_epoch(previous=Previous(victim, size, root), issued_ms=now, register=version),
    )
    name = feed_id(liar.name, 2, salt, label)
    signed = CompactRange().extend(one.leaf for one in run)[0].root()
    keys = liar.ctx.keys
    checkpoint = checkpoints.sign(
        origin=liar.name, feed=name, size=2, root=signed, public=keys.log_public, sign=keys.sign_log
    )
    return Batch(name, 0, run, checkpoint, ())


def taken_in(at: Port, one: Batch, peer: NodeId) -> None:
    assert isinstance(at.accept(one, peer), Accepted)


def test_nobody_ends_another_origins_feed(coast: Coast) -> None:
    first = coast.antwerp.release()
    coast.north.pull(coast.antwerp, first.feed.feed)
    liar = port(LIEGE, register=lambda: coast.register)
    taken_in(coast.north, lying_epoch(liar, first.feed.feed, 1, Hash(bytes(32))), LIEGE)
    coast.antwerp.release()
    assert isinstance(coast.north.pull(coast.antwerp, first.feed.feed), Accepted)
    held = row(coast.north, first.feed.feed)
    assert (held.size, held.state) == (3, FeedState.OPEN)


def test_nobody_vouches_for_entries_that_their_origin_did_not_sign(coast: Coast) -> None:
    first = coast.antwerp.release()
    batch = coast.antwerp.serve(coast.north, first.feed.feed, 0)
    assert batch is not None
    liar = port(LIEGE, register=lambda: coast.register)
    taken_in(coast.north, lying_epoch(liar, first.feed.feed, 2, batch.checkpoint.root), LIEGE)
    forged = replace(batch, checkpoint=Checkpoint(2, batch.checkpoint.root, bytes(68)))
    refused = coast.north.accept(forged, LIEGE)
    assert isinstance(refused, Refusal)
    assert refused.code is Code.BAD_SIGNATURE
    assert coast.north.store.read(lambda r: feeds.find(r, first.feed.feed)) is None


def test_an_origin_does_not_end_a_feed_of_another_label_of_its_own(coast: Coast) -> None:
    first = coast.antwerp.release()
    coast.north.pull(coast.antwerp, first.feed.feed)
    green = "BE:NONE//TLP:GREEN//AUD ports-be"
    taken_in(
        coast.north, lying_epoch(coast.antwerp, first.feed.feed, 1, Hash(bytes(32)), label=green), ANTWERP
    )
    coast.antwerp.release()
    assert isinstance(coast.north.pull(coast.antwerp, first.feed.feed), Accepted)


def test_a_node_that_believes_anybody_is_seen(coast: Coast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cuts.Cut, "about", lambda *_: True)
    with pytest.raises(AssertionError):
        test_nobody_ends_another_origins_feed(coast)


def test_the_key_id_tells_whose_signature_counts(coast: Coast) -> None:
    first = coast.antwerp.release()
    coast.revoke()
    held = row(coast.antwerp, first.feed.feed)
    checkpoints.verify(
        held.checkpoint, origin=ANTWERP, feed=held.feed, publics=coast.register.nodes[ANTWERP].log_keys
    )


def shortened(coast: Coast) -> FeedId:
    """North holds a thief's entries beyond the good part of a feed, and comes to hold that alone; the key stays."""
    first = coast.antwerp.release()
    thief = clone(coast.antwerp)
    thief.release()
    coast.north.pull(thief, first.feed.feed)
    number = row(coast.antwerp, first.feed.feed).number
    coast.antwerp.store.write(lambda tx: feeds.turn(tx, number, FeedState.FORKED)).result()
    coast.antwerp.release()
    coast.north.pull(coast.antwerp, newest(coast.antwerp).feed)
    assert (row(coast.north, first.feed.feed).size, row(coast.north, first.feed.feed).root) == (
        first.feed.size,
        first.feed.root,
    )
    return first.feed.feed


def shown(at: Port, feed: FeedId) -> list[object]:
    """Where the head of a feed would be shown as its origin's word."""
    key = entries.key_of(row(at, feed).number, 1)
    return [
        at.store.read(lambda r: witnesses.newest(r, at.ctx, feed)),
        at.store.read(lambda r: prove.prove_entry(r, at.ctx, key)),
        next(
            (s for s in at.store.read(lambda r: highest.told(r, at.ctx.register, ANTWERP)) if s.feed == feed),
            None,
        ),
    ]


def test_the_end_of_a_feed_that_was_cut_off_has_no_signature_until_its_origin_gives_one(coast: Coast) -> None:
    feed = shortened(coast)
    assert shown(coast.north, feed) == [None, None, None]
    head = row(coast.antwerp, feed).checkpoint
    bad = replace(head, signature=head.signature[:-1] + bytes([head.signature[-1] ^ 1]))
    meet = witnesses.meet
    assert not coast.north.store.write(lambda tx: meet(tx, coast.north.ctx, feed, bad, source=LIEGE)).result()
    assert shown(coast.north, feed) == [None, None, None]
    coast.north.store.write(lambda tx: meet(tx, coast.north.ctx, feed, head, source=LIEGE)).result()
    assert row(coast.north, feed).checkpoint == head
    assert None not in shown(coast.north, feed)


def test_the_end_that_an_epoch_vouches_for_is_served_to_who_has_that_and_ends_no_session(
    coast: Coast,
) -> None:
    feed = shortened(coast)
    batch = coast.north.serve(coast.limburg, feed, 0)
    assert batch is not None
    early = coast.limburg.accept(batch, NORTH_SEA)
    assert isinstance(early, Refusal)
    assert early.code is Code.FORKED
    coast.limburg.pull(coast.antwerp, newest(coast.antwerp).feed)
    false = replace(
        batch,
        checkpoint=replace(
            batch.checkpoint, signature=row(coast.antwerp, feed).checkpoint.signature[:4] + bytes(64)
        ),
    )
    assert isinstance(coast.limburg.accept(false, LIEGE), Accepted)
    assert shown(coast.limburg, feed) == [None, None, None], "nobody made it show what does not verify"
    assert isinstance(coast.limburg.pull(coast.antwerp, feed), Accepted)
    assert row(coast.limburg, feed).checkpoint == row(coast.antwerp, feed).checkpoint


def test_after_a_revocation_an_honest_answer_to_highest_is_taken(coast: Coast) -> None:
    first = coast.antwerp.release()
    clone(coast.antwerp).release()
    coast.north.pull(coast.antwerp, first.feed.feed)
    before = coast.north.store.read(lambda r: highest.told(r, coast.north.ctx.register, ANTWERP))
    assert [one.feed for one in before] == [first.feed.feed]
    coast.revoke()
    coast.north.pull(coast.antwerp, newest(coast.antwerp).feed)
    now = coast.north.store.read(lambda r: highest.told(r, coast.north.ctx.register, ANTWERP))
    assert [one.feed for one in now] == [newest(coast.antwerp).feed]
    heard = highest.Heard()
    seen = highest.from_wire([*before, *now])
    coast.antwerp.store.write(lambda tx: highest.take(tx, coast.antwerp.ctx, NORTH_SEA, seen, heard)).result()
    assert set(heard.sizes) == {newest(coast.antwerp).feed}, "what the void key signed is passed over"
