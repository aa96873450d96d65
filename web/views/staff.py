"""People of this node, for those who administer them, and what may be changed of a person."""

from __future__ import annotations

from dataclasses import dataclass

from protocol.ids import UnixMs


@dataclass(frozen=True, slots=True)
class RoleView:
    """A role until then. `within`: it ends within 7, 30 or 90 days; 0: it is over; None: later."""

    role: str
    until_ms: UnixMs
    within: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearanceView:
    """What a body verified under one marking. `within` as of a role."""

    policy: str
    level: str
    compartments: tuple[str, ...]
    purposes: tuple[str, ...]
    until_ms: UnixMs
    verified_by: str
    within: int | None


@dataclass(frozen=True, slots=True)
class ShiftView:
    """A shift that goes on (`now`) or comes. `outlasts`: a clearance ends before it does."""

    from_ms: UnixMs
    until_ms: UnixMs
    now: bool
    outlasts: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonView:
    """A person. `may`: what this officer may change here: roles (also shifts and suspension), clearances."""

    id: str
    login: str
    name: str
    site: str
    roles: tuple[RoleView, ...]
    clearances: tuple[ClearanceView, ...]
    shifts: tuple[ShiftView, ...]
    on_duty: bool
    suspended: bool
    compartments: tuple[str, ...] = ()
    may: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class GiveRole:
    role: str
    until_ms: UnixMs


@dataclass(frozen=True, slots=True)
class TakeRole:
    role: str


@dataclass(frozen=True, slots=True)
class AddShift:
    from_ms: UnixMs
    until_ms: UnixMs


@dataclass(frozen=True, slots=True)
class EndShift:
    from_ms: UnixMs


@dataclass(frozen=True, slots=True, kw_only=True)
class SetClearance:
    policy: str
    level: str
    compartments: frozenset[str]
    purposes: frozenset[str]
    until_ms: UnixMs
    verified_by: str


@dataclass(frozen=True, slots=True)
class EndClearance:
    policy: str


@dataclass(frozen=True, slots=True)
class Suspend:
    """All that the person is here, or (`end`) the end of that."""

    end: bool = False


OfRoles = GiveRole | TakeRole | AddShift | EndShift | Suspend
OfClearance = SetClearance | EndClearance
PersonChange = OfRoles | OfClearance
