"""Break the glass of a case: read it for at most four hours without being read in, with a reason, and everybody concerned is told at once.

Guarantees
* It stands in for being read in and for nothing else: whom it would not let read (out of the circle, read out, in conflict) does not
  break it, and to him the case is not there; labels, communities and conflicts of interest decide as ever.
* The audit entry, the relation that names it, the reason and the notice are one transaction.
* It does not follow upon itself: whoever broke it does so again only after the last time was reviewed.
* It is not broken where nobody would be told of it.

What ends it is the model's condition, asked at each request and each pushed event; nothing has to happen for it to end.
"""

from __future__ import annotations

from node.commands.audit import Act, audit
from node.commands.context import Context
from node.commands.need import Person, stands
from node.commands.people import Visitor
from node.commands.review_conduct import anybody_told, deed, in_words
from node.store import cases, conduct
from node.store.changes import Change, ChangeKind
from node.store.conduct import ConductRow, Deed
from node.store.tuples import WritingTuples
from node.store.unit import Reader, Tx
from policies import cases as relations
from policies.cases import GLASS_MAX_MS
from policies.decision import Deny, DenyCode
from policies.embedded import Embedded
from policies.fga_model import Model
from policies.need import CaseId
from protocol.ids import RecordId, UnixMs

_NOBODYS = RecordId(bytes(16))


def may_break(reader: Reader, ctx: Context, model: Model, case: CaseId, officer: Visitor) -> bool:
    """Whether breaking its glass would open this case to somebody who does not read it; to anybody else it is not there."""
    if cases.get(reader, case) is None or case in officer.reading.need.read:
        return False
    now = ctx.now()
    as_if = relations.glass(officer.id, case, now, UnixMs(now + GLASS_MAX_MS), _NOBODYS)
    asked = Person(officer.id, frozenset(officer.reading.memberships), officer.reading.purposes)
    return bool(stands(reader, ctx, model, asked, case, as_if=as_if).read)


def break_glass(
    tx: Tx,
    ctx: Context,
    model: Model,
    case: CaseId,
    *,
    reason: str,
    lasts_ms: int,
    officer: Visitor,
) -> ConductRow | Deny | None:
    """From now on, for so long; None where there is no such case for this officer.

    Raises ValueError for no reason (1 to 400 characters) or more than four hours.
    """
    words = in_words(reason)
    if not 0 < lasts_ms <= GLASS_MAX_MS:
        raise ValueError("at most four hours")
    if not may_break(tx, ctx, model, case, officer):
        return None
    row = deed(tx, ctx, Deed.GLASS, case, officer)
    if conduct.waits(tx, row.act, case, row.person):
        why = "you broke this glass before, and nobody has reviewed that yet"
        return Deny(DenyCode.NOT_REVIEWED, "glass", why)
    until = UnixMs(row.at_ms + lasts_ms)
    row = row._replace(reason=words, until_ms=until)
    if not anybody_told(tx, ctx, model, row):
        why = "nobody here could be told of it: neither who leads the case nor an integrity officer"
        return Deny(DenyCode.NOBODY_TOLD, "glass", why)
    details = {"case": case.hex(), "until": str(until)}
    act = Act(act="glass_break", actor=officer.id, rule="glass", details=details)
    row = row._replace(entry=audit(tx, ctx, act, ctx.register))
    given = relations.glass(officer.id, case, row.at_ms, until, row.entry)
    Embedded(model=model, tuples=WritingTuples(tx)).write([given])
    conduct.note(tx, row)
    tx.note(Change(kind=ChangeKind.PEOPLE))
    return row
