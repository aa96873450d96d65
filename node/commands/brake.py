"""How much one origin may bring here: entries and bytes, so many a day, and a month of days at once.

What an origin brings is counted, whoever passes it on, and drains by a day's budget a day. Up to `DAYS` of it may be there at
one time: that is a first catch-up, or a peer that was away. Beyond that nothing more is taken in bulk until a day's budget has
drained; what is pushed live goes on into a small reserve, since an alert is worth more than room. Guarantees that an origin
which stays within a day's budget a day is never braked, that what it can fill of this disk grows by no more than the
budget a day after the first month's worth, that what is sent again or rolled back counts for nothing, whoever sends it, and that
the count outlives a restart but for a hundredth of a day's budget.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from node.commands.context import Context, Settings
from node.store import budgets
from node.store.budgets import Brought
from node.store.unit import Tx
from protocol.entry import Entry
from protocol.fields import DAY_MS
from protocol.ids import NodeId, UnixMs

DAYS = 30
RESERVE = 0.1
"""Of a day's budget, beyond what is left to bulk: for what is pushed live."""
UNWRITTEN = 0.01
"""Of a day's budget: so much is counted in memory alone, so that a live entry costs no statement more."""


def braked(tx: Tx, ctx: Context, origin: NodeId, *, live: bool) -> str:
    """Why nothing more of an origin is taken now, in words; nothing while it is."""
    if origin == ctx.me:
        return ""
    brought = _now(tx, ctx, origin)
    days = _days(brought, ctx.settings)
    if brought.braked and days < DAYS - 1:
        _keep(tx, ctx, origin, replace(brought, braked=False))
        return ""
    if not brought.braked and days < DAYS:
        return ""
    _keep(tx, ctx, origin, replace(brought, braked=True))
    if live and days < DAYS + RESERVE:
        return ""
    return f"{origin} has brought what it may for {DAYS} days; more of it is taken when a day has passed"


def count(
    tx: Tx, ctx: Context, origin: NodeId, *, new: Sequence[Entry], filled: Iterable[Entry] = ()
) -> None:
    """New entries of an origin are stored, and contents of entries that were here without: the bytes of both, no others."""
    if origin == ctx.me:
        return
    brought = _now(tx, ctx, origin)
    weight = sum(len(one.header) for one in new) + sum(len(one.content or b"") for one in (*new, *filled))
    more = replace(brought, entries=brought.entries + len(new), bytes=brought.bytes + weight)
    _keep(tx, ctx, origin, more)


def _now(tx: Tx, ctx: Context, origin: NodeId) -> Brought:
    """From memory, and at first from the store."""
    if origin not in ctx.brought:
        row = budgets.of(tx, origin)
        ctx.brought[origin] = row, row
    return _drained(ctx.brought[origin][0], ctx.settings, ctx.now())


def _keep(tx: Tx, ctx: Context, origin: NodeId, brought: Brought) -> None:
    """In memory, and in the store when that would forget too much at a restart. What is rolled back is taken back in both."""
    before = ctx.brought[origin]
    tx.if_undone(lambda: ctx.brought.update({origin: before}))
    written = before[1]
    forgotten = _days(brought, ctx.settings) - _days(_drained(written, ctx.settings, ctx.now()), ctx.settings)
    if forgotten >= UNWRITTEN or brought.braked != written.braked:
        budgets.put(tx, origin, brought)
        written = brought
    ctx.brought[origin] = brought, written


def _drained(brought: Brought, settings: Settings, now: UnixMs) -> Brought:
    """What is left of it now; a clock that went back drains nothing."""
    passed = max(now - brought.at_ms, 0) / DAY_MS
    return replace(
        brought,
        entries=max(brought.entries - passed * settings.origin_entries_per_day, 0.0),
        bytes=max(brought.bytes - passed * settings.origin_bytes_per_day, 0.0),
        at_ms=max(now, brought.at_ms),
    )


def _days(brought: Brought, settings: Settings) -> float:
    """How many days' budgets it is, by whichever of the two is more."""
    return max(
        brought.entries / settings.origin_entries_per_day, brought.bytes / settings.origin_bytes_per_day
    )
