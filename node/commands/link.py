"""The link between two records of one matter: it stands in the record with the narrower label, and nowhere else.

Guarantees that no id of a narrower feed gets into a wider one by a move, and that between labels of which neither is narrower
there is no link.
"""

from __future__ import annotations

from node.store import feeds, siblings
from node.store.drafts import DraftRow
from node.store.unit import Reader
from policies.lattice import dominates
from protocol.ids import RecordId
from protocol.label import Label, parse
from protocol.v1 import records_pb2 as pb

MOST = 20
"""As many records as one may derive from."""


def linked(reader: Reader, row: DraftRow, message: pb.Record, label: Label | None) -> pb.Record:
    """The text of a draft that moves a record, with the link that its label allows; any other draft's as it is."""
    before = feeds.of_lineage(reader, row.lineage) if row.lineage else None
    if row.replaces is None or before is None:
        return message
    matter = siblings.of(reader, row.replaces)
    kept = [ref for ref in message.common.derived_from if RecordId(ref.record_id) not in matter]
    old = parse(before.label)
    if label is not None and label != old and dominates(label, old) and len(kept) < MOST:
        kept.append(pb.Ref(record_id=row.replaces, feed=before.feed))
    after = pb.Record()
    after.CopyFrom(message)
    del after.common.derived_from[:]
    after.common.derived_from.extend(kept)
    return after
