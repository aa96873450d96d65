"""The band on top: the highest marking that is on the screen, computed from the labels the page holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from web.views import LabelView

LEVELS = ("NONE", "RESTRICTED", "CONFIDENTIAL", "SECRET", "TOP-SECRET")
TLPS = ("CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED")


@dataclass(frozen=True, slots=True)
class Marking:
    """A level and a TLP, each the highest on the screen; `tlp` is empty where nothing marked is shown."""

    level: str = "NONE"
    tlp: str = ""

    def __or__(self, other: Marking) -> Marking:
        """The higher of both, part by part."""
        return Marking(
            max(self.level, other.level, key=_rank(LEVELS)), max(self.tlp, other.tlp, key=_rank(TLPS))
        )

    @property
    def code(self) -> str:
        """As a page hands it back to its stream: `NONE.AMBER`."""
        return f"{self.level}.{self.tlp}"


def highest(labels: Iterable[LabelView]) -> Marking:
    """Of everything on a page. A value that is not known counts as the highest."""
    marking = Marking()
    for label in labels:
        marking |= Marking(label.level, label.tlp)
    return marking


def from_code(code: str) -> Marking:
    """Reads `Marking.code`; anything else is as if nothing was on the page yet."""
    level, _, tlp = code.partition(".")
    return Marking(level, tlp) if level in LEVELS and tlp in ("", *TLPS) else Marking()


class _rank:  # noqa: N801 - used as a function
    def __init__(self, order: tuple[str, ...]) -> None:
        self._order = order

    def __call__(self, value: str) -> int:
        if not value:
            return -1
        return self._order.index(value) if value in self._order else len(self._order)
