"""What goes ahead of a backlog: which entries a peer should have before its turn comes, and one of them with its proofs.

Guarantees that nothing goes ahead which is known here to be withdrawn, erased, expired or past its retention, nor under a register
older than its own; whether the peer may have the feed was decided. The proofs are read from stored nodes: O(log n).
"""

from __future__ import annotations

from collections.abc import Sequence

from node.commands.ahead import Ahead, Note
from node.commands.context import Context
from node.commands.in_force import in_force
from node.commands.receipt import root_at
from node.commands.serve import given
from node.store import ahead as rows
from node.store import entries, feeds
from node.store.ahead import StoredRow
from node.store.changes import Change, ChangeKind
from node.store.entries import EntryRow, Standing, listing_of
from node.store.feeds import FeedRow
from node.store.unit import Reader, Tx
from protocol import stored as notes
from protocol.content_type import content_type
from protocol.entry import Entry
from protocol.errors import Code, ProtocolError
from protocol.ids import Hash, NodeId
from protocol.limits import AHEAD_MAX
from protocol.merkle import leaf_hash, prove_consistency, prove_inclusion
from protocol.operation import Op
from protocol.urgent import UNDOING, is_urgent, urgent_kinds
from protocol.v1 import federation_pb2 as pb

MOST, FEW, SHARE = 64, 8, 32
"""Of a backlog goes ahead one entry in `SHARE` at most, but always `FEW`, and never more than `MOST`: the rest comes in its turn."""


def urgent(reader: Reader, feed: FeedRow, first: int, peer: NodeId, *, most: int = MOST) -> Sequence[int]:
    """Indexes, from `first` on, of what the peer should have before its turn: what hides first, then the newest first."""
    end = feed.checkpoint.size
    listings = {listing_of(content_type(kind)) for kind in urgent_kinds()}
    shown = [
        index
        for index, kind in rows.shown(reader, feed.number, first, listings, most)
        if index < end and is_urgent(kind)
    ]
    told = rows.told(reader, feed.number, peer, first)
    found = [*rows.undoing(reader, feed.number, first, end, most), *shown]
    return [index for index in found if index not in told][:most]


def share(missing: int) -> int:
    """How many of so many missing entries may go ahead: of a few all, of a backlog its share."""
    return MOST if missing <= MOST else min(MOST, max(FEW, missing // SHARE))


def ahead(reader: Reader, ctx: Context, feed: FeedRow, index: int, from_size: int) -> Ahead | None:
    """One entry with its proofs, for a peer that holds `from_size`; None where it is not to go ahead now."""
    size = feed.checkpoint.size
    near = from_size <= index < size and index - from_size <= AHEAD_MAX
    row = entries.get(reader, feed.number, index) if near else None
    if row is None or not _may_go(row, ctx) or not ctx.may_say(feed) or not in_force(ctx.register, feed):
        return None
    opened = entries.get(reader, feed.number, 0) if from_size == 0 else None
    return Ahead(
        feed=feed.feed,
        index=index,
        entry=given(reader, feed, row),
        checkpoint=feed.checkpoint,
        inclusion=_inclusion(reader, feed, index),
        from_size=from_size,
        consistency=_consistency(reader, feed, from_size) if from_size else (),
        opened=Entry(opened.header) if opened else None,
        open_inclusion=_inclusion(reader, feed, 0) if opened else (),
    )


def take_note(tx: Tx, ctx: Context, holder: NodeId, note: Note) -> bool:
    """Keep a holder's note on an entry that went ahead to it; ProtocolError where it is not its word on this very entry."""
    feed = feeds.find(tx, note.feed)
    if feed is None or not note.index < note.size <= feed.size:
        raise ProtocolError("nothing that went ahead", where="stored", code=Code.GAP)
    row = entries.get(tx, feed.number, note.index)
    entry = ctx.register.nodes.get(holder)
    assert row is not None
    notes.verify_stored(
        note.signature,
        holder=holder,
        origin=feed.origin,
        feed=feed.feed,
        index=note.index,
        leaf=leaf_hash(row.header),
        size=note.size,
        root=root_at(tx, feed, note.size),
        publics=entry.hold_keys if entry else (),
    )
    kept = rows.note(tx, feed.number, StoredRow(holder, note.index, note.size, note.signature, ctx.now()))
    if kept:
        change = Change(
            kind=ChangeKind.STORED,
            feed=feed.feed,
            number=feed.number,
            node=holder,
            own=feed.own,
        )
        tx.note(change)
    return kept


def note_frame(note: Note) -> pb.Stored:
    """The frame of a note."""
    return pb.Stored(feed=note.feed, index=note.index, size=note.size, signature=note.signature)


def _may_go(row: EntryRow, ctx: Context) -> bool:
    now = ctx.now()
    if row.register_version > ctx.register.version:
        return False
    if row.op in UNDOING:
        return True
    lasts = all(end == 0 or end > now for end in (row.expires_ms, row.retain_until_ms))
    return row.op == Op.PUBLISH and row.standing == Standing.CURRENT and row.content is not None and lasts


def _inclusion(reader: Reader, feed: FeedRow, index: int) -> tuple[Hash, ...]:
    size = feed.checkpoint.size
    node = entries.node_at(reader, feed.number, lambda at: prove_inclusion(index=index, size=size, node=at))
    return prove_inclusion(index=index, size=size, node=node)


def _consistency(reader: Reader, feed: FeedRow, from_size: int) -> tuple[Hash, ...]:
    size = feed.checkpoint.size
    if from_size == size:
        return ()
    node = entries.node_at(
        reader, feed.number, lambda at: prove_consistency(size1=from_size, size2=size, node=at)
    )
    return prove_consistency(size1=from_size, size2=size, node=node)
