"""Which record of another port comes of one that is marked here, as its origin said before the record itself came. Local, never shared."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from node.store.unit import Reader, Tx
from policies.need import Key
from protocol.ids import NodeId, RecordId
from protocol.operation import Op


def expect(tx: Tx, origin: NodeId, successor: RecordId, before: Key) -> None:
    """`successor`, once this origin's record of that id comes, is what `before` was."""
    tx.run(
        "INSERT OR IGNORE INTO succession (origin, successor, lineage, record) VALUES (?, ?, ?, ?)",
        *(origin, successor, *before),
    )


def take(tx: Tx, origin: NodeId, records: Collection[bytes]) -> Sequence[tuple[RecordId, Key]]:
    """(record, what it comes of) for those of these that were expected; they are not any more."""
    if tx.one("SELECT 1 FROM succession WHERE origin = ? LIMIT 1", origin) is None:
        return []
    found: list[tuple[RecordId, Key]] = []
    for record in sorted(records):
        rows = tx.all(
            "DELETE FROM succession WHERE origin = ? AND successor = ? RETURNING lineage, record",
            *(origin, record),
        )
        found += [(RecordId(record), (row[0], RecordId(row[1]))) for row in rows]
    return found


def held(reader: Reader, origin: NodeId, record: RecordId) -> Key | None:
    """A record that this origin published, in the first of its feeds that has it here."""
    row = reader.one(
        "SELECT f.lineage FROM entry e JOIN feed f ON f.number = e.feed WHERE e.record = ? AND e.op = ? AND f.origin = ? AND f.own = 0 "
        "ORDER BY e.key LIMIT 1",
        *(record, Op.PUBLISH, origin),
    )
    return (row[0], record) if row else None


def word(reader: Reader, key: Key) -> tuple[int, bytes] | None:
    """(key, header) of the first entry that says what a record became; the first in its feed, whenever it came."""
    row = reader.one(
        "SELECT e.key, e.header FROM entry e JOIN feed f ON f.number = e.feed WHERE e.record = ? AND f.lineage = ? AND e.op = ? "
        "ORDER BY f.epoch, e.key LIMIT 1",
        *(key[1], key[0], Op.SUPERSEDED),
    )
    return (row[0], row[1]) if row else None


def content_type(reader: Reader, key: Key) -> str:
    """Of a record's first version here; "" where none is."""
    row = reader.one(
        "SELECT e.kind FROM entry e JOIN feed f ON f.number = e.feed WHERE e.record = ? AND f.lineage = ? AND e.op = ? "
        "ORDER BY f.epoch, e.key LIMIT 1",
        *(key[1], key[0], Op.PUBLISH),
    )
    return row[0] if row else ""
