"""An approval from another port: whether it counts for a plan of now, and that a question ends with what was asked about.

Guarantees: it counts while its question says, for exactly the plan that was asked about, from a person that none of those who wrote,
asked or release is, of a node that may still be asked; and where a draft moved, left or was dropped, no question about it waits and
nothing of its text is kept for one. Deciding who may ask or answer is not here.
"""

from __future__ import annotations

from dataclasses import replace

from node.commands.append import append
from node.commands.context import Context
from node.store import feeds, seconds
from node.store.drafts import DraftRow
from node.store.entries import key_of
from node.store.seconds import AskedRow, State
from node.store.unit import Reader, Tx
from policies.decision import Permit
from policies.plan import Plan
from policies.second import Asked, may_ask
from protocol.codes import code_of
from protocol.control import EraseReason
from protocol.entry import build_erase
from protocol.ids import RecordId
from protocol.label import parse
from protocol.operation import Target
from protocol.v1 import records_pb2 as pb

TEXT, LABEL, GONE, LEFT, TAKEN = "text", "label", "gone", "left", "taken_back"
"""Why a question waits no more: text or label is another one, the draft is dropped, it left, who asked took it back."""


def seconded(reader: Reader, ctx: Context, row: DraftRow, plan: Plan, officer: str) -> bool:
    """Whether somebody else than this officer, its owner and its last editor said yes to this very plan, here or elsewhere."""
    if (
        row.approver is None
        or row.approved != plan.digest
        or row.approver in {officer, row.owner, row.editor}
    ):
        return False
    if not row.approver.startswith("officer:"):
        return True
    return any(_counts(ctx, one, row, plan, officer) for one in seconds.of_draft(reader, row.record))


def _counts(ctx: Context, one: AskedRow, row: DraftRow, plan: Plan, officer: str) -> bool:
    node = ctx.register.nodes.get(one.node)
    if one.state is not State.APPROVED or one.approver != row.approver or one.plan != plan.digest:
        return False
    if ctx.now() >= one.until_ms or one.officer in {officer, row.owner, row.editor, *one.barred}:
        return False
    return node is not None and isinstance(
        may_ask(node, _asked(ctx, one, row, plan), ctx.register, ctx.now()), Permit
    )


def _asked(ctx: Context, one: AskedRow, row: DraftRow, plan: Plan) -> Asked:
    common = pb.Record.FromString(row.content).common
    return Asked(
        origin=ctx.me,
        label=plan.label,
        kind=row.kind,
        regime=code_of(common, "regime"),
        began=one.began,
    )


def close(tx: Tx, ctx: Context, draft: RecordId, why: str) -> None:
    """No question about this draft waits any more, at the ports asked either; a yes that was given is void unless the draft left."""
    for one in seconds.of_draft(tx, draft):
        if one.state is State.OPEN:
            end(tx, ctx, one, State.WITHDRAWN, why)
        elif one.state is State.APPROVED and why != LEFT:
            seconds.put_asked(tx, replace(one, state=State.VOID, why=why))


def end(tx: Tx, ctx: Context, one: AskedRow, state: State, why: str) -> AskedRow:
    """This question waits no more: said to the port asked, and its text is not kept here for it."""
    register, feed = ctx.register, feeds.numbered(tx, one.feed)
    if ctx.listed(register):
        entry = build_erase(
            target=Target(one.question, 1),
            reason=EraseReason.RETENTION_SHORTENED,
            issued_ms=ctx.now(),
            register=register.version,
        )
        append(tx, ctx, parse(feed.label), [entry], register)
    seconds.done_with(tx, key_of(one.feed, one.at), ctx.now())
    after = replace(one, state=state, why=why)
    seconds.put_asked(tx, after)
    return after
