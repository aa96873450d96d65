"""What other ports ask a second person here."""

from __future__ import annotations

from dataclasses import dataclass

from protocol.ids import UnixMs
from web.views.names import LabelView, Named
from web.views.records import Fact, Subject
from web.views.writing import Recipient, Withheld


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """A draft of another port that waits for a second person here; of personal data without its title, as in every list."""

    id: str
    port: Named
    kind: str
    title: str
    lang: str
    severity: str
    label: LabelView
    came_ms: UnixMs
    until_ms: UnixMs


@dataclass(frozen=True, slots=True)
class QuestionView:
    """All of it, as the officer who answers sees it. `leaf`: what names exactly this; `moved`: why nobody can say yes to it now.

    `facts`: every field that has no place of its own. `roles`: of who asks there; `people`: how many at that port would read it.
    """

    row: QuestionRow
    leaf: str
    description: str
    recipients: tuple[Recipient, ...]
    withheld: tuple[Withheld, ...]
    change: str
    needs_second: tuple[str, ...]
    roles: tuple[str, ...]
    people: int
    moved: tuple[str, ...] = ()
    change_reason: str = ""
    life_safety: bool = False
    occurred_ms: UnixMs | None = None
    places: tuple[str, ...] = ()
    subjects: tuple[Subject, ...] = ()
    facts: tuple[Fact, ...] = ()
