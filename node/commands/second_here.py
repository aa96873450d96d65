"""What other ports ask a second person here about: what waits for an officer, one of it as a plan, and the answer.

Guarantees: a question is there only for who may say yes to it at this moment: on duty, with the right for the kind, reading under the
draft's label, whom it does not concern; opening personal data of it is audited. A yes is over the very entry that was shown, under the
register it was asked under, to the ports that this node's own register says would get it; the answer goes to who asked alone, and
the draft's text is not kept here after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from node.commands.audit import Act, audit
from node.commands.concern import barred_by, concerned_by
from node.commands.context import Context
from node.commands.feed_room import no_room_of_ours
from node.commands.need import for_everybody
from node.commands.people import Visitor
from node.commands.plan import officer_for
from node.commands.publish import Released, Version, publish
from node.commands.search import read
from node.store import entries, feeds, seconds, unheard
from node.store.changes import Change, ChangeKind
from node.store.entries import EntryRow, Standing
from node.store.feeds import FeedRow
from node.store.seconds import CameRow, State
from node.store.unit import Reader, Tx
from policies.decision import Deny, DenyCode, Permit
from policies.plan import Recipient, Withheld
from policies.rules import who
from policies.second import KIND, Asked, back, lapses, may_approve
from protocol.codes import code_of
from protocol.fields import DAY_MS
from protocol.ids import Hash, NodeId, RecordId, UnixMs, new_record_id
from protocol.label import Label, parse
from protocol.record import Record, content_type, kind_of, serialise, validate
from protocol.v1 import records_pb2 as pb

LISTED = 100
KEPT_MS = DAY_MS
"""How long after its end an answer stays: whoever asked has written it down long before."""


@dataclass(frozen=True, slots=True)
class Question:
    """A draft of another port as it is asked about, before an officer who may answer. `register`: the version it was asked under."""

    row: CameRow
    asked: Asked
    draft: Record
    body: pb.Approval
    leaf: Hash
    label: Label
    register: int
    permit: Permit
    came_ms: UnixMs

    @property
    def personal(self) -> bool:
        """Whether opening it is audited, and lists do not give its title."""
        return "PERSONAL" in self.label.caveats or self.draft.personal


@dataclass(frozen=True, slots=True)
class Shown:
    """The same with who would see it, by this node's register. `moved`: codes of why nobody can say yes to it now: "register", "ports"."""

    question: Question
    recipients: tuple[Recipient, ...]
    withheld: tuple[Withheld, ...]
    moved: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer as it left; `until`: a yes counts no longer than that."""

    question: RecordId
    state: State
    until: UnixMs
    out: Released


def waiting(reader: Reader, ctx: Context, officer: Visitor) -> Sequence[Question]:
    """What waits that this officer may answer, the soonest to lapse first. Looks at no node but this one: lists ask it often."""
    rows = seconds.waiting(reader, ctx.now(), most=LISTED)
    found = (_question(reader, ctx, row, officer) for row in rows)
    return [one for one in found if one is not None]


def shown(reader: Reader, ctx: Context, ident: RecordId, officer: Visitor) -> Shown | None:
    """One of it; None where it does not wait, or is not this officer's to answer: nobody can tell which."""
    for row in seconds.came_as(reader, ident):
        if row.state is State.OPEN and ctx.now() < row.until_ms:
            found = _question(reader, ctx, row, officer)
            if found is not None:
                return _shown(ctx, found)
    return None


def opened(tx: Tx, ctx: Context, one: Question, *, officer: str) -> None:
    """Audit that somebody opened a question with personal data."""
    feed = feeds.numbered(tx, one.row.key >> entries.INDEX_BITS)
    act = Act(
        act="second_open",
        actor=officer,
        record=one.row.question,
        feed=feed.feed,
        details={"origin": one.row.origin, "kind": one.draft.kind},
    )
    audit(tx, ctx, act, ctx.register)


def answer(
    tx: Tx, ctx: Context, ident: RecordId, *, officer: Visitor, leaf: bytes, reason: str | None = None
) -> Answered | Deny | None:
    """Say yes to what was shown as the entry with this leaf, or with `reason` send it back; None where it does not wait for this officer.

    Raises BadRecord where the reason cannot be one.
    """
    page = shown(tx, ctx, ident, officer)
    if page is None:
        return None
    one = page.question
    if one.leaf != leaf:
        return Deny(DenyCode.PLAN_CHANGED, "leaf", "it is not what was shown")
    if reason is None and page.moved:
        return Deny(
            DenyCode.PLAN_CHANGED, page.moved[0], "the register or who would get it moved since it was asked"
        )
    label = back(one.label, one.row.origin, ctx.me)
    if (refusal := no_room_of_ours(tx, ctx, ctx.register, label)) is not None:
        return refusal
    until = lapses(one.row.until_ms, one.permit)
    out = _say(tx, ctx, one, label, officer=officer, reason=reason, until=until)
    state = State.APPROVED if reason is None else State.RETURNED
    seconds.put_came(tx, replace(one.row, state=state, officer=officer.id, answered_ms=ctx.now()))
    seconds.done_with(tx, one.row.key, ctx.now())
    tx.note(Change(kind=ChangeKind.DRAFT, record=one.row.question))
    return Answered(one.row.question, state, until, out)


def _say(
    tx: Tx, ctx: Context, one: Question, label: Label, *, officer: Visitor, reason: str | None, until: UnixMs
) -> Released:
    register, now = ctx.register, ctx.now()
    feed = feeds.numbered(tx, one.row.key >> entries.INDEX_BITS)
    step = pb.Approval.STEP_APPROVED if reason is None else pb.Approval.STEP_RETURNED
    content = serialise(
        pb.Record(
            common=pb.Common(kind=KIND, regime=one.draft.common.regime),
            approval=pb.Approval(
                step=step,
                plan=one.body.plan,
                until=until,
                question=pb.Ref(record_id=one.row.question, feed=feed.feed),
                leaf=one.leaf,
                officer=officer.id,
                roles=sorted(officer.roles),
                reason=reason or "",
            ),
        )
    )
    validate(content_type(KIND), content, register=register, now=now)
    version = Version(
        record=new_record_id(now, ctx.random),
        version=1,
        content_type=content_type(KIND),
        content=content,
        expires_ms=until,
        retain_until_ms=UnixMs(until + KEPT_MS),
    )
    details = {
        "question": one.row.question.hex(),
        "origin": one.row.origin,
        "plan": one.body.plan.hex(),
        "answer": "approved" if reason is None else "returned",
        "until": str(until),
    }
    act = Act(act="second_answer", actor=officer.id, record=version.record, rule="second", details=details)
    return publish(tx, ctx, label, version, register, act=act)


def _question(reader: Reader, ctx: Context, row: CameRow, officer: Visitor) -> Question | None:
    entry = entries.by_key(reader, [row.key]).get(row.key)
    register, origin = ctx.register, ctx.register.nodes.get(row.origin)
    if entry is None or entry.standing != Standing.CURRENT or origin is None or not ctx.listed(register):
        return None
    if unheard.is_hidden(reader, row.key):  # restored: it may have been withdrawn since
        return None
    held = read(entry)
    if held is None:
        return None
    body = held.message.approval
    draft = validate(body.content_type, body.content, now=UnixMs(entry.issued_ms), accepting=True)
    feed, label = feeds.numbered(reader, row.key >> entries.INDEX_BITS), parse(body.label)
    asked = _asked(feed, entry, body, draft, label)
    concerned = concerned_by(reader, officer, body.content) or (
        barred_by(reader, officer, body.content, body.record)
        and not for_everybody(body.content_type, body.content)
    )
    decision = may_approve(
        officer_for(officer, concerned=concerned), ctx.entry(register), asked, register, ctx.now()
    )
    if isinstance(decision, Deny):
        return None
    return Question(
        row=row,
        asked=asked,
        draft=draft,
        body=body,
        leaf=entry.leaf,
        label=label,
        register=entry.register_version,
        permit=decision,
        came_ms=UnixMs(entry.arrived_us // 1000),
    )


def _shown(ctx: Context, one: Question) -> Shown:
    """Who would get it is asked of this node's own register, and held against what came."""
    register = ctx.register
    recipients, withheld = who(
        one.label,
        origin=register.nodes[one.row.origin],
        register=register,
        now=ctx.now(),
        began=one.asked.began,
    )
    moved = ["register"] if one.register != register.version else []
    if {NodeId(each) for each in one.body.recipients} != {each.node for each in recipients}:
        moved.append("ports")
    return Shown(one, recipients, withheld, tuple(moved))


def _asked(feed: FeedRow, entry: EntryRow, body: pb.Approval, draft: Record, label: Label) -> Asked:
    return Asked(
        origin=feed.origin,
        label=label,
        kind=kind_of(body.content_type),
        regime=code_of(draft.common, "regime"),
        began=body.began or entry.register_version,
        right=body.right,
        barred=frozenset(body.officers),
    )
