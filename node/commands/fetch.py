"""Files that entries here list and that are not here yet: which one next, from whom, and what came of it.

Guarantees that a file is fetched only for an entry that stands and is readable, within the limits of the configuration, and that
no origin's files take all the room; that it counts as here only once its bytes are on the disk under their hash; and that what
nobody has is asked for ever more seldom.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from node.blobs import of_entry
from node.commands.context import Context
from node.store import attachments as rows
from node.store import entries, feeds
from node.store.attachments import Rank, Row, State
from node.store.changes import Change, ChangeKind
from node.store.entries import EntryRow, Standing, key_of
from node.store.feeds import FeedRow
from node.store.unit import Reader, Tx
from protocol.attachment import Attachment
from protocol.content_type import kind_of
from protocol.ids import FeedId, NodeId, RecordId, UnixMs
from protocol.operation import Header, Op

SHARE = 4
"""The files of one origin may take a quarter of the room that all may."""
ASIDE_MS = 30_000
"""How long a file waits for which nobody can be asked, or no room is."""
AGAIN_MS = 1_000
"""How long one waits that nobody had: a relay may still be fetching it. Twice as long each time, at most a day."""
DAY_MS = 86_400_000
STANDS = frozenset({Standing.CURRENT, Standing.SUPERSEDED})


@dataclass(frozen=True, slots=True)
class Wanted:
    """One file to fetch: the entry it is asked for through, who wrote that, and the file's size in bytes."""

    row: Row
    feed: FeedId
    index: int
    origin: NodeId


@dataclass(frozen=True, slots=True)
class Next:
    """What to fetch now, or else when to look again; neither: nothing is wanted.

    Or a row about which the store has to be told first: its entry does not stand, there is no room for it, it is here already.
    """

    wanted: Wanted | None = None
    again_ms: UnixMs | None = None
    unwanted: Row | None = None
    put_off: Row | None = None
    here: Row | None = None


def want(
    tx: Tx, feed: FeedRow, first: int, headers: Sequence[Header], files: Mapping[int, tuple[Attachment, ...]]
) -> None:
    """Note the files that a run's entries list, by place in the run."""
    for place, listed in files.items():
        rows.add(
            tx,
            key_of(feed.number, first + place),
            listed,
            alert=kind_of(headers[place].content_type) == "alert",
        )


def look(reader: Reader, ctx: Context, rank: Rank) -> Next:
    """The next file of a rank."""
    now = ctx.now()
    row = rows.first_wanted(reader, rank, now)
    if row is None:
        return Next(again_ms=rows.due_ms(reader, rank))
    entry = entries.by_key(reader, [row.key]).get(row.key)
    if entry is None or not stands(entry, now):
        return Next(unwanted=row)
    if ctx.blobs.held(of_entry(row.key), row.sha256):
        return Next(here=row)
    feed = feeds.numbered(reader, entry.feed)
    if not _has_room(reader, ctx, feed.origin, row.size):
        return Next(put_off=row)
    return Next(Wanted(row, feed.feed, entry.at, feed.origin))


def stands(entry: EntryRow, now: UnixMs) -> bool:
    """Whether the content of an entry is here and may be shown and given on."""
    over = 0 < entry.retain_until_ms <= now
    return entry.op == Op.PUBLISH and entry.content is not None and entry.standing in STANDS and not over


def arrived(tx: Tx, row: Row) -> bool:
    """The file is on the disk; false where its entry does not list it any more: then it is the caller's to destroy."""
    if not rows.settle(tx, row.key, row.sha256, State.HELD):
        return False
    entry = entries.by_key(tx, [row.key])[row.key]
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


def put_off(tx: Tx, ctx: Context, row: Row, *, tried: bool) -> None:
    """Nobody can be asked now, or all who could did not have it, or there is no room."""
    wait = min(AGAIN_MS << min(row.tries, 17), DAY_MS) if tried else ASIDE_MS
    rows.later(tx, row, UnixMs(ctx.now() + wait), tried=tried)


def servable(reader: Reader, ctx: Context, feed: FeedRow, index: int, sha256: bytes) -> Row | None:
    """The file, if this entry lists it, stands, and its bytes came for it; whether the asker may have the feed was decided."""
    entry = entries.get(reader, feed.number, index)
    if entry is None or not stands(entry, ctx.now()) or entry.register_version > ctx.register.version:
        return None
    row = rows.get(reader, entry.key, sha256)
    return row if row is not None and row.state == State.HELD else None


def _has_room(reader: Reader, ctx: Context, origin: NodeId, size: int) -> bool:
    limits = ctx.settings
    return (
        size <= limits.blob
        and rows.total(reader) + size <= limits.blobs_total
        and rows.total(reader, origin) + size <= limits.blobs_total // SHARE
    )
