"""Change one's mind about who may know a record: a draft of it under another label, and what its release does to the feeds that
carried the matter before.

Guarantees
* A move is a new record under the new label and, in the same transaction, the end of every copy under another: one whose
  readers may all read the new record is superseded by it, any other is erased. So narrowing erases, widening supersedes, and a
  move to a label that is neither narrows.
* What is superseded names its successor, in the narrower feed; a wider feed never names an id of a narrower one.
* A part that is removed is erased from every feed that ever carried the matter.
* A move gives no longer life: the new record is kept and in force no longer than the one it replaces.
* What was marked of it here goes on with it: that it is contested, who is handling it, and which case it is in.
* What is on hold stays as it is: while any record of a matter is held, no version and no move of it leaves, whenever it was begun.
"""

from __future__ import annotations

from dataclasses import replace

from node.blobs import of_draft, of_entry
from node.commands.append import append
from node.commands.audit import Act, audit
from node.commands.concern import concerned, may_name
from node.commands.context import Context
from node.commands.erase import append_erase
from node.commands.into_case import IntoCase, of_version
from node.commands.link import linked
from node.commands.matter import Copy, copies, copy, current
from node.commands.people import Visitor
from node.commands.publish import Released
from node.store import cases, drafts, handlings, holds, siblings
from node.store.changes import Change, ChangeKind
from node.store.drafts import DraftRow
from node.store.entries import EntryRow
from node.store.unit import Reader, Tx
from policies.decision import Deny, DenyCode
from policies.lattice import dominates
from protocol.attachment import listed
from protocol.control import EraseReason
from protocol.entry import build_superseded
from protocol.ids import RecordId, UnixMs, new_record_id
from protocol.kinds import known
from protocol.label import Label, parse
from protocol.operation import Target
from protocol.record import kind_of, serialise, validate
from protocol.register_view import Register
from protocol.v1 import records_pb2 as pb


def may_change(reader: Reader, ctx: Context, record: RecordId, officer: Visitor) -> bool:
    """Whether this officer could correct or move it now; for screens."""
    one = copy(reader, ctx, record)
    row = current(reader, one) if one is not None else None
    if row is None or one is None:
        return False
    if concerned(reader, officer, one.feed.lineage, one.record) is not None:
        return False
    if not may_name(reader, officer, one.feed.lineage, one.record):
        return False
    if _on_hold(reader, ctx, record):
        return False
    return kind_of(row.kind) in known() and kind_of(row.kind) in officer.kinds


def begin(
    tx: Tx, ctx: Context, record: RecordId, *, editor: str, label: Label | None = None
) -> DraftRow | None:
    """A draft that moves a record of this port; None where none of it stands. The owner stays. Raises BadRecord,
    and IntoCase.
    """
    one = copy(tx, ctx, record)
    shown = current(tx, one) if one is not None else None
    if one is None or shown is None or shown.content is None:
        return None
    now, before = ctx.now(), drafts.get(tx, record)
    message = pb.Record.FromString(shown.content)
    row = DraftRow(
        record=new_record_id(now, ctx.random),
        lineage=one.feed.lineage,
        kind=message.common.kind,
        content_type=shown.kind,
        content=b"",
        label=label.text if label else None,
        lasts_ms=0,
        owner=before.owner if before else editor,
        editor=editor,
        detector=before.detector if before else None,
        created_ms=now,
        updated_ms=now,
        replaces=record,
        replaces_version=shown.version,
        hand=drafts.onward(before),
    )
    content = serialise(linked(tx, row, message, label))
    validate(row.content_type, content, register=ctx.register, now=now)
    row = replace(row, content=content)
    if of_version(tx, ctx, row) is not None:
        raise IntoCase
    for file in listed(row.kind, message):
        ctx.blobs.link(of_entry(shown.key), of_draft(row.record), file.sha256)
    drafts.put(tx, row)
    details = {"record": row.record.hex(), "replaces": record.hex()}
    audit(tx, ctx, Act(act="draft_move", actor=editor, details=details), ctx.register)
    tx.note(Change(kind=ChangeKind.DRAFT, record=row.record))
    return row


def standing(reader: Reader, ctx: Context, row: DraftRow) -> Deny | None:
    """Why a draft that goes on from a record of this port cannot leave: that record is not as it was; None where it can."""
    if row.replaces is None and row.version == 1:
        taken = copy(reader, ctx, row.record) is not None
        return _moved_on("this record is released already") if taken else None
    before = row.replaces or row.record
    if _on_hold(reader, ctx, before):
        words = "what it goes on from is on hold by an authority's reference: it can leave once the hold has ended"
        return Deny(DenyCode.PLAN_CHANGED, "hold", words)
    one = copy(reader, ctx, before)
    shown = current(reader, one) if one is not None else None
    if one is None or shown is None:
        return _moved_on("what it goes on from is withdrawn, erased or moved")
    if 0 < shown.retain_until_ms <= ctx.now():
        return _moved_on("what it goes on from was kept as long as it may be: begin a record of its own")
    if row.replaces is not None:
        if shown.version != row.replaces_version:
            return _moved_on("what it moves was corrected since")
        return (
            _moved_on("it has this label already: correct it instead")
            if one.feed.label == row.label
            else None
        )
    if (one.version + 1, one.feed.label) != (row.version, row.label):
        return _moved_on("a version follows the one before, under the same label")
    return None


def source(reader: Reader, ctx: Context, row: DraftRow) -> EntryRow | None:
    """The entry that a draft moves; None where it moves none."""
    return before_of(reader, ctx, row.replaces) if row.replaces is not None else None


def before_of(reader: Reader, ctx: Context, record: RecordId) -> EntryRow | None:
    """The entry of a record of this port that stands; None where none does."""
    one = copy(reader, ctx, record)
    return current(reader, one) if one is not None else None


def no_longer(before: EntryRow | None, expires: UnixMs, retain: UnixMs, now: UnixMs) -> tuple[UnixMs, UnixMs]:
    """(expires, retain until) of a release, at most those of what it moves."""
    if before is None:
        return expires, retain
    retain = UnixMs(min(retain, before.retain_until_ms or retain))
    ends = (
        max(before.expires_ms, now + 1) if before.expires_ms else expires
    )  # what is no longer in force may still be moved
    return UnixMs(min(ends, retain)), retain


def carry_out(tx: Tx, ctx: Context, row: DraftRow, released: Released, register: Register) -> None:
    """After the new record or version was published: end what it replaces or removes, everywhere."""
    if row.replaces is not None:
        label = parse(released.feed.label)
        for one in copies(tx, ctx, row.replaces):
            _end(tx, ctx, one, label, released.record, register)
            holds.contest_too(
                tx, one.feed.lineage, one.record, successor=(released.feed.lineage, released.record)
            )
        _handled_on(tx, ctx, row.replaces, released)
        _in_case_still(tx, ctx, row.replaces, released)
        siblings.join(tx, row.replaces, released.record)
    if row.removes and released.version > 1:
        append_erase(
            tx,
            ctx,
            released.feed,
            Target(released.record, released.version - 1),
            EraseReason.PART_REMOVED,
            register,
        )
        for one in copies(tx, ctx, released.record):
            if one.record != released.record and not one.erased:
                append_erase(tx, ctx, one.feed, one.target, EraseReason.PART_REMOVED, register)


def _handled_on(tx: Tx, ctx: Context, record: RecordId, released: Released) -> None:
    """What this port did about an alert of its own it did about what that is now."""
    one = copy(tx, ctx, record)
    done = handlings.get(tx, one.feed.lineage, record) if one is not None else None
    if done is not None:
        handlings.put(tx, replace(done, lineage=released.feed.lineage, record=released.record, told=None))


def _in_case_still(tx: Tx, ctx: Context, record: RecordId, released: Released) -> None:
    """What it moved was in a case, and so is the new record."""
    one = copy(tx, ctx, record)
    key = (one.feed.lineage, record) if one is not None else None
    case = cases.of(tx, key) if key is not None else None
    if key is not None and case is not None:
        after = released.feed.lineage, released.record
        cases.put(tx, after, case, entry=cases.entry_of(tx, key), new=True)


def _end(tx: Tx, ctx: Context, one: Copy, label: Label, successor: RecordId, register: Register) -> None:
    if one.erased:
        return
    if not dominates(parse(one.feed.label), label):
        append_erase(tx, ctx, one.feed, one.target, EraseReason.NARROWED, register)
    elif one.live:
        entry = build_superseded(
            target=one.target, successor=successor, issued_ms=ctx.now(), register=register.version
        )
        append(tx, ctx, parse(one.feed.label), [entry], register)


def _on_hold(reader: Reader, ctx: Context, record: RecordId) -> bool:
    """Whether any record of the matter is sealed."""
    return any(holds.held(reader, one.feed.lineage, one.record) for one in copies(reader, ctx, record))


def _moved_on(words: str) -> Deny:
    return Deny(DenyCode.PLAN_CHANGED, "version", words)
