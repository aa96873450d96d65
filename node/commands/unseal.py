"""Open the sealed content of a withdrawn record, with a reason. It stays withdrawn, and sealed for everybody else.

Guarantees: only what the officer may read by its label, only while it is sealed (never of what was erased or is on hold), and only
with an audit entry in the same transaction: who, which record, which reason.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from node.commands.address import Address
from node.commands.audit import Act, audit
from node.commands.concern import concerned
from node.commands.context import Context
from node.commands.expire import sealing_over
from node.commands.people import Visitor
from node.commands.readable import Readable
from node.commands.search import Found, State, found, read
from node.store import entries
from node.store.entries import EntryRow
from node.store.unit import Tx
from policies.decision import Deny, DenyCode
from policies.officers import Right
from protocol.record import Record

REASONS = range(1, 6)
"""Why: 1 a claim or complaint, 2 an authority asked, 3 a person asked about their data, 4 a review, 5 it may have been
withdrawn wrongly."""


@dataclass(frozen=True, slots=True)
class Unsealed:
    """A withdrawn record, opened once. `record` is None where its content is not held any more."""

    found: Found
    record: Record | None


def may_unseal(officer: Visitor) -> bool:
    """Whether this officer opens sealed content; for screens. A captain, or a data protection officer."""
    return bool(officer.rights & {Right.RETRACT_ANY, Right.HOLD})


def unseal(
    tx: Tx,
    ctx: Context,
    readable: Readable,
    address: Address,
    *,
    reason: int,
    officer: Visitor,
    purposes: Collection[str] = (),
) -> Unsealed | Deny | None:
    """Open it; None where there is no withdrawn record at this address for this officer."""
    if reason not in REASONS:
        raise ValueError("a reason, 1 to 5")
    one = found(tx, ctx, readable, officer.reading, address)
    if one is None or one.state is not State.RETRACTED:
        return None
    if not may_unseal(officer):
        words = "a captain or a data protection officer opens what is sealed"
        return Deny(DenyCode.NOT_COMPETENT, Right.RETRACT_ANY, words)
    if (deny := concerned(tx, officer, one.feed.lineage, one.id)) is not None:
        return deny
    act = Act(
        act="unseal",
        actor=officer.id,
        record=one.id,
        feed=one.feed.feed,
        rule="label",
        details={"reason": str(reason)},
    )
    audit(tx, ctx, act.under(purposes), ctx.register)
    row = entries.get(tx, one.feed.number, one.index)
    return Unsealed(one, read(row) if row is not None and not _over(tx, ctx, row) else None)


def _over(tx: Tx, ctx: Context, row: EntryRow) -> bool:
    """Whether its time is over, though it was not destroyed yet."""
    return 0 < row.retain_until_ms <= ctx.now() or sealing_over(tx, ctx, row.feed, row.record, row.version)
