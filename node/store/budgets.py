"""What each origin has brought lately, as rows. Decides nothing: `commands/brake.py` does."""

from __future__ import annotations

from dataclasses import dataclass

from node.store.unit import Reader, Tx
from protocol.ids import NodeId


@dataclass(frozen=True, slots=True)
class Brought:
    """Entries and bytes of one origin, as they stood at a moment: they drain as time passes. `braked` since they were too many."""

    entries: float = 0.0
    bytes: float = 0.0
    at_ms: int = 0
    braked: bool = False


def of(reader: Reader, origin: NodeId) -> Brought:
    """What an origin has brought; nothing of one never met."""
    row = reader.one("SELECT entries, bytes, at_ms, braked FROM budget WHERE origin = ?", origin)
    return Brought(row[0], row[1], row[2], bool(row[3])) if row else Brought()


def put(tx: Tx, origin: NodeId, brought: Brought) -> None:
    """Write it down."""
    tx.run(
        "INSERT OR REPLACE INTO budget (origin, entries, bytes, at_ms, braked) VALUES (?, ?, ?, ?, ?)",
        *(origin, brought.entries, brought.bytes, brought.at_ms, int(brought.braked)),
    )
