"""How many feeds an origin may have here: those open, those held in all, and those in which it says things to one reader; this node too.

Guarantees the same answer whoever brings a feed, and none against one of which anything is held.
"""

from __future__ import annotations

from node.commands.context import Context
from node.commands.cut import stands
from node.commands.outcome import Refusal
from node.store import feeds
from node.store.feeds import FeedRole, FeedRow, FeedState
from node.store.unit import Reader, Tx
from policies.competence import may_open
from policies.decision import Deny
from protocol.errors import Code
from protocol.label import Label
from protocol.register_view import Register

HELD_FOR_EACH_OPEN = 64
"""For each feed that an origin may have open, so many of its feeds are held here in all, closed ones included. A feed with nothing to
say for a month is closed, so this is five years of every label; without it closing and opening would fill the store."""
CONTROL_OPEN_MAX = 8
"""A control feed has one epoch open. One whose end its origin lost, as by restoring a backup, stays open here and is gone on from."""


def no_room(tx: Tx, register: Register, base: FeedRow, index: int) -> Refusal | None:
    """A feed that its origin cannot have beside those that are held; whoever sends it. `index`: of what came of it."""
    if base.number:
        return None
    most = HELD_FOR_EACH_OPEN * register.max_open_feeds
    if feeds.held_of(tx, base.origin) >= most:
        words = f"{most} feeds of its origin are held here, closed ones included, and no more are taken"
        return Refusal(code=Code.ABOVE_ACCREDITATION, feed=base.feed, index=index, field="feed", words=words)
    if any(stands(tx, register, twin) for twin in feeds.twins(tx, base)):
        words = "another feed of this origin, label and epoch is held"
        return Refusal(code=Code.FORKED, feed=base.feed, index=index, field="feed", words=words)
    if base.role is not FeedRole.RECORDS:
        if feeds.live_of_lineage(tx, base.lineage) < CONTROL_OPEN_MAX:
            return None
        words = f"{CONTROL_OPEN_MAX} feeds in which its origin says things to one reader are open here"
        return Refusal(code=Code.ABOVE_ACCREDITATION, feed=base.feed, index=index, field="feed", words=words)
    if feeds.live_of(tx, base.origin) >= register.max_open_feeds:
        words = f"its origin has {register.max_open_feeds} feeds open here, as many as the register allows"
        return Refusal(code=Code.ABOVE_ACCREDITATION, feed=base.feed, index=index, field="feed", words=words)
    return None


def no_room_of_ours(reader: Reader, ctx: Context, register: Register, label: Label) -> Deny | None:
    """Why this node cannot say anything under a label: it would open one feed more than the register lets it have."""
    feed = feeds.current(reader, ctx.me, label.text)
    if feed is not None and feed.state is FeedState.OPEN:
        return None
    count = feeds.count(reader, own=True, role=FeedRole.RECORDS, state=FeedState.OPEN)
    decision = may_open(register, open_feeds=count, now=ctx.now())
    return decision if isinstance(decision, Deny) else None
