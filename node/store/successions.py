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


def lineages(reader: Reader, origin: NodeId, record: RecordId) -> Sequence[bytes]:
    """Those of this origin in which anything is held of a record."""
    rows = reader.all(
        "SELECT DISTINCT f.lineage FROM entry e JOIN feed f ON f.number = e.feed WHERE e.record = ? AND f.origin = ? AND f.own = 0",
        *(record, origin),
    )
    return [row[0] for row in rows]


def said_of(reader: Reader, key: Key) -> Sequence[bytes]:
    """The headers that say what became of a record under another id."""
    rows = reader.all(
        "SELECT e.header FROM entry e JOIN feed f ON f.number = e.feed WHERE e.record = ? AND f.lineage = ? AND e.op = ? ORDER BY e.key",
        *(key[1], key[0], Op.SUPERSEDED),
    )
    return [row[0] for row in rows]
