"""What names a record: rows whose content holds its id, found by looking through what is held. Decides nothing: that the bytes of an id stand
in a content is a hint, and whether it is a reference is for who reads it.

There is no index of references: what a destroyed record named would have to be destroyed in it too, and each record that comes would cost
more for a question that is asked when a record is put into a case. `naming` finds an id however it is written; `everything` finds references
as this program writes them, and so every one of a record of this node.
"""

# ruff: noqa: S608 - what varies in a statement is how often a test of this file stands in it, never a value

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

from node.store.drafts import WAITING
from node.store.entries import INDEX_BITS
from node.store.feeds import FeedRole
from node.store.unit import Reader
from policies.need import Key
from protocol.ids import RecordId
from protocol.operation import Op

_AT_ONCE = 64
"""Ids that one statement looks for: an expression of SQLite is so deep and no deeper."""
_WINDOW = 8192
"""Entries of one feed that are looked at together: what names anything of them is in memory at once, and no more."""
_REFERENCE: Final = b"\x0a\x10"
"""How the id in a `Ref` begins: field 1, 16 bytes."""
_NAMED: Final = re.compile(re.escape(_REFERENCE) + b"(.{16})", re.DOTALL)
_ROWS = (
    "FROM feed f CROSS JOIN entry e ON e.key >= f.number << {bits} AND e.key < (f.number + 1) << {bits} "
    "WHERE f.role = {role} AND e.op = {op} AND e.content IS NOT NULL AND ({named})"
)
_CAME = (
    "SELECT 1 FROM feed f CROSS JOIN entry e ON e.feed = f.number AND e.shown IN (-3, -2, -1, 0, 1, 2, 3) AND e.arrival > ? "
    "WHERE f.newest > ? AND f.role = {role} AND e.op = {op} AND e.content IS NOT NULL AND ({named}) LIMIT 1"
)


def naming(reader: Reader, records: Collection[bytes]) -> dict[Key, bool]:
    """Records of which a version that is held names one of these, each with whether it is of a feed of this node's own."""
    found: dict[Key, bool] = {}
    for some in _parts(records):
        sql = _sql(f"SELECT DISTINCT f.lineage, e.record, f.own {_ROWS}", "e.content", len(some))
        for lineage, record, own in reader.all(sql, *some):
            found[lineage, RecordId(record)] = bool(own)
    return found


def everything(reader: Reader) -> Mapping[bytes, Mapping[Key, bool]]:
    """By the id that is named: records of which a version that is held names it, each with whether it is of a feed of this node's own."""
    found: dict[bytes, dict[Key, bool]] = {}
    feeds = reader.all(
        "SELECT f.number, f.lineage, f.own, (SELECT max(key) FROM entry WHERE key >= f.number << ? AND key < (f.number + 1) << ?) "
        "FROM feed f WHERE f.role = ?",
        *(INDEX_BITS, INDEX_BITS, FeedRole.RECORDS),
    )
    for number, lineage, own, last in feeds:
        for first in range(number << INDEX_BITS, (last or -1) + 1, _WINDOW):
            rows = reader.all(
                "SELECT record, content FROM entry WHERE key >= ? AND key < ? AND op = ? AND instr(content, ?) > 0",
                *(first, min(first + _WINDOW, last + 1), Op.PUBLISH, _REFERENCE),
            )
            for record, content in rows:
                for one in _NAMED.findall(content):
                    found.setdefault(one, {})[lineage, RecordId(record)] = bool(own)
    return found


def came(reader: Reader, records: Collection[bytes], after: int) -> bool:
    """Whether anything that names one of these came after a change."""
    return any(
        reader.one(_sql(_CAME, "e.content", len(some)), after, after, *some) is not None
        for some in _parts(records)
    )


def drafts(reader: Reader, records: Collection[bytes]) -> Sequence[RecordId]:
    """Drafts that wait, and name one of these or go on from one."""
    found = dict[RecordId, None]()
    for some in _parts(records):
        among = f"({', '.join('?' * len(some))})"
        values: list[str | bytes] = [*WAITING, *some, *some, *some]
        rows = reader.all(
            f"SELECT record FROM draft WHERE state IN ({', '.join('?' * len(WAITING))}) "
            f"AND (record IN {among} OR replaces IN {among} OR {_named('content', len(some))}) ORDER BY record",
            *values,
        )
        found |= dict.fromkeys(RecordId(row[0]) for row in rows)
    return list(found)


def _parts(records: Collection[bytes]) -> Iterator[Sequence[bytes]]:
    every = sorted(records)
    return (every[start : start + _AT_ONCE] for start in range(0, len(every), _AT_ONCE))


def _sql(text: str, column: str, count: int) -> str:
    return text.format(
        bits=INDEX_BITS, role=int(FeedRole.RECORDS), op=int(Op.PUBLISH), named=_named(column, count)
    )


def _named(column: str, count: int) -> str:
    return " OR ".join([f"instr({column}, ?) > 0"] * count)
