"""Whoever reviewed what somebody put into a case takes it out of the case again, without reading any of it.

Guarantees
* It is of the line as it was reviewed: everything up to the newest act that he saw of it that is still in this case by one of these acts; also
  where another port, or this one, moved it meanwhile. What was taken out before, or is in by another act, stays as it is.
* It asks what a review asks: not who did it, nor who was then or is now a declared relation or close colleague of his.
* What concerns the one who reviews stays in the case. He is told so in the same words whether there is any, and neither what he is offered
  nor what he is answered depends on what is or was in the case: else a review would tell somebody that a case is about him.
* Audited as what a lead takes out, each record with an entry, by the rule `review`; the lead and whoever put it in see it (`taken_out`).
"""

from __future__ import annotations

import uuid
from itertools import groupby

from node.commands.audit import Act, audit
from node.commands.concern import conflicted
from node.commands.context import Context
from node.commands.people import Visitor
from node.commands.put_in import shown_otherwise
from node.commands.review_conduct import may_review, not_his, told
from node.store import cases, conduct, feeds
from node.store.changes import Change, ChangeKind
from node.store.conduct import ConductRow, Deed
from node.store.unit import Reader, Tx
from policies.decision import Deny
from policies.fga_model import Model
from policies.need import CaseId, Key
from protocol.ids import RecordId

RULE = "review"


def may_take(reader: Reader, ctx: Context, model: Model, officer: Visitor, row: ConductRow) -> bool:
    """Whether screens offer it to this officer: until he did it, whatever came of it and whoever did too."""
    if row.act is not Deed.PUT or uuid.UUID(officer.id).bytes in conduct.takings(reader, row.entry):
        return False
    return may_review(reader, ctx, model, officer, row)


def take_by_review(tx: Tx, ctx: Context, model: Model, entry: RecordId, *, officer: Visitor) -> bool | Deny:
    """`entry`: of the newest act of the line as it was reviewed. False where this officer is told of no such line that anybody reviewed."""
    row = conduct.get(tx, entry)
    if row is None or row.act is not Deed.PUT or row.reviewer is None or not told(officer, row):
        return False
    if not may_review(tx, ctx, model, officer, row):
        return not_his()
    out = list[bytes]()
    for act, held in groupby(conduct.inside(tx, row), key=lambda one: one[0]):
        keys = [key for _, key in held]
        if all(conflicted(tx, officer, *key) is None for key in keys):
            out.append(act)
            for key in keys:
                _out(tx, ctx, row, key, officer)
    if not out:
        details = {"case": row.file.hex(), "entry": entry.hex(), "records": "0"}
        audit(tx, ctx, Act(act="case_take", actor=officer.id, rule=RULE, details=details), ctx.register)
    conduct.take(tx, row, uuid.UUID(officer.id).bytes, ctx.now(), out)
    tx.note(Change(kind=ChangeKind.PEOPLE))
    return True


def taken_out(reader: Reader, case: CaseId, officer: Visitor) -> list[ConductRow]:
    """What reviews took out of a case that this officer reads: all of it for who leads it, what he put in himself for anybody else. Which
    of these records he may read is asked as of any record.
    """
    if case not in officer.reading.need.act:
        return []
    me, leads = uuid.UUID(officer.id).bytes, case in officer.reading.need.leads
    return [row for row in conduct.out_of(reader, case) if leads or row.person == me]


def _out(tx: Tx, ctx: Context, row: ConductRow, key: Key, officer: Visitor) -> None:
    cases.put(tx, key, None)
    shown_otherwise(tx, *key)
    feed = feeds.of_lineage(tx, key[0])
    details = {"case": row.file.hex(), "entry": row.entry.hex()}
    act = Act(
        act="case_take",
        actor=officer.id,
        record=key[1],
        feed=feed.feed if feed is not None else None,
        rule=RULE,
        details=details,
    )
    audit(tx, ctx, act, ctx.register)
