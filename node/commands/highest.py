"""After a restore: how much of this node's feeds others have seen, asked and answered.

Guarantees of an answer that it is about the asker's own feeds alone, and the largest checkpoint seen of each, stored or merely
pending, by a key that is in force; of what is heard that only this node's own signatures count.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from node.commands import evidence
from node.commands.context import Context
from node.commands.in_force import by_known_key
from node.commands.pending import denied
from node.commands.restored import recovered
from node.store import ahead, feeds
from node.store.feeds import FeedRole, FeedState
from node.store.unit import Reader, Tx
from protocol import checkpoint as checkpoints
from protocol.checkpoint import Checkpoint
from protocol.errors import BadProof, ProtocolError
from protocol.ids import HASH_BYTES, FeedId, NodeId
from protocol.register_view import Register
from protocol.v1 import federation_pb2 as pb

_STANDS = frozenset({FeedState.OPEN, FeedState.CLOSED, FeedState.FORKED})


@dataclass(slots=True)
class Heard:
    """What came of the question since this node started: who answered in full, and the largest size seen of each feed."""

    answered: set[NodeId] = field(default_factory=set)
    sizes: dict[FeedId, int] = field(default_factory=dict)


def told(reader: Reader, register: Register, peer: NodeId) -> list[pb.Seen]:
    """The largest checkpoint by a key in force that was seen here of every feed of `peer` that stands.

    Not of one that is void or was purged, nor the end of one that was cut off here: that is not what `peer` signed.
    """
    found = []
    for feed in feeds.every(reader):
        if feed.origin != peer or feed.role is FeedRole.AUDIT or feed.state not in _STANDS:
            continue
        seen = [
            one
            for one in (feed.checkpoint, *ahead.pending(reader, feed.number))
            if one.size and by_known_key(register, peer, feed.feed, one)
        ]
        if seen:
            newest = max(seen, key=lambda one: one.size)
            found.append(pb.Seen(feed=feed.feed, checkpoint=checkpoints.to_wire(newest)))
    return found


def take(tx: Tx, ctx: Context, peer: NodeId, seen: Iterable[tuple[FeedId, Checkpoint]], heard: Heard) -> None:
    """Take in a part of an answer. Raises ProtocolError for what names a key of this node that did not sign it.

    By another key, one that was replaced or revoked for instance, it is passed over: the peer may not know of that yet.
    """
    for feed, checkpoint in seen:
        if not by_known_key(ctx.register, ctx.me, feed, checkpoint):
            continue
        checkpoints.verify(checkpoint, origin=ctx.me, feed=feed, publics=_own_keys(ctx))
        heard.sizes[feed] = max(heard.sizes.get(feed, 0), checkpoint.size)
        held = feeds.find(tx, feed)
        if held is not None and held.own and (lie := denied(tx, held, checkpoint)) is not None:
            evidence.take(tx, ctx, lie, source=peer)


def complete(tx: Tx, ctx: Context, peer: NodeId, heard: Heard) -> None:
    """All of an answer is here: feeds that wait for nothing else go on."""
    heard.answered.add(peer)
    for feed in feeds.every(tx):
        if feed.own and feed.state is FeedState.RESTORED:
            recovered(tx, ctx, feed, answered=heard.answered, seen=heard.sizes.get(feed.feed, 0))


def asks(reader: Reader, ctx: Context) -> bool:
    """Whether there is anything to ask."""
    row = reader.one(
        "SELECT 1 FROM feed WHERE own = 1 AND state = ? AND role != ? LIMIT 1",
        *(FeedState.RESTORED, FeedRole.AUDIT),
    )
    return ctx.high.blind or row is not None


def from_wire(seen: Sequence[pb.Seen]) -> list[tuple[FeedId, Checkpoint]]:
    """The parts of an answer, their shapes checked; nothing in them is verified."""
    for one in seen:
        if len(one.feed) != HASH_BYTES:
            raise BadProof(f"{HASH_BYTES} bytes", where="highest.feed")
        if not one.checkpoint.size:
            raise ProtocolError("at least 1", where="highest.size")
    return [(FeedId(one.feed), checkpoints.from_wire(one.checkpoint)) for one in seen]


def _own_keys(ctx: Context) -> tuple[bytes, ...]:
    entry = ctx.register.nodes.get(ctx.me)
    return entry.log_keys if entry is not None else ()
