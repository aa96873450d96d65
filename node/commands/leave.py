"""The seconds between an officer's word and the log, in which a release can still be undone.

Guarantees: what leaves is in the store with the moment and the plan, so that after a restart it leaves when its time is over, and
once; what is undone in time does not leave; the plan and the officer's rights are asked again when it leaves, and what moved
in between leaves nothing and makes it a draft again that says why.
"""

from __future__ import annotations

from dataclasses import replace

from node.commands.audit import Act, audit
from node.commands.context import Context
from node.commands.people import Visitor
from node.commands.publish import Released
from node.commands.release import Outcome, PlanChanged, confirmed, release
from node.commands.retention import NoRetention
from node.store import drafts
from node.store.changes import Change, ChangeKind
from node.store.drafts import DraftRow, DraftState
from node.store.unit import Tx
from policies.decision import Deny, DenyCode
from policies.readership import Readership
from protocol.errors import BadRecord
from protocol.ids import RecordId, UnixMs

FAILED = "NOT_RELEASED"
"""What stopped it was no decision: a file that is gone, a period that is not configured."""


def begin(
    tx: Tx,
    ctx: Context,
    record: RecordId,
    *,
    officer: Visitor,
    people: Readership,
    digest: bytes,
    after_ms: int,
) -> UnixMs | PlanChanged | Deny | None:
    """Let the plan with this digest leave after a while; when, or why not. None where there is no such draft. Raises BadRecord."""
    row = drafts.get(tx, record)
    if row is None or row.state not in drafts.OPEN:
        return None
    decision = confirmed(tx, ctx, row, officer=officer, people=people, digest=digest)
    if not isinstance(decision, DraftRow):
        return decision
    leaves = UnixMs(ctx.now() + after_ms)
    drafts.put(
        tx,
        replace(
            row,
            state=DraftState.LEAVING,
            leaves_ms=leaves,
            leaver=officer.id,
            leaving=digest,
            trouble="",
            updated_ms=ctx.now(),
        ),
    )
    _audited(tx, ctx, "release_begin", record, officer.id, digest)
    return leaves


def undo(tx: Tx, ctx: Context, record: RecordId, *, officer: Visitor) -> Deny | bool:
    """It stays a draft, on the word of who could release it; false where it has left, or was not about to."""
    row = drafts.get(tx, record)
    if row is None or row.state is not DraftState.LEAVING:
        return False
    if row.kind not in officer.kinds:
        return Deny(DenyCode.NOT_COMPETENT, "kind", f"your roles here do not release {row.kind}")
    drafts.put(tx, _stays(row, ctx.now()))
    _audited(tx, ctx, "release_undo", record, officer.id, row.leaving or b"")
    return True


def leave(
    tx: Tx, ctx: Context, record: RecordId, *, officer: Visitor | None, people: Readership
) -> Outcome | None:
    """Release what is due, on the word of who let it leave, as they are now; None where it is not leaving any more.

    When it is due the caller's timer says: the node's clock may be set in between.
    """
    row = drafts.get(tx, record)
    if row is None or row.state is not DraftState.LEAVING:
        return None
    drafts.put(tx, _stays(row, ctx.now()))
    outcome: Outcome | None = Deny(DenyCode.NOT_COMPETENT, "officer", "whoever released it may not any more")
    if officer is not None and officer.id == row.leaver:
        outcome = release(tx, ctx, record, officer=officer, people=people, digest=row.leaving or b"")
    if not isinstance(outcome, Released):
        code = outcome.code if isinstance(outcome, Deny) else DenyCode.PLAN_CHANGED
        drafts.put(tx, replace(_stays(row, ctx.now()), trouble=str(code)))
        tx.note(Change(kind=ChangeKind.DRAFT, record=record))
    return outcome


def fail(tx: Tx, ctx: Context, record: RecordId) -> None:
    """It could not leave for a reason that is no decision: it stays a draft, and its page says so."""
    row = drafts.get(tx, record)
    if row is not None and row.state is DraftState.LEAVING:
        drafts.put(tx, replace(_stays(row, ctx.now()), trouble=FAILED))
        tx.note(Change(kind=ChangeKind.DRAFT, record=record))


NOT_NOW = (BadRecord, NoRetention)
"""What `leave` raises where the record itself cannot leave: `fail` it then."""


def _stays(row: DraftRow, now: UnixMs) -> DraftRow:
    """A draft again, with the second person's yes if it had one."""
    state = DraftState.APPROVED if row.approved else DraftState.DRAFT
    return replace(row, state=state, leaves_ms=None, leaver=None, leaving=None, updated_ms=now)


def _audited(tx: Tx, ctx: Context, act: str, record: RecordId, officer: str, digest: bytes) -> None:
    details = {"record": record.hex(), "plan": digest.hex()}
    audit(tx, ctx, Act(act=act, actor=officer, details=details), ctx.register)
    tx.note(Change(kind=ChangeKind.DRAFT, record=record))
