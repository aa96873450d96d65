"""The checkpoints that came ahead of a feed's cursor, held against what is here and against what comes in its turn.

Guarantees that a feed never passes the size of a pending checkpoint with another root, and that what shows such a lie is proof of it
to anybody who has the origin's keys.
"""

from __future__ import annotations

from collections.abc import Sequence

from node.commands.batch import Batch
from node.commands.keep import VerifiedRun
from node.store import ahead, entries
from node.store.feeds import FeedRow
from node.store.unit import Reader
from protocol.checkpoint import Checkpoint
from protocol.contradiction import Contradiction, between
from protocol.merkle import NodeAt, node_in, prove_consistency


def crossed(
    pending: Sequence[Checkpoint], base: FeedRow, run: VerifiedRun
) -> tuple[Checkpoint | None, Checkpoint | None]:
    """Of the pending checkpoints that a run reaches: the first that is not of this log, and the one at exactly its end."""
    held, at = base.held, base.size
    for one in pending:
        if one.size > run.after.size:
            break
        held, _ = held.extend(entry.leaf for entry in run.entries[at - base.size : one.size - base.size])
        at = one.size
        if held.root() != one.root:
            return one, None
    return None, next((one for one in pending if one.size == run.after.size), None)


def proven(
    reader: Reader, base: FeedRow, run: VerifiedRun, batch: Batch, lie: Checkpoint
) -> Contradiction | None:
    """The proof that a pending checkpoint and the one of this batch cannot both be true."""

    def row(leaf: int) -> bytes:
        if leaf >= base.size:
            return b"".join(run.completed[leaf - base.size])
        return _row(reader, base, leaf)

    return between(
        origin=base.origin,
        feed=base.feed,
        older=lie,
        newer=batch.checkpoint,
        node=node_in(row),
        size=run.after.size,
        leading=batch.consistency,
    )


def denied(reader: Reader, feed: FeedRow, checkpoint: Checkpoint) -> Contradiction | None:
    """The proof that a checkpoint which the origin signed cannot be true beside what is here of it, as far as that can be seen now."""
    for one in ahead.pending(reader, feed.number):
        if one.size == checkpoint.size and one.root != checkpoint.root:
            return Contradiction(feed.origin, feed.feed, one, checkpoint)
    newest = feed.checkpoint
    if checkpoint.size > newest.size or not newest.signature:  # of what nobody signed nothing is proven
        return None
    node: NodeAt = node_in(lambda leaf: _row(reader, feed, leaf))
    return between(
        origin=feed.origin,
        feed=feed.feed,
        older=checkpoint,
        newer=newest,
        node=node,
        size=checkpoint.size,
        leading=prove_consistency(size1=checkpoint.size, size2=newest.size, node=node),
    )


def _row(reader: Reader, feed: FeedRow, leaf: int) -> bytes:
    row = reader.one("SELECT nodes FROM entry WHERE key = ?", entries.key_of(feed.number, leaf))
    return bytes(row[0]) if row else b""
