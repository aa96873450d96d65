"""How far epochs are good that were cut off, as EPOCH entries of later ones say.

Guarantees that what a feed says holds for earlier epochs of its own lineage alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from node.store.feeds import FeedState
from node.store.unit import Reader, Tx
from protocol.ids import FeedId, Hash, NodeId


@dataclass(frozen=True, slots=True)
class Cut:
    """Of `feed` what is below `size` is good, under this root; the feed with local number `by` says so.

    `lineage` and `epoch` are those of the feed that says it: it speaks of an earlier epoch of its own lineage, whatever id it names.
    """

    feed: FeedId
    by: int
    size: int
    root: Hash
    lineage: bytes
    epoch: int

    def about(self, lineage: bytes, epoch: int) -> bool:
        """Whether whoever says it may say it of a feed of this lineage and epoch: nobody ends another origin's, or another label's."""
        return self.lineage == lineage and epoch < self.epoch


class Told(Protocol):
    """The facts of a feed; a `FeedRow` is one."""

    @property
    def feed(self) -> FeedId: ...
    @property
    def lineage(self) -> bytes: ...
    @property
    def epoch(self) -> int: ...


_SAID = "SELECT c.feed, c.by, c.size, c.root, f.lineage, f.epoch FROM cut c JOIN feed f ON f.number = c.by WHERE f.state <> ?"


def keep(tx: Tx, cut: Cut) -> None:
    """Each feed says it once."""
    tx.run(
        "INSERT OR IGNORE INTO cut (feed, by, size, root) VALUES (?, ?, ?, ?)",
        *(cut.feed, cut.by, cut.size, cut.root),
    )


def naming(reader: Reader, feed: FeedId) -> Sequence[Cut]:
    """All that feeds which are not void say of this id, the latest that came here first; whether they may is `Cut.about`'s to say."""
    rows = reader.all(f"{_SAID} AND c.feed = ? ORDER BY c.by DESC", FeedState.VOID, feed)
    return [Cut(*row) for row in rows]


def holding(said: Sequence[Cut], told: Told) -> Cut | None:
    """What holds for a feed, of all that names its id: what the latest of its own lineage says."""
    return next((cut for cut in said if cut.about(told.lineage, told.epoch)), None)


def of(reader: Reader, told: Told) -> Cut | None:
    """What holds for a feed."""
    return holding(naming(reader, told.feed), told)


def of_origin(reader: Reader, origin: NodeId) -> Sequence[Cut]:
    """All that feeds of one origin say."""
    rows = reader.all(f"{_SAID} AND f.origin = ? ORDER BY c.by", FeedState.VOID, origin)
    return [Cut(*row) for row in rows]


def forget(tx: Tx, by: int) -> None:
    """That feed says nothing any more."""
    tx.run("DELETE FROM cut WHERE by = ?", by)
