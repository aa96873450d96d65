"""Put a record into a case, or take it out: from then on only who is in the case reads it here, over and above its label.

Guarantees
* A record is in one case at most; all of its matter goes with it; who contributes to the case puts in, who leads it takes out, since that
  shows it to everybody whom its label admits. Local: other ports read by label, as before.
* It hides the record from everybody else here, so it is told to whoever reviews conduct until that is reviewed (`review_conduct.py`), in
  the same transaction; where nobody could be told nothing is put in.
* What refers to it goes with it (`follow.py`). Each of that which others read until now is told likewise, with an entry of its own; of other
  ports as many as `follow.FOLLOW_MAX`.
* It looks through nothing in the transaction: what follows was looked for before, and where that does not hold any more it says so.
* What is for everybody on duty is put in no case: an alert of danger to life, a ban, a security level.
"""

from __future__ import annotations

from node.commands import follow
from node.commands.audit import Act, audit
from node.commands.concern import concerned
from node.commands.context import Context
from node.commands.follow import NO_CASE, Again, Look
from node.commands.matter import whole
from node.commands.need import reading_only, shown_to_everybody
from node.commands.open_case import not_the_lead
from node.commands.people import Visitor
from node.commands.review_conduct import anybody_told, deed
from node.commands.search import Found
from node.store import cases, conduct, feeds
from node.store.changes import Change, ChangeKind
from node.store.conduct import Deed
from node.store.unit import Reader, Tx
from policies.decision import Deny, DenyCode
from policies.fga_model import Model
from policies.need import CaseId
from protocol.ids import RecordId
from protocol.record import kind_of

NOBODY = "nobody else here reviews conduct, so nobody could be told: somebody else needs the role integrity_officer"
FOR_EVERYBODY = "an alert of danger to life, a ban and a security level are for everybody on duty"


def may_be_told(reader: Reader, ctx: Context, model: Model, officer: Visitor) -> bool:
    """Whether anybody here would be told of what this officer puts into a case; for screens."""
    return anybody_told(reader, ctx, model, deed(reader, ctx, Deed.PUT, NO_CASE, officer))


def following(reader: Reader, ctx: Context, one: Found, officer: Visitor) -> tuple[int, bool]:
    """How many records that are of no case yet, and that this officer reads, would go into one with this one, and whether there may be more;
    for screens.
    """
    return follow.count(reader, officer, whole(reader, ctx, one.feed.lineage, one.id))


def look(reader: Reader, ctx: Context, case: CaseId, one: Found, *, officer: Visitor) -> Look:
    """What may go with it, for `put_in`: looked for in a snapshot, it costs the writer nothing."""
    return follow.look(reader, officer, whole(reader, ctx, one.feed.lineage, one.id), case)


def put_in(
    tx: Tx,
    ctx: Context,
    model: Model,
    case: CaseId,
    one: Found,
    *,
    officer: Visitor,
    looked: Look | None = None,
) -> bool | Deny | Again:
    """`one`: as the officer reads it. False where there is no open case of this officer's, or it is in it already. `looked`: of a snapshot
    before; where there is none, or it does not hold any more, `Again`: nothing was done.
    """
    row, need = cases.get(tx, case), officer.reading.need
    if row is None or row.closed_ms or case not in need.read:
        return False
    if not need.act.get(case):
        return reading_only()
    if (deny := concerned(tx, officer, one.feed.lineage, one.id)) is not None:
        return deny
    if shown_to_everybody(tx, one.feed.lineage, one.id):
        return Deny(DenyCode.FOR_EVERYBODY, "life_safety", FOR_EVERYBODY)
    found = [(each, cases.inside(tx).get(each)) for each in whole(tx, ctx, one.feed.lineage, one.id)]
    if any(held not in {None, case} for _, held in found):
        return Deny(DenyCode.ANOTHER_CASE, "case", "it is in another case; a record is in one")
    if all(held == case for _, held in found):
        return False
    done = deed(tx, ctx, Deed.PUT, case, officer)._replace(kind=kind_of(one.row.kind), origin=one.feed.origin)
    if not anybody_told(tx, ctx, model, done):
        return Deny(DenyCode.NOBODY_TOLD, "case", NOBODY)
    matter = [key for key, _ in found]
    every = follow.followers(tx, ctx, officer, matter, case, looked) if looked is not None else follow.AGAIN
    if isinstance(every, Again):
        return every
    if (hub := follow.too_many(every)) is not None:
        return hub
    act = _audited(tx, ctx, "case_put", case, one, officer)
    for key in matter:
        cases.put(tx, key, case, entry=act)
        shown_otherwise(tx, *key)
    conduct.note(tx, done._replace(entry=act, lineage=one.feed.lineage, record=one.id))
    for each in every:
        entry = follow.audited(tx, ctx, each, case=case, before=one.id, actor=officer.id)
        conduct.note(tx, done._replace(entry=entry, kind=each.kind, origin=each.origin))
    return True


def others_write() -> Deny:
    """Why it is not put in where each look was overtaken."""
    return Deny(DenyCode.OTHERS_WRITE, "case", "others are writing about it now: try again")


def take_out(tx: Tx, ctx: Context, case: CaseId, one: Found, *, officer: Visitor) -> bool | Deny:
    """False where it is not in this case of this officer's."""
    if case not in officer.reading.need.read:
        return False
    if case not in officer.reading.need.leads:
        return not_the_lead()
    if (deny := concerned(tx, officer, one.feed.lineage, one.id)) is not None:
        return deny
    inside = cases.inside(tx)
    held = [each for each in whole(tx, ctx, one.feed.lineage, one.id) if inside.get(each) == case]
    for key in held:
        cases.put(tx, key, None)
        shown_otherwise(tx, *key)
    if held:
        _audited(tx, ctx, "case_take", case, one, officer)
    return bool(held)


def shown_otherwise(tx: Tx, lineage: bytes, record: RecordId) -> None:
    """Pages and streams look again who reads it."""
    feed = feeds.of_lineage(tx, lineage)
    if feed is not None:
        tx.note(
            Change(kind=ChangeKind.RECORD, feed=feed.feed, number=feed.number, record=record, own=feed.own)
        )


def _audited(tx: Tx, ctx: Context, act: str, case: CaseId, one: Found, officer: Visitor) -> RecordId:
    details = {"case": case.hex()}
    return audit(
        tx,
        ctx,
        Act(act=act, actor=officer.id, record=one.id, feed=one.feed.feed, rule="case", details=details),
        ctx.register,
    )
