"""The watch list of a node: what the indicators it holds say to look out for, in memory, and what a sensor's report matches.

Guarantees of a list: it has the indicators that stood when it was made, each in a feed that this node might follow under the
register of that moment; they match only while they are in force and to be kept, by the node's own clock, and neither on hold nor contested. A match is by exact
stored form. It does not follow the store: whoever keeps it makes it anew (`watch.py`). It decides nothing and remembers no match.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from node.commands.context import Context
from node.commands.entitled import follows
from node.store import feeds
from node.store.entries import Listing, Standing
from node.store.feeds import FeedRole, FeedRow, FeedState
from node.store.unit import Reader
from policies.decision import Permit
from protocol.codes import code_of
from protocol.ids import FeedId, NodeId, RecordId, UnixMs
from protocol.record import content_type
from protocol.v1 import records_pb2 as pb

KIND = "indicator"
_ROWS = (
    "SELECT record, content, expires_ms, retain_until_ms FROM entry WHERE feed = ? AND shown = ? AND kind = ? AND standing = ? "
    "AND content IS NOT NULL AND (retain_until_ms = 0 OR retain_until_ms > ?) AND NOT EXISTS "
    "(SELECT 1 FROM contested c JOIN feed f ON f.lineage = c.lineage WHERE f.number = entry.feed AND c.record = entry.record)"
)
_ANY = "SELECT 1 FROM entry WHERE feed = ? AND shown = ? LIMIT 1"


Key = tuple[FeedId, RecordId]


@dataclass(frozen=True, slots=True)
class LookOut:
    """One indicator: what to look for, whose it is, and under which label it came; `number` is its feed's here."""

    record: RecordId
    feed: FeedId
    number: int
    origin: NodeId
    label: str
    type: str
    value: str
    valid_from: UnixMs
    valid_until: UnixMs
    silent: bool
    regime: str

    @property
    def key(self) -> Key:
        """What tells it from all others: two ports may have used one record id."""
        return self.feed, self.record

    def in_force(self, now: UnixMs) -> bool:
        """Whether it counts at this time."""
        return self.valid_from <= now < self.valid_until


class WatchList:
    """All look-outs by what they look for; replaced whole when an indicator changes."""

    def __init__(self, lookouts: Iterable[LookOut] = ()) -> None:
        self.by_key = {one.key: one for one in lookouts}
        self.feeds = frozenset(one.number for one in self.by_key.values())
        self._by_subject: dict[tuple[str, str], list[LookOut]] = {}
        for one in self.by_key.values():
            self._by_subject.setdefault((one.type, one.value), []).append(one)

    def __len__(self) -> int:
        """How many look-outs there are."""
        return len(self.by_key)

    def match(self, subjects: Iterable[tuple[str, str]], now: UnixMs) -> Sequence[LookOut]:
        """The look-outs in force for any of these (type, stored form)."""
        return [one for subject in subjects for one in self._by_subject.get(subject, ()) if one.in_force(now)]


def load(reader: Reader, ctx: Context) -> WatchList:
    """The list from what this node holds of indicators now. Without this node in the register there is none."""
    register, now = ctx.register, ctx.now()
    if not ctx.listed(register):
        return WatchList()
    me = ctx.entry(register)
    found: list[LookOut] = []
    for feed in feeds.every(reader):
        if feed.role is not FeedRole.RECORDS or feed.state is FeedState.PURGED:
            continue
        rows = reader.all(_ROWS, feed.number, Listing.LOOKOUTS, content_type(KIND), Standing.CURRENT, now)
        if rows and isinstance(follows(me, feed, register, now), Permit):
            found += [_lookout(feed, *row) for row in rows]
    return WatchList(found)


def carries(reader: Reader, numbers: Iterable[int]) -> bool:
    """Whether any of these feeds (local numbers) has an indicator now."""
    return any(reader.one(_ANY, number, Listing.LOOKOUTS) for number in numbers)


def _lookout(feed: FeedRow, record: bytes, content: bytes, expires_ms: int, retain_ms: int) -> LookOut:
    message = pb.Record.FromString(content)
    body = message.indicator
    until = min(at for at in (body.valid_until, expires_ms, retain_ms) if at)
    return LookOut(
        record=RecordId(record),
        feed=feed.feed,
        number=feed.number,
        origin=feed.origin,
        label=feed.label,
        type=body.value.type,
        value=body.value.value,
        valid_from=UnixMs(body.valid_from),
        valid_until=UnixMs(until),
        silent=body.on_hit == pb.Indicator.ON_HIT_SILENT,
        regime=code_of(message.common, "regime"),
    )
