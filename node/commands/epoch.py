"""When a feed of this node goes on under another id: the next epoch of its lineage, and what its OPEN says of the one before.

An epoch is read whole or not at all, so a member that joined after it began gets nothing of it: the next append opens another one,
which the newcomer may follow from its first entry on, and closes the one before. A member that leaves needs none: the register alone
decides, at every question, who may follow (`entitled.follows`).
"""

from __future__ import annotations

from node.commands.context import Context
from node.commands.in_force import in_force
from node.store.feeds import FeedRole, FeedRow, FeedState
from policies.clearance import joined_since
from protocol.label import parse
from protocol.register_view import Register


def ended(ctx: Context, feed: FeedRow, register: Register) -> bool:
    """Whether the next thing that this node says under the feed's label stands in another epoch."""
    return feed.state is not FeedState.OPEN or outgrown(ctx, feed, register) or revoked(ctx, feed, register)


def revoked(ctx: Context, feed: FeedRow, register: Register) -> bool:
    """Whether a key that is void signed what is held of an own feed, and this node has one that counts. Audit feeds go on: nobody else has them."""
    entry = register.nodes.get(ctx.me)
    if entry is None or ctx.keys.log_public not in entry.log_keys or feed.role is FeedRole.AUDIT:
        return False
    return feed.size > 0 and bool(entry.revoked) and not in_force(register, feed)


def cut_off(ctx: Context, feed: FeedRow, register: Register) -> bool:
    """Whether the next epoch says how far this one is good: others may have been shown another history of it."""
    return feed.state is FeedState.FORKED or (
        feed.state is not FeedState.RESTORED and revoked(ctx, feed, register)
    )


def outgrown(ctx: Context, feed: FeedRow, register: Register) -> bool:
    """Whether somebody may follow a new epoch of this feed who may not follow this one: a member that joined since it began."""
    if feed.role is not FeedRole.RECORDS or feed.register_version >= register.version:
        return False
    key = (feed.label, feed.register_version)
    known = ctx.of_register(register, "outgrown")
    if key not in known:
        known[key] = joined_since(
            parse(feed.label),
            register,
            origin=ctx.me,
            began=feed.register_version,
            now=ctx.now(),
        )
    return bool(known[key])
