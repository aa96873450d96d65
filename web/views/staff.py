"""People of this node, for those who administer them, and what may be changed of a person."""

from __future__ import annotations

from dataclasses import dataclass, field

from protocol.ids import UnixMs
from web.views.names import Named


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


@dataclass(frozen=True, slots=True)
class BelongingView:
    """A seat in a committee or a place in a community (`of`); no end: it stays until it is taken. `within` as of a role."""

    what: str
    of: Named
    until_ms: UnixMs | None
    within: int | None


@dataclass(frozen=True, slots=True)
class DeclaredView:
    """What was declared of the reader: an identifier of this kind (empty: not known) and `whose` it is, or that `other` is close to him (then
    `kind` is the tie). `at_ms` None, `by` empty: not known. `new`: by somebody else, and the reader has not said yet that he saw it.
    """

    kind: str
    whose: str
    other: str
    at_ms: UnixMs | None
    by: str
    new: bool


@dataclass(frozen=True, slots=True)
class TieView:
    """Somebody who works here and is a declared relation or a close colleague."""

    tie: str
    other: Named


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonView:
    """A person. `manages`: what this officer changes of people: clearances, or roles (and with them all else); `may`: of this one.

    `password`: whether there is one, or links alone sign in. What is listed from `ties` on is there only for who may change it.
    """

    id: str
    login: str
    name: str
    site: str
    since_ms: UnixMs
    password: bool
    roles: tuple[RoleView, ...]
    seats: tuple[BelongingView, ...]
    places: tuple[BelongingView, ...]
    clearances: tuple[ClearanceView, ...]
    shifts: tuple[ShiftView, ...]
    on_duty: bool
    suspended: bool
    manages: frozenset[str] = frozenset()
    may: frozenset[str] = frozenset()
    ties: tuple[TieView, ...] = ()
    concerns: tuple[tuple[str, int], ...] = ()
    others: tuple[Named, ...] = ()
    communities: tuple[Named, ...] = ()
    compartments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PeopleView:
    """All with an open account, and the names of those whose account is closed. `may_add`: this officer makes accounts."""

    people: tuple[PersonView, ...]
    closed: tuple[Named, ...]
    may_add: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPersonMenu:
    """Where somebody new may work."""

    sites: tuple[Named, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkView:
    """A sign-in at an address of this node that works once, before `until_ms`: shown in one answer and kept nowhere."""

    person: str
    login: str
    name: str
    path: str = field(repr=False)
    until_ms: UnixMs


@dataclass(frozen=True, slots=True)
class Unsure:
    """Nothing was done: the change is one that is asked for twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPerson:
    login: str
    name: str
    site: str
    language: str
    roles: tuple[str, ...]
    hours: int


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


@dataclass(frozen=True, slots=True)
class GiveSeat:
    seat: str
    committee: str
    until_ms: UnixMs


@dataclass(frozen=True, slots=True)
class TakeSeat:
    seat: str
    committee: str


@dataclass(frozen=True, slots=True)
class GivePlace:
    place: str
    community: str
    until_ms: UnixMs


@dataclass(frozen=True, slots=True)
class TakePlace:
    place: str
    community: str


@dataclass(frozen=True, slots=True)
class TieTo:
    """Two people are relations or close colleagues, or (`end`) are so no longer."""

    other: str
    tie: str
    end: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Concern:
    """A plate, badge or address concerns the person, or (`end`) does no longer."""

    kind: str
    value: str = field(repr=False)
    whose: str
    end: bool = False


@dataclass(frozen=True, slots=True)
class MakeLink:
    hours: int


@dataclass(frozen=True, slots=True)
class SetPassword:
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class CloseAccount:
    """No sign-in, no session and no right any more, for good."""


OfAccount = MakeLink | SetPassword | CloseAccount | Suspend
OfGiven = GiveRole | TakeRole | GiveSeat | TakeSeat | GivePlace | TakePlace
OfDuty = AddShift | EndShift
OfTies = TieTo | Concern
OfClearance = SetClearance | EndClearance
PersonChange = OfAccount | OfGiven | OfDuty | OfTies | OfClearance
