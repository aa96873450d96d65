"""What a node gives somebody for a peer that no wire reaches: the batches that the peer would be served, and no other.

Guarantees that it is decided as on a wire, under the register of now, and that nothing marked NO-EXPORT leaves this way. The act is
audited with counts, never with what was in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from node.commands import serve
from node.commands.audit import Act, audit
from node.commands.batch import Batch
from node.commands.context import Context
from node.commands.entitled import may_serve
from node.store import feeds
from node.store.unit import Reader, Tx
from protocol.ids import NodeId
from protocol.label import parse
from protocol.limits import BACKFILL_MAX

NO_EXPORT = "NO-EXPORT"


@dataclass(frozen=True, slots=True)
class Carried:
    """How much of what a bundle holds."""

    feeds: int
    entries: int


def batches(reader: Reader, ctx: Context, peer: NodeId, *, whole: bool = False) -> Iterator[Batch]:
    """What `peer` may have and is not on record to hold, feed after feed; `whole`: also what it is on record to hold."""
    register = ctx.register
    for feed in feeds.every(reader):
        if not may_serve(ctx, peer, feed, register) or NO_EXPORT in parse(feed.label).caveats:
            continue
        first = 0 if whole else serve.on_record(reader, peer, feed.number)
        while (batch := serve.piece(reader, ctx, register, feed, first, most=BACKFILL_MAX)) is not None:
            yield batch
            first = batch.end


def exported(tx: Tx, ctx: Context, peer: NodeId, carried: Carried, *, actor: str) -> None:
    """Write down that it was given away."""
    details = {"peer": peer, "feeds": str(carried.feeds), "entries": str(carried.entries)}
    audit(tx, ctx, Act(act="export", actor=actor, details=details), ctx.register)
