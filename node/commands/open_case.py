"""Open a case: a named group of people who need to know, within one community, with one who leads it; and close it.

Guarantees: the case, its circle, its lead and the audit entry are one transaction; the audit has ids, never the name. A closed case keeps
what is in it as it was: nobody more is read in and nothing more is put in, and whoever was read in reads on until that ends. One person
opens so many: each case is asked about at each request of whoever is in it, also one into which he was read without his doing.
"""

from __future__ import annotations

import uuid
from typing import Final

from node.commands.audit import Act, audit
from node.commands.context import Context
from node.commands.people import Visitor
from node.store import cases
from node.store.cases import CaseRow
from node.store.changes import Change, ChangeKind
from node.store.tuples import WritingTuples
from node.store.unit import Tx
from policies import cases as relations
from policies.cases import CaseRight
from policies.decision import Deny, DenyCode
from policies.embedded import Embedded
from policies.fga_model import Model
from policies.need import CaseId
from policies.officers import Right, membership
from protocol.fields import DAY_MS
from protocol.ids import UnixMs

NAME_MAX: Final = 80
LEADS_FOR_MS: Final = 365 * DAY_MS
CASES_MAX: Final = 20
"""Cases that one person opened and that are open or not `RECENT_MS` old: who closes one does not open the next at once."""
RECENT_MS: Final = 30 * DAY_MS


def may_open(officer: Visitor) -> bool:
    """Whether this officer opens cases; for screens."""
    return Right.PUBLISH_INCIDENT in officer.rights


def open_case(
    tx: Tx, ctx: Context, model: Model, *, officer: Visitor, name: str, circle: str, lead: Visitor
) -> CaseId | Deny:
    """A new case of people of this community. Raises ValueError for a name that is none (1 to 80 printable characters)."""
    if not 0 < len(name) <= NAME_MAX or not name.isprintable():
        raise ValueError("a name of 1 to 80 printable characters")
    if not may_open(officer):
        words = "a case is opened by who may publish an incident"
        return Deny(DenyCode.NOT_COMPETENT, Right.PUBLISH_INCIDENT, words)
    if any(circle not in one.reading.memberships for one in (officer, lead)):
        return Deny(
            DenyCode.AUDIENCE, "circle", "who opens a case and who leads it are both in its community"
        )
    case, now, opener = CaseId(ctx.random(16)), ctx.now(), uuid.UUID(officer.id).bytes
    if cases.opened_by(tx, opener, UnixMs(now - RECENT_MS)) >= CASES_MAX:
        words = f"one person opens at most {CASES_MAX} cases that are open or not 30 days old"
        return Deny(DenyCode.MANY_CASES, "cases", words)
    cases.add(tx, CaseRow(case, name, now, UnixMs(0)), opener)
    period = membership(now, UnixMs(now + LEADS_FOR_MS))
    given = [relations.circle(case, circle), relations.lead(lead.id, case, period)]
    Embedded(model=model, tuples=WritingTuples(tx)).write(given)
    details = {"case": case.hex(), "circle": circle, "lead": lead.id}
    audit(tx, ctx, Act(act="case_open", actor=officer.id, details=details), ctx.register)
    tx.note(Change(kind=ChangeKind.PEOPLE))
    return case


def close_case(tx: Tx, ctx: Context, case: CaseId, *, officer: Visitor) -> bool | Deny:
    """No more of it; False where there is no open case of this officer's."""
    if case not in officer.reading.need.read:
        return False
    if case not in officer.reading.need.leads:
        return not_the_lead()
    if not cases.close(tx, case, ctx.now()):
        return False
    audit(tx, ctx, Act(act="case_close", actor=officer.id, details={"case": case.hex()}), ctx.register)
    tx.note(Change(kind=ChangeKind.PEOPLE))
    return True


def not_the_lead() -> Deny:
    """Why somebody in a case does not change who or what is in it."""
    return Deny(DenyCode.NOT_COMPETENT, CaseRight.LEAD, "whoever leads the case does that")
