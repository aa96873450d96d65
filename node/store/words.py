"""What is searched: the words of records in an index of SQLite's (FTS5), and keyed digests of whom and what they name.

Guarantees: of a row that is changed, destroyed or in no list any more neither is left in its table, in the transaction of that
change, since triggers of the database see to it (migration 17); rank is the arrival at this node, so order tells nothing of what
lies between, and a record's feed is a word of its own in the index, so that what a search looks through does not grow with what its
reader may not read, but for the words' own lists. The index keeps words of rows that are gone in its own pages until `merge`.
Filled behind the commit, by `commands/index.py`; decides nothing about who may read.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from node.store.entries import EntryRow, Listing, Standing, by_key
from node.store.feeds import FeedRole, FeedState
from node.store.unit import Reader, Tx
from protocol.operation import Op

DIGEST_BYTES = 16
FEW = 100
"""Of so many feeds each is looked up in the index; of more it is first looked whether the newest matches do."""
NEWEST = 2_000
"""So many of the newest matches, of whatever feed."""
PAGES = 32
"""Pages of the index that one step of `merge` rewrites: a few milliseconds."""
_LEFT = "words_left"
"""In `meta`: 1 where the index has words of what is gone, 2 while it is being rewritten, 0 where it has none."""
_LAST = (1 << 63) - 1
_IN_ORDER = "ORDER BY rowid DESC LIMIT ?"
_ROWS = "SELECT * FROM entry WHERE feed = ? AND shown = ? AND arrival > ? AND content IS NOT NULL ORDER BY arrival LIMIT ?"


class Line(NamedTuple):
    """What is kept of one record to find it by: its entry, as it was looked at; `digests` of `DIGEST_BYTES`."""

    key: int
    feed: int
    arrival: int
    kind: str
    words: Collection[str]
    digests: Collection[bytes]


class Hit(NamedTuple):
    """One match."""

    arrival: int
    key: int
    feed: int


# ---- Filling -----------------------------------------------------------------------------------------------------------


def waiting(reader: Reader, most: int) -> Sequence[int]:
    """Keys of entries to look at once more."""
    return [row[0] for row in reader.all("SELECT key FROM index_again ORDER BY key LIMIT ?", most)]


def behind(reader: Reader, most: int) -> Sequence[tuple[int, int, int]]:
    """Feeds in which something came that was not looked at: (number, looked at up to this change, newest change)."""
    rows = reader.all(
        "SELECT f.number, coalesce(i.arrival, 0), f.newest FROM feed f LEFT JOIN indexed i ON i.feed = f.number "
        "WHERE f.newest > coalesce(i.arrival, 0) AND f.role = ? AND f.state <> ? ORDER BY f.number LIMIT ?",
        *(FeedRole.RECORDS, FeedState.PURGED, most),
    )
    return [(row[0], row[1], row[2]) for row in rows]


def next_rows(reader: Reader, feed: int, after: int, most: int) -> Sequence[EntryRow]:
    """The next rows of a feed that lists show, by arrival; at most `most`."""
    listings = (Listing.EVENTS, Listing.LOOKOUTS, Listing.LIBRARY)
    rows = [EntryRow._make(r) for one in listings for r in reader.all(_ROWS, feed, one, after, most)]
    return sorted(rows, key=lambda row: row.arrival)[:most]


def add(tx: Tx, line: Line) -> bool:
    """Keep it, unless the entry is not as it was looked at any more."""
    row = tx.one(
        "SELECT 1 FROM entry WHERE key = ? AND arrival = ? AND shown > 0 AND standing = ? AND op = ? AND content IS NOT NULL",
        *(line.key, line.arrival, Standing.CURRENT, Op.PUBLISH),
    )
    if row is None:
        return False
    if line.words and not tx.one("SELECT 1 FROM words_content WHERE id = ?", line.arrival):
        said = " ".join([*sorted(line.words), _feed(line.feed), _kind(line.kind)])
        tx.run(
            "INSERT INTO words (rowid, said, key, feed) VALUES (?, ?, ?, ?)",
            *(line.arrival, said, line.key, line.feed),
        )
    for digest in sorted(line.digests):
        tx.run(
            "INSERT OR IGNORE INTO named (digest, arrival, key, feed) VALUES (?, ?, ?, ?)",
            *(digest, line.arrival, line.key, line.feed),
        )
    return True


def looked_at(tx: Tx, keys: Iterable[int], upto: Iterable[tuple[int, int]]) -> None:
    """These entries need not be looked at again; and of these feeds all up to a change was."""
    for key in keys:
        tx.run("DELETE FROM index_again WHERE key = ?", key)
    for feed, arrival in upto:
        tx.run("INSERT OR REPLACE INTO indexed (feed, arrival) VALUES (?, ?)", feed, arrival)


def again(tx: Tx, keys: Iterable[int]) -> None:
    """Entries that came to their place without being new."""
    for key in keys:
        tx.run("INSERT OR IGNORE INTO index_again (key) VALUES (?)", key)


def merge(tx: Tx, *, begin: bool) -> bool:
    """A step of rewriting the index without the words of what is gone; false when none are left, or there were none.

    What left meanwhile is for the next time. `begin`: the first step.
    """
    row = tx.one("SELECT value FROM meta WHERE name = ?", _LEFT)
    if row is None or not row[0]:
        return False
    if begin:
        tx.run("UPDATE meta SET value = 2 WHERE name = ?", _LEFT)
    ((before,),) = tx.all("SELECT total_changes()")
    tx.run("INSERT INTO words (words, rank) VALUES ('merge', ?)", -PAGES if begin else PAGES)
    ((after,),) = tx.all("SELECT total_changes()")
    if after - before >= 2:  # FTS5's own sign that it did something
        return True
    tx.run("UPDATE meta SET value = 0 WHERE name = ? AND value = 2", _LEFT)
    return False


# ---- Finding -----------------------------------------------------------------------------------------------------------


def found(
    reader: Reader,
    words: Collection[str],
    feeds: Collection[int],
    *,
    kinds: Collection[str] = (),
    before: int | None = None,
    limit: int,
) -> Sequence[Hit]:
    """The newest records of these feeds (local numbers) in which all these words are, as `protocol.findable.words` gives them.

    `kinds`: only of these; `before`: only what arrived earlier than this change.
    """
    if not words or not feeds:
        return []
    wanted = [_quoted(word) for word in words]
    if kinds:
        wanted.append(_either(map(_kind, kinds)))
    end, hits = _LAST if before is None else before, list[Hit]()
    if len(feeds) > FEW:
        newest = _matching(reader, " AND ".join(wanted), end, NEWEST)
        hits = [hit for hit in newest if hit.feed in feeds][:limit]
        if len(hits) == limit or len(newest) < NEWEST:
            return hits
        end = newest[-1].arrival
    wanted.append(_either(map(_feed, feeds)))
    rest = _matching(reader, " AND ".join(wanted), end, limit - len(hits))
    return [*hits, *(hit for hit in rest if hit.feed in feeds)]


def named(
    reader: Reader, digest: bytes, feeds: Collection[int], *, before: int | None = None, limit: int
) -> Sequence[Hit]:
    """The newest records of these feeds that name what has this digest."""
    rows = reader.all(
        "SELECT arrival, key, feed FROM named WHERE digest = ? AND arrival < ? AND feed IN (SELECT value FROM json_each(?)) "
        "ORDER BY arrival DESC LIMIT ?",
        *(digest, _LAST if before is None else before, json.dumps(sorted(feeds)), limit),
    )
    return [Hit(*row) for row in rows]


def rows_of(reader: Reader, hits: Sequence[Hit]) -> Sequence[EntryRow]:
    """Their entries, in the same order."""
    rows = by_key(reader, [hit.key for hit in hits])
    return [rows[hit.key] for hit in hits if hit.key in rows and rows[hit.key].arrival == hit.arrival]


def _matching(reader: Reader, wanted: str, end: int, limit: int) -> Sequence[Hit]:
    rows = reader.all(
        f"SELECT rowid, key, feed FROM words WHERE words MATCH ? AND rowid < ? {_IN_ORDER}",  # noqa: S608  a constant
        *(wanted, end, limit),
    )
    return [Hit(*row) for row in rows]


def _feed(number: int) -> str:
    """A word that no text has: those have no underscore."""
    return f"_f{number}"


def _kind(kind: str) -> str:
    return f"_k{kind}"


def _quoted(word: str) -> str:
    """A word and nothing else, whatever is in it: in quotes nothing is an operator."""
    return '"' + word.replace('"', '""') + '"'


def _either(some: Iterable[str]) -> str:
    return "(" + " OR ".join(map(_quoted, some)) + ")"
