"""Withdraw a record of this port: every version up to the newest, at once, here and wherever it went.

Guarantees: the withdrawal is one entry in every feed that ever carried the matter and has anything of it left, each with a reason
code and no words; in the same transaction the matter is hidden here and the act audited. Its content stays sealed.
Withdrawing again changes nothing. Unpublishing is this, too. A feed from which the matter was erased hears no more of it: its readers would
learn that it lived on elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass

from node.commands.append import append
from node.commands.audit import Act, audit
from node.commands.concern import concerned
from node.commands.context import Context
from node.commands.matter import copies, own_feed_of
from node.commands.people import Visitor
from node.store import drafts, entries
from node.store.drafts import Hand
from node.store.feeds import FeedRow
from node.store.unit import Reader, Tx
from policies.decision import Deny, DenyCode
from policies.officers import Right
from protocol.entry import build_retract
from protocol.ids import RecordId
from protocol.label import parse
from protocol.operation import Op
from protocol.record import kind_of

REASONS = range(1, 7)
"""RetractReason: 1 wrong, 2 duplicate, 3 resolved, 4 test sent as real, 5 authority asked, 6 other."""

OTHERS = (
    "an officer withdraws records of kinds that he may publish: the own ones, and those a rule released or that were "
    "handed over; a captain any"
)


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
    deny = concerned(tx, officer, found[0].lineage, record)
    rule = _right(tx, found[0].lineage, record, officer) if deny is None else deny
    if isinstance(rule, Deny):
        return rule
    register, where = ctx.register, Retracted(record, found[0], None)
    standing = [one for one in copies(tx, ctx, record) if not one.taken_back]
    for one in standing:
        entry = build_retract(
            target=one.target, reason=reason, issued_ms=ctx.now(), register=register.version
        )
        appended = append(tx, ctx, parse(one.feed.label), [entry], register)
        if one.record == record or where.index is None:
            where = Retracted(record, appended.feed, appended.first)
    if not standing:
        return where
    act = Act(
        act="retract",
        actor=officer.id,
        record=record,
        feed=found[0].feed,
        rule=rule,
        details={"reason": str(reason), "feeds": str(len(standing))},
    )
    audit(tx, ctx, act, register)
    return where


def may_retract(reader: Reader, ctx: Context, record: RecordId, officer: Visitor) -> bool:
    """Whether this officer could withdraw it now; for screens."""
    found = own_feed_of(reader, ctx, record)
    if found is None or concerned(reader, officer, found[0].lineage, record) is not None:
        return False
    return isinstance(_right(reader, found[0].lineage, record, officer), str)


def _right(reader: Reader, lineage: bytes, record: RecordId, officer: Visitor) -> Right | Deny:
    """What it rests on: a captain's right over any record; an officer's, of a kind that he may publish, over the own ones and what a rule
    released or was handed over, or of what no draft tells any more whose it was. Who only drafted it does not take back what others
    published.
    """
    if Right.RETRACT_ANY in officer.rights:
        return Right.RETRACT_ANY
    made = drafts.get(reader, record)
    kinds = {kind_of(row.kind) for row in entries.versions(reader, lineage, record) if row.op == Op.PUBLISH}
    ours = made is None or made.owner == officer.id or "/" in made.owner or made.hand is Hand.OVER
    if ours and kinds <= officer.kinds and Right.RETRACT_OWN in officer.rights:
        return Right.RETRACT_OWN
    return Deny(DenyCode.NOT_COMPETENT, Right.RETRACT_ANY, OTHERS)
