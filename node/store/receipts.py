"""What others hold of a feed: cosignatures that prove it, and what a peer merely said.

Guarantees nothing about a signature; `commands/receipt.py` verifies before it stores. A receipt never goes back to a
smaller size.
"""

# ruff: noqa: S608 - what varies in a statement is a column list or question marks of this file, never a value

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from node.store import confirmations
from node.store.feeds import next_arrivals
from node.store.unit import Reader, Row, Tx
from protocol.ids import Hash, NodeId

_COLUMNS = "feed, node, size, root, cosignature, signed_s, received_ms, quarantined, arrival"


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """The newest cosignature of `node` over the feed with local number `feed`."""

    feed: int
    node: NodeId
    size: int
    root: Hash
    cosignature: bytes
    signed_s: int
    received_ms: int
    quarantined: tuple[int, ...]
    arrival: int = 0
    """The change number it was kept under."""

    def has(self, index: int) -> bool:
        """Whether this holder has the entry, and accepted it."""
        return index < self.size and index not in self.quarantined


def keep(tx: Tx, row: ReceiptRow) -> bool:
    """Store under a new change number, unless a newer one is there; true if it was stored."""
    kept = tx.run(
        f"INSERT INTO receipt ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (feed, node) DO UPDATE SET "
        "size = excluded.size, root = excluded.root, cosignature = excluded.cosignature, signed_s = excluded.signed_s, "
        "received_ms = excluded.received_ms, quarantined = excluded.quarantined, arrival = excluded.arrival "
        "WHERE excluded.size > receipt.size OR (excluded.size = receipt.size AND excluded.signed_s > receipt.signed_s)",
        *(row.feed, row.node, row.size, row.root, row.cosignature, row.signed_s, row.received_ms),
        *(_packed(row.quarantined), next_arrivals(tx, 1)),
    )
    holds(tx, row.node, row.feed, row.size, row.root)
    return kept > 0


def of_feed(reader: Reader, number: int) -> Sequence[ReceiptRow]:
    """Every holder's newest, by node."""
    return [
        _receipt(r)
        for r in reader.all(f"SELECT {_COLUMNS} FROM receipt WHERE feed = ? ORDER BY node", number)
    ]


def of_node(reader: Reader, number: int, node: NodeId) -> ReceiptRow | None:
    """One holder's newest."""
    row = reader.one(f"SELECT {_COLUMNS} FROM receipt WHERE feed = ? AND node = ?", number, node)
    return _receipt(row) if row else None


def holds(tx: Tx, node: NodeId, number: int, size: int, root: Hash) -> None:
    """What a peer says it holds, replacing what it said before; that it destroyed all of the feed is void then."""
    if size:
        confirmations.holds_again(tx, number, node)
    tx.run(
        "INSERT INTO holding (node, feed, size, root) VALUES (?, ?, ?, ?) ON CONFLICT (node, feed) DO UPDATE SET "
        "size = excluded.size, root = excluded.root WHERE excluded.size >= holding.size",
        *(node, number, size, root),
    )


def holdings(reader: Reader, node: NodeId) -> dict[int, tuple[int, Hash]]:
    """What a peer said it holds: feed number to size and root."""
    return {
        r[0]: (r[1], r[2]) for r in reader.all("SELECT feed, size, root FROM holding WHERE node = ?", node)
    }


def nodes_of(reader: Reader, number: int) -> Sequence[NodeId]:
    """Every node that is on record to hold something of a feed, by its receipt or its list."""
    rows = reader.all(
        "SELECT node FROM receipt WHERE feed = ? UNION SELECT node FROM holding WHERE feed = ? AND size > 0 ORDER BY node",
        *(number, number),
    )
    return [NodeId(row[0]) for row in rows]


def gone(tx: Tx, number: int, node: NodeId) -> None:
    """By its own word nothing of the feed is left there: what it said before is void."""
    tx.run("DELETE FROM receipt WHERE feed = ? AND node = ?", number, node)
    tx.run("DELETE FROM holding WHERE feed = ? AND node = ?", number, node)


def _packed(indexes: Sequence[int]) -> bytes:
    return b"".join(index.to_bytes(8, "big") for index in indexes)


def _receipt(row: Row) -> ReceiptRow:
    packed: bytes = row[7]
    indexes = tuple(int.from_bytes(packed[at : at + 8], "big") for at in range(0, len(packed), 8))
    return ReceiptRow(row[0], row[1], row[2], row[3], row[4], row[5], row[6], indexes, row[8])
