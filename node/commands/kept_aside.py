"""What is said of entries that verified and were kept aside, and of ids that two lineages use: to their origin, and in the audit.

Guarantees that no origin and no peer fills the audit with them: an entry is written each time a count has doubled.
"""

from __future__ import annotations

from collections.abc import Sequence

from node.commands import control
from node.commands.audit import Act, audit
from node.commands.context import Context
from node.commands.outcome import Aside
from node.log import doubled
from node.store import feeds
from node.store.feeds import FeedRole, FeedRow
from node.store.unit import Tx
from protocol.control import build_quarantined
from protocol.ids import NodeId
from protocol.operation import Header
from protocol.register_view import Register


def say_aside(tx: Tx, ctx: Context, feed: FeedRow, aside: Sequence[Aside], register: Register) -> None:
    """The signed form of what a receipt lists, to the origin alone."""
    if feed.role is not FeedRole.RECORDS:
        return
    said = [
        build_quarantined(
            feed=feed.feed, index=one.index, reason=one.reason, issued_ms=ctx.now(), register=register.version
        )
        for one in aside
    ]
    control.say(tx, ctx, feed.origin, said)


def say_reused(tx: Tx, ctx: Context, feed: FeedRow, twice: Sequence[Header]) -> None:
    """An id that another lineage used too proves nothing against either; it is audited, each time an origin's count has doubled.

    Kept aside it is not: then whoever is first with an id would silence its owner, and the sender would learn what is held here.
    """
    times = feeds.refuse(
        tx,
        feed=feed.feed,
        node=feed.origin,
        origin=feed.origin,
        code=feeds.REUSED,
        words="",
        now_ms=ctx.now(),
    )
    if doubled(times):
        details = {"origin": feed.origin, "record": (twice[0].record_id or b"").hex(), "times": str(times)}
        audit(tx, ctx, Act(act="record_id_reused", feed=feed.feed, details=details), ctx.register)


def note_aside(
    tx: Tx, ctx: Context, peer: NodeId, feed: FeedRow, aside: Sequence[Aside], register: Register
) -> None:
    """One audit entry for what batches brought and this node kept aside; the next when the feed has twice as many."""
    details = {
        "peer": peer,
        "origin": feed.origin,
        "count": str(len(aside)),
        "index": str(aside[0].index),
        "reason": str(aside[0].reason),
    }
    audit(tx, ctx, Act(act="quarantine", feed=feed.feed, details=details), register)
