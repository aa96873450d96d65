"""Review of what somebody did with a case, a broken glass or a record put in: who is told of it, and another person's words on it.

Guarantees
* Whoever reviews conduct here is told, from the moment of the act until it is reviewed: never who did it, a declared relation or a close
  colleague. Whoever leads the case is told of a broken glass too, and reviews it unless he is tied so; of what is put in he is not, since
  it is he who might hide something.
* One line is what waits of one sort by one person in one case. A review of it is of what it had: what came since waits on.
* What is not reviewed stays listed. The audit has the ids, not the words.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Final

from node.commands.audit import Act, audit
from node.commands.context import Context
from node.commands.need import leads_of
from node.commands.people import Visitor, visitor
from node.store import conduct
from node.store import people as rows
from node.store.changes import Change, ChangeKind
from node.store.conduct import ConductRow, Deed
from node.store.unit import Reader, Tx
from policies.cases import CONFLICTED, REVIEW
from policies.decision import Deny, DenyCode
from policies.fga_model import Model
from policies.officers import Officers, of_person
from policies.relations import Answer
from protocol.ids import RecordId

WORDS_MAX: Final = 400
REVIEWED_MAX: Final = 20
Line = tuple[ConductRow, ...]
"""What waits for one review, in the order of the acts; never empty."""


def told(reader: Reader, ctx: Context, model: Model, officer: Visitor, row: ConductRow) -> bool:
    """Whether this officer is told of it."""
    if officer.id == _person(row):
        return False
    leads = row.act is Deed.GLASS and row.file in officer.reading.need.leads
    return leads or _reviews_conduct(reader, ctx, model, officer, row)


def may_review(reader: Reader, ctx: Context, model: Model, officer: Visitor, row: ConductRow) -> bool:
    """Whether this officer may review it: of who is told, who is not tied to the one who did it."""
    if not told(reader, ctx, model, officer, row):
        return False
    if _reviews_conduct(reader, ctx, model, officer, row):
        return True
    asked = Officers(relations=ctx.engine(model, reader), now=ctx.now)
    return asked.ask(officer.id, CONFLICTED, of_person(_person(row))) is Answer.NO


def anybody_told(reader: Reader, ctx: Context, model: Model, row: ConductRow) -> bool:
    """Whether there is anybody at this node who would be told."""
    others = [str(uuid.UUID(bytes=who)) for who, _ in rows.sites(reader) if who != row.person]
    asked = Officers(relations=ctx.engine(model, reader), now=ctx.now)
    if any(asked.each(others, REVIEW, of_person(_person(row)))):
        return True
    leads = (visitor(reader, ctx, model, uuid.UUID(one).bytes) for one in leads_of(reader, row.file))
    return any(one is not None and told(reader, ctx, model, one, row) for one in leads)


def notices(reader: Reader, ctx: Context, model: Model, officer: Visitor) -> Sequence[Line]:
    """What this officer is told of, the oldest first."""
    lines: dict[tuple[str, bytes, bytes], Line] = {}
    for row in conduct.unreviewed(reader):
        key = row.act, row.file, row.person
        lines[key] = (*lines.get(key, ()), row)
    return [line for line in lines.values() if told(reader, ctx, model, officer, line[0])]


def reviewed(reader: Reader, ctx: Context, model: Model, officer: Visitor) -> Sequence[ConductRow]:
    """Of the newest reviews those of what this officer was told of, each by the newest act that it was of."""
    rows = conduct.reviewed(reader, REVIEWED_MAX)
    return [row for row in rows if told(reader, ctx, model, officer, row)]


def review(
    tx: Tx, ctx: Context, model: Model, entry: RecordId, *, words: str, officer: Visitor
) -> bool | Deny:
    """What another person found of a line, named by the newest act that he saw of it; False where there is nothing that this officer is
    told of and nobody reviewed.

    Raises ValueError for no words (1 to 400 characters).
    """
    if not words.strip() or len(words) > WORDS_MAX:
        raise ValueError("words, of at most 400 characters")
    row = conduct.get(tx, entry)
    if row is None or row.reviewer is not None or not told(tx, ctx, model, officer, row):
        return False
    if not may_review(tx, ctx, model, officer, row):
        return Deny(DenyCode.CONFLICT, REVIEW, "it concerns a declared relation or a close colleague")
    done = conduct.review(tx, row, uuid.UUID(officer.id).bytes, ctx.now(), words.strip())
    details = {"entry": entry.hex(), "case": row.file.hex(), "person": _person(row), "acts": str(done)}
    act = Act(act="conduct_review", actor=officer.id, rule=row.act, details=details)
    audit(tx, ctx, act, ctx.register)
    tx.note(Change(kind=ChangeKind.PEOPLE))
    return True


def _reviews_conduct(reader: Reader, ctx: Context, model: Model, officer: Visitor, row: ConductRow) -> bool:
    asked = Officers(relations=ctx.engine(model, reader), now=ctx.now)
    return asked.can(officer.id, REVIEW, of_person(_person(row)))


def _person(row: ConductRow) -> str:
    return str(uuid.UUID(bytes=row.person))
