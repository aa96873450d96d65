"""Send a draft that was handed over back to who wrote it, with a word.

Guarantees: only who may publish its kind does, and only to an author who may still draft it; what was approved of it is void and nobody
elsewhere is asked about it any more; from then on it is its author's alone again. The word stands at the draft until that is handed over
again, and never in the audit.
"""

from __future__ import annotations

from dataclasses import replace

from node.commands.audit import Act, audit
from node.commands.context import Context
from node.commands.hand_over import Authors, untouchable
from node.commands.people import Visitor
from node.commands.second_close import TAKEN, close
from node.store import drafts
from node.store.changes import Change, ChangeKind
from node.store.drafts import DraftRow, DraftState, Hand
from node.store.unit import Tx
from policies.decision import Deny, DenyCode
from protocol.errors import BadRecord, Violation
from protocol.ids import RecordId
from protocol.text import fault

WORD_MAX = 400
"""Characters, in one line."""
NO_AUTHOR = "author"
"""The rule that refuses where there is nobody to send it back to."""


def send_back(
    tx: Tx, ctx: Context, record: RecordId, *, officer: Visitor, word: str
) -> DraftRow | Deny | None:
    """To its author; None where there is no such draft. Raises BadRecord for a word that is none."""
    row = drafts.get(tx, record)
    if row is None or row.state not in drafts.OPEN or row.hand is not Hand.OVER:
        return None
    if row.version > 1 or row.replaces is not None:  # its author has nothing to do with what goes on from it
        return None
    if row.kind not in officer.kinds:
        return Deny(DenyCode.NOT_COMPETENT, "kind", f"your roles here do not release {row.kind}")
    if (refusal := untouchable(tx, officer, row)) is not None:
        return refusal
    if not Authors(tx, ctx).still(row):
        words = "who wrote it does not draft this kind here any more: change it, release it or discard it"
        return Deny(DenyCode.NOT_COMPETENT, NO_AUTHOR, words)
    if not word.strip() or fault(word, most=WORD_MAX, lines=False):
        raise BadRecord((Violation(row.kind, "word", f"one line of at most {WORD_MAX} characters"),))
    after = replace(
        row,
        hand=Hand.KEPT,
        word=word,
        state=DraftState.DRAFT,
        approver=None,
        approved=None,
        trouble="",
        updated_ms=ctx.now(),
    )
    drafts.put(tx, after)
    close(tx, ctx, record, TAKEN)
    details = {"record": record.hex(), "kind": row.kind, "owner": row.owner}
    audit(tx, ctx, Act(act="draft_send_back", actor=officer.id, details=details), ctx.register)
    tx.note(Change(kind=ChangeKind.DRAFT, record=record))
    return after
