"""Make, change and drop drafts: records of this port that nobody else has seen.

Guarantees that a draft is valid by its kind's own rules, as an author's, when it is kept; errors name fields, never values of
personal or sensitive ones. A change of text takes back every approval, and what its author kept and somebody else
changes is handed over by it.
"""

from __future__ import annotations

from dataclasses import replace

from node.blobs import of_draft, of_entry
from node.commands import next_version
from node.commands.audit import Act, audit
from node.commands.context import Context
from node.commands.into_case import IntoCase, of_text, of_version
from node.commands.link import linked
from node.commands.matter import copy
from node.commands.second_close import GONE, LABEL, TEXT, close
from node.store import drafts, entries
from node.store.changes import Change, ChangeKind
from node.store.drafts import DraftRow, DraftState, Hand
from node.store.feeds import FeedRow
from node.store.unit import Reader, Tx
from protocol.attachment import listed
from protocol.errors import BadRecord, Violation
from protocol.ids import RecordId, new_record_id
from protocol.kinds import known
from protocol.label import Label, parse
from protocol.marks import personal_fields
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
    hand: Hand = Hand.NONE,
) -> DraftRow:
    """Keep a new draft of `owner` (an officer's uuid or "detector/<rule>"). Raises BadRecord with every violation.

    `hand`: kept by an owner who may not publish it, until it is handed over.
    """
    now = ctx.now()
    kind = message.common.kind
    next_version.check(None, message)
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
        hand=hand,
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


def supersede(
    tx: Tx, ctx: Context, record: RecordId, message: pb.Record, *, editor: str, removes: bool = False
) -> DraftRow | None:
    """A draft of the next version of a record of this port, under its own label; None where none of it stands, or one is drafted.

    `removes`: with its release the versions before it are erased. The record's owner stays its owner. Raises BadRecord, also
    where the text gives no reason for the change, and IntoCase. A draft of somebody else that this would be said of by now is dropped:
    it cannot leave, and whoever is not in that case could not know why nobody corrects the record.
    """
    row, one = drafts.get(tx, record), copy(tx, ctx, record)
    if row is not None and _stuck(tx, ctx, row, editor):
        _drop(tx, ctx, row, editor)
        row = replace(row, state=DraftState.DISCARDED)
    if row is None or row.state in drafts.WAITING or one is None or not one.live:
        return None
    if not message.common.change_reason:
        raise BadRecord((Violation(message.common.kind, "change_reason", "required"),))
    if message.common.kind != row.kind:
        raise BadRecord((Violation(message.common.kind, "kind", f"stays {row.kind}"),))
    next_version.check(next_version.body_of(tx, ctx, record, row.kind), message)
    feed, version, now = one.feed, one.version, ctx.now()
    after = replace(
        row,
        version=version + 1,
        lineage=feed.lineage,
        content=_content(ctx, message),
        label=feed.label,
        state=DraftState.DRAFT,
        editor=editor,
        approver=None,
        approved=None,
        created_ms=now,
        updated_ms=now,
        revision=row.revision + 1,
        replaces=None,
        replaces_version=0,
        removes=removes,
        trouble="",
        hand=drafts.onward(row),
    )
    if of_version(tx, ctx, after) is not None:
        raise IntoCase
    _keep_files(tx, ctx, feed, record, message)
    drafts.put(tx, after)
    details = {"record": record.hex(), "version": str(after.version)}
    if removes:
        details["removes"] = "yes"
    audit(tx, ctx, Act(act="draft_version", actor=editor, details=details), ctx.register)
    tx.note(Change(kind=ChangeKind.DRAFT, record=record))
    return after


def _stuck(reader: Reader, ctx: Context, row: DraftRow, editor: str) -> bool:
    open_ = row.version > 1 and row.state in drafts.OPEN and row.editor != editor
    return open_ and of_version(reader, ctx, row) is not None


def _keep_files(reader: Reader, ctx: Context, feed: FeedRow, record: RecordId, message: pb.Record) -> None:
    """The next version's draft has the files of the versions before it; what is not here is found out at its release."""
    files = listed(message.common.kind, message)
    if not files:
        return
    before = [of_entry(row.key) for row in entries.versions(reader, feed.lineage, record)]
    for one in files:
        any(ctx.blobs.link(owner, of_draft(record), one.sha256) for owner in before)


def change(
    tx: Tx,
    ctx: Context,
    record: RecordId,
    *,
    editor: str,
    message: pb.Record | None = None,
    label: Label | None = None,
) -> DraftRow | None:
    """Another text or label for an open draft; None where there is none. Raises BadRecord, and IntoCase."""
    row = drafts.get(tx, record)
    if row is None or row.state not in drafts.OPEN:
        return None
    text = message or pb.Record.FromString(row.content)
    if row.replaces is not None:
        text = linked(tx, row, text, label or (parse(row.label) if row.label else None))
    after = replace(
        row,
        content=_content(ctx, text) if message is not None or row.replaces is not None else row.content,
        label=label.text if label is not None else row.label,
        editor=editor,
        state=DraftState.DRAFT,
        approver=None,
        approved=None,
        updated_ms=ctx.now(),
        revision=row.revision + 1,
        trouble="",
        hand=row.hand if editor == row.owner else drafts.taken_up(row),
    )
    next_version.check_draft(next_version.body_before(tx, ctx, after), after, text)
    if of_text(tx, row, after.content, editor=editor) is not None:
        raise IntoCase
    drafts.put(tx, after)
    close(tx, ctx, record, TEXT if message is not None else LABEL)
    tx.note(Change(kind=ChangeKind.DRAFT, record=record))
    return after


def rewrite(
    tx: Tx, ctx: Context, record: RecordId, message: pb.Record, *, editor: str, label: Label | None = None
) -> DraftRow | None:
    """Another text for an open draft, by its form; `label`: where the text asks for more caveats. As `change`, and audited."""
    after = change(tx, ctx, record, editor=editor, message=message, label=label)
    if after is not None:
        details = {"record": record.hex(), "revision": str(after.revision)}
        audit(tx, ctx, Act(act="draft_text", actor=editor, details=details), ctx.register)
    return after


def relabel(tx: Tx, ctx: Context, record: RecordId, label: Label, *, editor: str) -> DraftRow | None:
    """Another label for an open draft: what was approved of it is void. As `change`, and audited."""
    after = change(tx, ctx, record, editor=editor, label=label)
    if after is not None:
        details = {"record": record.hex(), "revision": str(after.revision)}
        audit(tx, ctx, Act(act="draft_label", actor=editor, details=details), ctx.register)
    return after


def discard(tx: Tx, ctx: Context, record: RecordId, *, officer: str) -> bool:
    """Drop an open draft; false where there is none."""
    row = drafts.get(tx, record)
    if row is None or row.state not in drafts.OPEN:
        return False
    _drop(tx, ctx, row, officer)
    return True


def give_up(tx: Tx, ctx: Context, record: RecordId, *, officer: str) -> None:
    """Drop all that goes on from a record of this port, as a version or a move, though it is about to leave."""
    for row in drafts.going_on(tx, record):
        _drop(tx, ctx, replace(row, leaves_ms=None, leaver=None, leaving=None), officer)


def _drop(tx: Tx, ctx: Context, row: DraftRow, officer: str) -> None:
    drafts.move(tx, row, DraftState.DISCARDED, ctx.now())
    close(tx, ctx, row.record, GONE)
    details = {"record": row.record.hex()}
    audit(tx, ctx, Act(act="draft_discard", actor=officer, details=details), ctx.register)
    tx.note(Change(kind=ChangeKind.DRAFT, record=row.record))


def is_personal(row: DraftRow) -> bool:
    """Whether it holds personal data, by its label or its fields: opening it is audited, and lists do not give its title."""
    if "PERSONAL" in (row.label or ""):
        return True
    return bool(personal_fields(pb.Record.FromString(row.content), known()[row.kind]))


def opened(tx: Tx, ctx: Context, row: DraftRow, *, officer: str) -> None:
    """Audit that somebody opened a draft with personal data."""
    details = {"record": row.record.hex(), "kind": row.kind}
    audit(tx, ctx, Act(act="draft_open", actor=officer, details=details), ctx.register)


def _content(ctx: Context, message: pb.Record) -> bytes:
    """The bytes that will be committed to, once they are good."""
    content = serialise(message)
    validate(content_type(message.common.kind), content, register=ctx.register, now=ctx.now())
    return content
