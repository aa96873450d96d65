"""Records of this port that are one matter under several ids: a move to another label makes a new one. Local, never shared."""

from __future__ import annotations

from collections.abc import Sequence

from node.store.unit import Reader, Tx
from protocol.ids import RecordId


def of(reader: Reader, record: RecordId) -> Sequence[RecordId]:
    """Every record of the matter, this one included, the oldest first."""
    rows = reader.all(
        "SELECT record FROM sibling WHERE matter = (SELECT matter FROM sibling WHERE record = ?) ORDER BY record",
        record,
    )
    return [RecordId(row[0]) for row in rows] or [record]


def join(tx: Tx, record: RecordId, successor: RecordId) -> None:
    """`successor` is the matter of `record` from now on, too."""
    row = tx.one("SELECT matter FROM sibling WHERE record = ?", record)
    matter = row[0] if row else record
    for each in (record, successor):
        tx.run("INSERT OR IGNORE INTO sibling (record, matter) VALUES (?, ?)", each, matter)
