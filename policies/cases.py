"""What the product asks about cases, in its own words: the tuples of a case, and what one person may do in it.

Guarantees: a glass is broken for at most four hours and names the audit entry that gave notice; the model says the same, whatever a
tuple says (`model.fga`, condition `glass_broken`). Who belongs to the circle is the register's, told with each question, so that a change
of it counts at once. Nobody who stands in no tuple of a case is in it. Not here: which record is in a case.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from policies.need import CaseId
from policies.officers import membership, of_community, of_organisation, of_person
from policies.relations import EPOCH, Check, Condition, Context, Relations, Tuple
from protocol.ids import OrganisationId, RecordId, UnixMs
from protocol.members import Standing

GLASS_MAX_MS: Final = 4 * 3_600_000
"""Longest time for which a case is read by broken glass."""


class Part(StrEnum):
    """How a person, or the circle, stands to a case, by the names of the model."""

    CIRCLE = "circle"
    LEAD = "lead"
    READ_IN = "read_in"
    GLASS = "break_glass"
    READ_OUT = "read_out"
    CONFLICTED = "conflicted"


class CaseRight(StrEnum):
    """What somebody may do in a case, by the names of the model. `LEAD`: read others in and out, take records out, close it."""

    READ = "can_read"
    CONTRIBUTE = "can_contribute"
    LEAD = "can_read_in"


WAYS_IN: Final = (Part.LEAD, Part.READ_IN, Part.GLASS)
REVIEW: Final = "can_review_conduct"
"""Of a person: who reviews what that person did; never himself, a declared relation or a close colleague."""
CONFLICTED: Final = "conflicted"


@dataclass(frozen=True, slots=True)
class Circle:
    """A community with the standing of the person's own organisation in it, by the register of now; None: it is not in it."""

    community: str
    organisation: OrganisationId
    standing: Standing | None

    def told(self, now: UnixMs) -> tuple[Tuple, ...]:
        """What goes along with a question that is asked at `now`."""
        if self.standing is None:
            return ()
        name = "member_organisation" if self.standing is Standing.MEMBER else "client_organisation"
        moment = membership(now, UnixMs(now + 1))
        return (Tuple(of_organisation(self.organisation), name, of_community(self.community), moment),)


@dataclass(frozen=True, slots=True)
class Question:
    """A person, a case with its circle, and the purposes of that person; `as_if`: a tuple that is not there."""

    person: str
    case: CaseId
    circle: Circle
    purposes: frozenset[str]
    as_if: Tuple | None = None


@dataclass(frozen=True, slots=True)
class InCase:
    """The answer: for which purposes he reads and contributes, and whether he leads."""

    read: frozenset[str]
    act: frozenset[str]
    leads: bool


OUTSIDE: Final = InCase(frozenset(), frozenset(), leads=False)


def ask(relations: Relations, questions: Sequence[Question], now: UnixMs) -> list[InCase]:
    """All of it at once; what has no answer is no."""
    checks = [check for one in questions for check in _checks(one, now)]
    answers = iter(relations.check_many(checks))
    found = []
    for one in questions:
        purposes = sorted(one.purposes)
        read = frozenset(purpose for purpose in purposes if next(answers))
        act = frozenset(purpose for purpose in purposes if next(answers))
        leads = [bool(next(answers)) for _ in purposes]
        found.append(InCase(read, act, any(leads)))
    return found


def _checks(one: Question, now: UnixMs) -> Iterable[Check]:
    along = (*one.circle.told(now), *((one.as_if,) if one.as_if else ()))
    for right in (CaseRight.READ, CaseRight.CONTRIBUTE, CaseRight.LEAD):
        for purpose in sorted(one.purposes):
            yield Check(of_person(one.person), right, of_case(one.case), Context(now, purpose=purpose), along)


def of_case(case: CaseId) -> str:
    return f"case:{case.hex()}"


def circle(case: CaseId, community: str) -> Tuple:
    """Only participants of this community can be in the case at all."""
    return Tuple(of_community(community), Part.CIRCLE, of_case(case))


def lead(person: str, case: CaseId, period: Condition) -> Tuple:
    return Tuple(of_person(person), Part.LEAD, of_case(case), period)


def read_in(person: str, case: CaseId, since: UnixMs, until: UnixMs, purposes: frozenset[str]) -> Tuple:
    """Reads and contributes from, and before, these times, for these purposes."""
    held = {**membership(since, until).context, "purposes": sorted(purposes)}
    return Tuple(of_person(person), Part.READ_IN, of_case(case), Condition("need_to_know", held))


def put_out(person: str, case: CaseId, part: Part) -> Tuple:
    """Read out, or with a conflict of interest: neither a lead's rights nor a glass help against it."""
    if part not in {Part.READ_OUT, Part.CONFLICTED}:
        raise ValueError("read out, or conflicted")
    return Tuple(of_person(person), part, of_case(case))


def glass(person: str, case: CaseId, opened: UnixMs, until: UnixMs, entry: RecordId) -> Tuple:
    """Reads by broken glass; `entry`: the audit entry of the same transaction. Raises ValueError for more than four hours."""
    if not 0 < until - opened <= GLASS_MAX_MS or not entry:
        raise ValueError("a glass is broken for at most four hours, with an audit entry")
    held = {"opened": _rfc3339(opened), "valid_until": _rfc3339(until), "audit_entry": entry.hex()}
    return Tuple(of_person(person), Part.GLASS, of_case(case), Condition("glass_broken", held))


def _rfc3339(at: UnixMs) -> str:
    return (EPOCH + timedelta(milliseconds=at)).isoformat(timespec="milliseconds")
