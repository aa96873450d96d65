"""One matter of this port in all the feeds that ever carried it: a move to another label makes a new record of it each time.

Guarantees nothing about rights; it only finds what an act on the matter has to reach.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from node.commands.context import Context
from node.store import entries, feeds, siblings
from node.store.entries import EntryRow, Standing
from node.store.feeds import FeedRow
from node.store.unit import Reader
from protocol.ids import RecordId
from protocol.operation import Op, Target

_TAKEN_BACK = frozenset({Standing.RETRACTED, Standing.ERASED})


@dataclass(frozen=True, slots=True)
class Copy:
    """One record of the matter: its newest feed, its highest version there, and how its versions stand."""

    record: RecordId
    feed: FeedRow
    version: int
    standings: frozenset[Standing]

    @property
    def live(self) -> bool:
        """Whether its readers see one of its versions."""
        return Standing.CURRENT in self.standings

    @property
    def erased(self) -> bool:
        """Whether nothing of it is left to take back."""
        return self.standings <= {Standing.ERASED}

    @property
    def taken_back(self) -> bool:
        """Whether nothing of it stands any more."""
        return self.standings <= _TAKEN_BACK

    @property
    def target(self) -> Target:
        """All its versions."""
        return Target(self.record, self.version)


def own_feed_of(reader: Reader, ctx: Context, record: RecordId) -> tuple[FeedRow, int] | None:
    """The newest own feed that carries the record, and its highest version there."""
    rows = reader.all(
        "SELECT e.feed, e.version FROM entry e JOIN feed f ON f.number = e.feed WHERE e.record = ? AND e.op = ? AND f.own = 1 "
        "AND f.origin = ? ORDER BY e.version DESC, e.key DESC LIMIT 1",
        *(record, Op.PUBLISH, ctx.me),
    )
    return (feeds.numbered(reader, rows[0][0]), rows[0][1]) if rows else None


def copies(reader: Reader, ctx: Context, record: RecordId) -> Sequence[Copy]:
    """Every record of the matter that this port published, the oldest first."""
    found = (copy(reader, ctx, each) for each in siblings.of(reader, record))
    return [one for one in found if one is not None]


def whole(reader: Reader, ctx: Context, lineage: bytes, record: RecordId) -> Sequence[tuple[bytes, RecordId]]:
    """(lineage, record) of what is marked here together: of a matter of this port every record, else the record alone."""
    feed = feeds.of_lineage(reader, lineage)
    own = copies(reader, ctx, record) if feed is not None and feed.own else ()
    return [(one.feed.lineage, one.record) for one in own] or [(lineage, record)]


def copy(reader: Reader, ctx: Context, record: RecordId) -> Copy | None:
    """One record as it stands at its origin; None where this port never published it."""
    carried = own_feed_of(reader, ctx, record)
    if carried is None:
        return None
    feed, version = carried
    rows = entries.versions(reader, feed.lineage, record)
    return Copy(record, feed, version, frozenset(row.standing for row in rows if row.op == Op.PUBLISH))


def current(reader: Reader, one: Copy) -> EntryRow | None:
    """The entry that its readers see."""
    for row in entries.versions(reader, one.feed.lineage, one.record):
        if row.op == Op.PUBLISH and row.standing is Standing.CURRENT:
            return entries.by_key(reader, [row.key])[row.key]
    return None
