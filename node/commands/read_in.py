"""Read a person into a case, for a time and for purposes, or out of it.

Guarantees: whoever leads the case does it, never about himself; a change and its audit entry are one transaction; whoever is read out, or
has a conflict of interest, is out at once, whatever else he is, and no glass helps him. Being read in again takes back a read-out and
not a conflict.
Reading out whoever was made a lead, and not for a time that is over, is told to whoever reviews conduct until that is reviewed
(`review_conduct.py`), in the same transaction: two who lead would else be one, and nobody knew. Where nobody could be told it is not done.
"""

from __future__ import annotations

from node.commands.audit import Act, audit
from node.commands.context import Context
from node.commands.leading import leads_until
from node.commands.need import circle_of
from node.commands.open_case import not_the_lead
from node.commands.people import Visitor
from node.commands.put_in import NOBODY
from node.commands.review_conduct import anybody_told, deed
from node.store import cases, conduct
from node.store.changes import Change, ChangeKind
from node.store.conduct import Deed
from node.store.tuples import WritingTuples
from node.store.unit import Tx
from policies import cases as relations
from policies.cases import Part
from policies.decision import Deny, DenyCode
from policies.embedded import Embedded
from policies.fga_model import Model
from policies.need import CaseId
from policies.relations import Tuple
from protocol.ids import RecordId, UnixMs
from protocol.label import PURPOSES


def read_in(
    tx: Tx,
    ctx: Context,
    model: Model,
    case: CaseId,
    *,
    person: Visitor,
    purposes: frozenset[str],
    until: UnixMs,
    officer: Visitor,
) -> bool | Deny:
    """From now until then; False where there is no open case of this officer's. Raises ValueError for no purpose or a past end."""
    if not purposes or not purposes <= PURPOSES:
        raise ValueError("at least one purpose of the list")
    if until <= ctx.now():
        raise ValueError("being read in ends in the future")
    row = cases.get(tx, case)
    if row is None or row.closed_ms or case not in officer.reading.need.read:
        return False
    if (deny := _not_his(case, officer, person.id)) is not None:
        return deny
    if circle_of(tx, ctx, case).community not in person.reading.memberships:
        return Deny(DenyCode.AUDIENCE, "circle", "only who is in the case's community is read into it")
    given = relations.read_in(person.id, case, ctx.now(), until, purposes)
    _write(tx, model, [given], [relations.put_out(person.id, case, Part.READ_OUT)])
    details = {
        "case": case.hex(),
        "person": person.id,
        "until": str(until),
        "for": "/".join(sorted(purposes)),
    }
    _audited(tx, ctx, "case_read_in", officer, details)
    return True


def read_out(
    tx: Tx,
    ctx: Context,
    model: Model,
    case: CaseId,
    *,
    person: str,
    part: Part = Part.READ_OUT,
    officer: Visitor,
) -> bool | Deny:
    """Out of it at once. `part`: read out, or a conflict of interest. False where there is no case of this officer's."""
    if case not in officer.reading.need.read:
        return False
    if (deny := _not_his(case, officer, person)) is not None:
        return deny
    done = deed(tx, ctx, Deed.OUT, case, officer)._replace(kind=part, origin=person)
    a_lead = (leads_until(tx, case, person) or 0) > done.at_ms
    if a_lead and not anybody_told(tx, ctx, model, done):
        return Deny(DenyCode.NOBODY_TOLD, "case", NOBODY)
    held = [
        one
        for way in (Part.READ_IN, Part.GLASS)
        for one in WritingTuples(tx).read(relations.of_case(case), way)
    ]
    mine = [one for one in held if one.user == f"user:{person}"]
    _write(tx, model, [relations.put_out(person, case, part)], mine)
    details = {"case": case.hex(), "person": person, "why": str(part)}
    entry = _audited(tx, ctx, "case_read_out", officer, details)
    if a_lead:
        conduct.note(tx, done._replace(entry=entry))
    return True


def _not_his(case: CaseId, officer: Visitor, person: str) -> Deny | None:
    if case not in officer.reading.need.leads:
        return not_the_lead()
    if person == officer.id:
        return Deny(DenyCode.NOT_COMPETENT, "oneself", "nobody reads himself in or out")
    return None


def _write(tx: Tx, model: Model, add: list[Tuple], remove: list[Tuple]) -> None:
    Embedded(model=model, tuples=WritingTuples(tx)).write(add, remove)


def _audited(tx: Tx, ctx: Context, act: str, officer: Visitor, details: dict[str, str]) -> RecordId:
    tx.note(Change(kind=ChangeKind.PEOPLE))
    return audit(tx, ctx, Act(act=act, actor=officer.id, details=details), ctx.register)
