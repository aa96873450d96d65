"""Cases of the fake office: what its screens show of them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from protocol.ids import UnixMs
from web.views import (
    CaseChange,
    CaseLine,
    CasePerson,
    CasesView,
    CaseView,
    ConductView,
    DeclaredView,
    Made,
    Named,
    Notices,
    Puttable,
    Refused,
    Row,
    Session,
    TakenRow,
)

CASE, OTHER, ENTRY = "c1" * 16, "c2" * 16, "e1" * 16
WHO = "11111111-2222-4333-8444-555555555555"
CIRCLE = Named("ports-be", "Belgian ports")


def glass_of(now: int) -> ConductView:
    """One that was broken a quarter of an hour ago."""
    return ConductView(
        entry=ENTRY,
        act="glass_break",
        case=Named(CASE, "Scouts at tank 12"),
        person="D. Peeters",
        reason="Seen again at the gate; the lead does not answer",
        at_ms=UnixMs(now - 900_000),
        since_ms=UnixMs(now - 900_000),
        until_ms=UnixMs(now + 13_500_000),
        may_review=True,
    )


def put_of(now: int) -> ConductView:
    """Records that one person put in within a quarter of an hour."""
    return ConductView(
        entry="e2" * 16,
        act="case_put",
        case=Named(OTHER, "Insiders"),
        person="D. Peeters",
        at_ms=UnixMs(now - 60_000),
        since_ms=UnixMs(now - 900_000),
        records=(("alert", "Port of Antwerp-Bruges", 1), ("indicator", "North Sea Port", 3)),
        may_review=True,
        may_take=True,
    )


def lead_of(now: int) -> ConductView:
    """The lead of a case that nobody could lead, taken."""
    found = replace(glass_of(now), entry="e4" * 16, act="case_lead_take", until_ms=None)
    return replace(found, reason="The lead left the port")


def reviewed_of(now: int) -> ConductView:
    """What somebody else reviewed."""
    found = replace(put_of(now), entry="e3" * 16, may_review=False, taken_ms=UnixMs(now - 30_000))
    return replace(found, reviewer="F. Maes", words="Asked him; it is for the inquiry", may_take=True)


@dataclass
class FakeCases:
    """The part of the fake office where cases are."""

    now: UnixMs = UnixMs(0)  # noqa: RUF009
    told: bool = True
    asks_declared: bool = False
    cased: list[tuple[str, object]] = field(default_factory=list)

    def case_rows(self) -> tuple[Row, ...]:
        """What is in the case."""
        return ()

    async def declared(self, session: Session) -> tuple[DeclaredView, ...]:
        since = UnixMs(self.now - 60_000)
        return (
            DeclaredView("mmsi", "oneself", "", since, "E. Jansen", new=self.asks_declared),
            DeclaredView("close_colleague", "", "D. Peeters", None, "", new=False),
        )

    async def saw_declared(self, session: Session, until: UnixMs) -> None:
        self.cased.append(("declared", until))
        self.asks_declared = False

    async def cases(self, session: Session) -> CasesView:
        mine = CaseLine(CASE, "Scouts at tank 12", CIRCLE, ("E. Jansen",), may_lead=True)
        other = CaseLine(OTHER, "Insiders", CIRCLE, ("D. Peeters",), closed=True)
        people = (Named(WHO, "D. Peeters"),)
        return CasesView(
            mine=(mine,),
            others=(other,),
            conduct=Notices((glass_of(self.now), put_of(self.now), lead_of(self.now)), more=3),
            reviewed=(reviewed_of(self.now),),
            may_open=True,
            circles=(CIRCLE,),
            people=people,
        )

    async def case(self, session: Session, case: str) -> CaseView | None:
        if case != CASE:
            return None
        until = UnixMs(self.now + 86_400_000)
        return CaseView(
            line=CaseLine(CASE, "Scouts at tank 12", CIRCLE, ("E. Jansen",)),
            rows=self.case_rows(),
            leads=True,
            people=(
                CasePerson(WHO, "D. Peeters", "read_in", until, ("port-security",)),
                CasePerson(WHO, "F. Maes", "break_glass", until),
            ),
            glass=(glass_of(self.now),),
            candidates=(Named(WHO, "D. Peeters"),),
            taken=tuple(TakenRow(row, self.now) for row in self.case_rows()),
        )

    async def glass_of(self, session: Session, case: str) -> CaseLine | None:
        return CaseLine(OTHER, "Insiders", CIRCLE, ("D. Peeters",)) if case == OTHER else None

    async def leaderless(self, session: Session, case: str) -> CaseLine | None:
        return (
            CaseLine(CASE, "Scouts at tank 12", CIRCLE, ("E. Jansen",), may_lead=True)
            if case == CASE
            else None
        )

    async def puttable(self, session: Session, record: str = "") -> Puttable:
        return Puttable((Named(CASE, "Scouts at tank 12"),), told=self.told, follow=2)

    async def open_case(
        self, session: Session, *, name: str, circle: str, lead: str
    ) -> Made | Refused | None:
        self.cased.append((name, (circle, lead)))
        return Made(CASE)

    async def change_case(self, session: Session, case: str, change: CaseChange) -> Refused | bool:
        self.cased.append((case, change))
        return case in {CASE, OTHER}

    async def review_conduct(
        self, session: Session, entry: str, *, words: str, take: bool = False
    ) -> Refused | bool:
        self.cased.append((entry, (words, take)))
        return entry == ENTRY

    async def take_by_review(self, session: Session, entry: str) -> Refused | bool:
        self.cased.append((entry, "take"))
        return entry == ENTRY
