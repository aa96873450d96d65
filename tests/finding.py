"""Searching at a port in memory: its index filled, and somebody who searches as the screens do."""

from __future__ import annotations

from dataclasses import dataclass, field

from officers_here import officer
from ports import Port

from node.commands import find, index
from node.commands.find import Asked, Page, Search, Unclear
from node.commands.people import Visitor
from node.commands.readable import Readable
from policies.decision import Deny
from policies.officers import Role

PURPOSE = "port-security"


def indexed(at: Port, *, most: int = index.AT_ONCE) -> int:
    """Fill the index as the node does behind its commits; how many steps that took."""
    steps = 0
    while gathered := at.store.read(lambda reader: index.gather(reader, most=most)):
        at.store.write(lambda tx, gathered=gathered: index.keep(tx, at.ctx, gathered)).result()  # type: ignore[misc]
        steps += 1
    return steps


@dataclass
class Seeker:
    """Somebody at a port who searches."""

    at: Port
    who: Visitor
    readable: Readable = field(init=False)

    def __post_init__(self) -> None:
        self.readable = Readable(self.at.ctx)

    def asks(self, asked: Asked) -> Search | Unclear | Deny:
        """The search, audited, or why there is none."""
        return self.at.store.write(lambda tx: find.begin(tx, self.at.ctx, asked, officer=self.who)).result()

    def page(self, typed: str, by: str = "text", *, limit: int = 50, **more: object) -> Page:
        """A page of what is found, the index filled before."""
        indexed(self.at)
        purpose = "" if by == "text" else PURPOSE
        search = self.asks(Asked(**{"by": by, "typed": typed, "purpose": purpose, **more}))  # type: ignore[arg-type]
        assert isinstance(search, Search), search
        silent = Role.INTEGRITY_OFFICER in self.who.roles
        return self.at.store.read(
            lambda r: find.find(r, self.at.ctx, self.readable, search, limit=limit, silent=silent)
        )

    def titles(self, typed: str, by: str = "text", **more: object) -> list[str]:
        """Titles of what is found, "-" where lists give none."""
        return [
            row.record.title if row.record and not row.personal else "-"
            for row in self.page(typed, by, **more).rows  # type: ignore[arg-type]
        ]


def seeker(at: Port, login: str = "a.peeters", *roles: Role, purposes: str = PURPOSE) -> Seeker:
    """Hired to search."""
    return Seeker(at, officer(at, login, *roles, purposes=purposes))
