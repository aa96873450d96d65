"""Cosignatures that came through others: proofs of what a log was. Nobody "has it" by them; that is `receipts.py`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from node.store.unit import Reader, Tx
from protocol.ids import Hash, NodeId


@dataclass(frozen=True, slots=True)
class WitnessRow:
    """The newest cosignature of `node` over the feed with local number `feed` that somebody else passed on."""

    feed: int
    node: NodeId
    size: int
    root: Hash
    cosignature: bytes


def keep(tx: Tx, row: WitnessRow) -> bool:
    """Unless one of as much or more is there; true if it was kept."""
    return bool(
        tx.run(
            "INSERT INTO witness (feed, node, size, root, cosignature) VALUES (?, ?, ?, ?, ?) ON CONFLICT (feed, node) DO UPDATE SET "
            "size = excluded.size, root = excluded.root, cosignature = excluded.cosignature WHERE excluded.size > witness.size",
            *(row.feed, row.node, row.size, row.root, row.cosignature),
        )
    )


def of_feed(reader: Reader, number: int) -> Sequence[WitnessRow]:
    """By node."""
    rows = reader.all(
        "SELECT feed, node, size, root, cosignature FROM witness WHERE feed = ? ORDER BY node", number
    )
    return [WitnessRow(*row) for row in rows]
