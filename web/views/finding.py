"""What officers search for, and what they find."""

from __future__ import annotations

from dataclasses import dataclass, field

from web.views.names import Named
from web.views.records import Row

TEXT = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class FindAsked:
    """One search. `by`: text, or a sort of `FindMenu.sorts`; `within_days`: only what came here in so many last days, 0: ever.

    `before` continues at `Findings.older`. What was typed is in no text of this value: it may be somebody's plate.
    """

    by: str
    typed: str = field(repr=False)
    purpose: str = ""
    case: str = ""
    kind: str = ""
    origin: str = ""
    within_days: int = 0
    before: int | None = None


@dataclass(frozen=True, slots=True)
class FindMenu:
    """What an officer may search by, for which purposes, and what narrows a search."""

    sorts: tuple[str, ...]
    purposes: tuple[str, ...]
    kinds: tuple[str, ...]
    origins: tuple[Named, ...]


@dataclass(frozen=True, slots=True)
class Findings:
    """Rows as lists have them, newest arrival here first; `older` where the next page goes on."""

    rows: tuple[Row, ...]
    older: int | None = None
