"""What time takes away, by this node's own clock: content past its retention, withdrawn content past its sealing time.

Guarantees that content destroyed here is not taken in again, and that its proof stays; that the text of the draft it came from goes
with it, and a discarded draft `DISCARDED_MS` after it was; of a record on hold nothing is. Showing stops at the very moment
(`search.state_of`); destruction follows within one pass over the store, `SCAN` entries at a time, so that no index is kept for
it. Nothing is destroyed while the clock is in doubt: that is for the caller to know.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from node.blobs import Owner, of_entry
from node.commands.context import Context
from node.commands.destroy import files_of_text
from node.store import attachments, drafts, entries, feeds, holds
from node.store.changes import Change, ChangeKind
from node.store.drafts import DraftRow
from node.store.entries import EntryRow, Listing, Standing
from node.store.unit import Reader, Tx
from protocol.fields import DAY_MS
from protocol.ids import RecordId, UnixMs
from protocol.operation import Op

SCAN = 2_000
SEALED = "retracted_content"
"""The configuration's period for withdrawn content."""
DISCARDED_MS = 30 * DAY_MS
"""Long enough to look into who discarded what and why; a text that nobody meant to publish is kept for nothing else."""


@dataclass(frozen=True, slots=True)
class Pass:
    """What a step of a pass found: keys whose content is due, and where the next step goes on (0: from the beginning)."""

    due: tuple[int, ...]
    next: int


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How many contents were destroyed, and the files (owner, SHA-256) that no entry and no draft lists any more."""

    entries: int
    files: tuple[tuple[Owner, bytes], ...] = ()


def look(reader: Reader, ctx: Context, after: int = 0, *, scan: int = SCAN) -> Pass:
    """The next `scan` entries after a key."""
    rows = reader.all(
        "SELECT key, feed, record, version, standing, retain_until_ms, content IS NOT NULL FROM entry WHERE key > ? "
        "ORDER BY key LIMIT ?",
        *(after, scan),
    )
    now = ctx.now()
    due = [
        key
        for key, feed, record, version, standing, retain, held in rows
        if held
        and (
            0 < retain <= now
            or (standing == Standing.RETRACTED and sealing_over(reader, ctx, feed, record, version))
        )
        and not _on_hold(reader, feed, record)
    ]
    return Pass(tuple(due), rows[-1][0] if len(rows) == scan else 0)


def forget(tx: Tx, ctx: Context, keys: Sequence[int]) -> Forgotten:
    """Destroy content and salt of these entries, and the text of the drafts of own ones. A withdrawn record keeps its row, without content.

    Their files are the caller's to destroy, once this is durable.
    """
    now, forgotten = ctx.now(), 0
    files: list[tuple[Owner, bytes]] = []
    for row in entries.by_key(tx, keys).values():
        if row.content is None or not _is_due(tx, ctx, row, now):
            continue
        entries.drop(tx, row.key)
        files += [(of_entry(row.key), sha256) for sha256 in attachments.forget(tx, row.key)]
        feed = feeds.numbered(tx, row.feed)
        if feed.own and row.op == Op.PUBLISH and row.record is not None:
            record = RecordId(row.record)
            files += files_of_text(record, drafts.blank(tx, record, row.version))
        if row.standing != Standing.RETRACTED and row.op == Op.PUBLISH:
            entries.set_standing(tx, row.key, Standing.ERASED, Listing.NONE)
            tx.note(Change(kind=ChangeKind.RECORD, feed=feed.feed, number=feed.number, own=feed.own))
        forgotten += 1
    return Forgotten(forgotten, tuple(files))


def discarded(reader: Reader, ctx: Context) -> Sequence[DraftRow]:
    """Drafts that were discarded long enough ago; none that goes on from a record on hold."""
    rows = drafts.discarded(reader, UnixMs(max(0, ctx.now() - DISCARDED_MS)))
    return [
        row
        for row in rows
        if row.lineage is None or not holds.held(reader, row.lineage, row.replaces or row.record)
    ]


def forget_discarded(tx: Tx, ctx: Context) -> Forgotten:
    """Destroy them; their files are the caller's to destroy, once this is durable."""
    rows, files = discarded(tx, ctx), list[tuple[Owner, bytes]]()
    for row in rows:
        drafts.forget_discarded(tx, row)
        files += files_of_text(row.record, row.content)
    return Forgotten(len(rows), tuple(files))


def sealing_over(reader: Reader, ctx: Context, feed: int, record: bytes | None, version: int) -> bool:
    """Whether the withdrawal that covers this version arrived longer ago than withdrawn content is kept."""
    period = ctx.settings.retention.get(SEALED)
    row = reader.one(
        "SELECT min(e.arrived_us) FROM entry e WHERE e.record = ? AND e.op = ? AND e.version >= ? AND e.feed IN "
        "(SELECT number FROM feed WHERE lineage = (SELECT lineage FROM feed WHERE number = ?))",
        *(record, Op.RETRACT, version, feed),
    )
    return period is not None and bool(row and row[0] is not None and row[0] // 1000 + period <= ctx.now())


def _on_hold(reader: Reader, feed: int, record: bytes | None) -> bool:
    return record is not None and holds.held(reader, feeds.numbered(reader, feed).lineage, record)


def _is_due(reader: Reader, ctx: Context, row: EntryRow, now: UnixMs) -> bool:
    if _on_hold(reader, row.feed, row.record):
        return False
    if 0 < row.retain_until_ms <= now:
        return True
    return row.standing == Standing.RETRACTED and sealing_over(reader, ctx, row.feed, row.record, row.version)
