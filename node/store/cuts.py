"""How far epochs are good that were cut off, as EPOCH entries of later ones say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from node.store.unit import Reader, Tx
from protocol.ids import FeedId, Hash, NodeId


@dataclass(frozen=True, slots=True)
class Cut:
    """Of `feed` what is below `size` is good, under this root; the feed with local number `by` says so."""

    feed: FeedId
    by: int
    size: int
    root: Hash


def keep(tx: Tx, cut: Cut) -> None:
    """Each feed says it once."""
    tx.run(
        "INSERT OR IGNORE INTO cut (feed, by, size, root) VALUES (?, ?, ?, ?)",
        *(cut.feed, cut.by, cut.size, cut.root),
    )


def of(reader: Reader, feed: FeedId) -> Cut | None:
    """What holds for a feed: what the latest that came here says."""
    row = reader.one("SELECT feed, by, size, root FROM cut WHERE feed = ? ORDER BY by DESC LIMIT 1", feed)
    return Cut(*row) if row else None


def of_origin(reader: Reader, origin: NodeId) -> Sequence[Cut]:
    """All that feeds of one origin say."""
    rows = reader.all(
        "SELECT c.feed, c.by, c.size, c.root FROM cut c JOIN feed f ON f.number = c.by WHERE f.origin = ? ORDER BY c.by",
        origin,
    )
    return [Cut(*row) for row in rows]


def forget(tx: Tx, by: int) -> None:
    """That feed says nothing any more."""
    tx.run("DELETE FROM cut WHERE by = ?", by)
