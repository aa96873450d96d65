"""How fresh what is held of others' feeds is: as of when this node knows that nothing newer was withheld from it.

Guarantees that a feed which has carried an alert or a ban counts as stale unless a beat of its origin counted within `max_silence`, by
this node's own clock and by the beat's own time, whichever is older; so another node's clock can only make it staler. While something is
here that came ahead of its feed, what was said before it is missing: the feed is no fresher than that, whatever its origin's beats say of a
log in which it does not stand. What has no beat (own feeds, closed ones, those that never carried such a thing) is not in here.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from node.commands.context import Context
from node.store.feeds import FeedRole, FeedState
from node.store.unit import Reader
from protocol.ids import NodeId, UnixMs

_QUERY = (
    "SELECT f.number, f.origin, b.signed_s, b.counted_ms, (SELECT min(p.came_ms) FROM pending p WHERE p.feed = f.number) "
    "FROM json_each(?) n JOIN feed f ON f.number = n.value "
    "LEFT JOIN beat b ON b.feed = f.number WHERE f.own = 0 AND f.beats = 1 AND f.role = ? AND f.state <> ?"
)


@dataclass(frozen=True, slots=True)
class Freshness:
    """`as_of`: what was said before is here; None where the origin has not confirmed anything yet."""

    origin: NodeId
    as_of: UnixMs | None
    stale: bool


def of_feeds(reader: Reader, ctx: Context, numbers: Collection[int]) -> Mapping[int, Freshness]:
    """By local number, those of these feeds that have a beat."""
    rows = reader.all(_QUERY, json.dumps(list(numbers)), FeedRole.RECORDS, FeedState.CLOSED)
    return {
        number: _freshness(ctx, NodeId(origin), signed, counted, missing)
        for number, origin, signed, counted, missing in rows
    }


def of_feed(reader: Reader, ctx: Context, number: int) -> Freshness | None:
    """Of one feed; None where it has no beat."""
    return of_feeds(reader, ctx, [number]).get(number)


def stale(found: Iterable[Freshness]) -> tuple[Freshness, ...]:
    """The origins of which anything is stale, each with its stalest feed, the stalest first."""
    worst: dict[NodeId, Freshness] = {}
    for one in found:
        if one.stale and (one.origin not in worst or _age(one) < _age(worst[one.origin])):
            worst[one.origin] = one
    return tuple(sorted(worst.values(), key=lambda one: (_age(one), one.origin)))


def _age(one: Freshness) -> int:
    return one.as_of or 0


def _freshness(
    ctx: Context, origin: NodeId, signed_s: int | None, counted_ms: int | None, missing_ms: int | None
) -> Freshness:
    if signed_s is None or counted_ms is None:
        return Freshness(origin, None, stale=True)
    now, as_of = ctx.now(), min(signed_s * 1000, counted_ms, missing_ms or counted_ms)
    late = now - as_of > ctx.settings.max_silence_ms
    return Freshness(
        origin, UnixMs(as_of), stale=late or counted_ms > now
    )  # this node's clock went back: in doubt
