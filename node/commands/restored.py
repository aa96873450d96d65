"""A database that is older than what this node has said or taken: found at its start, and what each feed concerned does from then on.

Guarantees that an own feed of which more was signed than the database holds is signed no further until it holds exactly that again,
or, where the marks of it are lost too, until every node that may follow it has said how much it saw. Until then whatever this node
says under that label stands in the next epoch, at once: an alert never waits, and in a feed that nobody has seen nothing can be
contradicted. A plain restart, of a database that has all it said and took, is none of this and asks nobody. What the copy holds of others
is hidden until they are heard (`unheard.py`).

How far a node has taken in is marked too, as the feed `TAKEN`: not before anything leaves, but now and then (`taken`), so that a node
which only listens finds out a copy that is older than those marks are apart.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from node.commands.append import close
from node.commands.audit import Act, audit
from node.commands.context import Context
from node.commands.entitled import readers
from node.commands.keep import mark_of, tell
from node.commands.receipt import root_at
from node.high_water import Mark
from node.store import feeds, unheard
from node.store.feeds import FeedRole, FeedRow, FeedState
from node.store.unit import Reader, Tx
from protocol.checkpoint import Checkpoint
from protocol.ids import HASH_BYTES, FeedId, NodeId
from protocol.merkle import EMPTY_ROOT

TAKEN = FeedId(bytes(HASH_BYTES))
"""No feed's id: its mark has for its size the newest change number."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a start found: own feeds that signed more than is held, and how many were signed that are not here at all.

    `older`: more was taken in than is here. `hidden`: how many feeds of others are not read until they are heard.
    """

    behind: tuple[FeedId, ...] = ()
    missing: int = 0
    older: bool = False
    hidden: int = 0

    @property
    def said_more(self) -> bool:
        """Whether this node said more than it knows of."""
        return bool(self.behind or self.missing)

    def __bool__(self) -> bool:
        return self.said_more or self.older


def look(tx: Tx, ctx: Context) -> Found:
    """Compare the database with the marks, once, before anything is signed or served."""
    own = [feed for feed in feeds.every(tx) if feed.own and feed.size]
    lost = ctx.high.blind and _marked_before(tx) and bool(own)
    behind = [f for f in own if f.state is FeedState.OPEN and (lost or _behind(tx, ctx, f))]
    for feed in behind:
        feeds.turn(tx, feed.number, FeedState.RESTORED)
    here = {feed.feed for feed in own}
    missing = sum(1 for mark in ctx.high.every() if mark.feed not in here and mark.feed != TAKEN)
    before = ctx.high.get(TAKEN)
    older = before is not None and before.size > feeds.last_arrival(tx)
    hidden = 0
    if behind or older or (missing and before is None):  # what is missing may be so for ever
        feeds.skip_arrivals(tx, before.size if before is not None else 0)
        hidden = unheard.hide(tx, ctx.now())
    waiting = {f.feed for f in behind} | {f.feed for f in own if f.state is FeedState.RESTORED}
    ctx.high.note([taken(tx), *(mark_of(feed) for feed in own if feed.feed not in waiting)])
    tx.run("INSERT OR IGNORE INTO meta (name, value) VALUES ('high_water', 1)")
    found = Found(tuple(feed.feed for feed in behind), missing, older, hidden)
    if found and ctx.listed(ctx.register):
        details = {
            "feeds": str(len(behind)),
            "missing": str(missing),
            "lost": str(int(lost)),
            "older": str(int(older)),
            "hidden": str(hidden),
        }
        audit(tx, ctx, Act(act="restored", details=details), ctx.register)
    return found


def taken(reader: Reader) -> Mark:
    """How far this node has taken in: that is noted now and then, and costs a plain restart nothing."""
    return Mark(TAKEN, bytes(16), 0, feeds.last_arrival(reader), EMPTY_ROOT)


def _marked_before(reader: Reader) -> bool:
    """Whether this database had marks once: one from before there were any says nothing by their absence."""
    return reader.one("SELECT 1 FROM meta WHERE name = 'high_water'") is not None


def _behind(reader: Reader, ctx: Context, feed: FeedRow) -> bool:
    mark = ctx.high.get(feed.feed)
    return mark is not None and (mark.size > feed.size or root_at(reader, feed, mark.size) != mark.root)


def takes_back(ctx: Context, base: FeedRow, checkpoint: Checkpoint) -> bool:
    """Whether entries of an own feed that come from others are this node's own lost ones, as far as it can tell.

    Not above what was marked: nothing above it ever left here, so somebody else signs with this node's key.
    """
    mark = ctx.high.get(base.feed)
    if mark is not None:
        return checkpoint.size <= mark.size and (base.state is FeedState.RESTORED or not base.number)
    return base.state is FeedState.RESTORED if base.number else ctx.high.blind


def make_way(tx: Tx, ctx: Context, base: FeedRow) -> None:
    """For a lost feed that comes back: one that was opened in its place, without knowing of it, ends here. Its readers take the other then."""
    for twin in feeds.lineage_of(tx, base.lineage):
        if twin.own and twin.epoch == base.epoch and twin.state is FeedState.OPEN:
            close(tx, ctx, twin, ctx.register)


def recovered(
    tx: Tx, ctx: Context, feed: FeedRow, *, answered: Collection[NodeId] = (), seen: int = 0
) -> FeedRow:
    """The feed, signed on if all that was said in it is here again; where a later epoch is open, only to close it.

    Never an audit feed: nobody else has it.

    `answered`: who has said how much they saw, at most `seen`: that counts where no mark of the feed is left.
    """
    if feed.state is not FeedState.RESTORED or not _whole(tx, ctx, feed, answered, seen):
        return feed
    feeds.turn(tx, feed.number, FeedState.OPEN)
    feed = feeds.numbered(tx, feed.number)
    audit(tx, ctx, Act(act="recovered", feed=feed.feed, details={"size": str(feed.size)}), ctx.register)
    if any(one.epoch >= feed.epoch and one.feed != feed.feed for one in feeds.lineage_of(tx, feed.lineage)):
        return close(tx, ctx, feed, ctx.register)
    tell(tx, feed)
    return feed


def _whole(reader: Reader, ctx: Context, feed: FeedRow, answered: Collection[NodeId], seen: int) -> bool:
    if feed.checkpoint.size != feed.size or feed.role is FeedRole.AUDIT:
        return False
    mark = ctx.high.get(feed.feed)
    if mark is not None:
        return feed.size >= mark.size and root_at(reader, feed, mark.size) == mark.root
    who = readers(ctx, feed)
    return bool(who) and feed.size >= seen and who <= set(answered)


def waiting(reader: Reader) -> Sequence[FeedRow]:
    """Own feeds that are not signed on, for screens and for the question to their readers."""
    return [feed for feed in feeds.every(reader) if feed.own and feed.state is FeedState.RESTORED]
