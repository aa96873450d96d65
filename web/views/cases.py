"""Cases as screens show and change them, and what was done with them that waits for a review."""

from __future__ import annotations

from dataclasses import dataclass

from protocol.ids import UnixMs
from web.views.names import Named
from web.views.records import Row


@dataclass(frozen=True, slots=True)
class CaseLine:
    """A case by its name, the community that it is within, and who leads it. `may_lead`: nobody can, and the officer may take the lead."""

    id: str
    name: str
    circle: Named
    leads: tuple[str, ...]
    closed: bool = False
    may_lead: bool = False


@dataclass(frozen=True, slots=True)
class ConductView:
    """What one person did with a case, for who is told of it: a broken glass with its reason and end, or the records put in, as many of
    each kind (its code) and port, or the leads read out, each with the part that they have now and their name. `entry`: of the newest of it. `reviewer`, `words`: what another person found, empty until then; `lead`,
    `lead_words`: what whoever leads the case found before. `may_take`: what was put in may be taken out by who reviews; `taken_ms`: when one
    of them did, as far as he might.
    """

    entry: str
    act: str
    case: Named
    person: str
    at_ms: UnixMs
    since_ms: UnixMs
    reason: str = ""
    until_ms: UnixMs | None = None
    records: tuple[tuple[str, str, int], ...] = ()
    may_review: bool = False
    reviewer: str = ""
    words: str = ""
    lead: str = ""
    lead_words: str = ""
    may_take: bool = False
    taken_ms: UnixMs | None = None

    @property
    def number(self) -> int:
        """How many records were put in."""
        return sum(number for _, _, number in self.records)


@dataclass(frozen=True, slots=True)
class Notices:
    """What an officer is told of on every page: the oldest of what was done with cases, and how many `more` there are. `stuck`: the names of
    those of whom something waits that nobody here can review; `leaderless`: of those who led a case that nobody can lead now. `declared`: somebody declared of him what he has not said yet that he saw.
    """

    lines: tuple[ConductView, ...] = ()
    more: int = 0
    stuck: tuple[str, ...] = ()
    leaderless: tuple[str, ...] = ()
    declared: bool = False

    def __bool__(self) -> bool:
        return bool(self.lines or self.stuck or self.leaderless or self.declared)


NO_NOTICES = Notices()


@dataclass(frozen=True, slots=True)
class CasesView:
    """The cases that the officer reads, those whose glass he may break, what waits for a review, and the newest that were reviewed; `may_open`: a new one, in `circles`,
    led by one of `people`.
    """

    mine: tuple[CaseLine, ...] = ()
    others: tuple[CaseLine, ...] = ()
    conduct: Notices = NO_NOTICES
    reviewed: tuple[ConductView, ...] = ()
    may_open: bool = False
    circles: tuple[Named, ...] = ()
    people: tuple[Named, ...] = ()


@dataclass(frozen=True, slots=True)
class CasePerson:
    """Somebody in a case. `part`: lead, read_in, break_glass, read_out, conflicted; `until_ms` None: no end of its own."""

    id: str
    name: str
    part: str
    until_ms: UnixMs | None = None
    purposes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TakenRow:
    """A record that a review took out of a case, for who reads it."""

    row: Row
    at_ms: UnixMs


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case for who reads it. `reading_only`: by broken glass, until `until_ms`; who is in it, and what became of broken glass, is for
    those who are read in. `candidates`: whom a lead may read in, or name to lead it; `may_step_down`: another one can lead it too. `taken`:
    what reviews took out.
    """

    line: CaseLine
    rows: tuple[Row, ...]
    leads: bool = False
    reading_only: bool = False
    until_ms: UnixMs | None = None
    people: tuple[CasePerson, ...] = ()
    glass: tuple[ConductView, ...] = ()
    candidates: tuple[Named, ...] = ()
    may_step_down: bool = False
    taken: tuple[TakenRow, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadIn:
    person: str
    purposes: frozenset[str]
    until_ms: UnixMs


@dataclass(frozen=True, slots=True)
class ReadOut:
    """`conflict`: because of a conflict of interest, which being read in again does not take back."""

    person: str
    conflict: bool = False


@dataclass(frozen=True, slots=True)
class Puttable:
    """The cases into which the officer may put a record; `told`: somebody here would be told of it, else nothing is put in. `follow`: how
    many records that he reads, and that are of no case yet, refer to it and go with it, at least; `more`: there may be more.
    """

    cases: tuple[Named, ...] = ()
    told: bool = True
    follow: int = 0
    more: bool = False


@dataclass(frozen=True, slots=True)
class PutIn:
    record: str


@dataclass(frozen=True, slots=True)
class TakeOut:
    record: str


@dataclass(frozen=True, slots=True)
class NameLead:
    person: str
    until_ms: UnixMs


@dataclass(frozen=True, slots=True)
class StepDown:
    """Leads it no more."""


@dataclass(frozen=True, slots=True)
class TakeLead:
    reason: str


@dataclass(frozen=True, slots=True)
class CloseCase:
    """No more is read in or put in."""


@dataclass(frozen=True, slots=True)
class BreakGlass:
    reason: str
    hours: int


CaseChange = ReadIn | ReadOut | PutIn | TakeOut | NameLead | StepDown | TakeLead | CloseCase | BreakGlass
