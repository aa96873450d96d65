"""Which feeds go where: the questions that are decided once a feed, not once a record, always under the register of now."""

from __future__ import annotations

from node.commands.context import Context
from node.store.feeds import FeedRole, FeedRow
from policies.clearance import may_follow
from policies.competence import may_relay
from policies.decision import Decision, Permit
from protocol.ids import NodeId, UnixMs
from protocol.label import parse
from protocol.members import NodeEntry
from protocol.register_view import Register


def follows(node: NodeEntry, feed: FeedRow, register: Register, now: UnixMs) -> Decision:
    """Whether a node may follow a feed that is held here."""
    label = parse(feed.label)
    return may_follow(node, label, register, origin=feed.origin, epoch_since=feed.register_version, now=now)


def may_serve(ctx: Context, peer: NodeId, feed: FeedRow, register: Register) -> bool:
    """Whether this node may name and serve the feed to `peer` now: entitled, not audit, and own or not bound to its origin."""
    entry = register.nodes.get(peer)
    if entry is None or feed.role is FeedRole.AUDIT:
        return False
    if feed.origin != ctx.me and not isinstance(may_relay(parse(feed.label), register), Permit):
        return False
    return isinstance(follows(entry, feed, register, ctx.now()), Permit)
