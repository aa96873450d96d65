"""Hand a case over: whoever leads it names another lead for a time, and steps down when another one can lead.

Guarantees
* A lead is of the case's circle, and neither read out nor in conflict; nobody names himself, so nobody leads on by his own word. Of a closed
  case, into which nobody more is read, it is somebody who reads it.
* Naming a lead again only lengthens his time: whoever was just named would else put out who named him, by one more day.
* Nobody steps down where nobody else can lead then. Who stepped down is in the case only as far as he was read in.
* The change and its audit entry are one transaction.
"""

from __future__ import annotations

from node.commands.audit import Act, audit
from node.commands.context import Context
from node.commands.leading import could_lead, leads_now, leads_until
from node.commands.open_case import LEADS_FOR_MS, not_the_lead
from node.commands.people import Visitor
from node.store import cases
from node.store.changes import Change, ChangeKind
from node.store.tuples import WritingTuples
from node.store.unit import Tx
from policies import cases as relations
from policies.cases import Part
from policies.decision import Deny, DenyCode
from policies.embedded import Embedded
from policies.fga_model import Model
from policies.need import CaseId
from policies.officers import membership
from policies.relations import Tuple
from protocol.ids import UnixMs


def name_lead(
    tx: Tx, ctx: Context, model: Model, case: CaseId, *, person: Visitor, until: UnixMs, officer: Visitor
) -> bool | Deny:
    """From now until then, which is longer than what he may have; False where there is no case of this officer's. Raises ValueError for a
    past end, or one more than a year ahead.
    """
    now = ctx.now()
    if not now < until <= now + LEADS_FOR_MS:
        raise ValueError("a lead is one for at most a year")
    row = cases.get(tx, case)
    if row is None or case not in officer.reading.need.read:
        return False
    if case not in officer.reading.need.leads:
        return not_the_lead()
    if person.id == officer.id:
        return Deny(DenyCode.NOT_COMPETENT, "oneself", "nobody makes himself a lead for longer")
    if row.closed_ms and case not in person.reading.need.act:
        return Deny(DenyCode.NEED_TO_KNOW, "case", "a closed case is led by somebody who is read into it")
    if not could_lead(tx, ctx, model, case, person):
        words = "only who is in the case's community, and neither read out nor in conflict, leads it"
        return Deny(DenyCode.AUDIENCE, "circle", words)
    if until <= (leads_until(tx, case, person.id) or 0):
        return Deny(
            DenyCode.LEADS_LONGER,
            "case",
            "he leads it until then already: naming a lead again only lengthens that",
        )
    given = relations.lead(person.id, case, membership(now, until))
    _write(tx, model, [given], [])
    _audited(tx, ctx, "case_lead", officer, {"case": case.hex(), "person": person.id, "until": str(until)})
    return True


def step_down(tx: Tx, ctx: Context, model: Model, case: CaseId, *, officer: Visitor) -> bool | Deny:
    """He leads it no more; False where there is no case of this officer's."""
    if case not in officer.reading.need.read:
        return False
    if case not in officer.reading.need.leads:
        return not_the_lead()
    if leads_now(tx, ctx, model, case) == [officer.id]:
        return Deny(DenyCode.NOBODY_LEADS, "case", "nobody else can lead it now: name another lead first")
    me = f"user:{officer.id}"
    held = [one for one in WritingTuples(tx).read(relations.of_case(case), Part.LEAD) if one.user == me]
    _write(tx, model, [], held)
    _audited(tx, ctx, "case_lead_end", officer, {"case": case.hex()})
    return True


def _write(tx: Tx, model: Model, add: list[Tuple], remove: list[Tuple]) -> None:
    Embedded(model=model, tuples=WritingTuples(tx)).write(add, remove)


def _audited(tx: Tx, ctx: Context, act: str, officer: Visitor, details: dict[str, str]) -> None:
    audit(tx, ctx, Act(act=act, actor=officer.id, details=details), ctx.register)
    tx.note(Change(kind=ChangeKind.PEOPLE))
