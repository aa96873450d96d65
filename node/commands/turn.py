"""A run of entries in whose range, or before whose end, something came ahead: it reaches exactly the checkpoints that are pending, and
takes the place of the rows that stand there.

Guarantees that what came ahead and what came in turn are the same entries, and that content which this node has is not lost and
content which it destroyed is not taken in again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from node.commands.context import Context
from node.commands.examine import Examined
from node.commands.expire import sealing_over
from node.commands.judge import REGIME
from node.commands.keep import NOTHING_CAME, VerifiedRun
from node.commands.outcome import Refusal
from node.commands.pending import crossed, proven
from node.store import ahead, entries, erasures, feeds
from node.store.entries import EntryRow, Standing
from node.store.unit import Reader, Tx
from protocol.checkpoint import Checkpoint
from protocol.entry import Entry
from protocol.errors import Code
from protocol.operation import Header


@dataclass(frozen=True, slots=True)
class Turn:
    """The run as it is to be stored, and by index the rows of it that came ahead; they are taken out of their place."""

    run: VerifiedRun | None
    came: Mapping[int, EntryRow] = field(default_factory=lambda: NOTHING_CAME)


def in_turn(tx: Tx, ctx: Context, examined: Examined) -> Turn | Refusal:
    """What a batch brings beyond what is held, beside what came ahead of it; FORKED where they are of two histories."""
    base, run = examined.base, examined.run
    if run is None or not base.number:
        return Turn(run)
    pending = ahead.pending(tx, base.number)
    if not pending:
        return Turn(run)
    lie, reached = crossed(pending, base, run)
    if lie is None:
        newest = examined.batch.checkpoint
        lie = next((one for one in pending if one.size == newest.size and one.root != newest.root), None)
    if lie is not None:
        return _forked(tx, examined, run, lie)
    rows = ahead.came(tx, base.number, run.first, run.after.size)
    came = {index: row for index, row in rows.items() if row.standing != Standing.VOID}
    for index, row in came.items():
        if row.header != run.entries[index - run.first].header:
            return _not_these(examined, index)
    ahead.take_out(tx, base.number, run.first, run.after.size)
    ahead.reached(tx, base.number, run.after.size)
    whole = _with_contents(tx, ctx, run, came)
    return Turn(replace(whole, checkpoint=run.checkpoint or reached), came)


def is_wanted(reader: Reader, ctx: Context, row: EntryRow, entry: Entry, header: Header) -> bool:
    """Whether content that is not here should be: not what this node removed, or may not keep."""
    if entry.content is None or row.content is not None or header.retain_until_ms <= ctx.now():
        return False
    if row.standing == Standing.QUARANTINED:
        return entries.quarantine_reason(reader, row.key) != REGIME and not _erased(reader, row)
    if row.standing == Standing.RETRACTED:
        return not sealing_over(reader, ctx, row.feed, row.record, row.version)
    return row.standing != Standing.ERASED


def _erased(reader: Reader, row: EntryRow) -> bool:
    """Whether an erasure of what was kept aside is held here."""
    lineage = feeds.numbered(reader, row.feed).lineage
    return erasures.covers(reader, lineage, row.record or b"", row.version)


def _with_contents(
    reader: Reader, ctx: Context, run: VerifiedRun, came: Mapping[int, EntryRow]
) -> VerifiedRun:
    """The run with the contents that this node has, and without those that it removed."""
    whole = list(run.entries)
    for index, row in came.items():
        place = index - run.first
        entry = whole[place]
        if row.content is not None:
            whole[place] = Entry(entry.header, row.content, row.salt)
        elif not is_wanted(reader, ctx, row, entry, run.headers[place]):
            whole[place] = Entry(entry.header)
    return replace(run, entries=whole)


def _forked(reader: Reader, examined: Examined, run: VerifiedRun, lie: Checkpoint) -> Refusal:
    return Refusal(
        code=Code.FORKED,
        feed=examined.base.feed,
        index=examined.batch.first,
        size=examined.base.size,
        field="feed",
        words="its origin signed two histories",
        evidence=proven(reader, examined.base, run, examined.batch, lie),
    )


def _not_these(examined: Examined, index: int) -> Refusal:
    return Refusal(
        code=Code.FORKED,
        feed=examined.base.feed,
        index=index,
        size=examined.base.size,
        field="feed",
        words="another entry came ahead for this place",
    )
