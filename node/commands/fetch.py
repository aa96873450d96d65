"""Files that entries here list and that are not here yet: which, whose, whether to ask for one now, and what came of it.

Guarantees that a file is fetched only for an entry that stands and that this node may hold, and that it counts as here only once
its bytes are on the disk under their hash. Nothing is given up for what this node's clock says: that may be wrong for a moment.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from node.blobs import of_entry
from node.commands.context import Context
from node.commands.entitled import follows
from node.store import attachments as rows
from node.store import entries, feeds
from node.store.attachments import Rank, Row, State
from node.store.changes import Change, ChangeKind
from node.store.entries import EntryRow, Standing, key_of
from node.store.feeds import FeedRow
from node.store.unit import Reader, Tx
from policies.decision import Permit
from protocol.attachment import Attachment
from protocol.content_type import kind_of
from protocol.ids import FeedId, NodeId, RecordId, UnixMs
from protocol.operation import Header, Op

STANDS = frozenset({Standing.CURRENT, Standing.SUPERSEDED})
GONE = frozenset({Standing.RETRACTED, Standing.ERASED, Standing.QUARANTINED})


@dataclass(frozen=True, slots=True)
class Wanted:
    """One file to fetch: the entry it is asked for through, and who wrote that."""

    row: Row
    feed: FeedId
    index: int
    origin: NodeId


class Look(Enum):
    """Whether to ask for a file now."""

    FETCH = "fetch"
    HERE = "here"  # its bytes are on the disk, and the store does not know yet
    GONE = "gone"  # its entry does not stand any more, and will not again
    LATER = "later"  # not while the register and this node's clock are as they are


def want(
    tx: Tx,
    feed: FeedRow,
    first: int,
    headers: Sequence[Header],
    files: Mapping[int, tuple[Attachment, ...]],
) -> None:
    """Note the files that a run's entries list, by place in the run."""
    for place, listed in files.items():
        rows.add(
            tx,
            key_of(feed.number, first + place),
            listed,
            alert=kind_of(headers[place].content_type) == "alert",
        )


def feeds_of(reader: Reader, origin: NodeId) -> Sequence[FeedRow]:
    """The feeds of an origin that are held, the one with the newest entry first."""
    found = [feed for feed in feeds.every(reader) if feed.origin == origin]
    return sorted(found, key=lambda feed: -feed.newest)


def page(
    reader: Reader, feed: FeedRow, rank: Rank, below: tuple[int, bytes] | None, limit: int
) -> Sequence[Wanted]:
    """The next files that are wanted of a feed, newest first."""
    found = rows.wanted(reader, feed.number, rank, below, limit)
    return [Wanted(row, feed.feed, entries.index_of(row.key), feed.origin) for row in found]


def look(reader: Reader, ctx: Context, one: Wanted) -> Look:
    """Whether to ask for this file now."""
    row = rows.get(reader, one.row.key, one.row.sha256)
    entry = entries.by_key(reader, [one.row.key]).get(one.row.key)
    if row is None or row.state != State.WANTED or entry is None or entry.standing in GONE:
        return Look.GONE
    register, now = ctx.register, ctx.now()
    if not stands(entry, now) or not ctx.listed(register):
        return Look.LATER
    feed = feeds.numbered(reader, entry.feed)
    if not isinstance(follows(ctx.entry(register), feed, register, now), Permit):
        return Look.LATER
    return Look.HERE if ctx.blobs.held(of_entry(row.key), row.sha256) else Look.FETCH


def stands(entry: EntryRow, now: UnixMs) -> bool:
    """Whether the content of an entry is here and may be shown and given on."""
    over = 0 < entry.retain_until_ms <= now
    return entry.op == Op.PUBLISH and entry.content is not None and entry.standing in STANDS and not over


def arrived(tx: Tx, row: Row) -> bool:
    """The file is on the disk; false where its entry does not stand any more: then it is the caller's to destroy."""
    entry = entries.by_key(tx, [row.key]).get(row.key)
    if entry is None or entry.content is None or entry.standing in GONE:
        rows.settle(tx, row.key, row.sha256, State.UNWANTED)
        return False
    if not rows.settle(tx, row.key, row.sha256, State.HELD):
        now = rows.get(tx, row.key, row.sha256)
        return now is not None and now.state == State.HELD
    feed = feeds.numbered(tx, entry.feed)
    if entry.record is not None:
        tx.note(
            Change(
                kind=ChangeKind.RECORD,
                feed=feed.feed,
                number=feed.number,
                record=RecordId(entry.record),
                own=feed.own,
            )
        )
    return True


def give_up(tx: Tx, row: Row) -> None:
    """Its entry does not stand any more."""
    rows.settle(tx, row.key, row.sha256, State.UNWANTED)


def servable(reader: Reader, ctx: Context, feed: FeedRow, index: int, sha256: bytes) -> Row | None:
    """The file, if this entry lists it, stands, and its bytes came for it; whether the asker may have the feed was decided."""
    if not 0 <= index < feed.size:  # a peer's number, of up to 64 bits
        return None
    entry = entries.get(reader, feed.number, index)
    if entry is None or not stands(entry, ctx.now()) or entry.register_version > ctx.register.version:
        return None
    row = rows.get(reader, entry.key, sha256)
    return row if row is not None and row.state == State.HELD else None
