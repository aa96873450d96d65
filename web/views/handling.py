"""What ports do about an alert, as screens show it."""

from __future__ import annotations

from dataclasses import dataclass

from protocol.ids import UnixMs
from web.views.names import Named


@dataclass(frozen=True, slots=True)
class HandlingView:
    """One alert at this port. `state`: open, claimed, guard_sent, closed; `steps`: what this officer can do: claim, guard, close.

    `acted`: of a withdrawn alert of this port, what other ports said they had done: port and code.
    """

    state: str = "open"
    by: str = ""
    since_ms: UnixMs | None = None
    guard_ms: UnixMs | None = None
    verdict: str = ""
    steps: frozenset[str] = frozenset()
    acted: tuple[tuple[Named, str], ...] = ()


@dataclass(frozen=True, slots=True)
class AskedView:
    """One node that was asked to answer. `state`: acknowledged, late, earlier (of a version before), not_yet, overdue."""

    node: Named
    state: str
    at_ms: UnixMs | None = None


@dataclass(frozen=True, slots=True)
class AnswersView:
    """What a record asks of each node by a time: at its origin the board, at another what this one answered.

    `may`: this officer could answer now; `by`, `at_ms`: who did and when it left; `drafted`: it waits as a draft.
    """

    by_ms: UnixMs
    board: tuple[AskedView, ...] = ()
    may: bool = False
    by: str = ""
    at_ms: UnixMs | None = None
    drafted: bool = False
