"""Release a draft: decide again what was previewed, append, sign, audit, in one transaction. Or say exactly why not.

Guarantees: nothing leaves but what a plan with the officer's digest says now; a release by rule leaves only under a rule
that two people of this node agreed on and the register's ceiling; a failing audit entry or signature undoes it all.
"""

from __future__ import annotations

from dataclasses import dataclass

from node.commands.attach import take_along
from node.commands.audit import NODE, Act, audit
from node.commands.context import Context
from node.commands.move import before_of, carry_out, no_longer, source, standing
from node.commands.people import Visitor
from node.commands.plan import plan as plan_of
from node.commands.publish import Released, Version, publish
from node.commands.retention import corrected, ends, last_day_ends
from node.commands.second_close import LEFT, close, seconded
from node.store import drafts, feeds
from node.store.changes import Change, ChangeKind
from node.store.drafts import DraftRow, DraftState
from node.store.unit import Reader, Tx
from policies.decision import Deny, DenyCode
from policies.plan import Plan, confirm, confirm_unseen
from policies.readership import NOBODY, Readership
from protocol.ids import FeedId, RecordId, UnixMs
from protocol.label import parse
from protocol.record import Record, validate
from protocol.register_view import Register
from protocol.v1 import records_pb2 as pb


@dataclass(frozen=True, slots=True)
class PlanChanged:
    """Text, label, membership or policy moved since the preview; `now` is the plan that holds."""

    now: Plan


Outcome = Released | PlanChanged | Deny
_ENDED = frozenset({pb.PortBan.STANDING_LIFTED, pb.PortBan.STANDING_ANNULLED})


def preview(
    reader: Reader, ctx: Context, record: RecordId, *, officer: Visitor, people: Readership
) -> Plan | Deny | None:
    """What releasing this draft would do, also of one that is about to leave; None where there is no such draft. Raises BadRecord."""
    row = drafts.get(reader, record)
    if row is None or row.state not in drafts.WAITING:
        return None
    return judged(reader, ctx, ctx.register, row, officer=officer, people=people)[0]


def release(
    tx: Tx, ctx: Context, record: RecordId, *, officer: Visitor, people: Readership, digest: bytes
) -> Outcome | None:
    """Release what the plan with this digest says; None where there is no such draft. Raises BadRecord."""
    row, register = opened(tx, record), ctx.register
    if row is None:
        return None
    plan, checked = judged(tx, ctx, register, row, officer=officer, people=people)
    refusal = _unconfirmed(tx, ctx, row, plan, officer, digest)
    if refusal is not None or isinstance(plan, Deny) or checked is None:
        return refusal
    return _leave(tx, ctx, register, row, plan, checked, actor=officer.id)


def confirmed(
    reader: Reader,
    ctx: Context,
    row: DraftRow,
    *,
    officer: Visitor,
    people: Readership,
    digest: bytes,
) -> DraftRow | PlanChanged | Deny:
    """The draft, if it could leave at this moment on the word of somebody who saw the plan with this digest. Raises BadRecord."""
    plan, _ = judged(reader, ctx, ctx.register, row, officer=officer, people=people)
    refusal = _unconfirmed(reader, ctx, row, plan, officer, digest)
    return row if refusal is None else refusal


def _unconfirmed(
    reader: Reader, ctx: Context, row: DraftRow, plan: Plan | Deny, officer: Visitor, digest: bytes
) -> PlanChanged | Deny | None:
    if isinstance(plan, Deny):
        return plan
    decision = confirm(plan, digest, seconded=seconded(reader, ctx, row, plan, officer.id))
    if isinstance(decision, Deny):
        return PlanChanged(plan) if decision.code is DenyCode.PLAN_CHANGED else decision
    return None


def release_by_rule(
    tx: Tx, ctx: Context, record: RecordId, *, rule: str, people: Readership = NOBODY
) -> Released | Deny | None:
    """Release a draft that a rule of the node covers, under the label it carries."""
    row, register = opened(tx, record), ctx.register
    if row is None:
        return None
    plan, checked = judged(tx, ctx, register, row, officer=None, people=people, rule=rule)
    if isinstance(plan, Deny) or checked is None:
        return plan if isinstance(plan, Deny) else None
    decision = confirm_unseen(plan)
    if isinstance(decision, Deny):
        return decision
    return _leave(tx, ctx, register, row, plan, checked, actor=NODE)


def approve(
    tx: Tx, ctx: Context, record: RecordId, *, officer: Visitor, people: Readership, digest: bytes
) -> Plan | PlanChanged | Deny | None:
    """The second person's yes to one exact plan: with the same right, and neither owner nor last editor."""
    row = opened(tx, record)
    if row is None:
        return None
    if officer.id in {row.owner, row.editor}:
        return Deny(
            DenyCode.SECOND_PERSON, "approve", "the second person is neither its owner nor its last editor"
        )
    plan, _ = judged(tx, ctx, ctx.register, row, officer=officer, people=people)
    if isinstance(plan, Deny):
        return plan
    if plan.digest != digest:
        return PlanChanged(plan)
    drafts.move(tx, row, DraftState.APPROVED, ctx.now(), approver=officer.id, approved=digest)
    details = {"record": record.hex(), "plan": digest.hex()}
    audit(tx, ctx, Act(act="approve", actor=officer.id, details=details), ctx.register)
    tx.note(Change(kind=ChangeKind.DRAFT, record=record))
    return plan


def opened(reader: Reader, record: RecordId) -> DraftRow | None:
    """The draft, while it may still be changed."""
    row = drafts.get(reader, record)
    return row if row is not None and row.state in drafts.OPEN else None


def judged(
    reader: Reader,
    ctx: Context,
    register: Register,
    row: DraftRow,
    *,
    officer: Visitor | None,
    people: Readership,
    rule: str = "",
) -> tuple[Plan | Deny, Record | None]:
    """What releasing an open draft would do now, and its text, checked. Raises BadRecord."""
    if row.label is None:
        return Deny(DenyCode.AUDIENCE, "label", "no label was chosen"), None
    if (moved_on := standing(reader, ctx, row)) is not None:
        return moved_on, None
    checked = validate(row.content_type, row.content, register=register, now=ctx.now())
    label = parse(row.label)
    found = plan_of(reader, ctx, register, row, label, checked, officer=officer, people=people, rule=rule)
    return found, checked


def _leave(
    tx: Tx, ctx: Context, register: Register, row: DraftRow, plan: Plan, checked: Record, *, actor: str
) -> Released:
    now = ctx.now()
    base = _retained_from(tx, checked)
    expires, retain = ends(ctx, register, checked.message, now=now, lasts_ms=row.lasts_ms, base=base)
    expires, retain = no_longer(source(tx, ctx, row), expires, retain, now)
    if row.version > 1 and base is None:
        retain = corrected(before_of(tx, ctx, row.record), checked.message, retain)
        expires = UnixMs(min(expires, retain))
    version = Version(
        record=row.record,
        version=row.version,
        content_type=row.content_type,
        content=row.content,
        expires_ms=expires,
        retain_until_ms=retain,
    )
    details = {"plan": plan.digest.hex(), "owner": row.owner, "nodes": str(len(plan.nodes))}
    if row.approver:
        details["second"] = row.approver
    if row.replaces is not None:
        details |= {"replaces": row.replaces.hex(), "change": str(plan.change)}
    if row.removes:
        details["removes"] = "yes"
    act = Act(act="release", actor=actor, record=row.record, rule=_code(plan.rule), details=details)
    released = publish(tx, ctx, plan.label, version, register, act=act, now=now)
    take_along(tx, ctx, row, checked, released.feed, released.index)
    carry_out(tx, ctx, row, released, register)
    drafts.move(tx, row, DraftState.RELEASED, now)
    close(tx, ctx, row.record, LEFT)
    tx.note(Change(kind=ChangeKind.DRAFT, record=row.record))
    return released


def _retained_from(reader: Reader, checked: Record) -> UnixMs | None:
    """A sighting is kept so long after its indicator's end, a ban after its last day; what was lifted no longer than that from now."""
    if checked.kind == "port_ban":
        ban = checked.message.port_ban
        return None if ban.standing in _ENDED else last_day_ends(ban)
    if checked.kind != "sighting":
        return None
    ref = checked.message.sighting.indicator
    feed = feeds.find(reader, FeedId(ref.feed))
    row = reader.one(
        "SELECT max(expires_ms) FROM entry WHERE record = ? AND feed = ?",
        ref.record_id,
        feed.number if feed else 0,
    )
    return UnixMs(row[0]) if row and row[0] else None


def _code(rule: str) -> str:
    """A rule's name as the audit writes it."""
    return rule.replace(" ", ":")
