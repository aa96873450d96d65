"""The watch list of a node: what the indicators it holds say to look out for, in memory, and what a sensor's report matches.

Guarantees that only indicators that stand (current, in force now, of a kind this node accepted) match, by the node's own clock;
it stops at once when one is withdrawn, expires or its feed is lost, because the list is made from what the store shows. A
match is by exact stored form. It decides nothing and remembers no match.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from node.store.entries import Standing
from node.store.feeds import FeedRole
from node.store.unit import Reader
from protocol.ids import FeedId, NodeId, RecordId, UnixMs
from protocol.record import content_type
from protocol.v1 import records_pb2 as pb

KIND = "indicator"


@dataclass(frozen=True, slots=True)
class LookOut:
    """One indicator in force: what to look for, whose it is, and under which label it came."""

    record: RecordId
    feed: FeedId
    origin: NodeId
    label: str
    type: str
    value: str
    valid_from: UnixMs
    valid_until: UnixMs
    silent: bool
    regime: int

    def in_force(self, now: UnixMs) -> bool:
        """Whether it counts at this time."""
        return self.valid_from <= now < self.valid_until


class WatchList:
    """All look-outs by what they look for; replaced whole when an indicator changes."""

    def __init__(self, lookouts: Iterable[LookOut] = ()) -> None:
        self._by_subject: dict[tuple[str, str], list[LookOut]] = {}
        for one in lookouts:
            self._by_subject.setdefault((one.type, one.value), []).append(one)

    def __len__(self) -> int:
        """How many look-outs there are."""
        return sum(len(found) for found in self._by_subject.values())

    def match(self, subjects: Iterable[tuple[str, str]], now: UnixMs) -> Sequence[LookOut]:
        """The look-outs in force for any of these (type, stored form)."""
        return [one for subject in subjects for one in self._by_subject.get(subject, ()) if one.in_force(now)]


def load(reader: Reader) -> WatchList:
    """The list from what this node shows of indicators now."""
    rows = reader.all(
        "SELECT e.record, e.content, e.expires_ms, f.feed, f.origin, f.label FROM entry e JOIN feed f ON f.number = e.feed "
        "WHERE e.kind = ? AND e.standing = ? AND e.content IS NOT NULL AND f.role = ?",
        *(content_type(KIND), Standing.CURRENT, FeedRole.RECORDS),
    )
    return WatchList([_lookout(*row) for row in rows])


def _lookout(record: bytes, content: bytes, expires_ms: int, feed: bytes, origin: str, label: str) -> LookOut:
    message = pb.Record.FromString(content)
    body = message.indicator
    until = min(body.valid_until, expires_ms) if expires_ms else body.valid_until
    return LookOut(
        record=RecordId(record),
        feed=FeedId(feed),
        origin=NodeId(origin),
        label=label,
        type=body.value.type,
        value=body.value.value,
        valid_from=UnixMs(body.valid_from),
        valid_until=UnixMs(until),
        silent=body.on_hit == pb.Indicator.ON_HIT_SILENT,
        regime=message.common.regime,
    )
