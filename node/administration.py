"""What the operator of a node gives to its people and takes from them, by login: roles, seats, places, clearances, shifts, and what
concerns them.

Guarantees that each act is one transaction with its audit entry, that whoever is named has an open account, and that what cannot be
is Refused in words. What concerns somebody is never an argument, and never in a word that is printed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from node.beside import Beside
from node.commands import ends, interest, roles, roster
from node.commands import given as commands
from node.commands.ends import Ending
from node.commands.given import Cleared, Given
from node.commands.interest import Whose
from node.exits import Refused
from node.invitations import ACTOR
from node.store import interests
from node.store import people as rows
from node.store.interests import ShiftRow
from node.store.unit import Reader, Tx
from policies.officers import Tie
from policies.relations import RelationsError
from protocol.errors import BadRecord
from protocol.identity import declared
from protocol.ids import UnixMs

T = TypeVar("T")


def give(place: Beside, login: str, given: Given, until: UnixMs) -> None:
    """From now until then."""
    ctx, model = place.ctx, place.model
    _done(
        place,
        login,
        lambda tx, person: commands.give(tx, ctx, model, person, given, until=until, actor=ACTOR),
    )


def take(place: Beside, login: str, given: Given) -> None:
    """Now; Refused where it was not given."""
    done = _done(
        place,
        login,
        lambda tx, person: commands.take(tx, place.ctx, place.model, person, given, actor=ACTOR),
    )
    _held(done, login, str(given.what))


def suspend(place: Beside, login: str) -> None:
    """All that the person is here, until `resume`."""
    _done(place, login, lambda tx, person: roles.suspend(tx, place.ctx, place.model, person, actor=ACTOR))


def resume(place: Beside, login: str) -> None:
    """End a suspension."""
    done = _done(
        place, login, lambda tx, person: roles.resume(tx, place.ctx, place.model, person, actor=ACTOR)
    )
    _held(done, login, "suspended")


def clear(place: Beside, login: str, cleared: Cleared) -> None:
    """A clearance in the place of the one under the same marking."""
    _done(place, login, lambda tx, person: commands.clear(tx, place.ctx, person, cleared, actor=ACTOR))


def unclear(place: Beside, login: str, policy: str) -> None:
    """End a clearance now."""
    done = _done(
        place, login, lambda tx, person: roles.take_clearance(tx, place.ctx, person, policy, actor=ACTOR)
    )
    _held(done, login, f"cleared under {policy}")


def concern(place: Beside, login: str, kind: str, value: str, whose: Whose, *, end: bool = False) -> None:
    """Declare a plate, badge or address that concerns a person, or that it does no longer."""
    try:
        one = declared(kind, value)
    except BadRecord as error:
        raise Refused(str(error)) from None  # names the rule, never the value

    def act(tx: Tx, person: bytes) -> bool:
        if end:
            return interest.withdraw(tx, place.ctx, person, one, actor=ACTOR)
        interest.declare(tx, place.ctx, person, one, whose, actor=ACTOR)
        return True

    _held(_done(place, login, act), login, f"concerned by that {kind}")


def tie(place: Beside, login: str, other: str, as_: Tie, *, end: bool = False) -> None:
    """Two people who work here are relations or close colleagues, or no longer."""

    def act(tx: Tx, person: bytes) -> bool:
        given = (tx, place.ctx, place.model, person, _person(tx, other), as_)
        if end:
            return interest.part(*given, actor=ACTOR)
        interest.join(*given, actor=ACTOR)
        return True

    _held(_done(place, login, act), login, f"a {as_} of {other}")


def on_duty(place: Beside, login: str, begins: UnixMs, until: UnixMs) -> bool:
    """A shift; whether the person's clearances reach to its end."""

    def act(tx: Tx, person: bytes) -> bool:
        return roster.add(tx, place.ctx, place.model, ShiftRow(person, begins, until), actor=ACTOR)

    return _done(place, login, act)


def off_duty(place: Beside, login: str, begins: UnixMs) -> None:
    """Take the shift that begins then."""
    done = _done(place, login, lambda tx, person: roster.take(tx, place.ctx, person, begins, actor=ACTOR))
    _held(done, login, "on the roster at that time")


def shifts(place: Beside) -> list[tuple[str, UnixMs, UnixMs]]:
    """(login, from, until) of those that go on or come."""

    def look(reader: Reader) -> list[tuple[str, UnixMs, UnixMs]]:
        names = {person.id: person.login for person in rows.accounts(reader)}
        return [
            (names.get(one.person, "-"), one.from_ms, one.until_ms)
            for one in roster.coming(reader, place.ctx)
        ]

    return place.store.read(look)


def ending(place: Beside) -> Sequence[Ending]:
    """What ends within 90 days."""
    return place.store.read(lambda reader: ends.ending(reader, place.ctx))


def concerns(place: Beside, login: str) -> Sequence[tuple[str, int]]:
    """How many things of which sort concern a person; what they are is not kept."""
    return place.store.read(lambda reader: interests.counts(reader, _person(reader, login)))


def _done(place: Beside, login: str, act: Callable[[Tx, bytes], T]) -> T:
    try:
        return place.store.write(lambda tx: act(tx, _person(tx, login))).result()
    except (RelationsError, ValueError) as error:
        raise Refused(f"{login}: {error}") from error


def _person(reader: Reader, login: str) -> bytes:
    row = rows.by_login(reader, login)
    if row is None or row.disabled:
        raise Refused(f"{login}: no such account")
    return row.id


def _held(done: bool, login: str, what: str) -> None:
    if not done:
        raise Refused(f"{login}: is not {what}; nothing was changed")
