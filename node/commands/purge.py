"""Purge what this node may not follow any more, by its own register and nobody's word.

Guarantees that such a feed is hidden whole in one transaction, before anything of it is destroyed: from then on it is listed,
searched, served and matched nowhere; that what is destroyed in one transaction is bounded; that its origin is told only when
nothing of it is left; and that what an authority's hold covers stays, sealed. A request to confirm purges nothing. Where a node
alone is not listed, by a fault of its own organisation's list, nothing is purged: the board did not take anything from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from node.blobs import Owner, of_entry
from node.commands import control
from node.commands.context import Context
from node.commands.entitled import follows
from node.store import feeds, purges
from node.store.changes import Change, ChangeKind
from node.store.feeds import FeedRole, FeedRow, FeedState
from node.store.unit import Reader, Tx
from policies.decision import Permit
from protocol.control import Fate, build_destroyed
from protocol.ids import feed_id, organisation_of
from protocol.register_view import Register

AT_ONCE = 256
"""Entries of one step."""


@dataclass(slots=True)
class Step:
    """What one step destroyed: entries, and the files (owner, SHA-256) to drop; `left`: there is more to do."""

    entries: int = 0
    left: bool = False
    files: list[tuple[Owner, bytes]] = field(default_factory=list)


def lost(reader: Reader, ctx: Context) -> list[int]:
    """Local numbers of the feeds of others that are held, and that this node may not follow now."""
    register = ctx.register
    if not ctx.listed(register) and organisation_of(ctx.me) in register.organisations:
        return []
    return [feed.number for feed in feeds.every(reader) if _lost(ctx, register, feed)]


def begin(tx: Tx, ctx: Context, numbers: Sequence[int]) -> int:
    """Hide these feeds, those that are still lost; how many."""
    register, begun = ctx.register, 0
    for number in numbers:
        feed = feeds.numbered(tx, number)
        if not _lost(ctx, register, feed):
            continue
        purges.begin(tx, feed, ctx.now())
        tx.note(Change(kind=ChangeKind.PURGED, feed=feed.feed, number=feed.number))
        begun += 1
    return begun


def step(tx: Tx, ctx: Context, *, most: int = AT_ONCE) -> Step:
    """Destroy the next few entries of what is hidden."""
    done = Step()
    for number in purges.under_way(tx):
        feed = feeds.numbered(tx, number)
        count, files = purges.step(tx, feed, most - done.entries)
        done.entries += count
        done.files += [(of_entry(key), sha256) for key, sha256 in files]
        if done.entries >= most:
            done.left = True
            return done
        if not purges.anything(tx, number):
            purges.done(tx, number, ctx.now())
        elif purges.said(tx, number, Fate.HELD):
            _say(tx, ctx, feed, Fate.HELD)
    return done


def confirm(tx: Tx, ctx: Context) -> int:
    """Tell the origins of feeds of which nothing is left; how many feeds."""
    numbers = purges.unsaid(tx)[:AT_ONCE]
    for number in numbers:
        purges.said(tx, number, Fate.DESTROYED)
        _say(tx, ctx, feeds.numbered(tx, number), Fate.DESTROYED)
    return len(numbers)


def _lost(ctx: Context, register: Register, feed: FeedRow) -> bool:
    if feed.own or feed.origin == ctx.me or feed.state is FeedState.PURGED or feed.role is FeedRole.AUDIT:
        return False
    if not ctx.listed(register):
        return True
    return not isinstance(follows(ctx.entry(register), feed, register, ctx.now()), Permit)


def _say(tx: Tx, ctx: Context, feed: FeedRow, fate: Fate) -> None:
    register = ctx.register
    if feed.feed != feed_id(feed.origin, feed.epoch, feed.salt, feed.label):
        return  # another history of a feed, under an id that is no feed's: nobody knows it by that
    entry = build_destroyed(feed=feed.feed, fate=fate, issued_ms=ctx.now(), register=register.version)
    control.say(tx, ctx, feed.origin, [entry])
