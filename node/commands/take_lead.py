"""Take the lead of a case that nobody can lead any more, with a reason.

Guarantees
* Who may: whoever is read in and may open cases; where nobody such is left, whoever may open cases and could break its glass. To everybody
  else the case is as it was, or not there.
* It is told to whoever reviews conduct here, from that moment until it is reviewed (`review_conduct.py`): the relation, the audit entry, the
  reason and the notice are one transaction. Where nobody could be told the lead is not taken.
* A lead who can lead again later leads beside him: nothing of his is taken away.
"""

from __future__ import annotations

from node.commands.audit import Act, audit
from node.commands.break_glass import may_break
from node.commands.context import Context
from node.commands.leading import could_lead, leads_now
from node.commands.open_case import LEADS_FOR_MS, may_open
from node.commands.people import Visitor, visitor_of
from node.commands.put_in import NOBODY
from node.commands.review_conduct import anybody_told, deed, in_words
from node.store import cases, conduct
from node.store.changes import Change, ChangeKind
from node.store.conduct import Deed
from node.store.tuples import SnapshotTuples, WritingTuples
from node.store.unit import Reader, Tx
from policies import cases as relations
from policies.cases import Part
from policies.decision import Deny, DenyCode
from policies.embedded import Embedded
from policies.fga_model import Model
from policies.need import CaseId
from policies.officers import membership
from protocol.ids import UnixMs


def may_take_lead(reader: Reader, ctx: Context, model: Model, case: CaseId, officer: Visitor) -> bool:
    """Whether this officer may take the lead now; for screens too."""
    if not may_open(officer) or cases.get(reader, case) is None or leads_now(reader, ctx, model, case):
        return False
    if not could_lead(reader, ctx, model, case, officer):
        return False
    if case in officer.reading.need.act:
        return True
    reads_by_glass = case in officer.reading.need.read
    if not (reads_by_glass or may_break(reader, ctx, model, case, officer)):
        return False
    return not any(_could(reader, ctx, model, case, who) for who in _read_in(reader, case))


def take_lead(
    tx: Tx, ctx: Context, model: Model, case: CaseId, *, reason: str, officer: Visitor
) -> bool | Deny:
    """For a year; False where there is nothing of this for this officer. Raises ValueError for no reason (1 to 400 characters)."""
    words = in_words(reason)
    if not may_take_lead(tx, ctx, model, case, officer):
        return False
    done = deed(tx, ctx, Deed.LEAD, case, officer)._replace(reason=words)
    if not anybody_told(tx, ctx, model, done):
        return Deny(DenyCode.NOBODY_TOLD, "case", NOBODY)
    until = UnixMs(done.at_ms + LEADS_FOR_MS)
    given = relations.lead(officer.id, case, membership(done.at_ms, until))
    Embedded(model=model, tuples=WritingTuples(tx)).write([given])
    details = {"case": case.hex(), "until": str(until)}
    entry = audit(tx, ctx, Act(act="case_lead_take", actor=officer.id, details=details), ctx.register)
    conduct.note(tx, done._replace(entry=entry))
    tx.note(Change(kind=ChangeKind.PEOPLE))
    return True


def _read_in(reader: Reader, case: CaseId) -> list[str]:
    held = SnapshotTuples(reader).read(relations.of_case(case), Part.READ_IN)
    return [one.user.partition(":")[2] for one in held]


def _could(reader: Reader, ctx: Context, model: Model, case: CaseId, who: str) -> bool:
    """Whether somebody who was read in is still, and might take the lead."""
    found = visitor_of(reader, ctx, model, who)
    return found is not None and case in found.reading.need.act and may_open(found)
