"""Epochs that were cut off: what an EPOCH entry says of the one before, done at every holder alike.

Guarantees that what stands beyond the last good size is void: in no list, without effect on any record, and never dropped; that whoever
holds another history of the epoch before comes to hold the good one beside it; and that feeds of the lineage that its origin does not
go on from, and that no key in force signed, are void from their first entry on. The same end whatever came first.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from node.commands.audit import Act, audit
from node.commands.context import Context
from node.commands.in_force import in_force
from node.commands.receipt import root_at
from node.commands.settle import settle
from node.store import cuts, entries, erasures, feeds
from node.store.changes import Change, ChangeKind
from node.store.cuts import Cut
from node.store.entries import key_of
from node.store.feeds import FeedRow, FeedState
from node.store.unit import Reader, Tx
from protocol.checkpoint import Checkpoint, verify
from protocol.errors import ProtocolError
from protocol.header import parse_header
from protocol.ids import FeedId, NodeId, RecordId, UnixMs
from protocol.merkle import range_at
from protocol.operation import Header, Op, Previous
from protocol.register_view import Register


def said(tx: Tx, ctx: Context, feed: FeedRow, headers: Sequence[Header]) -> None:
    """What a run that was just stored in `feed` says of the epochs before it."""
    for header in headers:
        if (
            header.op is Op.EPOCH
            and header.previous is not None
            and _before(tx, feed) == header.previous.feed
        ):
            previous = header.previous
            cut = Cut(previous.feed, feed.number, previous.size, previous.root, feed.lineage, feed.epoch)
            held = feeds.find(tx, previous.feed)
            if held is None or cut.about(held.lineage, held.epoch):
                cuts.keep(tx, cut)
                _cut_off(tx, ctx, held, previous)
    if any(header.op in {Op.EPOCH, Op.OPEN} for header in headers):
        _set_strays_aside(tx, ctx, feed)
    here = cuts.of(tx, feed)
    if here is not None and here.size == feed.size and feed.state is FeedState.OPEN:
        feeds.turn(tx, feed.number, FeedState.CLOSED)


def _cut_off(tx: Tx, ctx: Context, held: FeedRow | None, previous: Previous) -> None:
    if held is None or held.own:
        return
    if (
        held.size < previous.size
    ):  # as much as is held may be good; if not, what is to follow it does not fit: `apart`
        feeds.turn(tx, held.number, FeedState.OPEN)
        _void(tx, ctx, held, held.size)  # what came ahead of it was under other checkpoints than the good one
    elif root_at(tx, held, previous.size) == previous.root:
        shorten(tx, ctx, held, held.checkpoint, previous.size)
    else:
        set_aside(tx, ctx, held)


def shorten(tx: Tx, ctx: Context, held: FeedRow, checkpoint: Checkpoint, size: int) -> FeedRow:
    """Hold the first `size` entries as the whole feed, ended; what is beyond is void. `checkpoint` is kept where it is of that size.

    Else its end stands without a signature (the origin signed another size) until the origin's own comes: `signed_again`.
    """
    node = entries.node_at(tx, held.number, lambda at: range_at(size, at))
    good = range_at(size, node)
    kept = checkpoint if checkpoint.size == size else Checkpoint(size, good.root(), b"")
    cut = feeds.grow(
        tx, held, held=good, root=good.root(), checkpoint=kept, newest=held.newest, state=FeedState.CLOSED
    )
    _void(tx, ctx, held, size)
    _tell(tx, ctx, held, good=size)
    return cut


def set_aside(tx: Tx, ctx: Context, held: FeedRow) -> None:
    """Keep all of it as void, under an id of its own: the feed's id is free for the history that is good."""
    feeds.rename_void(tx, held)
    cuts.forget(tx, held.number)
    _void(tx, ctx, held, 0)
    _tell(tx, ctx, held, good=0)


def apart(tx: Tx, ctx: Context, held: FeedRow | None, checkpoint: Checkpoint) -> bool:
    """For a run that leads to the good end of a feed and does not go on from what is held: then that is another history; set aside."""
    if held is None or held.own or not vouched(cuts.of(tx, held), checkpoint):
        return False
    set_aside(tx, ctx, held)
    return True


def vouched(cut: Cut | None, checkpoint: Checkpoint) -> bool:
    """Whether an EPOCH held says exactly this of the feed; then it needs no other signature."""
    return cut is not None and (cut.size, cut.root) == (checkpoint.size, checkpoint.root)


def stands(reader: Reader, register: Register, feed: FeedRow) -> bool:
    """Whether a key in force signed its head, or another feed with such a head vouches for it."""
    if in_force(register, feed):
        return True
    cut = cuts.of(reader, feed)
    return (
        cut is not None
        and vouched(cut, feed.checkpoint)
        and in_force(register, feeds.numbered(reader, cut.by))
    )


def signed_again(tx: Tx, ctx: Context, held: FeedRow, checkpoint: Checkpoint) -> None:
    """Keep the origin's signature over exactly the head held, which none in force stands under; what does not verify is passed over."""
    head, origin = held.checkpoint, ctx.register.nodes.get(held.origin)
    same = (head.size, head.root) == (checkpoint.size, checkpoint.root)
    if origin is None or held.own or not same or in_force(ctx.register, held):
        return
    with suppress(ProtocolError):
        verify(checkpoint, origin=held.origin, feed=held.feed, publics=origin.log_keys)
        feeds.resign(tx, held.number, checkpoint.signature)


def ended(tx: Tx, ctx: Context, number: int) -> None:
    """Nothing stands after the end of a feed that is closed: what came ahead of its place there is void, and nothing is to be reached."""
    feed = feeds.numbered(tx, number)
    if feed.state is FeedState.CLOSED:
        _void(tx, ctx, feed, feed.size)


def make_room(tx: Tx, feed: FeedRow, end: int) -> None:
    """Void rows that stand where good entries come now, in a feed that was cut off too short before."""
    tx.run(
        "DELETE FROM entry WHERE key >= ? AND key < ? AND standing = ?",
        *(key_of(feed.number, feed.size), key_of(feed.number, end), entries.Standing.VOID),
    )


def lacking(reader: Reader, origin: NodeId) -> Sequence[Cut]:
    """Feeds of an origin that were cut off and of which less than the good part is held: nobody offers them of himself."""
    found = []
    for cut in cuts.of_origin(reader, origin):
        held = feeds.find(reader, cut.feed)
        if held is not None and not cut.about(held.lineage, held.epoch):
            continue
        if (held.size if held is not None else 0) < cut.size and (held is None or not held.own):
            found.append(cut)
    return found


def _set_strays_aside(tx: Tx, ctx: Context, feed: FeedRow) -> None:
    """Feeds that no key in force signed, and that are not among those from which the newest one in force goes on."""
    lineage = [one for one in feeds.lineage_of(tx, feed.lineage) if one.state is not FeedState.VOID]
    good = [one for one in lineage if in_force(ctx.register, one)]
    if not good or not any(cuts.of(tx, one) for one in lineage):
        return
    by_id = {one.feed: one for one in lineage}
    chain, at = [], max(good, key=lambda one: one.epoch)
    while True:
        chain.append(at)
        before = _before(tx, at)
        if before is None or before not in by_id or by_id[before] in chain:
            break
        at = by_id[before]
    for one in lineage:
        if one not in chain and not one.own and one.epoch >= at.epoch and one not in good:
            set_aside(tx, ctx, one)


def _before(reader: Reader, feed: FeedRow) -> FeedId | None:
    row = entries.get(reader, feed.number, 0)
    opened = parse_header(row.header).open if row is not None else None
    return opened.previous if opened is not None else None


def _void(tx: Tx, ctx: Context, feed: FeedRow, first: int) -> None:
    span = key_of(feed.number, first), key_of(feed.number + 1, 0)
    rows = tx.all(
        "SELECT DISTINCT record FROM entry WHERE key >= ? AND key < ? AND record IS NOT NULL", *span
    )
    tx.run(
        "UPDATE entry SET standing = ?, shown = 0 WHERE key >= ? AND key < ?", entries.Standing.VOID, *span
    )
    tx.run("DELETE FROM pending WHERE feed = ?", feed.number)
    tx.run("DELETE FROM erasure WHERE key >= ? AND key < ?", *span)
    for (record,) in rows:
        _want_again(tx, feed.lineage, record, ctx.now())
        settle(tx, feed.lineage, RecordId(record))
        tx.note(Change(kind=ChangeKind.RECORD, feed=feed.feed, number=feed.number, record=RecordId(record)))


def _want_again(tx: Tx, lineage: bytes, record: bytes, now: UnixMs) -> None:
    """What was destroyed, or not taken in, for an erasure that is void is missing now."""
    rows = tx.all(
        "SELECT e.key, e.version FROM entry e JOIN feed f ON f.number = e.feed WHERE e.record = ? AND f.lineage = ? "
        "AND e.op = ? AND e.standing = ? AND e.content IS NULL AND e.retain_until_ms > ?",
        *(record, lineage, Op.PUBLISH, entries.Standing.ERASED, now),
    )
    for key, version in rows:
        if not erasures.covers(tx, lineage, record, version):
            entries.set_standing(tx, key, entries.Standing.MISSING, entries.Listing.NONE)


def _tell(tx: Tx, ctx: Context, feed: FeedRow, *, good: int) -> None:
    if feed.size > good:
        details = {"origin": feed.origin, "good": str(good), "size": str(feed.size)}
        audit(tx, ctx, Act(act="void", feed=feed.feed, details=details), ctx.register)
    arrival = feeds.next_arrivals(tx, 1)
    feeds.touch(tx, feed.number, arrival)
    tx.note(Change(kind=ChangeKind.CUT, feed=feed.feed, number=feed.number, own=feed.origin == ctx.me))
