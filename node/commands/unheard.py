"""After a restore: when what is held of another port is read again.

A copy of yesterday does not know what was withdrawn since. Guarantees that what was held of a feed of others when the restore was found
is read again only when this node has all of the feed, and of the epochs before it, that its origin has said since, or when an operator says
so, which is audited with a reason. Which of two words of the origin that takes:

* of a feed that has a beat, a beat that says it is younger than the restore: an older one that somebody passes on proves nothing of what
  was withdrawn since;
* of one that has none (it never carried an alert or a ban, or is closed), the list of what it holds that the origin itself gives when a
  session opens, with everything in it here.

What comes after the restore is read at once: it is no older than what its origin says now. Own feeds are not concerned.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from node.commands.audit import Act, audit
from node.commands.context import Context
from node.exits import Refused
from node.store import feeds, receipts, unheard
from node.store.changes import Change, ChangeKind
from node.store.feeds import FeedRow, FeedState
from node.store.unit import Tx
from protocol.ids import FeedId, NodeId

REASONS = ("confirmed", "gone", "urgent")
"""Why an operator does not wait: its operator confirmed that nothing was withdrawn; it will not be heard again; it cannot wait."""
_ENDED = frozenset({FeedState.CLOSED, FeedState.VOID})


def by_beat(tx: Tx, feed: FeedRow, signed_s: int) -> int:
    """A beat of this feed counted, over what is held of it: how many feeds are read again. Its earlier epochs too, where they are whole."""
    since = unheard.restored_ms(tx)
    if since is None or signed_s * 1000 < since:
        return 0
    return _show(
        tx,
        (
            one
            for one in feeds.lineage_of(tx, feed.lineage)
            if one.number == feed.number or (one.epoch < feed.epoch and one.state in _ENDED)
        ),
    )


def by_list(tx: Tx, origin: NodeId, lacking: Collection[FeedId]) -> int:
    """The origin gave its list since the restore; `lacking`: what of it is not here yet. How many feeds are read again.

    Epochs of one label go together: what was withdrawn in the next one counts in the one before.
    """
    held, shown = receipts.holdings(tx, origin), 0
    for lineage in {feeds.numbered(tx, number).lineage for number in unheard.feeds_of(tx, origin)}:
        epochs = [one for one in feeds.lineage_of(tx, lineage) if one.state is not FeedState.VOID]
        if epochs[-1].state is FeedState.OPEN and epochs[-1].beats:
            continue  # its next beat says more
        if all(one.number in held and one.size >= held[one.number][0] for one in epochs) and not any(
            one.feed in lacking for one in epochs
        ):
            shown += _show(tx, epochs)
    return shown


def by_operator(tx: Tx, ctx: Context, origin: NodeId, reason: str, *, actor: str) -> int:
    """An operator's word: what is held of an origin is read again, heard or not; how many feeds. Refused where none is hidden."""
    if reason not in REASONS:
        raise Refused(f"{reason}: no reason of the list: {', '.join(REASONS)}")
    numbers = unheard.feeds_of(tx, origin)
    if not numbers:
        raise Refused(f"{origin}: nothing of it waits to be heard")
    shown = _show(tx, [feeds.numbered(tx, number) for number in numbers])
    details = {"origin": str(origin), "feeds": str(shown), "reason": reason}
    audit(tx, ctx, Act(act="restored_read", actor=actor, details=details), ctx.register)
    return shown


def _show(tx: Tx, those: Iterable[FeedRow]) -> int:
    shown = 0
    for feed in those:
        if feed.unheard:
            unheard.show(tx, feed.number)
            tx.note(Change(kind=ChangeKind.FEED, feed=feed.feed, number=feed.number, size=feed.size))
            shown += 1
    return shown
