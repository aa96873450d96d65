"""Feeds of this port that nobody has said anything in for a long time and that all their readers have whole: they are closed.

A closed feed costs nothing in a conversation; the next thing said under its label opens its next epoch (`append.py`). One in which an
alert or a ban is still in force is not closed: its beat is what shows that no withdrawal is withheld.
"""

from __future__ import annotations

from collections.abc import Sequence

from node.commands.append import close
from node.commands.context import Context
from node.commands.entitled import readers
from node.store import entries, feeds, receipts
from node.store.entries import Standing
from node.store.feeds import FeedRole, FeedRow, FeedState
from node.store.unit import Reader, Tx


def silent(reader: Reader, ctx: Context) -> Sequence[FeedRow]:
    """Own feeds that may be closed now."""
    if not ctx.listed(ctx.register):
        return ()
    own = [one for one in feeds.every(reader) if one.own and one.state is FeedState.OPEN]
    return [one for one in own if one.role is not FeedRole.AUDIT and _may_close(reader, ctx, one)]


def close_silent(tx: Tx, ctx: Context) -> int:
    """Close them; how many there were."""
    found = silent(tx, ctx)
    for feed in found:
        close(tx, ctx, feed, ctx.register)
    return len(found)


def _may_close(reader: Reader, ctx: Context, feed: FeedRow) -> bool:
    last = entries.get(reader, feed.number, feed.size - 1)
    if last is None or last.arrived_us // 1000 + ctx.settings.close_after_ms > ctx.now():
        return False
    return not _in_force(reader, ctx, feed) and _received(reader, ctx, feed)


def _in_force(reader: Reader, ctx: Context, feed: FeedRow) -> bool:
    """Whether a feed with a beat has a record that has not expired, nor been taken back."""
    if not feed.beats:
        return False
    row = reader.one(
        "SELECT 1 FROM entry WHERE feed = ? AND standing = ? AND (expires_ms = 0 OR expires_ms > ?) LIMIT 1",
        *(feed.number, Standing.CURRENT, ctx.now()),
    )
    return row is not None


def _received(reader: Reader, ctx: Context, feed: FeedRow) -> bool:
    """Whether every node that may follow it has said, by its own receipt, that it has all of it."""
    has = {row.node for row in receipts.of_feed(reader, feed.number) if row.size == feed.size}
    return has.issuperset(readers(ctx, feed))
