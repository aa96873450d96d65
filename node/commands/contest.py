"""Mark a record as contested: somebody it concerns says that it is wrong. It is kept and shown as contested, and not matched. Local.

Guarantees: a data protection officer's act, audited in its transaction; it covers every record of a matter of this port, and goes on
to what that is moved to; whether it is contested changes nothing at any other node.
"""

from __future__ import annotations

from node.commands.audit import Act, audit
from node.commands.concern import concerned
from node.commands.context import Context
from node.commands.matter import whole
from node.commands.people import Visitor
from node.store import feeds, holds
from node.store.changes import Change, ChangeKind
from node.store.unit import Tx
from policies.decision import Deny, DenyCode
from policies.officers import Right
from protocol.ids import RecordId


def may_contest(officer: Visitor) -> bool:
    """Whether this officer marks records as contested, and ends it; for screens."""
    return Right.RESTRICT in officer.rights


def contest(
    tx: Tx, ctx: Context, lineage: bytes, record: RecordId, *, officer: Visitor, contested: bool = True
) -> bool | Deny | None:
    """Mark, or with `contested=False` end it; false where it was so already, None where there is no such record here."""
    feed = feeds.of_lineage(tx, lineage)
    if feed is None:
        return None
    if not may_contest(officer):
        return Deny(
            DenyCode.NOT_COMPETENT, Right.RESTRICT, "a data protection officer marks records as contested"
        )
    matter = whole(tx, ctx, lineage, record)
    for each in matter:
        if (deny := concerned(tx, officer, *each)) is not None:
            return deny
    changed = [each for each in matter if holds.contested(tx, *each) is not contested]
    if not changed:
        return False
    for each in changed:
        if contested:
            holds.contest(tx, *each, by=officer.id, now=ctx.now())
        else:
            holds.settle_contest(tx, *each)
        _shown_otherwise(tx, *each)
    act = "restrict" if contested else "restrict_end"
    audit(
        tx,
        ctx,
        Act(act=act, actor=officer.id, record=record, feed=feed.feed, rule=Right.RESTRICT),
        ctx.register,
    )
    return True


def _shown_otherwise(tx: Tx, lineage: bytes, record: RecordId) -> None:
    feed = feeds.of_lineage(tx, lineage)
    if feed is not None:
        tx.note(
            Change(kind=ChangeKind.RECORD, feed=feed.feed, number=feed.number, record=record, own=feed.own)
        )
