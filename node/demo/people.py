"""The demonstration's officers: accounts made once, new one-time links at each start."""

from __future__ import annotations

from dataclasses import dataclass

from node.beside import beside
from node.commands.accounts import NewOfficer
from node.config import load
from node.demo.plan import Officer, Plan, Port
from node.invitations import add, known, links

VALID_MS = 12 * 3_600_000
"""A demonstration is left running for a day; a port's links last minutes."""


@dataclass(frozen=True, slots=True)
class Invited:
    """An officer with links that each work once."""

    port: Port
    officer: Officer
    urls: tuple[str, ...]


def invite_all(plan: Plan, *, each: int = 1) -> list[Invited]:
    """`each` links for every officer of every port; accounts that are missing are made. The ports may run."""
    return [invited for port in plan.ports for invited in _invite(port, each)]


def _invite(port: Port, each: int) -> list[Invited]:
    with beside(load(port.config), port.config) as place:
        for officer in port.officers:
            if not known(place, officer.login):
                add(place, _new(officer))
        wanted = [officer.login for officer in port.officers for _ in range(each)]
        made = iter(links(place, wanted, valid_ms=VALID_MS))
        return [
            Invited(port, officer, tuple(next(made).url for _ in range(each))) for officer in port.officers
        ]


def _new(officer: Officer) -> NewOfficer:
    return NewOfficer(
        login=officer.login,
        name=officer.name,
        language=officer.language,
        site=officer.site,
        roles=officer.roles,
    )
