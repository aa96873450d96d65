"""What came ahead of a feed's cursor, and what holders said of what went ahead of theirs.

An entry that came ahead stands in `entry` at its index, above the size held, without tree nodes; with it stands at least one
pending checkpoint of more than that size, until the size is reached. Guarantees nothing about signatures; commands verify first.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from node.store.entries import EntryRow, between, index_of, key_of
from node.store.feeds import next_arrivals
from node.store.unit import Reader, Tx
from protocol.checkpoint import Checkpoint
from protocol.ids import NodeId, UnixMs
from protocol.operation import Op

_UNDOING = f"op IN ({int(Op.RETRACT)}, {int(Op.ERASE)})"  # as the index `entry_undoing` says it


@dataclass(frozen=True, slots=True)
class StoredRow:
    """A holder's signed note on entry `at` of a feed, in the checkpoint at `size`."""

    node: NodeId
    at: int
    size: int
    signature: bytes
    received_ms: UnixMs


# ---- Where it comes ----------------------------------------------------------------------------------------------------


def pending(reader: Reader, number: int) -> Sequence[Checkpoint]:
    """The checkpoints that a feed must still reach, by size."""
    rows = reader.all("SELECT size, root, signature FROM pending WHERE feed = ? ORDER BY size", number)
    return [Checkpoint(*row) for row in rows]


def expect(tx: Tx, number: int, checkpoint: Checkpoint, now: UnixMs) -> None:
    """A feed must reach this checkpoint; the first of a size stays."""
    tx.run(
        "INSERT OR IGNORE INTO pending (feed, size, root, signature, came_ms) VALUES (?, ?, ?, ?, ?)",
        *(number, checkpoint.size, checkpoint.root, checkpoint.signature, now),
    )


def reached(tx: Tx, number: int, size: int) -> None:
    """It has this size now."""
    tx.run("DELETE FROM pending WHERE feed = ? AND size <= ?", number, size)


def came(reader: Reader, number: int, first: int, end: int) -> dict[int, EntryRow]:
    """The entries of a range that nothing was held of, by index: those that came ahead."""
    return {row.at: row for row in between(reader, number, first, end)}


def take_out(tx: Tx, number: int, first: int, end: int) -> None:
    """They make room for themselves in their place."""
    tx.run("DELETE FROM entry WHERE key >= ? AND key < ?", key_of(number, first), key_of(number, end))


# ---- Where it goes from ------------------------------------------------------------------------------------------------


def undoing(reader: Reader, number: int, first: int, end: int, most: int) -> Sequence[int]:
    """Indexes of the withdrawals and erasures in a range, the newest first."""
    rows = reader.all(
        f"SELECT key FROM entry WHERE key >= ? AND key < ? AND {_UNDOING} ORDER BY key DESC LIMIT ?",  # noqa: S608  a constant
        *(key_of(number, first), key_of(number, end), most),
    )
    return [index_of(key) for (key,) in rows]


def shown(
    reader: Reader, number: int, first: int, listings: Collection[int], most: int
) -> Sequence[tuple[int, str]]:
    """Index and kind of the rows of these lists that stand at `first` or after it, the newest first."""
    found: list[tuple[int, str]] = []
    for listing in listings:
        rows = reader.all(
            "SELECT key, kind FROM entry WHERE feed = ? AND shown = ? AND key >= ? ORDER BY arrival DESC LIMIT ?",
            *(number, listing, key_of(number, first), most),
        )
        found += [(index_of(key), kind) for key, kind in rows]
    return sorted(found, reverse=True)[:most]


def note(tx: Tx, number: int, row: StoredRow) -> bool:
    """Keep a holder's note; true if there was none on this entry."""
    return bool(
        tx.run(
            "INSERT OR IGNORE INTO stored (feed, node, at, size, signature, received_ms, arrival) VALUES (?, ?, ?, ?, ?, ?, ?)",
            *(number, row.node, row.at, row.size, row.signature, row.received_ms, next_arrivals(tx, 1)),
        )
    )


def noted(reader: Reader, number: int, at: int) -> Sequence[StoredRow]:
    """The notes on one entry, by holder."""
    rows = reader.all(
        "SELECT node, at, size, signature, received_ms FROM stored WHERE feed = ? AND at = ? ORDER BY node",
        *(number, at),
    )
    return [StoredRow(*row) for row in rows]


def came_since(reader: Reader, numbers: Collection[int], after: int) -> Sequence[tuple[int, int]]:
    """(feed number, index) of entries that a holder noted after a change."""
    rows = reader.all(
        "SELECT DISTINCT feed, at FROM stored WHERE arrival > ? AND feed IN (SELECT value FROM json_each(?))",
        *(after, json.dumps(list(numbers))),
    )
    return [(feed, at) for feed, at in rows]


def told(reader: Reader, number: int, node: NodeId, first: int) -> set[int]:
    """The entries from an index on of which a holder said that it has them ahead."""
    rows = reader.all("SELECT at FROM stored WHERE feed = ? AND node = ? AND at >= ?", number, node, first)
    return {at for (at,) in rows}


def confirmed(tx: Tx, number: int, node: NodeId, size: int) -> None:
    """A receipt of the holder says more than its notes below this size."""
    tx.run("DELETE FROM stored WHERE feed = ? AND node = ? AND at < ?", number, node, size)
