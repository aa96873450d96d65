"""The brake on bursts of erasures: whoever has an origin's key could have everything of it destroyed everywhere within days.

Guarantees that what an origin erases is hidden at once in any case, and that beyond so many an hour nothing more of it is destroyed
here until an operator of this node says yes. What time ends (retention) and what this port itself erases is never braked; a
withdrawal neither, since it destroys nothing for the time that withdrawn content stays sealed.
"""

from __future__ import annotations

from collections.abc import Sequence

from node.commands.audit import Act, audit
from node.commands.context import Context
from node.store import erasures
from node.store.changes import Change, ChangeKind
from node.store.erasures import Braked
from node.store.unit import Reader, Tx
from protocol.ids import NodeId, UnixMs

HOUR_MS = 3_600_000


def hold_back(tx: Tx, ctx: Context, origin: NodeId) -> int:
    """Erasures of an origin came: beyond its rate all of the last hour wait for an operator. How many more do now."""
    if origin == ctx.me:
        return 0
    since = UnixMs(ctx.now() - HOUR_MS)
    if erasures.burst(tx, origin, since) <= ctx.settings.origin_erasures_per_hour:
        return 0
    first = not any(one.origin == origin for one in erasures.braked(tx))
    count = erasures.brake(tx, origin, since)
    if count and first:
        details = {"origin": origin, "count": str(count)}
        audit(tx, ctx, Act(act="erasures_braked", details=details), ctx.register)
        tx.note(Change(kind=ChangeKind.BRAKED, node=origin))
    return count


def release(tx: Tx, ctx: Context, origin: NodeId, *, actor: str) -> int:
    """An operator's yes to all that waits of an origin; how many erasures that were."""
    count = erasures.release(tx, origin)
    if count:
        details = {"origin": origin, "count": str(count)}
        audit(tx, ctx, Act(act="erasures_released", actor=actor, details=details), ctx.register)
        tx.note(Change(kind=ChangeKind.BRAKED, node=origin))
    return count


def braked(reader: Reader) -> Sequence[Braked]:
    """What waits for an operator, by origin; for Health."""
    return erasures.braked(reader)
