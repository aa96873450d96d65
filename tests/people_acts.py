"""Every act of the command line that changes people, and the form of the screens that does the same: the table of the tests.

The acts follow one another in one world: what is taken was given before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast
from zoneinfo import ZoneInfo

from browser_web import ORIGIN
from officers_here import MODEL
from ports import Port
from record_examples import NOW

from node import administration, invitations
from node.beside import Beside
from node.commands.given import Cleared, Given
from node.commands.interest import Whose
from policies.officers import Place, Role, Seat, Tie
from protocol.fields import DAY_MS
from protocol.ids import UnixMs

WHO, OTHER = "p.peeters", "q.claes"
PASSWORD = "correct horse battery"
PLATE = "be:1-abc-123"
HASHED = b"$argon2id$"
Ids = Mapping[str, str]


def day(days: int) -> str:
    """A day so many days from now, as a form sends it."""
    return f"{datetime.fromtimestamp((NOW + days * DAY_MS) / 1000, UTC):%Y-%m-%d}"


def at(text: str) -> UnixMs:
    """A day's or minute's moment in the zone of the node."""
    local = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Brussels"))
    return UnixMs(int(local.timestamp() * 1000))


UNTIL, LAST = at(day(21)), day(20)
FROM, TO = f"{day(1)}T08:00", f"{day(1)}T20:00"


@dataclass(frozen=True)
class PeopleAct:
    """A form of `/people/<who>`, the right it takes, and what the command line does for the same."""

    path: str
    fields: Mapping[str, object]
    beside: Callable[[Beside], object]
    right: str = "roles"
    grave: bool = False

    def filled(self, ids: Ids) -> dict[str, object]:
        """The fields, logins replaced by the ids that a form sends."""
        return {name: ids.get(str(value), value) for name, value in self.fields.items()}


def _give(what: Role | Seat | Place, of: str = "") -> Callable[[Beside], object]:
    return lambda place: administration.give(place, WHO, Given(what, of), UNTIL)


def _take(what: Role | Seat | Place, of: str = "") -> Callable[[Beside], object]:
    return lambda place: administration.take(place, WHO, Given(what, of))


def _close(tie: Tie, *, end: bool) -> Callable[[Beside], object]:
    return lambda place: administration.tie(place, WHO, OTHER, tie, end=end)


def _concern(*, end: bool) -> Callable[[Beside], object]:
    return lambda place: administration.concern(place, WHO, "plate", PLATE, Whose.ONESELF, end=end)


_CLEARED = Cleared(
    policy="BE",
    level="RESTRICTED",
    compartments=frozenset(),
    purposes=frozenset({"enforcement"}),
    until=UNTIL,
    verified_by="NSA",
)
ACTS = (
    PeopleAct("roles", {"role": "port_captain", "role_until": LAST}, _give(Role.PORT_CAPTAIN)),
    PeopleAct("roles/take", {"role": "port_captain"}, _take(Role.PORT_CAPTAIN), grave=True),
    PeopleAct(
        "seats",
        {"seat": "deputy", "committee": "lcmb-antwerp", "seat_until": LAST},
        _give(Seat.DEPUTY, "lcmb-antwerp"),
    ),
    PeopleAct(
        "seats/take",
        {"seat": "deputy", "committee": "lcmb-antwerp"},
        _take(Seat.DEPUTY, "lcmb-antwerp"),
        grave=True,
    ),
    PeopleAct(
        "places",
        {"place": "invited", "community": "ports-be", "place_until": LAST},
        _give(Place.INVITED, "ports-be"),
    ),
    PeopleAct(
        "places/take",
        {"place": "invited", "community": "ports-be"},
        _take(Place.INVITED, "ports-be"),
        grave=True,
    ),
    PeopleAct(
        "places",
        {"place": "expelled", "community": "ports-be"},
        _give(Place.EXPELLED, "ports-be"),
        grave=True,
    ),
    PeopleAct(
        "places/take",
        {"place": "expelled", "community": "ports-be"},
        _take(Place.EXPELLED, "ports-be"),
        grave=True,
    ),
    PeopleAct(
        "ties", {"tie": "close_colleague", "other": OTHER}, _close(Tie.COLLEAGUE, end=False), grave=True
    ),
    PeopleAct(
        "ties/end", {"tie": "close_colleague", "other": OTHER}, _close(Tie.COLLEAGUE, end=True), grave=True
    ),
    PeopleAct("concerns", {"kind": "plate", "value": PLATE, "whose": "oneself"}, _concern(end=False)),
    PeopleAct("concerns/end", {"kind": "plate", "value": PLATE, "whose": "oneself"}, _concern(end=True)),
    PeopleAct(
        "shifts",
        {"shift_from": FROM, "shift_until": TO},
        lambda place: administration.on_duty(place, WHO, at(FROM), at(TO)),
    ),
    PeopleAct(
        "shifts/end",
        {"from": str(at(FROM))},
        lambda place: administration.off_duty(place, WHO, at(FROM)),
        grave=True,
    ),
    PeopleAct(
        "clearances",
        {
            "policy": "BE",
            "level": "RESTRICTED",
            "purposes": "enforcement",
            "cleared_until": LAST,
            "verified_by": "NSA",
        },
        lambda place: administration.clear(place, WHO, _CLEARED),
        right="clearances",
    ),
    PeopleAct(
        "clearances/end",
        {"policy": "BE"},
        lambda place: administration.unclear(place, WHO, "BE"),
        right="clearances",
        grave=True,
    ),
    PeopleAct("link", {"hours": "4"}, lambda place: invitations.link(place, WHO), grave=True),
    PeopleAct("suspend", {}, lambda place: administration.suspend(place, WHO), grave=True),
    PeopleAct("resume", {}, lambda place: administration.resume(place, WHO), grave=True),
    PeopleAct(
        "password",
        {"password": PASSWORD, "again": PASSWORD},
        lambda place: invitations.set_password(place, WHO, HASHED),
    ),
    PeopleAct("close", {}, lambda place: invitations.close(place, WHO), grave=True),
)


def operator(port: Port) -> Beside:
    """Somebody with this port's files, at a terminal."""
    config = SimpleNamespace(web=SimpleNamespace(public_url=ORIGIN))
    return Beside(cast("Any", config), cast("Any", port.store), port.ctx, MODEL)


def state(port: Port, logins: tuple[str, ...]) -> list[tuple[object, ...]]:
    """All that a port holds of these people but their secrets, and every relation."""
    among = f"login IN ({','.join('?' * len(logins))})"
    asked = (
        (f"SELECT login, name, language, site, password <> '', disabled FROM person WHERE {among}", logins),
        (f"SELECT login, c.* FROM clearance c JOIN person ON person = id WHERE {among}", logins),
        (f"SELECT login, from_ms, until_ms FROM shift JOIN person ON person = id WHERE {among}", logins),
        (f"SELECT login, whose FROM interest JOIN person ON person = id WHERE {among}", logins),
        (f"SELECT login FROM one_time JOIN person ON person = id WHERE {among}", logins),
        (f"SELECT login FROM session JOIN person ON person = id WHERE {among}", logins),
        ("SELECT object, relation, user, condition, context FROM relation", ()),
    )
    return port.store.read(
        lambda reader: [
            row for words, given in asked for row in sorted(map(tuple, reader.all(words, *given)))
        ]
    )
