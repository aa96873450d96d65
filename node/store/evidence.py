"""Contradictions that were kept: for each feed the first proof that its origin said two things that cannot both be true.

Guarantees nothing about what is in them; commands verify first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from node.store.unit import Reader, Tx
from protocol.ids import FeedId, NodeId, UnixMs


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """`message` is the serialised Evidence; `node` brought it, or found it: then it is this node."""

    origin: NodeId
    feed: FeedId
    message: bytes
    node: NodeId
    at_ms: UnixMs


def keep(tx: Tx, row: EvidenceRow) -> None:
    """The first of a feed stays."""
    tx.run(
        "INSERT OR IGNORE INTO evidence (origin, feed, message, node, at_ms) VALUES (?, ?, ?, ?, ?)",
        *(row.origin, row.feed, row.message, row.node, row.at_ms),
    )


def get(reader: Reader, origin: NodeId, feed: FeedId) -> EvidenceRow | None:
    """What is held against one feed of an origin: the feed's id alone is anybody's to write down."""
    row = reader.one(
        "SELECT origin, feed, message, node, at_ms FROM evidence WHERE origin = ? AND feed = ?", origin, feed
    )
    return EvidenceRow(*row) if row else None


def every(reader: Reader) -> Sequence[EvidenceRow]:
    """All of it, the newest first."""
    rows = reader.all("SELECT origin, feed, message, node, at_ms FROM evidence ORDER BY at_ms DESC, feed")
    return [EvidenceRow(*row) for row in rows]


def count(reader: Reader, origin: NodeId) -> int:
    """How many feeds of one origin it is held against."""
    row = reader.one("SELECT count(*) FROM evidence WHERE origin = ?", origin)
    return int(row[0]) if row else 0


def drop(tx: Tx, origin: NodeId, feed: FeedId) -> None:
    """It is none any more: a key in it was revoked."""
    tx.run("DELETE FROM evidence WHERE origin = ? AND feed = ?", origin, feed)
