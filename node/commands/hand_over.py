"""Hand a draft over to who may publish its kind, by whoever drafts the kind and does not publish it.

Guarantees: until it is handed over nobody else sees such a draft or releases it, while its author may draft its kind; afterwards its
author changes nothing of it any more; what nobody hands over is changed by its owner and who may publish its kind alone; the act and its
audit entry are one transaction. Who sees a draft by its label is decided by `web/offices/visible.py`, who releases it by the plan.
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from functools import cache, partial

from node.commands.audit import Act, audit
from node.commands.concern import WORDS, concerned_by_draft, works_on
from node.commands.context import Context
from node.commands.people import Visitor, visitor
from node.store import drafts
from node.store.changes import Change, ChangeKind
from node.store.drafts import DraftRow, Hand
from node.store.unit import Reader, Tx
from policies.decision import Deny, DenyCode
from protocol.ids import RecordId
from protocol.record import validate


def begins(officer: Visitor, kind: str) -> Hand:
    """In whose hands a new draft of this officer is."""
    return Hand.NONE if kind in officer.kinds else Hand.KEPT


class Authors:
    """Who keeps drafts, as they are in one snapshot or transaction; each is looked up once."""

    def __init__(self, reader: Reader, ctx: Context) -> None:
        self._find = cache(partial(visitor, reader, ctx, ctx.model))

    def still(self, row: DraftRow) -> bool:
        """Whether the author of what was kept may draft its kind now; where the relations have no answer, he may."""
        author = self._find(uuid.UUID(row.owner).bytes)
        return author is not None and (row.kind in author.drafts or not author.whole)


def kept_from(authors: Authors, row: DraftRow, officer: str) -> bool:
    """Whether its author keeps a draft from this officer; what nobody can hand over any more is theirs who publish its kind."""
    return row.hand is Hand.KEPT and officer != row.owner and authors.still(row)


def may_write(row: DraftRow, officer: Visitor) -> bool:
    """Whether an officer who sees a draft may change or drop it: its owner until it is handed over, and who may publish its kind.

    It leaves under its owner's name, so nobody else puts words into it whom nobody would let say them.
    """
    if row.kind in officer.kinds:
        return True
    return row.kind in officer.drafts and row.owner == officer.id and row.hand is not Hand.OVER


def may_rewrite(row: DraftRow, officer: Visitor) -> bool:
    """Whether this officer may change its text by the form: of what a person wrote anew. What goes on from a record is drafted again."""
    return may_write(row, officer) and row.version == 1 and row.replaces is None and row.detector is None


def hand_over(tx: Tx, ctx: Context, record: RecordId, *, officer: Visitor) -> DraftRow | Deny | None:
    """To whoever may publish it; None where this officer keeps no such draft. Raises BadRecord where its text is not good any more."""
    row = drafts.get(tx, record)
    if row is None or row.state not in drafts.OPEN or row.hand is not Hand.KEPT or row.owner != officer.id:
        return None
    if row.kind not in officer.drafts:
        return Deny(DenyCode.NOT_COMPETENT, "kind", f"your roles here do not draft {row.kind}")
    if (refusal := untouchable(tx, officer, row)) is not None:
        return refusal
    if row.label is None:
        return Deny(DenyCode.AUDIENCE, "label", "no label was chosen")
    validate(row.content_type, row.content, register=ctx.register, now=ctx.now())
    after = replace(row, hand=Hand.OVER, word="", updated_ms=ctx.now())
    drafts.put(tx, after)
    details = {"record": record.hex(), "kind": row.kind}
    audit(tx, ctx, Act(act="draft_hand_over", actor=officer.id, details=details), ctx.register)
    tx.note(Change(kind=ChangeKind.DRAFT, record=record))
    return after


def untouchable(reader: Reader, officer: Visitor, row: DraftRow) -> Deny | None:
    """Why this officer does nothing with a draft: the case that it belongs to, or that it concerns him."""
    if (refusal := works_on(reader, officer, row)) is not None:
        return refusal
    return Deny(DenyCode.CONFLICT, "conflict", WORDS) if concerned_by_draft(reader, officer, row) else None
