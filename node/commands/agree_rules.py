"""Agree to the rules that somebody else proposed: with this they are in force, for the next finding on.

Guarantees: whoever proposed them does not agree, and may still propose; the yes binds to the text that was shown; the text, who proposed,
who agreed and the audit entry are one transaction, and that entry carries the new policy revision: a plan that was made before is not
carried out.
"""

from __future__ import annotations

from node.commands.audit import Act, audit
from node.commands.context import Context
from node.commands.people import Visitor
from node.commands.rules_in_force import against, standing
from node.store import rules_texts
from node.store.changes import Change, ChangeKind
from node.store.rules_texts import RulesRow
from node.store.unit import Tx
from policies.decision import Deny, DenyCode
from policies.fga_model import Model
from policies.officers import Right


def agree_rules(
    tx: Tx, ctx: Context, model: Model, *, digest: bytes, officer: Visitor
) -> RulesRow | Deny | None:
    """What is in force now; None where nothing waits that has this digest."""
    row = standing(tx, ctx, model).waiting
    if row is None or row.digest != digest:
        return None
    if (refused := against(ctx, row.text, officer)) is not None:
        return refused
    if row.proposed_by == officer.id:
        return Deny(DenyCode.SECOND_PERSON, "rules", "the second person is not the one who proposed them")
    agreed = row._replace(agreed_by=officer.id, agreed_ms=ctx.now())
    rules_texts.agree(tx, agreed.agreed_by, agreed.agreed_ms)
    details = {"digest": row.digest.hex(), "proposed_by": row.proposed_by}
    act = Act(act="rules_agree", actor=officer.id, rule=Right.APPROVE_RELEASE, details=details)
    audit(tx, ctx, act, ctx.register)
    tx.note(Change(kind=ChangeKind.PEOPLE))
    return agreed
