"""Ask a second person at another port about a draft of this one: which ports may be asked, the question, and taking it back.

Guarantees: a question goes only to a node that may follow the draft's own label and could release such a record itself, in a feed
that this node alone may follow; it is one entry with its audit entry; it ends with its time, with an answer, or when what was
asked about moves (`second_close.py`). What comes back is heard in `second_heard.py`; a release asks anew whether it counts.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from node.commands.audit import Act, audit
from node.commands.context import Context
from node.commands.feed_room import no_room_of_ours
from node.commands.people import Visitor
from node.commands.plan import asked_about
from node.commands.publish import Version, publish
from node.commands.release import PlanChanged, judged, opened
from node.commands.second_close import TAKEN, end
from node.store import drafts, entries, seconds
from node.store.changes import Change, ChangeKind
from node.store.drafts import DraftRow, Hand
from node.store.seconds import AskedRow, State
from node.store.unit import Reader, Tx
from policies.decision import Deny, DenyCode, Permit
from policies.plan import Plan
from policies.readership import Readership
from policies.second import KIND, Asked, may_ask, sealed
from protocol.attachment import attachments
from protocol.ids import NodeId, RecordId, UnixMs, new_record_id
from protocol.kinds.approval import DRAFT_MAX
from protocol.label import Label
from protocol.record import Record, content_type, serialise, validate
from protocol.register_view import Register
from protocol.v1 import records_pb2 as pb

ASK_MS = 12 * 3_600_000
"""How long a question waits, and how long its answer counts: a shift."""
OPEN_MAX = 32
"""Questions of one port that wait at another."""


def ports(reader: Reader, ctx: Context, row: DraftRow, plan: Plan, *, officer: Visitor) -> tuple[NodeId, ...]:
    """The nodes that this officer may ask about this draft with this plan, by name; none where nobody need be asked. Raises BadRecord."""
    register = ctx.register
    found = _asked(reader, ctx, register, row, plan, officer)
    if isinstance(found, Deny):
        return ()
    return tuple(
        sorted(
            node.id
            for node in register.nodes.values()
            if isinstance(may_ask(node, found[0], register, ctx.now()), Permit)
        )
    )


@dataclass(frozen=True, slots=True)
class Moved:
    """What is not as it was asked: codes "text", "label", "register", "policy" or, where nothing else is, "people"; who gained and lost."""

    codes: tuple[str, ...]
    gained: tuple[NodeId, ...] = ()
    lost: tuple[NodeId, ...] = ()


def moved(one: AskedRow, row: DraftRow, plan: Plan) -> Moved:
    """Between the plan that was asked about and the one of now."""
    if one.plan == plan.digest:
        return Moved(())
    codes = [
        code
        for code, other in (
            ("text", one.text != hashlib.sha256(row.content).digest()),
            ("label", one.label != plan.label.text),
            ("register", one.register != plan.register),
            ("policy", one.revision != plan.revision),
        )
        if other
    ]
    before = frozenset(one.nodes)
    gained, lost = tuple(sorted(plan.nodes - before)), tuple(sorted(before - plan.nodes))
    return Moved(tuple(codes or ([] if gained or lost else ["people"])), gained, lost)


def ask(
    tx: Tx,
    ctx: Context,
    record: RecordId,
    *,
    node: NodeId,
    officer: Visitor,
    people: Readership,
    digest: bytes,
) -> AskedRow | PlanChanged | Deny | None:
    """Ask a second person at `node` about the plan with this digest; None where there is no such draft. Raises BadRecord."""
    row, register, now = opened(tx, record), ctx.register, ctx.now()
    if row is None:
        return None
    plan, _ = judged(tx, ctx, register, row, officer=officer, people=people)
    if isinstance(plan, Deny):
        return plan
    if plan.digest != digest:
        return PlanChanged(plan)
    found = _asked(tx, ctx, register, row, plan, officer)
    if isinstance(found, Deny):
        return found
    asked, checked = found
    entry = register.nodes.get(node)
    if entry is None:
        return Deny(DenyCode.NOT_COMPETENT, "elsewhere", "no node of the register")
    decision = may_ask(entry, asked, register, now)
    if isinstance(decision, Deny):
        return decision
    if (refusal := _no_room(tx, ctx, register, sealed(asked.label, node), node)) is not None:
        return refusal
    for before in seconds.of_draft(tx, record):  # one question a port: the newest counts
        if before.node == node and before.state is State.OPEN:
            end(tx, ctx, before, State.WITHDRAWN, TAKEN)
    return _put(tx, ctx, register, row, plan, asked, checked, node=node, officer=officer)


def take_back(tx: Tx, ctx: Context, question: RecordId, *, officer: Visitor) -> bool:
    """The question waits no more, on the word of who could release the draft; false where it does not wait."""
    one = seconds.asked(tx, question)
    row = drafts.get(tx, one.draft) if one is not None else None
    if one is None or one.state is not State.OPEN or row is None or row.kind not in officer.kinds:
        return False
    end(tx, ctx, one, State.WITHDRAWN, TAKEN)
    details = {"draft": one.draft.hex(), "node": one.node}
    audit(
        tx,
        ctx,
        Act(act="second_take_back", actor=officer.id, details=details | {"question": question.hex()}),
        ctx.register,
    )
    tx.note(Change(kind=ChangeKind.DRAFT, record=one.draft))
    return True


def _asked(
    reader: Reader, ctx: Context, register: Register, row: DraftRow, plan: Plan, officer: Visitor
) -> tuple[Asked, Record] | Deny:
    """What the question would be about, or why it cannot be asked of anybody."""
    if not plan.needs_second:
        return Deny(DenyCode.SECOND_PERSON, "second", "it needs no second person")
    own = officer.id in {row.owner, row.editor} or row.hand is not Hand.NONE or "/" in row.owner
    if not own:
        return Deny(DenyCode.NOT_COMPETENT, "owner", "who wrote it asks another port about it")
    checked = validate(row.content_type, row.content, register=register, now=ctx.now())
    if attachments(checked):
        words = "its files do not travel with a question; take them off, or ask a second person here"
        return Deny(DenyCode.SECOND_PERSON, "files", words)
    if len(row.content) > DRAFT_MAX:
        return Deny(DenyCode.SECOND_PERSON, "size", "its text is too long to be asked about elsewhere")
    found = asked_about(reader, ctx, register, row, plan.label, checked, officer=officer)
    return found if isinstance(found, Deny) else (found, checked)


def _no_room(reader: Reader, ctx: Context, register: Register, label: Label, node: NodeId) -> Deny | None:
    if seconds.open_at(reader, node, ctx.now()) >= OPEN_MAX:
        return Deny(DenyCode.CEILING, "questions", f"{OPEN_MAX} questions wait at that port; take some back")
    return no_room_of_ours(reader, ctx, register, label)


def _put(
    tx: Tx,
    ctx: Context,
    register: Register,
    row: DraftRow,
    plan: Plan,
    asked: Asked,
    checked: Record,
    *,
    node: NodeId,
    officer: Visitor,
) -> AskedRow:
    now = ctx.now()
    until, question = UnixMs(now + ASK_MS), new_record_id(now, ctx.random)
    barred = list(dict.fromkeys((officer.id, row.owner, row.editor)))
    content = serialise(
        pb.Record(
            common=pb.Common(kind=KIND, regime=checked.common.regime),
            approval=pb.Approval(
                step=pb.Approval.STEP_ASKED,
                plan=plan.digest,
                until=until,
                record=row.record,
                version=row.version,
                content_type=row.content_type,
                content=row.content,
                label=plan.label.text,
                change=plan.change,
                second=plan.needs_second,
                recipients=sorted(plan.nodes),
                people=next((len(one.people) for one in plan.recipients if one.people is not None), 0),
                began=asked.began,
                officers=barred,
                right=asked.right,
                roles=sorted(officer.roles),
            ),
        )
    )
    validate(content_type(KIND), content, register=register, now=now)
    version = Version(
        record=question,
        version=1,
        content_type=content_type(KIND),
        content=content,
        expires_ms=until,
        retain_until_ms=until,
    )
    details = {"draft": row.record.hex(), "node": node, "plan": plan.digest.hex(), "until": str(until)}
    act = Act(act="second_ask", actor=officer.id, record=question, rule="second", details=details)
    out = publish(tx, ctx, sealed(plan.label, node), version, register, act=act)
    kept = entries.get(tx, out.feed.number, out.index)
    assert kept is not None
    one = AskedRow(
        question=question,
        draft=row.record,
        node=node,
        feed=out.feed.number,
        at=out.index,
        leaf=kept.leaf,
        plan=plan.digest,
        began=asked.began,
        label=plan.label.text,
        nodes=tuple(sorted(plan.nodes)),
        register=register.version,
        revision=plan.revision,
        text=hashlib.sha256(row.content).digest(),
        barred=frozenset(barred),
        asked_by=officer.id,
        asked_ms=now,
        until_ms=until,
    )
    seconds.put_asked(tx, one)
    tx.note(Change(kind=ChangeKind.DRAFT, record=row.record))
    return one
