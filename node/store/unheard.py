"""What was held of others before a restore, hidden until its origin has been heard: it may have been withdrawn since.

An unheard feed says up to which change (`feed.unheard`) what is held of it is not read; what came later is. The rows that lists would
show have the negative of their list meanwhile (`entry.shown`), so no list, page or match has them, whoever asks, and showing them
again costs one statement a feed. `feed.heard` is the change under which that was done.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence

from node.store.feeds import FeedRole, FeedState, last_arrival, next_arrivals
from node.store.unit import Reader, Tx
from protocol.ids import NodeId, UnixMs

_LISTS = (1, 2, 3)
_SHOWN = ", ".join(str(one) for one in _LISTS)
_HIDDEN = ", ".join(str(-one) for one in _LISTS)


def hide(tx: Tx, now: UnixMs) -> int:
    """From this transaction on nothing that is held of others is read; of how many feeds. `now`: when the restore was found."""
    rows = tx.all(
        "SELECT number FROM feed WHERE own = 0 AND role = ? AND state NOT IN (?, ?)",
        *(FeedRole.RECORDS, FeedState.PURGED, FeedState.VOID),
    )
    upto = last_arrival(tx)
    for (number,) in rows:
        tx.run(f"UPDATE entry SET shown = -shown WHERE feed = ? AND shown IN ({_SHOWN})", number)  # noqa: S608  numbers of this file
        tx.run("UPDATE feed SET unheard = ? WHERE number = ?", upto, number)
    tx.run("INSERT OR REPLACE INTO meta (name, value) VALUES ('restored_ms', ?)", now)
    return len(rows)


def show(tx: Tx, number: int) -> None:
    """What is held of this feed is read again."""
    tx.run(f"UPDATE entry SET shown = -shown WHERE feed = ? AND shown IN ({_HIDDEN})", number)  # noqa: S608  numbers of this file
    change = next_arrivals(tx, 1)
    tx.run("UPDATE feed SET unheard = 0, heard = ?, newest = ? WHERE number = ?", change, change, number)


def restored_ms(reader: Reader) -> UnixMs | None:
    """When this node last found that its database was restored; None where it never did."""
    row = reader.one("SELECT value FROM meta WHERE name = 'restored_ms'")
    return UnixMs(row[0]) if row else None


def feeds_of(reader: Reader, origin: NodeId) -> Sequence[int]:
    """Local numbers of the unheard feeds of one origin."""
    rows = reader.all("SELECT number FROM feed WHERE origin = ? AND unheard > 0 ORDER BY number", origin)
    return [row[0] for row in rows]


def origins(reader: Reader, numbers: Collection[int] | None = None) -> Sequence[tuple[NodeId, int]]:
    """The origins that have unheard feeds (of those with these local numbers), by id, with how many."""
    among = "" if numbers is None else "AND number IN (SELECT value FROM json_each(?)) "
    given = () if numbers is None else (json.dumps(list(numbers)),)
    rows = reader.all(
        f"SELECT origin, count(*) FROM feed WHERE unheard > 0 {among}GROUP BY origin ORDER BY origin",  # noqa: S608  words of this file
        *given,
    )
    return [(NodeId(row[0]), row[1]) for row in rows]


def is_hidden(reader: Reader, key: int) -> bool:
    """Whether this entry is not read: it is of an unheard feed, and came before."""
    row = reader.one(
        "SELECT 1 FROM entry e JOIN feed f ON f.number = e.feed WHERE e.key = ? AND e.arrival <= f.unheard",
        key,
    )
    return row is not None


def heard_since(reader: Reader, after: int) -> Sequence[tuple[int, int]]:
    """(local number, change) of the feeds that were shown again after a change, in that order."""
    rows = reader.all(
        "SELECT number, heard FROM feed WHERE newest > ? AND heard > ? ORDER BY heard", after, after
    )
    return [(row[0], row[1]) for row in rows]
