"""The demonstration's officers: accounts made once, new one-time links at each start."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from node.beside import Beside, beside
from node.commands.accounts import NewOfficer
from node.commands.agree_rules import agree_rules
from node.commands.people import Visitor, visitor
from node.commands.propose_rules import propose_rules
from node.commands.rules_in_force import may, standing
from node.config_file import load
from node.demo.plan import Officer, Plan, Port
from node.invitations import add, known, links
from node.store import people as rows
from node.store.unit import Tx

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
        _agree(place, port)
        wanted = [officer.login for officer in port.officers for _ in range(each)]
        made = iter(links(place, wanted, valid_ms=VALID_MS))
        return [
            Invited(port, officer, tuple(next(made).url for _ in range(each))) for officer in port.officers
        ]


def _agree(place: Beside, port: Port) -> None:
    """Two of its people put the rules of the demonstration in force, where nobody proposed others; with fewer of them they wait."""

    def act(tx: Tx) -> None:
        now = standing(tx, place.ctx, place.model)
        people = [one for one in _officers(tx, place, port) if may(one)]
        if not now.differs or now.waiting is not None or len(people) < 2:
            return
        digest = hashlib.sha256(now.file).digest()
        propose_rules(tx, place.ctx, place.model, digest=digest, officer=people[0])
        agree_rules(tx, place.ctx, place.model, digest=digest, officer=people[1])

    place.store.write(act).result()


def _officers(tx: Tx, place: Beside, port: Port) -> Iterator[Visitor]:
    for officer in port.officers:
        row = rows.by_login(tx, officer.login)
        found = visitor(tx, place.ctx, place.model, row.id) if row else None
        if found is not None:
            yield found


def _new(officer: Officer) -> NewOfficer:
    return NewOfficer(
        login=officer.login,
        name=officer.name,
        language=officer.language,
        site=officer.site,
        roles=officer.roles,
    )
