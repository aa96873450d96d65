"""Who is here, and what stands in the frame of every page."""

from __future__ import annotations

from dataclasses import dataclass, field

from protocol.ids import UnixMs
from web.views.cases import NO_NOTICES, Notices
from web.views.names import Named


class SessionEnded(Exception):
    """The account behind a session is gone or closed; any method that takes a session may raise it."""


@dataclass(frozen=True, slots=True)
class Limited:
    """The next try is looked at after so many seconds: too many failed, or (`crowded`) too many try at this moment."""

    wait_s: int
    crowded: bool = False


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in officer. `may` holds: raise_alert, release, approve, retract, enter_indicator, hold, audit, people, rules."""

    token: str = field(repr=False)
    officer: str
    name: str
    port: Named
    roles: tuple[str, ...]
    clearance: str
    expires_ms: UnixMs
    language: str = ""
    may: frozenset[str] = frozenset()
    cases: str = ""
    """Stands for the cases that the officer reads now; another word for others."""
    narrows_ms: UnixMs | None = None
    """When the first of them is read no more, by the clock alone."""
    conduct: Notices = NO_NOTICES
    """What was done with cases, of which the officer is told."""


@dataclass(frozen=True, slots=True)
class Status:
    """The line in the frame: peers, and whether the register is fresh. From memory, never a store query."""

    connected: int
    peers: int
    late: tuple[Named, ...] = ()
    register_stale: bool = False
