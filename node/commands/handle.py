"""What this port does about an alert: claim it, send a guard, close it with a verdict. Local; a withdrawal ends it.

Guarantees: an officer on duty claims; whoever claimed goes on with it, another takes over only after five minutes; closed once, by its
claimer or a captain; nobody does anything about what concerns himself; nothing is done about what is withdrawn; each step is audited in its transaction.
"""

from __future__ import annotations

from dataclasses import replace

from node.commands.audit import Act, audit
from node.commands.concern import concerned
from node.commands.context import Context
from node.commands.people import Visitor
from node.commands.search import Found, State
from node.store import handlings
from node.store.changes import Change, ChangeKind
from node.store.handlings import HandlingRow, HandlingState
from node.store.unit import Reader, Tx
from policies.decision import Deny, DenyCode
from policies.officers import Right

TAKE_AFTER_MS = 5 * 60_000
"""After so long without a step another officer may take it over without asking."""
VERDICTS = ("true", "false", "test", "unclear")
_BUSY = frozenset({HandlingState.CLAIMED, HandlingState.GUARD_SENT})


def handled(reader: Reader, one: Found) -> HandlingRow | None:
    """What was done about it here."""
    return handlings.get(reader, one.feed.lineage, one.id)


def steps(reader: Reader, ctx: Context, one: Found, officer: Visitor) -> frozenset[str]:
    """What this officer can do about it now, of claim, guard and close; for screens."""
    if not _is_open(one) or Right.CLAIM_ALERT not in officer.rights:
        return frozenset()
    if concerned(reader, officer, one.feed.lineage, one.id) is not None:
        return frozenset()
    row = handled(reader, one)
    mine = row is not None and row.state in _BUSY and row.by == officer.id
    found = (
        {"claim"}
        if row is None or row.state is HandlingState.OPEN or _may_take(ctx, row, officer)
        else set[str]()
    )
    if mine and row is not None and row.state is HandlingState.CLAIMED:
        found.add("guard")
    if row is not None and row.state in _BUSY and (mine or Right.RETRACT_ANY in officer.rights):
        found.add("close")
    return frozenset(found)


def claim(tx: Tx, ctx: Context, one: Found, *, officer: Visitor) -> HandlingRow | Deny | None:
    """Take it, or take it over; None where nothing is to be done about it any more."""
    return _step(tx, ctx, one, "claim", officer, state=HandlingState.CLAIMED)


def send_guard(tx: Tx, ctx: Context, one: Found, *, officer: Visitor) -> HandlingRow | Deny | None:
    """A guard is on the way."""
    return _step(tx, ctx, one, "guard", officer, state=HandlingState.GUARD_SENT)


def close(tx: Tx, ctx: Context, one: Found, *, verdict: str, officer: Visitor) -> HandlingRow | Deny | None:
    """It is over, with a verdict of the list."""
    if verdict not in VERDICTS:
        raise ValueError("a verdict of the list")
    return _step(tx, ctx, one, "close", officer, state=HandlingState.CLOSED, verdict=verdict)


def _step(
    tx: Tx, ctx: Context, one: Found, step: str, officer: Visitor, *, state: HandlingState, verdict: str = ""
) -> HandlingRow | Deny | None:
    row = handled(tx, one)
    if not _is_open(one) or (row is not None and row.state is HandlingState.CLOSED):
        return None
    if (deny := concerned(tx, officer, one.feed.lineage, one.id)) is not None:
        return deny
    if step not in steps(tx, ctx, one, officer):
        return Deny(DenyCode.NOT_COMPETENT, Right.CLAIM_ALERT, _why(step))
    now = ctx.now()
    before = row or HandlingRow(lineage=one.feed.lineage, record=one.id, since_ms=now)
    guard = now if state is HandlingState.GUARD_SENT else before.guard_ms
    if step == "claim" and before.guard_ms:
        state = HandlingState.GUARD_SENT  # whoever takes over has the guard too
    after = replace(
        before, state=state, by=officer.id, since_ms=now, guard_ms=guard, verdict=verdict or before.verdict
    )
    handlings.put(tx, after)
    details = {"verdict": verdict} if verdict else {}
    act = Act(
        act=f"alert_{step}",
        actor=officer.id,
        record=one.id,
        feed=one.feed.feed,
        rule=Right.CLAIM_ALERT,
        details=details,
    )
    audit(tx, ctx, act, ctx.register)
    tx.note(
        Change(
            kind=ChangeKind.RECORD,
            feed=one.feed.feed,
            number=one.feed.number,
            record=one.id,
            own=one.feed.own,
        )
    )
    return after


def _is_open(one: Found) -> bool:
    return one.kind == "alert" and one.state in {State.CURRENT, State.EXPIRED}


def _may_take(ctx: Context, row: HandlingRow, officer: Visitor) -> bool:
    return row.state in _BUSY and row.by != officer.id and ctx.now() - row.since_ms >= TAKE_AFTER_MS


def _why(step: str) -> str:
    return {
        "claim": "somebody on duty has it; ask them, or take it over after five minutes",
        "guard": "whoever claimed it sends the guard",
        "close": "whoever claimed it closes it, or a captain",
    }[step]
