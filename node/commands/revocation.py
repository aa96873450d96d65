"""What a node does when the register makes a log key void: its own feeds go on in new epochs, and evidence by that key is none.

Guarantees that nothing is done before this node has a key that counts, and that doing it again changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from node.commands.append import append, sign_again
from node.commands.audit import Act, audit
from node.commands.context import Context
from node.commands.epoch import revoked
from node.commands.evidence import by_known_keys, from_wire
from node.store import evidence, feeds
from node.store.feeds import FeedState
from node.store.unit import Tx
from protocol.label import parse
from protocol.v1 import federation_pb2 as pb


@dataclass(frozen=True, slots=True)
class Followed:
    """How many feeds of this node were cut off, and of how many feeds evidence was dropped."""

    cut: int = 0
    dropped: int = 0


def follow(tx: Tx, ctx: Context) -> Followed:
    """Bring feeds and evidence to where the register in force wants them; at each start and after each change of it."""
    register = ctx.register
    if not ctx.listed(register):
        return Followed()
    cut = 0
    for feed in [one for one in feeds.every(tx) if one.own and revoked(ctx, one, register)]:
        newest = feeds.of_lineage(tx, feed.lineage)
        if newest is not None and newest.number == feed.number:
            append(tx, ctx, parse(feed.label), [], register)
            cut += 1
        elif feed.state is FeedState.CLOSED:
            sign_again(tx, ctx, feed)
    if cut:
        audit(tx, ctx, Act(act="cut_off", details={"feeds": str(cut)}), register)
    return Followed(cut, _drop_void_evidence(tx, ctx))


def _drop_void_evidence(tx: Tx, ctx: Context) -> int:
    """A revoked key's statements are never evidence against its holder."""
    dropped = 0
    for row in evidence.every(tx):
        one = from_wire(pb.Evidence.FromString(row.message))
        if row.origin not in ctx.register.nodes or by_known_keys(ctx.register, one):
            continue
        evidence.drop(tx, row.origin, row.feed)
        held = feeds.find(tx, row.feed)
        if held is not None and held.origin == row.origin and held.state is FeedState.FORKED:
            feeds.turn(tx, held.number, FeedState.OPEN)
        dropped += 1
    return dropped
