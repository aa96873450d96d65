"""Make the proof file of a record: its newest version, in the lineage that carries it, under the newest checkpoint held.

Guarantees only what `protocol.proof` will verify again; what was erased is proven without its content. Whoever asks must be
entitled to the record: that was decided before.
"""

from __future__ import annotations

from collections.abc import Collection

from node.commands.address import Address, resolve
from node.commands.audit import Act, audit
from node.commands.context import Context
from node.commands.witnesses import cosignatures
from node.store import entries, feeds
from node.store.entries import Standing
from node.store.feeds import FeedRow
from node.store.unit import Reader, Tx
from protocol.entry import Entry
from protocol.ids import Hash
from protocol.merkle import prove_inclusion
from protocol.operation import Op
from protocol.proof import Proof, write_proof


def prove(reader: Reader, ctx: Context, address: Address) -> bytes | None:
    """The newest version of a record held here, for the operator: every label; None where none stands under a checkpoint, or is read yet."""
    lineage = resolve(reader, {feed.number: feed for feed in feeds.every(reader)}, address)
    found = reader.one(
        "SELECT e.key FROM entry e JOIN feed f ON f.number = e.feed WHERE e.record = ? AND e.op = ? AND f.lineage = ? AND e.arrival > f.unheard "
        "AND (e.key & ?) < f.checkpoint_size AND f.checkpoint_signature != x'' ORDER BY e.version DESC, e.key DESC LIMIT 1",
        *(address.record, Op.PUBLISH, lineage or b"", entries.INDEX_MASK),
    )
    return prove_entry(reader, ctx, found[0]) if found else None


def exported(tx: Tx, ctx: Context, address: Address, *, actor: str, purposes: Collection[str] = ()) -> None:
    """Audit that a proof file of a record is about to be given: it has the content in it, and goes where no label is asked."""
    lineage = resolve(tx, {feed.number: feed for feed in feeds.every(tx)}, address)
    feed = feeds.of_lineage(tx, lineage) if lineage is not None else None
    act = Act(
        act="export",
        actor=actor,
        record=address.record,
        feed=feed.feed if feed else None,
        details={"what": "proof"},
    )
    audit(tx, ctx, act.under(purposes), ctx.register)


def prove_entry(reader: Reader, ctx: Context, key: int) -> bytes | None:
    """The proof file of exactly this entry, by its key; None while no signed checkpoint held covers it."""
    feed = feeds.numbered(reader, key >> entries.INDEX_BITS)
    index = key & entries.INDEX_MASK
    if index >= feed.checkpoint.size or not feed.checkpoint.signature:
        return None
    opened = entries.between(reader, feed.number, 0, 1)[0]
    row = entries.between(reader, feed.number, index, index + 1)[0]
    erased = row.standing == Standing.ERASED  # also while it cools
    whole = row.content is not None and row.salt is not None and not erased
    return write_proof(
        Proof(
            origin=feed.origin,
            feed=feed.feed,
            opened=opened.header,
            open_inclusion=_path(reader, feed, 0),
            index=index,
            entry=Entry(row.header, row.content, row.salt) if whole else Entry(row.header),
            inclusion=_path(reader, feed, index),
            checkpoint=feed.checkpoint,
            cosignatures=tuple(cosignatures(reader, ctx, feed)),
        )
    )


def _path(reader: Reader, feed: FeedRow, index: int) -> tuple[Hash, ...]:
    size = feed.checkpoint.size
    node = entries.node_at(reader, feed.number, lambda at: prove_inclusion(index=index, size=size, node=at))
    return prove_inclusion(index=index, size=size, node=node)
