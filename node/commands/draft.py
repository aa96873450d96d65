"""Make, change and drop drafts: records of this port that nobody else has seen.

Guarantees that a draft is valid by its kind's own rules, as an author's, when it is kept; errors name fields, never values of
personal or sensitive ones. A change of text takes back every approval.
"""

from __future__ import annotations

from dataclasses import replace

from node.commands.audit import Act, audit
from node.commands.context import Context
from node.store import drafts
from node.store.changes import Change, ChangeKind
from node.store.drafts import DraftRow, DraftState
from node.store.unit import Tx
from protocol.ids import RecordId, new_record_id
from protocol.label import Label
from protocol.record import content_type, serialise, validate
from protocol.v1 import records_pb2 as pb


def make(
    tx: Tx,
    ctx: Context,
    message: pb.Record,
    *,
    owner: str,
    label: Label | None = None,
    lasts_ms: int = 0,
    detector: str | None = None,
) -> DraftRow:
    """Keep a new draft of `owner` (an officer's uuid or "detector/<rule>"). Raises BadRecord with every violation."""
    now = ctx.now()
    kind = message.common.kind
    row = DraftRow(
        record=new_record_id(now, ctx.random),
        kind=kind,
        content_type=content_type(kind),
        content=_content(ctx, message),
        label=label.text if label else None,
        lasts_ms=lasts_ms,
        owner=owner,
        editor=owner,
        detector=detector,
        created_ms=now,
        updated_ms=now,
    )
    drafts.put(tx, row)
    audit(
        tx,
        ctx,
        Act(act="draft", actor=owner, details={"record": row.record.hex(), "kind": kind}),
        ctx.register,
    )
    tx.note(Change(kind=ChangeKind.DRAFT, record=row.record))
    return row


def change(
    tx: Tx,
    ctx: Context,
    record: RecordId,
    *,
    editor: str,
    message: pb.Record | None = None,
    label: Label | None = None,
) -> DraftRow | None:
    """Another text or label for an open draft; None where there is none. Raises BadRecord."""
    row = drafts.get(tx, record)
    if row is None or row.state not in drafts.OPEN:
        return None
    after = replace(
        row,
        content=_content(ctx, message) if message is not None else row.content,
        label=label.text if label is not None else row.label,
        editor=editor,
        state=DraftState.DRAFT,
        approver=None,
        approved=None,
        updated_ms=ctx.now(),
        revision=row.revision + 1,
    )
    drafts.put(tx, after)
    tx.note(Change(kind=ChangeKind.DRAFT, record=record))
    return after


def discard(tx: Tx, ctx: Context, record: RecordId, *, officer: str) -> bool:
    """Drop an open draft; false where there is none."""
    row = drafts.get(tx, record)
    if row is None or row.state not in drafts.OPEN:
        return False
    drafts.move(tx, row, DraftState.DISCARDED, ctx.now())
    audit(tx, ctx, Act(act="draft_discard", actor=officer, details={"record": record.hex()}), ctx.register)
    tx.note(Change(kind=ChangeKind.DRAFT, record=record))
    return True


def _content(ctx: Context, message: pb.Record) -> bytes:
    """The bytes that will be committed to, once they are good."""
    content = serialise(message)
    validate(content_type(message.common.kind), content, register=ctx.register, now=ctx.now())
    return content
