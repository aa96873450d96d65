"""Feeds of others that this node may not follow any more: hidden whole in one write, destroyed a few rows at a time.

Nothing of such a feed stays but the facts of its OPEN: not its leaves, not its headers, since they name records and times of what
this node may no longer read. So what is entitled again later is fetched like any other feed, from its first entry on.
"""

from __future__ import annotations

from collections.abc import Sequence

from node.store import attachments
from node.store.entries import key_of
from node.store.feeds import FeedRow, FeedState, grow
from node.store.holds import HoldState
from node.store.unit import Reader, Tx
from protocol.checkpoint import Checkpoint
from protocol.control import Fate
from protocol.ids import UnixMs
from protocol.merkle import EMPTY_ROOT, CompactRange

_UNHELD = (
    "SELECT e.key FROM entry e WHERE e.key >= ? AND e.key < ? AND NOT EXISTS (SELECT 1 FROM hold h WHERE h.lineage = ? "
    "AND h.record = e.record AND h.state IN (?, ?)) ORDER BY e.key LIMIT ?"
)
_AGAIN = 4
"""Added to `said`, a Fate, once its origin asked: it is told once more."""
_TABLES = ("attachment", "quarantine", "erasure", "entry")


def begin(tx: Tx, feed: FeedRow, now: UnixMs) -> None:
    """From this transaction on nothing of the feed is held: no entry, no cursor, no word of anybody's about it."""
    grow(
        tx,
        feed,
        held=CompactRange(),
        root=EMPTY_ROOT,
        checkpoint=Checkpoint(0, EMPTY_ROOT, b""),
        newest=feed.newest,
        state=FeedState.PURGED,
    )
    for table in ("receipt", "holding", "pending"):
        tx.run(f"DELETE FROM {table} WHERE feed = ?", feed.number)  # noqa: S608  names of this file
    tx.run(
        "INSERT OR REPLACE INTO purge (feed, began_ms, done_ms, said) VALUES (?, ?, 0, 0)", feed.number, now
    )


def under_way(reader: Reader) -> Sequence[int]:
    """Local numbers of feeds of which rows are still here."""
    return [row[0] for row in reader.all("SELECT feed FROM purge WHERE done_ms = 0 ORDER BY feed")]


def unsaid(reader: Reader) -> Sequence[int]:
    """Local numbers of feeds that are gone, and whose origin was not told so; that some of it was held is another word.

    None of which another history is still here, as void or being destroyed: then not nothing of it is left.
    """
    rows = reader.all(
        "SELECT p.feed FROM purge p JOIN feed f ON f.number = p.feed WHERE p.done_ms > 0 AND p.said & ? <> ? AND NOT EXISTS "
        "(SELECT 1 FROM feed v LEFT JOIN purge q ON q.feed = v.number WHERE v.lineage = f.lineage AND v.epoch = f.epoch "
        "AND v.number <> f.number AND (v.state = ? OR q.done_ms = 0)) ORDER BY p.feed",
        *(_AGAIN - 1, Fate.DESTROYED, FeedState.VOID),
    )
    return [row[0] for row in rows]


def step(tx: Tx, feed: FeedRow, most: int) -> tuple[int, Sequence[tuple[int, bytes]]]:
    """Destroy at most so many entries: how many it was, and the files (entry key, SHA-256) they listed. What is held stays."""
    values = (key_of(feed.number, 0), key_of(feed.number + 1, 0), feed.lineage)
    rows = tx.all(_UNHELD, *values, HoldState.HELD, HoldState.LIFTING, most)
    files: list[tuple[int, bytes]] = []
    for (key,) in rows:
        files += [(key, sha256) for sha256 in attachments.forget(tx, key)]
        for table in _TABLES:
            tx.run(f"DELETE FROM {table} WHERE key = ?", key)  # noqa: S608  names of this file
    return len(rows), files


def anything(reader: Reader, number: int) -> bool:
    """Whether a row of the feed is still here."""
    row = reader.one(
        "SELECT 1 FROM entry WHERE key >= ? AND key < ? LIMIT 1", key_of(number, 0), key_of(number + 1, 0)
    )
    return row is not None


def done(tx: Tx, number: int, now: UnixMs) -> None:
    """Nothing of it is in any table any more."""
    tx.run("UPDATE purge SET done_ms = ? WHERE feed = ?", now, number)


def said(tx: Tx, number: int, fate: int) -> bool:
    """Its origin was told this; false where it was before."""
    return bool(
        tx.run(
            "UPDATE purge SET said = (said & ?) + ? WHERE feed = ? AND said & ? <> ?",
            *(_AGAIN, fate, number, _AGAIN - 1, fate),
        )
    )


def asked(tx: Tx, number: int) -> None:
    """Its origin asks: it is told again, once it is true; once for a purge, however often it asks."""
    tx.run("UPDATE purge SET said = ? WHERE feed = ? AND said < ?", _AGAIN, number, _AGAIN)


def ready(reader: Reader, number: int) -> bool:
    """Whether the feed can be taken anew: nothing of it is left."""
    row = reader.one("SELECT done_ms FROM purge WHERE feed = ?", number)
    return row is None or row[0] > 0


def reopen(tx: Tx, feed: FeedRow) -> None:
    """This node may follow it again, and begins to, in the state that the row says."""
    tx.run("DELETE FROM purge WHERE feed = ?", feed.number)
    tx.run("UPDATE feed SET state = ? WHERE number = ?", feed.state, feed.number)
