"""Review of what somebody did with a case, a broken glass, a record put in, a lead taken, a lead read out: who is told of it, and another
person's words on it.

Guarantees
* Whoever reviews conduct here is told, from the moment of the act until it is reviewed: never who did it, nor who was then a declared
  relation or a close colleague of his. Whoever leads the case is told of a broken glass too; of the rest he is not, since it is he
  who might hide something.
* A tie that is made later takes from nobody that he is told. Who was tied then or is tied now does not review, whoever leads a case and was
  told of its glass included.
* Where nobody here can review it any more, whoever audits and whoever administers, but who did it, is told of whom something waits, and no
  more of it.
* A lead's words on a glass end the notice to who leads the case. To whoever reviews conduct it stands, with those words, until one of them has
  reviewed it, so that a lead closes nothing before they looked; only where nobody of them could, the lead's end it for all.
* One line is what waits of one sort by one person in one case, done with the same people tied to him. A review of it is of what it had:
  what came since waits on.
* What is not reviewed stays counted, and is listed the oldest first. The audit has the ids, not the words.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from node.commands.audit import Act, audit
from node.commands.context import Context
from node.commands.leading import OVERSEE
from node.commands.need import leads_of
from node.commands.people import Visitor, visitor_of
from node.store import conduct, people
from node.store.changes import Change, ChangeKind
from node.store.conduct import ConductRow, Deed, Line, Waiting
from node.store.tuples import SnapshotTuples
from node.store.unit import Reader, Tx
from policies.cases import CONFLICTED, REVIEW
from policies.decision import Deny, DenyCode
from policies.fga_model import Model
from policies.need import CaseId
from policies.officers import Officers, Right, Role, Tie, of_node, of_person
from policies.relations import Answer
from protocol.ids import RecordId

WORDS_MAX: Final = 400
"""Characters of a reason, and of what was found."""
REVIEWED_MAX: Final = 20
LINES_MAX: Final = 20
"""Lines that one officer is shown at once, the oldest first."""
_NO_ENTRY, _NO_CASE = RecordId(bytes(16)), CaseId(bytes(16))


@dataclass(frozen=True, slots=True)
class Notices:
    """What an officer is told of: the oldest lines, how many wait in all, and whose deeds wait where nobody here can review them (ids)."""

    lines: tuple[Line, ...] = ()
    every: int = 0
    stuck: tuple[str, ...] = ()


def deed(reader: Reader, ctx: Context, act: Deed, case: CaseId, officer: Visitor) -> ConductRow:
    """What this officer is about to do, with who is tied to him now; named by no entry yet."""
    tuples, me = SnapshotTuples(reader), of_person(officer.id)
    tied = {uuid.UUID(one.user.partition(":")[2]).hex for name in Tie for one in tuples.read(me, name)}
    raw = uuid.UUID(officer.id).bytes
    return ConductRow(_NO_ENTRY, act, case, raw, ctx.now(), tied=",".join(sorted(tied)))


def in_words(text: str) -> str:
    """A reason, or what was found, without the blanks around it. Raises ValueError for none, or more than 400 characters."""
    if not text.strip() or len(text) > WORDS_MAX:
        raise ValueError(f"a reason, or what was found, in words: 1 to {WORDS_MAX} characters")
    return text.strip()


def told(officer: Visitor, row: ConductRow | Waiting) -> bool:
    """Whether this officer is told of it; `conduct.lines` asks the same of the store."""
    if officer.id == _person(row):
        return False
    return _led(officer, row) or (Right.REVIEW_CONDUCT in officer.rights and _untied(officer.id, row))


def may_review(
    reader: Reader, ctx: Context, model: Model, officer: Visitor, row: ConductRow | Waiting
) -> bool:
    """Whether this officer may review it: of who is told, who neither was nor is tied to the one who did it."""
    if not told(officer, row) or not _untied(officer.id, row):
        return False
    asked, person = _asked(reader, ctx, model), of_person(_person(row))
    if asked.can(officer.id, REVIEW, person):
        return True
    return _waits_for_lead(officer, row) and asked.ask(officer.id, CONFLICTED, person) is Answer.NO


def anybody_told(reader: Reader, ctx: Context, model: Model, row: ConductRow) -> bool:
    """Whether there is anybody at this node who would be told of what is done now."""
    held = _reviewed_by_role(reader, ctx, model, _role(reader, ctx), row)
    return held or any(told(one, row) for one in _leads(reader, ctx, model, row))


def notices(reader: Reader, ctx: Context, model: Model, officer: Visitor) -> Notices:
    """What this officer is told of. Who neither reviews conduct, leads a case, audits nor administers asks the store nothing."""
    lines, every = list[Line](), 0
    if _is_told_of_any(officer):
        lines, every = conduct.lines(
            reader,
            uuid.UUID(officer.id).bytes,
            every=Right.REVIEW_CONDUCT in officer.rights,
            leads=officer.reading.need.leads,
            limit=LINES_MAX,
        )
    stuck = _stuck(reader, ctx, model) if officer.rights & OVERSEE else ()
    return Notices(tuple(lines), every, tuple(one for one in stuck if one != officer.id))


def reviewed(reader: Reader, ctx: Context, model: Model, officer: Visitor) -> Sequence[ConductRow]:
    """Of the newest reviews those of what this officer was told of, each by the newest act that it was of; not of who is tied to him now."""
    if not _is_told_of_any(officer):
        return []
    asked = _asked(reader, ctx, model)
    return [
        row
        for row in conduct.reviewed(reader, REVIEWED_MAX)
        if told(officer, row)
        and (_led(officer, row) or asked.can(officer.id, REVIEW, of_person(_person(row))))
    ]


def review(
    tx: Tx, ctx: Context, model: Model, entry: RecordId, *, words: str, officer: Visitor
) -> bool | Deny:
    """What another person found of a line, named by the newest act that he saw of it; False where there is nothing that this officer is
    told of and nobody reviewed. What a lead finds is kept beside it while somebody here has the right to review it.

    Raises ValueError for no words (1 to 400 characters).
    """
    found = in_words(words)
    row = conduct.get(tx, entry)
    if row is None or row.reviewer is not None or not told(officer, row):
        return False
    if row.lead is not None and Right.REVIEW_CONDUCT not in officer.rights:
        return False
    if not may_review(tx, ctx, model, officer, row):
        return not_his()
    raw = uuid.UUID(officer.id).bytes
    details = {"entry": entry.hex(), "case": row.file.hex(), "person": _person(row)}
    if _ends(tx, ctx, model, officer, row):
        details["acts"] = str(conduct.review(tx, row, raw, ctx.now(), found))
    else:
        details |= {"acts": str(conduct.lead_says(tx, row, raw, found)), "as": "lead"}
    act = Act(act="conduct_review", actor=officer.id, rule=row.act, details=details)
    audit(tx, ctx, act, ctx.register)
    tx.note(Change(kind=ChangeKind.PEOPLE))
    return True


def not_his() -> Deny:
    """Why somebody who is told of it does not review it."""
    return Deny(DenyCode.CONFLICT, REVIEW, "it concerns a declared relation or a close colleague")


def _ends(reader: Reader, ctx: Context, model: Model, officer: Visitor, row: ConductRow) -> bool:
    """Whether a review by this officer, who may, ends what waits: a lead's only where nobody here has the right to review it."""
    if _asked(reader, ctx, model).can(officer.id, REVIEW, of_person(_person(row))):
        return True
    return not _reviewed_by_role(reader, ctx, model, _role(reader, ctx), row)


def _stuck(reader: Reader, ctx: Context, model: Model) -> tuple[str, ...]:
    """Of whom something waits that nobody here can review, by id."""
    waiting = conduct.waiting(reader)
    role = _role(reader, ctx) if waiting else []

    @cache
    def by_role(person: bytes, tied: str) -> bool:
        return _reviewed_by_role(reader, ctx, model, role, Waiting(person, tied, Deed.PUT, _NO_CASE))

    found: dict[bytes, None] = {}
    for row in waiting:
        if row.person in found or by_role(row.person, row.tied):
            continue
        if not any(may_review(reader, ctx, model, one, row) for one in _leads(reader, ctx, model, row)):
            found[row.person] = None
    return tuple(_id(person) for person in found)


def _role(reader: Reader, ctx: Context) -> list[str]:
    """Who may have the right to review conduct, by id: its role was given to them, and their account is open."""
    given = SnapshotTuples(reader).read(of_node(ctx.me), Role.INTEGRITY_OFFICER)
    held = (one.user.partition(":")[2] for one in given)
    rows = ((one, people.by_id(reader, uuid.UUID(one).bytes)) for one in held)
    return [one for one, row in rows if row is not None and not row.disabled]


def _reviewed_by_role(
    reader: Reader, ctx: Context, model: Model, role: Sequence[str], row: ConductRow | Waiting
) -> bool:
    others = [one for one in role if _untied(one, row)]
    return any(_asked(reader, ctx, model).each(others, REVIEW, of_person(_person(row))))


def _leads(reader: Reader, ctx: Context, model: Model, row: ConductRow | Waiting) -> Iterator[Visitor]:
    """Who leads the case whose glass was broken."""
    for one in leads_of(reader, row.file) if row.act is Deed.GLASS else ():
        found = visitor_of(reader, ctx, model, one)
        if found is not None:
            yield found


def _led(officer: Visitor, row: ConductRow | Waiting) -> bool:
    return row.act is Deed.GLASS and row.file in officer.reading.need.leads


def _waits_for_lead(officer: Visitor, row: ConductRow | Waiting) -> bool:
    said = row.led if isinstance(row, Waiting) else row.lead is not None
    return _led(officer, row) and not said


def _is_told_of_any(officer: Visitor) -> bool:
    return Right.REVIEW_CONDUCT in officer.rights or bool(officer.reading.need.leads)


def _untied(person: str, row: ConductRow | Waiting) -> bool:
    return uuid.UUID(person).hex not in row.tied.split(",")


def _asked(reader: Reader, ctx: Context, model: Model) -> Officers:
    return Officers(relations=ctx.engine(model, reader), now=ctx.now)


def _person(row: ConductRow | Waiting) -> str:
    return _id(row.person)


def _id(person: bytes) -> str:
    return str(uuid.UUID(bytes=person))
