"""Withdraw a record of this port: every version up to the newest, at once, here and wherever it went.

Guarantees: the withdrawal is one entry in the record's own feed, with a reason code and no words; in the same transaction
the record is hidden here and the act audited. Its content stays sealed. Withdrawing again changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from node.commands.append import append
from node.commands.audit import Act, audit
from node.commands.context import Context
from node.commands.draft import own_feed_of
from node.commands.people import Visitor
from node.store import drafts, entries
from node.store.entries import Standing
from node.store.feeds import FeedRow
from node.store.unit import Reader, Tx
from policies.decision import Deny, DenyCode
from policies.officers import Right
from protocol.entry import build_retract
from protocol.ids import RecordId
from protocol.label import parse
from protocol.operation import Op, Target

REASONS = range(1, 7)
"""RetractReason: 1 wrong, 2 duplicate, 3 resolved, 4 test sent as real, 5 authority asked, 6 other."""


@dataclass(frozen=True, slots=True)
class Retracted:
    """Where the withdrawal stands. `index` is None where the record already was withdrawn."""

    record: RecordId
    feed: FeedRow
    index: int | None


def retract(
    tx: Tx, ctx: Context, record: RecordId, *, reason: int, officer: Visitor
) -> Retracted | Deny | None:
    """Withdraw as `officer`; None where this port never published such a record."""
    if reason not in REASONS:
        raise ValueError("a RetractReason, 1 to 6")
    found = own_feed_of(tx, ctx, record)
    if found is None:
        return None
    feed, version = found
    rule = _right(tx, record, officer)
    if isinstance(rule, Deny):
        return rule
    if not _standing(tx, feed, record):
        return Retracted(record, feed, None)
    register = ctx.register
    entry = build_retract(
        target=Target(record, version), reason=reason, issued_ms=ctx.now(), register=register.version
    )
    appended = append(tx, ctx, parse(feed.label), [entry], register)
    act = Act(
        act="retract",
        actor=officer.id,
        record=record,
        feed=feed.feed,
        rule=rule,
        details={"reason": str(reason)},
    )
    audit(tx, ctx, act, register)
    return Retracted(record, appended.feed, appended.first)


def may_retract(reader: Reader, ctx: Context, record: RecordId, officer: Visitor) -> bool:
    """Whether this officer could withdraw it now; for screens."""
    return own_feed_of(reader, ctx, record) is not None and isinstance(_right(reader, record, officer), str)


def _right(reader: Reader, record: RecordId, officer: Visitor) -> Right | Deny:
    """What it rests on: a captain's right over any record; an officer's over the own ones and what a rule released."""
    if Right.RETRACT_ANY in officer.rights:
        return Right.RETRACT_ANY
    owner = drafts.owner_of(reader, record)
    ours = owner is None or owner == officer.id or "/" in owner
    if ours and Right.RETRACT_OWN in officer.rights:
        return Right.RETRACT_OWN
    return Deny(
        DenyCode.NOT_COMPETENT, Right.RETRACT_ANY, "an officer withdraws the own records, a captain any"
    )


def _standing(reader: Reader, feed: FeedRow, record: RecordId) -> bool:
    """Whether any version of it is not withdrawn yet."""
    rows = entries.versions(reader, feed.lineage, record)
    return any(r.op == Op.PUBLISH and r.standing not in {Standing.RETRACTED, Standing.ERASED} for r in rows)
