"""Which feeds a person may read: enumerated from the store, decided by label, remembered.

Guarantees that what is remembered is used only under the same register, policy revision and reading (clearance, memberships,
site …) and never past the earliest expiry in any of its decisions. Audit and control feeds are in nobody's set, nor is
what this node itself may not follow any more.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field

from node.commands.context import Context
from node.store import feeds, purges
from node.store.feeds import FeedRole, FeedRow
from node.store.unit import Reader
from policies.clearance import Reader as Reading
from policies.clearance import may_read
from policies.decision import Permit, earliest
from protocol.ids import UnixMs
from protocol.label import parse

READERS_KEPT = 256


@dataclass(slots=True)
class _Known:
    """One reader's set, up to the feed with this number."""

    numbers: dict[int, FeedRow] = field(default_factory=dict)
    upto: int = 0
    until: UnixMs | None = None


class Readable:
    """The feeds of each reader; from any thread. The rows' sizes are as of when each was first seen: read them anew."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, _Known] = OrderedDict()

    def feeds(self, reader: Reader, reading: Reading) -> Mapping[int, FeedRow]:
        """Local number to feed, of all that this reader may read for any purpose of their own."""
        key = self._key(reading)
        with self._lock:
            known = self._kept.get(key)
            if known is None or (known.until is not None and self._ctx.now() >= known.until):
                known = self._kept[key] = _Known(until=reading.until)
            self._kept.move_to_end(key)
            while len(self._kept) > READERS_KEPT:
                self._kept.popitem(last=False)
            self._go_on(reader, reading, known)
            gone = purges.under_way(
                reader
            )  # hidden from the moment it is decided, before anything is destroyed
            return {number: feed for number, feed in known.numbers.items() if number not in gone}

    def _go_on(self, reader: Reader, reading: Reading, known: _Known) -> None:
        """Decide the feeds that came since last time: a feed's label never changes."""
        for feed in feeds.after(reader, known.upto):
            known.upto = feed.number
            if feed.role is not FeedRole.RECORDS:
                continue
            permit = self._permit(reading, feed)
            if permit is not None:
                known.numbers[feed.number] = feed
                known.until = earliest(known.until, permit.until)

    def _permit(self, reading: Reading, feed: FeedRow) -> Permit | None:
        label = parse(feed.label)
        for purpose in sorted(reading.purposes):
            decision = may_read(reading, label, purpose)
            if isinstance(decision, Permit):
                return decision
        return None

    def _key(self, reading: Reading) -> Hashable:
        register = self._ctx.register
        return (
            *(register.version, register.hash, self._ctx.revision),
            *(
                reading.node,
                reading.country,
                reading.organisation_countries,
                reading.recipients,
                reading.purposes,
            ),
            *(reading.compartments, reading.regimes, reading.roles, reading.partner, reading.until),
            *(frozenset(reading.ceiling.items()), frozenset(reading.memberships.items())),
            frozenset(reading.clearance.items()),
        )
