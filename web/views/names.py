"""Names, labels and the lists they stand in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from protocol.kind import Shelf
from protocol.kinds import known


class Scope(StrEnum):
    """Whose records a list shows."""

    ALL = "all"
    OWN = "own"
    OTHERS = "others"


CLOSED = frozenset({"retracted", "erased"})
"""States of which no screen shows title or text."""


def shelf_of(kind: str) -> Shelf:
    """The list a kind belongs to."""
    found = known().get(kind)
    return found.shelf if found else Shelf.LIBRARY


__all__ = ["CLOSED", "LabelView", "Named", "Scope", "Shelf", "shelf_of"]


@dataclass(frozen=True, slots=True)
class Named:
    """An id with the name a person knows it by."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class LabelView:
    """A label, its open names resolved. `audience`, `recipients`, `countries`: one of every clause is needed."""

    text: str
    tlp: str
    level: str = "NONE"
    audience: tuple[tuple[Named, ...], ...] = ()
    recipients: tuple[tuple[Named, ...], ...] = ()
    countries: tuple[tuple[str, ...], ...] = ()
    compartments: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()
    status: str = ""
