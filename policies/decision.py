"""A decision is a value: a permit with the rule it rests on, or a refusal with its code and one sentence for people.

Neither has a truth value: were a refusal falsy, `decide() or other()` would turn it into `other()`; were it truthy,
`if decide()` would let it pass. Both raise; ask `isinstance(decision, Permit)`. A refusal is not an exception: an exception on
the way to a decision is the caller's reason to deny with `NO_ANSWER`. Nothing here decides.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NoReturn

from protocol.ids import UnixMs

NO_TRUTH: Final = "a decision is no truth value: ask isinstance(decision, Permit)"


class DenyCode(StrEnum):
    """Why not; `docs/protocol.md` says which one is whose (who may follow a feed, what an origin may say)."""

    LEVEL = "LEVEL"
    COMPARTMENT = "COMPARTMENT"
    REGIME = "REGIME"
    STATUS = "STATUS"
    AUDIENCE = "AUDIENCE"
    COUNTRY = "COUNTRY"
    RECIPIENT = "RECIPIENT"
    TLP = "TLP"
    PURPOSE = "PURPOSE"
    CAVEAT = "CAVEAT"
    CEILING = "CEILING"
    SUSPENDED = "SUSPENDED"
    NOT_COMPETENT = "NOT_COMPETENT"
    CONFLICT = "CONFLICT"
    NEED_TO_KNOW = "NEED_TO_KNOW"
    STALE_REGISTER = "STALE_REGISTER"
    NO_ANSWER = "NO_ANSWER"
    SECOND_PERSON = "SECOND_PERSON"
    PLAN_CHANGED = "PLAN_CHANGED"
    NOBODY_TOLD = "NOBODY_TOLD"
    FOR_EVERYBODY = "FOR_EVERYBODY"
    ANOTHER_CASE = "ANOTHER_CASE"
    INTO_A_CASE = "INTO_A_CASE"
    NOT_REVIEWED = "NOT_REVIEWED"
    MANY_CASES = "MANY_CASES"
    MANY_FOLLOW = "MANY_FOLLOW"
    OTHERS_WRITE = "OTHERS_WRITE"
    NOBODY_LEADS = "NOBODY_LEADS"
    LEADS_LONGER = "LEADS_LONGER"


@dataclass(frozen=True, slots=True)
class Permit:
    """Allowed by `rule`, under this register and policy revision, and no longer than `until` (unix ms; None: no end known)."""

    rule: str
    register: int = 0
    revision: str = ""
    until: UnixMs | None = None

    def __bool__(self) -> NoReturn:
        raise TypeError(NO_TRUTH)


@dataclass(frozen=True, slots=True)
class Deny:
    """Refused: the code for machines, the rule that refused, one sentence for people. Names no value of a record."""

    code: DenyCode
    rule: str
    words: str

    def __bool__(self) -> NoReturn:
        raise TypeError(NO_TRUTH)


Decision = Permit | Deny


def first_refusal(refusals: Iterable[Deny | None]) -> Deny | None:
    """The first refusal; an iterator is asked no further than that."""
    return next((refusal for refusal in refusals if refusal is not None), None)


def earliest(*ends: UnixMs | None) -> UnixMs | None:
    """No decision outlives the earliest expiry in it."""
    known = [end for end in ends if end is not None]
    return min(known, default=None)
