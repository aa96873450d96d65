"""Erase a record of this port: hidden at once, here and wherever it went; content and salt are destroyed after the cooling time.

Guarantees that the erasure is one entry in the record's own feed, with a reason code and no words, and that in the same
transaction the record is hidden here. It outranks a withdrawal, and wins over a record that it comes before.
"""

from __future__ import annotations

from node.commands.append import Appended, append
from node.commands.context import Context
from node.store.feeds import FeedRow
from node.store.unit import Tx
from protocol.entry import build_erase
from protocol.label import parse
from protocol.operation import Target
from protocol.register_view import Register

REASONS = range(1, 8)
"""EraseReason: 1 retention shortened, 2 a person's request, 3 a court, 4 released in error, 5 part removed, 6 ban ended,
7 narrowed."""


def append_erase(
    tx: Tx, ctx: Context, feed: FeedRow, target: Target, reason: int, register: Register
) -> Appended:
    """Say it in the record's own feed, and hide it here. Decides nothing about whether this may be said, and audits nothing."""
    if reason not in REASONS:
        raise ValueError("an EraseReason, 1 to 7")
    entry = build_erase(target=target, reason=reason, issued_ms=ctx.now(), register=register.version)
    return append(tx, ctx, parse(feed.label), [entry], register)
