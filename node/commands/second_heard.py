"""What came of questions to a second person elsewhere: questions of other ports that are for this one, their end, and answers to its own.

Guarantees: a question is taken from the feed that its own draft's label makes, and for this node alone; an answer counts only from the
node that was asked, in the feed that is for this node, to a question that waits, over its very entry and plan, in time, of a person
that none of those who wrote or ask is. An answer that does not ends its question as void; what answers nothing means nothing. A port
has so many questions waiting here, and no more.
"""

from __future__ import annotations

from dataclasses import replace

from node.commands.audit import Act, audit, listed
from node.commands.context import Context
from node.commands.keep import VerifiedRun
from node.store import drafts, entries, feeds, seconds
from node.store.changes import Change, ChangeKind
from node.store.drafts import DraftRow, DraftState
from node.store.entries import INDEX_BITS, EntryRow, Standing, key_of
from node.store.feeds import FeedRole, FeedRow
from node.store.seconds import AskedRow, CameRow, State
from node.store.unit import Tx
from policies.decision import Deny
from policies.second import KIND, Asked, back, may_ask, sealed
from protocol.codes import code_of
from protocol.ids import RecordId, UnixMs
from protocol.label import Tlp, parse
from protocol.operation import Header, Op
from protocol.record import content_type
from protocol.v1 import records_pb2 as pb

WAITING_MAX = 32
"""Questions of one port that wait here; what it asks beyond is not kept."""
_TYPE = content_type(KIND)


def heard(tx: Tx, ctx: Context, feed: FeedRow, run: VerifiedRun) -> None:
    """A feed of another that only this node may follow has these entries more."""
    if feed.own or feed.role is not FeedRole.RECORDS or parse(feed.label).tlp is not Tlp.RED:
        return
    for at, header in enumerate(run.headers, run.first):
        if header.op is Op.ERASE:
            _withdrawn(tx, ctx, feed, header)
        elif header.op is Op.PUBLISH and header.content_type == _TYPE:
            row = entries.get(tx, feed.number, at)
            if row is not None and row.standing == Standing.CURRENT and row.content is not None:
                _came(tx, ctx, feed, row)


def _came(tx: Tx, ctx: Context, feed: FeedRow, row: EntryRow) -> None:
    body = pb.Record.FromString(row.content or b"").approval
    if body.step == pb.Approval.STEP_ASKED:
        _asked(tx, ctx, feed, row, body)
    else:
        _answered(tx, ctx, feed, body)


# ---- At the port that is asked ----------------------------------------------------------------------------------------------


def _asked(tx: Tx, ctx: Context, feed: FeedRow, row: EntryRow, body: pb.Approval) -> None:
    now, until = ctx.now(), UnixMs(min(body.until, row.expires_ms, row.retain_until_ms))
    mine = sealed(parse(body.label), ctx.me) == parse(feed.label)
    if not mine or until <= now or seconds.open_of(tx, feed.origin, now) >= WAITING_MAX:
        seconds.done_with(tx, row.key, now)
        return
    seconds.done_with(tx, row.key, until)  # whatever its header asks for
    question = RecordId(row.record or b"")
    seconds.put_came(tx, CameRow(key=row.key, question=question, origin=feed.origin, until_ms=until))
    details = {"origin": feed.origin, "until": str(until), "plan": body.plan.hex()}
    audit(
        tx,
        ctx,
        Act(act="second_asked", record=question, feed=feed.feed, rule="second", details=details),
        ctx.register,
    )
    tx.note(Change(kind=ChangeKind.DRAFT, record=question))


def _withdrawn(tx: Tx, ctx: Context, feed: FeedRow, header: Header) -> None:
    """Whoever asked does not any more: its text is not kept for it."""
    if header.target is None or header.target.record_id is None:
        return
    for one in seconds.came_as(tx, header.target.record_id):
        if one.state is State.OPEN and feeds.numbered(tx, one.key >> INDEX_BITS).lineage == feed.lineage:
            seconds.put_came(tx, replace(one, state=State.WITHDRAWN))
            seconds.done_with(tx, one.key, ctx.now())
            tx.note(Change(kind=ChangeKind.DRAFT, record=one.question))


# ---- At the port that asked -------------------------------------------------------------------------------------------------


def _answered(tx: Tx, ctx: Context, feed: FeedRow, body: pb.Approval) -> None:
    one = seconds.asked(tx, RecordId(body.question.record_id))
    if one is None or one.state is not State.OPEN or one.node != feed.origin:
        return
    yes = body.step == pb.Approval.STEP_APPROVED
    why = _void(tx, ctx, feed, one, body)
    after = replace(
        one,
        state=State.VOID if why else State.APPROVED if yes else State.RETURNED,
        why=why,
        officer=body.officer,
        roles=tuple(body.roles),
        reason=body.reason,
        until_ms=UnixMs(min(one.until_ms, body.until)),
        answered_ms=ctx.now(),
    )
    seconds.put_asked(tx, after)
    seconds.done_with(tx, key_of(one.feed, one.at), ctx.now())
    draft = drafts.get(tx, one.draft)
    if yes and not why and draft is not None and draft.state in drafts.OPEN and not _newer_yes(draft, one):
        drafts.move(tx, draft, DraftState.APPROVED, ctx.now(), approver=after.approver, approved=one.plan)
    details = {
        "draft": one.draft.hex(),
        "by": after.approver,
        "roles": listed(after.roles),
        "plan": one.plan.hex(),
        "answer": str(after.state),
    }
    if why:
        details["why"] = why
    act = Act(
        act="second_answered",
        actor="node",
        record=one.question,
        feed=feed.feed,
        rule="second",
        details=details,
    )
    audit(tx, ctx, act, ctx.register)
    tx.note(Change(kind=ChangeKind.DRAFT, record=one.draft))


def _newer_yes(draft: DraftRow, one: AskedRow) -> bool:
    """Whether somebody said yes to another plan since this was asked: that one is no older, and is not taken away by an answer that comes late."""
    return (
        draft.state is DraftState.APPROVED and draft.approved != one.plan and draft.updated_ms >= one.asked_ms
    )


def _void(tx: Tx, ctx: Context, feed: FeedRow, one: AskedRow, body: pb.Approval) -> str:
    """Why an answer of the node asked does not count; "" where it does."""
    now, draft = ctx.now(), drafts.get(tx, one.draft)
    node, label = ctx.register.nodes.get(one.node), parse(one.label)
    if parse(feed.label) != back(label, ctx.me, one.node):
        return "label"
    if body.leaf != one.leaf or body.plan != one.plan:
        return "plan"
    if now >= one.until_ms or now >= body.until or body.until > one.until_ms:
        return "late"
    if draft is None or draft.state not in drafts.OPEN:
        return "gone"
    if body.officer in {*one.barred, draft.owner, draft.editor}:
        return "person"
    asked = Asked(
        origin=ctx.me,
        label=label,
        kind=draft.kind,
        regime=code_of(pb.Record.FromString(draft.content).common, "regime"),
        began=one.began,
    )
    if node is None or isinstance(may_ask(node, asked, ctx.register, now), Deny):
        return "node"
    return ""
