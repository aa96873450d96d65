"""Cosignatures reach readers that never spoke with their holders, and count in a proof: only where they verify, over the log held here."""

from __future__ import annotations

import virtual_time
from ports import ANTWERP, LIEGE, LIMBURG, NORTH_SEA, Port, port
from simulator import World

from node.commands import prove, witnesses
from node.commands.publish import Released
from node.store import entries, feeds, receipts
from node.store import witnesses as rows
from protocol import checkpoint as checkpoints
from protocol.checkpoint import Checkpoint
from protocol.ids import NodeId
from protocol.proof import KeysOf, verify_proof

Cosigned = list[tuple[NodeId, bytes]]


def scene() -> tuple[Port, Port, Released, Checkpoint, Cosigned]:
    """Ghent holds a feed of Antwerp's, which Liège and Limburg cosigned without speaking with Ghent."""
    antwerp, north = port(ANTWERP), port(NORTH_SEA)
    released = antwerp.release()
    north.pull(antwerp, released.feed.feed)
    given: Cosigned = []
    for name in (LIEGE, LIMBURG):
        holder = port(name)
        holder.pull(antwerp, released.feed.feed)
        given.append((name, holder.receipt(released.feed.feed).cosignature))
    held = north.store.read(lambda r: feeds.find(r, released.feed.feed))
    assert held is not None
    return antwerp, north, released, held.checkpoint, given


def keep(at: Port, released: Released, over: Checkpoint, given: Cosigned) -> int:
    return at.store.write(lambda tx: witnesses.keep(tx, at.ctx, released.feed.feed, over, given)).result()


def proven(at: Port, released: Released) -> tuple[tuple[NodeId, ...], bool]:
    """Who witnesses the proof that this port makes, and whether they are too few."""
    held = at.store.read(lambda r: feeds.find(r, released.feed.feed))
    assert held is not None
    key = entries.key_of(held.number, released.index)
    raw = at.store.read(lambda r: prove.prove_entry(r, at.ctx, key))
    assert raw is not None
    found = verify_proof(raw, register=KeysOf(at.ctx.register.nodes))
    return found.witnesses, found.unwitnessed


def test_a_proof_has_the_witnesses_that_others_passed_on() -> None:
    _, north, released, head, given = scene()
    assert proven(north, released) == ((NORTH_SEA,), True)
    assert keep(north, released, head, given) == 2
    assert keep(north, released, head, given) == 0
    assert proven(north, released) == ((NORTH_SEA, LIEGE, LIMBURG), False)


def test_what_was_passed_on_is_no_word_that_they_have_it() -> None:
    _, north, released, head, given = scene()
    keep(north, released, head, given)
    held = north.store.read(lambda r: feeds.find(r, released.feed.feed))
    assert held is not None
    assert {row.node for row in north.store.read(lambda r: receipts.of_feed(r, held.number))} == {NORTH_SEA}


def test_what_does_not_verify_or_is_of_another_log_is_worth_nothing() -> None:
    antwerp, north, released, head, given = scene()
    (liege, raw), _ = given
    wrong = [
        (LIMBURG, raw),
        (NodeId("nobody"), raw),
        (ANTWERP, raw),
        (liege, raw[:-1] + bytes([raw[-1] ^ 1])),
    ]
    assert keep(north, released, head, wrong) == 0
    assert keep(north, released, Checkpoint(head.size, released.feed.feed[:32], b""), given) == 0  # type: ignore[arg-type]
    assert keep(north, released, Checkpoint(head.size + 5, head.root, b""), given) == 0
    antwerp.release()
    north.pull(antwerp, released.feed.feed)
    assert keep(north, released, head, given) == 2
    assert proven(north, released) == ((NORTH_SEA,), True), "the head is another one by now"


def test_a_frame_for_a_peer_has_what_neither_of_the_two_said() -> None:
    _, north, released, head, given = scene()
    feed = released.feed.feed
    assert north.store.read(lambda r: witnesses.newest(r, north.ctx, feed, to=LIEGE)) is None
    keep(north, released, head, given)
    told = north.store.read(lambda r: witnesses.newest(r, north.ctx, feed, to=LIEGE))
    assert told is not None
    assert [one.node for one in told.cosignatures] == [LIMBURG]
    checkpoints.verify(
        checkpoints.from_wire(told.checkpoint),
        origin=ANTWERP,
        feed=feed,
        publics=north.ctx.register.nodes[ANTWERP].log_keys,
    )


async def passed_on() -> dict[NodeId, set[NodeId]]:
    """Limburg and Liège never speak with each other; whose cosignatures each comes to hold."""
    world = World(3)
    world.cut(LIMBURG, LIEGE)
    feed = world.nodes[ANTWERP].release().feed.feed
    await world.settle()
    found = {}
    for name in (LIMBURG, LIEGE):
        store = world.nodes[name].port.store
        held = store.read(lambda r: feeds.find(r, feed))
        assert held is not None
        found[name] = {row.node for row in store.read(lambda r, n=held.number: rows.of_feed(r, n))}  # type: ignore[misc]
    return found


def test_readers_that_never_speak_hear_of_each_others_cosignatures() -> None:
    found = virtual_time.run(passed_on())
    assert LIEGE in found[LIMBURG]
    assert LIMBURG in found[LIEGE]
