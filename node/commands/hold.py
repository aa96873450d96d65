"""Hold a record as it is because an authority asked: sealed against expiry and erasure, out of lists, search and matching. Local.

Guarantees: a hold, and its end, take two persons, of whom a data protection officer asks; it covers every record of a matter of this port;
each reference is a hold of its own, and the record is sealed until the last one ended;
each step is audited in its transaction, without the authority's reference; while it is in force nothing of the record is destroyed here and
nothing of it is listed. What concerns the officer himself is to him as what is not here. It stops no withdrawal or erasure from being said: what those ask for happens once the hold ends.
"""

from __future__ import annotations

from dataclasses import replace

from node.commands.audit import Act, audit
from node.commands.concern import concerned
from node.commands.context import Context
from node.commands.matter import whole
from node.commands.people import Visitor
from node.commands.settle import settle
from node.store import feeds, holds
from node.store.changes import Change, ChangeKind
from node.store.holds import HoldRow, HoldState
from node.store.unit import Reader, Tx
from policies.decision import Deny, DenyCode
from policies.officers import Right
from protocol.ids import RecordId

REFERENCE_MAX = 80


def may_ask(officer: Visitor) -> bool:
    """Whether this officer asks for holds and for their end; for screens."""
    return Right.HOLD in officer.rights


def may_confirm(row: HoldRow, officer: Visitor) -> bool:
    """Whether this officer is a second person for the step that waits; for screens."""
    return officer.id != row.asked_by and _may_second(officer)


def ask(
    tx: Tx, ctx: Context, lineage: bytes, record: RecordId, *, reference: str, officer: Visitor
) -> HoldRow | Deny | None:
    """Ask that a record is held; None where it is not here, or asked for by this
    reference already. `reference`: the authority's, 1 to 80 characters.
    """
    if not may_ask(officer):
        return Deny(DenyCode.NOT_COMPETENT, Right.HOLD, "a data protection officer asks for a hold")
    if not 0 < len(reference) <= REFERENCE_MAX or not reference.isprintable():
        raise ValueError("a reference of 1 to 80 printable characters")
    if feeds.of_lineage(tx, lineage) is None or concerned(tx, officer, lineage, record) is not None:
        return None
    if any(holds.get(tx, *each, reference) is not None for each in whole(tx, ctx, lineage, record)):
        return None
    row = HoldRow(
        lineage=lineage,
        record=record,
        state=HoldState.ASKED,
        reference=reference,
        asked_by=officer.id,
        asked_ms=ctx.now(),
    )
    holds.put(tx, row)
    _audited(tx, ctx, "hold_ask", row, officer)
    return row


def ask_end(
    tx: Tx, ctx: Context, lineage: bytes, record: RecordId, *, reference: str, officer: Visitor
) -> HoldRow | Deny | None:
    """Ask that a hold ends; one that waits for its second person ends at once. None where there is none."""
    if not may_ask(officer):
        return Deny(
            DenyCode.NOT_COMPETENT, Right.HOLD, "a data protection officer asks for the end of a hold"
        )
    row = _known(tx, lineage, record, reference, officer)
    if row is None or row.state is HoldState.LIFTING:
        return None
    if row.state is HoldState.ASKED:
        holds.drop(tx, lineage, record, reference)
        _audited(tx, ctx, "hold_drop", row, officer)
        return row
    asked = replace(row, state=HoldState.LIFTING, asked_by=officer.id, asked_ms=ctx.now())
    holds.put(tx, asked)
    _audited(tx, ctx, "hold_end_ask", asked, officer)
    return asked


def keep_on(
    tx: Tx, ctx: Context, lineage: bytes, record: RecordId, *, reference: str, officer: Visitor
) -> HoldRow | Deny | None:
    """Take back that a hold should end, before a second person agreed; None where nobody asked for its end."""
    if not may_ask(officer):
        return Deny(DenyCode.NOT_COMPETENT, Right.HOLD, "a data protection officer keeps a hold in force")
    row = _known(tx, lineage, record, reference, officer)
    if row is None or row.state is not HoldState.LIFTING:
        return None
    kept = replace(row, state=HoldState.HELD, asked_by=officer.id, asked_ms=ctx.now())
    holds.put(tx, kept)
    _audited(tx, ctx, "hold_end_drop", kept, officer)
    return kept


def confirm(
    tx: Tx, ctx: Context, lineage: bytes, record: RecordId, *, reference: str, officer: Visitor
) -> HoldRow | Deny | None:
    """The second person's yes to a hold, or to its end; None where nothing waits."""
    deny = Deny(
        DenyCode.SECOND_PERSON,
        "hold",
        "the second person is another than who asked, with the right to hold or to approve",
    )
    if not _may_second(officer):
        return deny
    row = _known(tx, lineage, record, reference, officer)
    if row is None or row.state is HoldState.HELD:
        return None
    if not may_confirm(row, officer):
        return deny
    if row.state is HoldState.LIFTING:
        for each in whole(tx, ctx, lineage, record):
            holds.drop(tx, *each, reference)
            _shown_otherwise(tx, *each)
        _audited(tx, ctx, "hold_end", row, officer)
        return row
    now = ctx.now()
    held = replace(row, state=HoldState.HELD, confirmed_by=officer.id, since_ms=now)
    for one, id_ in whole(tx, ctx, lineage, record):
        holds.put(tx, replace(held, lineage=one, record=id_))
        _shown_otherwise(tx, one, id_)
    _audited(tx, ctx, "hold", held, officer)
    return held


def _may_second(officer: Visitor) -> bool:
    return bool(officer.rights & {Right.HOLD, Right.APPROVE_RELEASE})


def _known(
    reader: Reader, lineage: bytes, record: RecordId, reference: str, officer: Visitor
) -> HoldRow | None:
    """The hold by this reference; a hold on what concerns the officer is as one that is not there."""
    row = holds.get(reader, lineage, record, reference)
    return row if row is not None and concerned(reader, officer, lineage, record) is None else None


def _shown_otherwise(tx: Tx, lineage: bytes, record: RecordId) -> None:
    settle(tx, lineage, record)
    feed = feeds.of_lineage(tx, lineage)
    if feed is not None:
        tx.note(
            Change(kind=ChangeKind.RECORD, feed=feed.feed, number=feed.number, record=record, own=feed.own)
        )


def _audited(tx: Tx, ctx: Context, act: str, row: HoldRow, officer: Visitor) -> None:
    feed = feeds.of_lineage(tx, row.lineage)
    audit(
        tx,
        ctx,
        Act(act=act, actor=officer.id, record=row.record, feed=feed.feed if feed else None, rule=Right.HOLD),
        ctx.register,
    )
