"""Lists of records over many feeds, newest first, by index alone: the cost does not depend on what else the store holds.

Guarantees that a row outside the feeds given never shows, in no count and no order: rank is the arrival at this node, and
tells nothing of what lies between. Whether the feeds may be read was decided before.
"""

from __future__ import annotations

import heapq
import json
from collections.abc import Collection, Iterable, Iterator, Sequence

from node.store.entries import EntryRow, Listing, Standing, by_key
from node.store.unit import Reader, Row
from protocol.operation import Op

ALL = frozenset({Listing.EVENTS, Listing.LOOKOUTS, Listing.LIBRARY})
_LAST = (1 << 63) - 1
_AT_ONCE = 256
_FEEDS_AT_ONCE, _ROWS_AT_ONCE = 64, 256
_LATEST = "SELECT newest, number FROM feed WHERE (newest, number) < (?, ?) ORDER BY newest DESC, number DESC LIMIT ?"
_GROWN = "SELECT number FROM feed WHERE newest > ?"
_TOPS = (
    "SELECT f.value, l.value, (SELECT max(arrival) FROM entry WHERE feed = f.value AND shown = l.value AND arrival < ?) AS top "
    "FROM json_each(?) f, json_each(?) l WHERE top IS NOT NULL ORDER BY top DESC LIMIT ?"
)
_DOWN = "SELECT key, arrival FROM entry WHERE feed = ? AND shown = ? AND arrival < ? ORDER BY arrival DESC LIMIT ?"


def newest(
    reader: Reader,
    feeds: Collection[int],
    *,
    limit: int,
    before: int | None = None,
    listings: Collection[Listing] = ALL,
) -> Sequence[EntryRow]:
    """The newest records of these feeds (local numbers) and lists; `before`: only what arrived earlier than this change."""
    end, best = _LAST if before is None else before, list[tuple[int, int]]()
    shown = json.dumps([int(one) for one in listings])
    for some, rest in _latest_first(reader, feeds):
        _merge(reader, best, some, shown, end, limit)
        if len(best) == limit and rest < best[0][0]:
            break  # nothing in the other feeds is as new
    return in_order(reader, [key for _, key in sorted(best, reverse=True)])


def _latest_first(reader: Reader, feeds: Collection[int]) -> Iterator[tuple[Collection[int], int]]:
    """These feeds in parts, and before which change all that is in the parts to come arrived."""
    if len(feeds) <= _FEEDS_AT_ONCE:
        yield feeds, 0
        return
    wanted, some = set(feeds), list[int]()
    at = (_LAST, 0)
    while wanted and (rows := reader.all(_LATEST, *at, _ROWS_AT_ONCE)):
        at = rows[-1][0], rows[-1][1]
        for newest, number in rows:
            if number in wanted:
                wanted.remove(number)
                some.append(number)
            if len(some) == _FEEDS_AT_ONCE or (some and not wanted):
                yield some, newest
                some = []


def _merge(
    reader: Reader, best: list[tuple[int, int]], feeds: Collection[int], shown: str, end: int, limit: int
) -> None:
    """Bring what is newer in these feeds into `best`: a heap of (arrival, key), the oldest first."""
    for feed, listing, top in reader.all(_TOPS, end, json.dumps(list(feeds)), shown, limit):
        if len(best) == limit and top < best[0][0]:
            break  # the others are older still
        for key, arrival in reader.all(_DOWN, feed, listing, end, limit):
            if len(best) < limit:
                heapq.heappush(best, (arrival, key))
            elif arrival > best[0][0]:
                heapq.heapreplace(best, (arrival, key))
            else:
                break


def of_kind(reader: Reader, feeds: Collection[int], listing: Listing, kind: str) -> Sequence[EntryRow]:
    """Every record of one content type that a list of these feeds shows, in the order of the logs."""
    rows = reader.all(
        "SELECT e.* FROM json_each(?) f JOIN entry e ON e.feed = f.value AND e.shown = ? WHERE e.kind = ? ORDER BY e.key",
        *(json.dumps(list(feeds)), listing, kind),
    )
    return [EntryRow._make(row) for row in rows]


def in_order(reader: Reader, keys: Sequence[int]) -> Sequence[EntryRow]:
    """Entries in the order of their keys here."""
    rows = by_key(reader, keys)
    return [rows[key] for key in keys if key in rows]


def changed(
    reader: Reader, feeds: Collection[int], after: int, *, limit: int
) -> Sequence[tuple[int, int, bytes]]:
    """(arrival, feed, record) of entries about records that came after a change, oldest first; at most `limit`."""
    grown = [number for (number,) in reader.all(_GROWN, after) if number in feeds]
    rows = reader.all(
        "SELECT e.arrival, e.feed, e.record FROM json_each(?) f "
        "JOIN entry e ON e.feed = f.value AND e.shown IN (0, 1, 2, 3) AND e.arrival > ? AND e.record IS NOT NULL "
        "ORDER BY e.arrival LIMIT ?",
        *(json.dumps(grown), after, limit),
    )
    return [(row[0], row[1], row[2]) for row in rows]


def confirmed(reader: Reader, feeds: Collection[int], after: int) -> Sequence[tuple[int, int]]:
    """(feed, size) of receipts that were kept after a change."""
    rows = reader.all(
        "SELECT feed, max(size) FROM receipt WHERE arrival > ? AND feed IN (SELECT value FROM json_each(?)) GROUP BY feed",
        *(after, json.dumps(list(feeds))),
    )
    return [(row[0], row[1]) for row in rows]


def shown_of(reader: Reader, feeds: Collection[int], record: bytes) -> EntryRow | None:
    """The row that stands for a record in lists; the feeds are of one lineage: an id means nothing outside it."""
    rows = _of_record(reader, feeds, record, "shown > 0")
    return max(rows, key=lambda row: row.arrival, default=None)


def published(reader: Reader, records: Collection[bytes]) -> Sequence[tuple[bytes, int, int, int]]:
    """(record, feed, arrived_us, key) of every version of these records that was not kept aside, in whatever feed."""
    wanted, rows = list(dict.fromkeys(records)), list[Row]()
    for start in range(0, len(wanted), _AT_ONCE):
        part = wanted[start : start + _AT_ONCE]
        rows += reader.all(
            f"SELECT record, feed, arrived_us, key FROM entry WHERE record IN ({', '.join('?' * len(part))}) "  # noqa: S608
            "AND op = ? AND standing <> ?",
            *part,
            Op.PUBLISH,
            Standing.QUARANTINED,
        )
    return [(row[0], row[1], row[2], row[3]) for row in rows]


def versions_of(reader: Reader, feeds: Collection[int], record: bytes) -> Sequence[EntryRow]:
    """Every entry about a record in these feeds, in the order of the log."""
    return sorted(_of_record(reader, feeds, record, "1"), key=lambda row: row.key)


def _of_record(reader: Reader, feeds: Collection[int], record: bytes, where: str) -> Iterable[EntryRow]:
    rows = reader.all(f"SELECT * FROM entry WHERE record = ? AND {where}", record)  # noqa: S608  constants of this file
    return [EntryRow._make(row) for row in rows if row[1] in feeds]
