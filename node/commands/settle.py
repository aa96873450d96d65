"""How the versions of one record stand, from all that is held of it: the same answer whatever the order of arrival.

A version that was erased is gone; else one that was withdrawn is withdrawn; else one whose record moved is superseded. Of
what is left the highest version with content is current, of two alike the later epoch's. Shown in lists: the current version,
else the highest withdrawn. Expiry is not decided here: it is the clock's. A record on hold, or of a port that was not heard since a restore, stands as ever and is in no list.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from node.store import entries, holds
from node.store.entries import Listing, Standing, VersionRow
from node.store.unit import Tx
from protocol.ids import RecordId
from protocol.operation import Op

EFFECTS: Mapping[int, Standing] = {
    Op.ERASE: Standing.ERASED,
    Op.RETRACT: Standing.RETRACTED,
    Op.SUPERSEDED: Standing.SUPERSEDED,
}
_STRONGEST_FIRST = (Standing.ERASED, Standing.RETRACTED, Standing.SUPERSEDED)


def settle(tx: Tx, lineage: bytes, record: RecordId) -> bool:
    """Bring a record's rows to where they should stand; true if anything changed."""
    rows = entries.versions(tx, lineage, record)
    sealed = holds.held(tx, lineage, record)
    changed = False
    for row, (standing, ranks) in decide(rows):
        shown = ranks and not sealed
        if (row.standing, row.shown) != (standing, shown):
            listing = entries.listing_of(row.kind) if shown else Listing.NONE
            entries.set_standing(tx, row.key, standing, listing, hidden=row.hidden)
            changed = True
    return changed


def decide(rows: Sequence[VersionRow]) -> Iterable[tuple[VersionRow, tuple[Standing, bool]]]:
    """For each PUBLISH among a record's rows: how it stands, and whether it is the row shown."""
    reach = dict.fromkeys(_STRONGEST_FIRST, 0)
    for row in rows:
        if row.op in EFFECTS and row.standing is not Standing.VOID:
            reach[EFFECTS[row.op]] = max(reach[EFFECTS[row.op]], row.version)
    published = [row for row in rows if row.op == Op.PUBLISH]
    standings = [_before_ranking(row, reach) for row in published]
    live = [i for i, standing in enumerate(standings) if standing is Standing.CURRENT]
    current = max(live, key=lambda i: _rank(published[i]), default=None)
    for i in live:
        if i != current:
            standings[i] = Standing.SUPERSEDED
    shown = current
    if shown is None:
        moved = reach[
            Standing.SUPERSEDED
        ]  # its successor's feed, which all its readers have, shows the withdrawal
        withdrawn = [
            i
            for i, standing in enumerate(standings)
            if standing is Standing.RETRACTED and published[i].version > moved
        ]
        shown = max(withdrawn, key=lambda i: _rank(published[i]), default=None)
    return [(row, (standings[i], i == shown)) for i, row in enumerate(published)]


def _rank(row: VersionRow) -> tuple[int, int]:
    """The higher version; of two alike, which one feed never has, that of the later epoch."""
    return row.version, row.epoch


def _before_ranking(row: VersionRow, reach: Mapping[Standing, int]) -> Standing:
    if row.standing in {Standing.QUARANTINED, Standing.VOID}:
        return row.standing
    if row.standing is Standing.ERASED and not row.has_content:  # gone, whatever becomes of what said so
        return row.standing
    for standing in _STRONGEST_FIRST:
        if row.version <= reach[standing]:
            return standing
    return Standing.CURRENT if row.has_content else Standing.MISSING
