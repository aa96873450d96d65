"""Which feeds go where: the questions that are decided once a feed, not once a record, always under the register of now."""

from __future__ import annotations

from typing import Protocol

from node.commands.context import Context
from node.store.feeds import FeedRole, FeedState
from policies.clearance import may_follow
from policies.competence import may_leave, may_relay
from policies.decision import Decision, Permit
from protocol.ids import NodeId, UnixMs
from protocol.label import parse
from protocol.members import NodeEntry
from protocol.register_view import Register


class Told(Protocol):
    """What decides about a feed: the facts of its OPEN, which never change, and its state. A `FeedRow` is one."""

    @property
    def origin(self) -> NodeId: ...
    @property
    def label(self) -> str: ...
    @property
    def role(self) -> FeedRole: ...
    @property
    def register_version(self) -> int: ...
    @property
    def state(self) -> FeedState: ...


def follows(node: NodeEntry, feed: Told, register: Register, now: UnixMs) -> Decision:
    """Whether a node may follow a feed that is held here."""
    label = parse(feed.label)
    return may_follow(node, label, register, origin=feed.origin, epoch_since=feed.register_version, now=now)


def readers(ctx: Context, feed: Told) -> set[NodeId]:
    """The other nodes of the register that may follow a feed that is held here."""
    register, now = ctx.register, ctx.now()
    return {
        entry.id
        for entry in register.nodes.values()
        if entry.id != ctx.me and isinstance(follows(entry, feed, register, now), Permit)
    }


def may_serve(ctx: Context, peer: NodeId, feed: Told, register: Register) -> bool:
    """Whether this node may name and serve the feed to `peer` now: entitled, not audit, and own or not bound to its origin.

    To the origin itself nothing is relayed: it always hears what is held of its feeds. Of a former member nothing goes on: no
    key of the register vouches for it any more, nor what is classified or personal once the register has been expired for 30 days:
    whom it lists may not be true any more. Nor does a feed whose origin contradicted itself, nor anything from a node that is none itself.
    """
    entry = register.nodes.get(peer)
    if not register.member(ctx.me, ctx.now()) or entry is None:
        return False
    if feed.role is FeedRole.AUDIT or feed.origin not in register.nodes:
        return False
    if feed.state is FeedState.PURGED:
        return False
    if feed.state is FeedState.VOID:
        return False
    if feed.state is FeedState.FORKED and feed.origin not in {ctx.me, peer}:
        return False
    label = parse(feed.label)
    if feed.origin not in {ctx.me, peer} and not isinstance(may_relay(label, register), Permit):
        return False
    if feed.origin != peer and not isinstance(may_leave(label, register, ctx.now()), Permit):
        return False
    return isinstance(follows(entry, feed, register, ctx.now()), Permit)
