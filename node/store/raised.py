"""Which findings were raised lately, by their detector's key, so that a restart does not raise them again."""

from __future__ import annotations

from collections.abc import Mapping

from node.store.unit import Reader, Tx
from protocol.ids import UnixMs


def standing(reader: Reader, now: UnixMs) -> Mapping[str, UnixMs]:
    """Until when each is not raised again, the one that ends first before the others."""
    rows = reader.all("SELECT key, until_ms FROM raised WHERE until_ms > ? ORDER BY until_ms", now)
    return {row[0]: UnixMs(row[1]) for row in rows}


def put(tx: Tx, key: str, until: UnixMs, now: UnixMs) -> None:
    """Raised now, and not again before `until`; what is over is forgotten."""
    tx.run("DELETE FROM raised WHERE until_ms <= ?", now)
    tx.run("INSERT OR REPLACE INTO raised (key, until_ms) VALUES (?, ?)", key, until)
