"""What a version changes of the one before: what it may not, and the right that the change takes beside that of its kind."""

from __future__ import annotations

from typing import Any

from node.commands.context import Context
from node.commands.matter import copy, current
from node.commands.people import Visitor
from node.commands.privy import privy
from node.store import entries, feeds
from node.store.drafts import DraftRow
from node.store.entries import listing_of
from node.store.unit import Reader
from policies.decision import Deny, DenyCode
from protocol.errors import BadRecord, ProtocolError, Violation
from protocol.ids import RecordId
from protocol.kinds import known
from protocol.v1 import records_pb2 as pb


def body_before(reader: Reader, ctx: Context, row: DraftRow) -> Any | None:
    """The body that this draft takes the place of; None for a first version, and where it is not held any more."""
    record = row.replaces if row.replaces is not None else row.record if row.version > 1 else None
    return body_of(reader, ctx, record, row.kind) if record is not None else None


def body_of(reader: Reader, ctx: Context, record: RecordId, kind: str) -> Any | None:
    """The body of a record of this port as its readers see it."""
    one = copy(reader, ctx, record)
    shown = current(reader, one) if one is not None else None
    if shown is None or shown.content is None:
        return None
    return getattr(pb.Record.FromString(shown.content), kind)


def check(before: Any | None, message: pb.Record) -> None:
    """Raises BadRecord where a version changes what it may not."""
    kind = known()[message.common.kind]
    faults = tuple(kind.turn(before, getattr(message, kind.name)))
    if faults:
        raise BadRecord(tuple(Violation(kind.name, *fault) for fault in faults))


def check_draft(before: Any | None, row: DraftRow, message: pb.Record) -> None:
    """The same of a draft. What was there before it and is gone is not compared."""
    if before is not None or (row.version == 1 and row.replaces is None):
        check(before, message)


def refusal(before: Any | None, row: DraftRow, message: pb.Record) -> Deny | None:
    """The same as a refusal, for what moved since the draft was kept."""
    try:
        check_draft(before, row, message)
    except ProtocolError as error:
        return Deny(DenyCode.PLAN_CHANGED, "turn", str(error))
    return None


def taken(
    reader: Reader, ctx: Context, row: DraftRow, message: pb.Record, officer: Visitor | None
) -> Deny | None:
    """Whether another record of this port in force has what only one may have; one of which the officer may not know counts for
    nothing, since the answer would tell him of it: whoever may read both sees both (docs/adr/0028).
    """
    kind = known()[message.common.kind]
    value = getattr(getattr(message, kind.name), kind.unique) if kind.unique else ""
    if not value:
        return None
    mine = {row.record, row.replaces}
    for number, record, content in entries.own_shown(
        reader, ctx.me, row.content_type, listing_of(row.content_type)
    ):
        if (
            record not in mine
            and getattr(getattr(pb.Record.FromString(content), kind.name), kind.unique) == value
            and (officer is None or privy(reader, officer, feeds.numbered(reader, number), record))
        ):
            words = f"{kind.name}.{kind.unique}: another record of this port has it; make a new version of that one"
            return Deny(DenyCode.PLAN_CHANGED, "unique", words)
    return None


def right(before: Any | None, message: pb.Record) -> str:
    """The right that this version takes beside that of its kind; "" for none."""
    kind = known()[message.common.kind]
    return kind.step(before, getattr(message, kind.name))
