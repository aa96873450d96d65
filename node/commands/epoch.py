"""When a feed of this node goes on under another id: the next epoch of its lineage, and what its OPEN says of the one before.

An epoch is read whole or not at all, so a member that joined after it began gets nothing of it: the next append opens another one,
which the newcomer may follow from its first entry on, and closes the one before. A member that leaves needs none: the register alone
decides, at every question, who may follow (`entitled.follows`).
"""

from __future__ import annotations

from node.commands.context import Context
from node.store.feeds import FeedRole, FeedRow, FeedState
from policies.clearance import joined_since
from protocol.label import parse
from protocol.register_view import Register


def ended(ctx: Context, feed: FeedRow, register: Register) -> bool:
    """Whether the next thing that this node says under the feed's label stands in another epoch."""
    return feed.state is not FeedState.OPEN or outgrown(ctx, feed, register)


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
