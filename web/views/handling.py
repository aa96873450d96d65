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
