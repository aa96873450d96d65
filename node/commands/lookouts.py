"""Indicators with what came back: for each one an officer may read, how often and by whom it was seen.

Guarantees that only sightings which the same officer may read are counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from node.commands.context import Context
from node.commands.readable import Readable
from node.commands.search import Found, Listed, newest
from node.store.entries import Listing
from node.store.unit import Reader
from policies.clearance import Reader as Reading
from protocol.ids import FeedId, NodeId, RecordId, UnixMs

SIGHTINGS_MAX = 1_000
"""So many of the newest events are looked through for sightings."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What came back to one indicator: `count` over all sightings, and the latest."""

    count: int
    last_seen_ms: UnixMs
    last_by: NodeId


def lookouts(
    reader: Reader, ctx: Context, readable: Readable, reading: Reading, *, limit: int = 200
) -> tuple[tuple[Found, Answers | None], ...]:
    """The newest indicators, each with its answers or none."""
    listed = newest(reader, ctx, readable, reading, limit=limit, listings=[Listing.LOOKOUTS])
    events = newest(reader, ctx, readable, reading, limit=SIGHTINGS_MAX, listings=[Listing.EVENTS])
    lineages = {feed.feed: feed.lineage for feed in readable.feeds(reader, reading).values()}
    answers = _answers(events, lineages)
    return tuple((one, answers.get((one.feed.lineage, one.id))) for one in listed.rows)


def _answers(events: Listed, lineages: Mapping[FeedId, bytes]) -> dict[tuple[bytes, RecordId], Answers]:
    """By the indicator that was answered: its lineage, and its id there."""
    found: dict[tuple[bytes, RecordId], Answers] = {}
    for event in events.rows:
        if event.kind != "sighting" or event.record is None:
            continue
        body = event.record.message.sighting
        feed = FeedId(body.indicator.feed)
        indicator = lineages.get(feed, b""), RecordId(body.indicator.record_id)
        before = found.get(indicator)
        one = Answers(body.count, UnixMs(body.last_seen), event.feed.origin)
        if before is None:
            found[indicator] = one
        else:
            latest = max(before, one, key=lambda answer: answer.last_seen_ms)
            found[indicator] = Answers(before.count + one.count, latest.last_seen_ms, latest.last_by)
    return found
