"""Typed indicators: one stored form for each thing a port can look out for, with its check digit where it has one.

Guarantees that `normalise` is idempotent, that `stored` accepts exactly what `normalise` returns, and that no error
repeats the value. Says nothing about whether the ship, box or plate exists. Types and forms: `docs/protocol.md`, records.
"""

from __future__ import annotations

from dataclasses import dataclass

from protocol.errors import BadRecord, Violation
from protocol.indicator_forms import SORTS, Sort

RAW_MAX = 512
"""Characters of raw input; the longest stored form is an address or a domain."""

KEYED_HERE = (
    "badge and person tokens are keyed by the node that made them, so they match only there, "
    "until the federation's epoch key exists"
)
"""Why such a token is refused in a record for other nodes."""

TOKENS = frozenset({"badge", "person"})


@dataclass(frozen=True, slots=True)
class Subject:
    """One typed indicator in its stored form."""

    type: str
    value: str

    def __str__(self) -> str:
        return f"{self.type}:{self.value}"

    @property
    def personal(self) -> bool:
        """Whether it points at a person."""
        return is_personal(self.type)


def normalise(type: str, raw: str) -> str:  # noqa: A002  the field's name in records.proto
    """The stored form of what was typed or read; BadRecord with the rule it breaks, never with the value."""
    sort = SORTS.get(type)
    if sort is None:
        raise _refused("type", "not one of " + ", ".join(SORTS))
    if len(raw) > RAW_MAX:
        raise _refused(type, f"at most {RAW_MAX} characters")
    value = sort.clean(raw)
    rule = _fault(sort, value)
    if rule is not None:
        raise _refused(type, rule)
    return value


def subject(type: str, raw: str) -> Subject:  # noqa: A002
    """`normalise`, as a value that knows its type."""
    return Subject(type, normalise(type, raw))


def stored(type: str, value: str) -> str | None:  # noqa: A002
    """The rule a stored value breaks, or None; an unknown type is the caller's to judge and breaks none."""
    sort = SORTS.get(type)
    return None if sort is None else _fault(sort, value)


def is_personal(type: str) -> bool:  # noqa: A002
    """Whether values of this type are personal data; a type not known here counts as one."""
    sort = SORTS.get(type)
    return sort is None or sort.personal


def _fault(sort: Sort, value: str) -> str | None:
    if not sort.form.fullmatch(value):
        return sort.rule
    if sort.digit is not None and not sort.digit(value):
        return sort.digit_rule
    return None


def _refused(path: str, rule: str) -> BadRecord:
    return BadRecord((Violation("indicator", path, rule),))
