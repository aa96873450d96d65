"""Propose what the file of rules says, as the node read it at its start; nothing is in force by it.

Guarantees that it binds to the text that was shown, and that proposal and audit entry are one transaction. A proposal that waited is replaced.
"""

from __future__ import annotations

import hashlib

from node.commands.audit import Act, audit
from node.commands.context import Context
from node.commands.people import Visitor
from node.commands.rules_in_force import against, standing
from node.store import rules_texts
from node.store.changes import Change, ChangeKind
from node.store.rules_texts import RulesRow
from node.store.unit import Tx
from policies.decision import Deny
from policies.fga_model import Model
from policies.officers import Right


def propose_rules(
    tx: Tx, ctx: Context, model: Model, *, digest: bytes, officer: Visitor
) -> RulesRow | Deny | None:
    """The proposal; None where the file is in force or waits already, or says other than what has this digest."""
    now = standing(tx, ctx, model)
    if (refused := against(ctx, now.file, officer)) is not None:
        return refused
    own = hashlib.sha256(now.file).digest()
    if digest != own or not now.differs or (now.waiting is not None and now.waiting.digest == own):
        return None
    row = RulesRow(now.file, own, officer.id, ctx.now())
    rules_texts.propose(tx, row)
    act = Act(act="rules_propose", actor=officer.id, rule=Right.PUBLISH_ALERT, details={"digest": own.hex()})
    audit(tx, ctx, act, ctx.register)
    tx.note(Change(kind=ChangeKind.PEOPLE))
    return row
