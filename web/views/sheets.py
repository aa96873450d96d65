"""A kind's form as a page shows it: its places to fill in, what stands in them, and what came of it.

A form is described by the kind itself (`web/sheets.py`); nothing here knows one kind from another.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from web.views.names import LabelView, Named


class Sort(StrEnum):
    """How a place is filled in."""

    LINE = "line"
    TEXT = "text"
    LINES = "lines"
    CHOICE = "choice"
    TICKS = "ticks"
    FLAG = "flag"
    WHOLE = "whole"
    DECIMAL = "decimal"
    MOMENT = "moment"
    DAY = "day"
    PART_DAY = "part_day"
    PLACE = "place"
    PLACES = "places"
    SUBJECT = "subject"
    SUBJECTS = "subjects"
    RECORD = "record"
    RECORDS = "records"
    PART = "part"
    PARTS = "parts"


MANY = frozenset({Sort.LINES, Sort.RECORDS})
"""One a line."""
ROWS = frozenset({Sort.SUBJECT, Sort.SUBJECTS, Sort.PLACE, Sort.PLACES})
"""With inputs of their own below the name of the place (`web/rows.py`)."""
LISTS = frozenset({Sort.PARTS, Sort.SUBJECTS, Sort.PLACES})
"""Numbered: a set of inputs for each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """One place of a form. `name`: of the input, the field's path with dots; `field`: whose words it carries.

    `least`, `most`: characters, items or the number itself; `each`: characters of each line. `choices` by id, in words by `table` where there is one, by `words` where the
    value itself is a code of a list. `fixed`: what stands there stays. `inside`: the places of a part, of each part of a list. `when`: the rule that requires it in some cases.
    `others`: choices that are left out because another role makes them, each with that role.
    """

    name: str
    field: str
    sort: Sort
    required: bool = False
    least: float | None = None
    most: float | None = None
    each: float | None = None
    table: str = ""
    words: str = ""
    choices: tuple[Named, ...] = ()
    fixed: bool = False
    inside: tuple[Box, ...] = ()
    when: str = ""
    others: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One form. `values`: what stands in it at first, by input; `step`: the code of its branch, where its kind has any.

    `answers`: who may know it follows from what it answers. `addressed`: it goes to one node by name, which `body` names. `record`:
    it corrects this one. `draft`, `revision`: it is what this draft says, at this edit of it, under this `label`.
    """

    kind: str
    body: tuple[Box, ...]
    common: tuple[Box, ...]
    values: tuple[tuple[str, str], ...] = ()
    step: str = ""
    answers: bool = False
    addressed: bool = False
    record: str = ""
    draft: str = ""
    revision: int = 0
    label: LabelView | None = None

    @property
    def boxes(self) -> tuple[Box, ...]:
        """All of it."""
        return (*self.body, *self.common)


@dataclass(frozen=True, slots=True)
class Offer:
    """A kind that an officer may write, at a step of it; `grounded`: the register has a legal basis for it at this node; `releases`: this
    officer may release it, too.
    """

    kind: str
    step: str = ""
    grounded: bool = True
    releases: bool = True


@dataclass(frozen=True, slots=True)
class Way:
    """From a record to a kind that names it, in one of its fields."""

    kind: str
    field: str
    step: str = ""
