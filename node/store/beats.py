"""The newest beat that counted of each feed of others, and which feeds have one at all (`feed.beats`).

Guarantees that a beat is never replaced by one of the same time or an earlier one; verifying is `commands/beat.py`'s.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from node.store.feeds import FeedState
from node.store.unit import Reader, Row, Tx
from protocol.checkpoint import Checkpoint
from protocol.ids import FeedId, UnixMs

_COLUMNS = "b.feed, b.size, b.root, b.signature, b.cosignature, b.signed_s, b.counted_ms"


@dataclass(frozen=True, slots=True)
class BeatRow:
    """The origin's cosignature of the head of the feed with local number `feed`, its time, and when it counted here."""

    feed: int
    checkpoint: Checkpoint
    cosignature: bytes
    signed_s: int
    counted_ms: UnixMs


def keep(tx: Tx, row: BeatRow) -> bool:
    """Store it, unless one of its time or a later one is there; true if it was stored."""
    return bool(
        tx.run(
            "INSERT INTO beat (feed, size, root, signature, cosignature, signed_s, counted_ms) VALUES (?, ?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (feed) DO UPDATE SET size = excluded.size, root = excluded.root, signature = excluded.signature, "
            "cosignature = excluded.cosignature, signed_s = excluded.signed_s, counted_ms = excluded.counted_ms "
            "WHERE excluded.signed_s > beat.signed_s",
            *(row.feed, row.checkpoint.size, row.checkpoint.root, row.checkpoint.signature),
            *(row.cosignature, row.signed_s, row.counted_ms),
        )
    )


def last(reader: Reader, number: int) -> int:
    """The time of the newest that counted, unix seconds; 0 where none did."""
    row = reader.one("SELECT signed_s FROM beat WHERE feed = ?", number)
    return int(row[0]) if row else 0


def latest(reader: Reader, most: int) -> Sequence[tuple[FeedId, BeatRow]]:
    """The newest of the feeds that are not closed and counted last."""
    rows = reader.all(
        f"SELECT {_COLUMNS}, f.feed FROM beat b JOIN feed f ON f.number = b.feed WHERE f.state = ? "  # noqa: S608
        "ORDER BY b.counted_ms DESC LIMIT ?",
        *(FeedState.OPEN, most),
    )
    return [(FeedId(row[7]), _beat(row)) for row in rows]


def own(
    reader: Reader, ids: Collection[FeedId] | None = None, most: int | None = None
) -> Sequence[tuple[FeedId, Checkpoint]]:
    """This node's own open feeds that have a beat (those of `ids`; `most` that grew last), with their newest checkpoint."""
    columns = "SELECT feed, checkpoint_size, checkpoint_root, checkpoint_signature FROM feed"
    where = "own = 1 AND beats = 1 AND state = ?"
    if ids is not None:
        found = [
            (one, reader.one(f"{columns} WHERE feed = ? AND {where}", one, FeedState.OPEN)) for one in ids
        ]
        return [(one, Checkpoint(row[1], row[2], row[3])) for one, row in found if row is not None]
    limit = -1 if most is None else most
    rows = reader.all(f"{columns} WHERE {where} ORDER BY newest DESC LIMIT ?", FeedState.OPEN, limit)
    return [(FeedId(row[0]), Checkpoint(row[1], row[2], row[3])) for row in rows]


def held_by(reader: Reader, node: str, ids: Collection[FeedId]) -> frozenset[FeedId]:
    """Those of these feeds of which a node is on record to hold anything; at most a few hundred."""
    rows = reader.all(
        f"SELECT f.feed FROM feed f JOIN holding h ON h.feed = f.number WHERE h.node = ? AND f.feed IN ({', '.join('?' * len(ids))})",  # noqa: S608
        node,
        *ids,
    )
    return frozenset(FeedId(row[0]) for row in rows)


def begin(tx: Tx, number: int) -> None:
    """A feed has carried what makes it have a beat."""
    tx.run("UPDATE feed SET beats = 1 WHERE number = ?", number)


def _beat(row: Row) -> BeatRow:
    return BeatRow(row[0], Checkpoint(row[1], row[2], row[3]), row[4], row[5], row[6])
