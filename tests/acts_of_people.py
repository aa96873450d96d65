"""Acts of those who administer people and of an operator, for `test_acts_crash.py`."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import registers
from erasing import erase as append_one
from more_acts import CLI, Ready, coming
from officers_here import MODEL, hire, officer
from ports import ANTWERP, LIEGE, NORTH_SEA, RETENTION, Port, port
from record_examples import NOW

from node.commands import audit_log, burst, erase, explain, interest, keep, restored, roles, roster
from node.commands.address import Address
from node.commands.audit_log import Asked
from node.commands.context import Settings
from node.commands.interest import Whose
from node.store import feeds
from node.store.feeds import FeedState
from node.store.interests import ShiftRow
from node.store.people import ClearanceRow
from node.store.unit import Tx
from policies.officers import Place, Role, Seat, Tie
from protocol.fields import DAY_MS
from protocol.ids import UnixMs
from protocol.indicator import Subject

ERASER = "erase port-antwerp-bruges"
SOON = UnixMs(NOW + 10 * DAY_MS)
CLEARED = ClearanceRow(
    policy="BE",
    level=0,
    compartments=frozenset(),
    purposes=frozenset({"learning"}),
    until_ms=SOON,
    verified_by="nsa-be",
)
PLATE = Subject("plate", "BE:1ABC234")
Person = Callable[[Tx, Port, bytes], Any]

_FIRST: dict[str, Person] = {
    "role_give": lambda tx, at, who: roles.give_role(
        tx, at.ctx, MODEL, who, Role.ANALYST, until=SOON, actor=CLI
    ),
    "seat_give": lambda tx, at, who: roles.give_seat(
        tx, at.ctx, MODEL, who, Seat.CHAIR, "lcmb-antwerp", until=SOON, actor=CLI
    ),
    "place_give": lambda tx, at, who: roles.give_place(
        tx, at.ctx, MODEL, who, Place.INVITED, "ports-be", until=SOON, actor=CLI
    ),
    "person_suspend": lambda tx, at, who: roles.suspend(tx, at.ctx, MODEL, who, actor=CLI),
    "clearance_give": lambda tx, at, who: roles.give_clearance(tx, at.ctx, who, CLEARED, actor=CLI),
    "interest_declare": lambda tx, at, who: interest.declare(
        tx, at.ctx, who, PLATE, Whose.ONESELF, actor=CLI
    ),
    "shift_give": lambda tx, at, who: roster.add(
        tx, at.ctx, MODEL, ShiftRow(who, UnixMs(NOW), UnixMs(NOW + DAY_MS)), actor=CLI
    ),
}
_THEN: dict[str, tuple[str, Person]] = {
    "role_take": (
        "role_give",
        lambda tx, at, who: roles.take_role(tx, at.ctx, MODEL, who, Role.ANALYST, actor=CLI),
    ),
    "seat_take": (
        "seat_give",
        lambda tx, at, who: roles.take_seat(tx, at.ctx, MODEL, who, Seat.CHAIR, "lcmb-antwerp", actor=CLI),
    ),
    "place_take": (
        "place_give",
        lambda tx, at, who: roles.take_place(tx, at.ctx, MODEL, who, Place.INVITED, "ports-be", actor=CLI),
    ),
    "person_resume": (
        "person_suspend",
        lambda tx, at, who: roles.resume(tx, at.ctx, MODEL, who, actor=CLI),
    ),
    "clearance_take": (
        "clearance_give",
        lambda tx, at, who: roles.take_clearance(tx, at.ctx, who, "BE", actor=CLI),
    ),
    "interest_seen": (
        "interest_declare",
        lambda tx, at, who: interest.saw(tx, at.ctx, who, at.ctx.now()),
    ),
    "interest_withdraw": (
        "interest_declare",
        lambda tx, at, who: interest.withdraw(tx, at.ctx, who, PLATE, actor=CLI),
    ),
    "shift_take": (
        "shift_give",
        lambda tx, at, who: roster.take(tx, at.ctx, who, UnixMs(NOW), actor=CLI),
    ),
}


def _person(at: Port, login: str = "e.jansen") -> bytes:
    return uuid.UUID(hire(at, login)).bytes


def _given(code: str) -> Ready:
    at = port()
    who = _person(at)
    return Ready(at, lambda tx: _FIRST[code](tx, at, who))


def _taken(code: str) -> Ready:
    before, act = _THEN[code]
    at = port()
    who = _person(at)
    at.store.write(lambda tx: _FIRST[before](tx, at, who)).result()
    return Ready(at, lambda tx: act(tx, at, who))


def _named(make: Callable[[str], Ready], code: str) -> Callable[[], Ready]:
    def builder() -> Ready:
        return make(code)

    builder.__name__ = code
    return builder


def tying() -> Ready:
    at = port()
    one, other = _person(at), _person(at, "f.smet")
    return Ready(at, lambda tx: interest.join(tx, at.ctx, MODEL, one, other, Tie.COLLEAGUE, actor=CLI))


def untying() -> Ready:
    at = port()
    one, other = _person(at), _person(at, "f.smet")
    at.store.write(lambda tx: interest.join(tx, at.ctx, MODEL, one, other, Tie.COLLEAGUE, actor=CLI)).result()
    return Ready(at, lambda tx: interest.part(tx, at.ctx, MODEL, one, other, Tie.COLLEAGUE, actor=CLI))


def reading_the_audit() -> Ready:
    at = port()
    who = officer(at, "r.auditor", Role.AUDITOR)
    return Ready(at, lambda tx: audit_log.note(tx, at.ctx, Asked(), officer=who, how="cli"))


def explaining() -> Ready:
    at = port()
    one, _ = at.release(), officer(at, "e.jansen")
    where = Address(one.record)
    return Ready(
        at,
        lambda tx: explain.explain(tx, at.ctx, MODEL, where, "e.jansen", node=False, actor=CLI),
    )


def asking_for_an_erase_no_more() -> Ready:
    at = port()
    one, who = at.release(), officer(at, "dpo", Role.DPO)
    at.store.write(lambda tx: erase.request_erase(tx, at.ctx, one.record, reason=2, officer=who)).result()
    return Ready(at, lambda tx: erase.withdraw_request(tx, at.ctx, one.record, officer=who))


def hastening() -> Ready:
    public = bytes(registers.signing_key(ERASER).verify_key).hex()
    at = port(
        register=registers.changed(registers.swap("board/organisations/port-antwerp-bruges/erase", [public]))
    )
    one = at.release()
    append_one(at, one)
    (wanted,) = at.store.read(lambda r: erase.to_sign(r, at.ctx, one.record))
    signed = [(wanted, registers.signing_key(ERASER).sign(wanted.text).signature)]
    return Ready(at, lambda tx: erase.hasten(tx, at.ctx, one.record, signed, actor=CLI))


def braking_erasures() -> Ready:
    origin = port(LIEGE)
    at = port(ANTWERP, settings=Settings(retention=RETENTION, origin_erasures_per_hour=1))
    out = [origin.release() for _ in range(2)]
    at.pull(origin, out[0].feed.feed)
    held = out[-1].index + 1
    for one in out:
        append_one(origin, one)
    return coming(at, origin, out[0].feed.feed, held)


def letting_erasures_go() -> Ready:
    ready = braking_erasures()
    ready.at.store.write(ready.act).result()
    return Ready(ready.at, lambda tx: burst.release(tx, ready.at.ctx, LIEGE, actor=CLI))


def finding_itself_restored() -> Ready:
    at = port()
    number = at.release().feed.number
    mark = keep.mark_of(at.store.read(lambda r: feeds.numbered(r, number)))
    at.ctx.high.note([mark._replace(size=mark.size + 1)])
    return Ready(at, lambda tx: restored.look(tx, at.ctx))


def recovering() -> Ready:
    at = port(NORTH_SEA)
    number = at.release().feed.number
    at.store.write(lambda tx: feeds.turn(tx, number, FeedState.RESTORED)).result()
    return Ready(at, lambda tx: restored.recovered(tx, at.ctx, feeds.numbered(tx, number)))


ACTS = (
    *(_named(_given, code) for code in _FIRST),
    *(_named(_taken, code) for code in _THEN),
    *(tying, untying, reading_the_audit, explaining),
    *(asking_for_an_erase_no_more, hastening, braking_erasures, letting_erasures_go),
    *(finding_itself_restored, recovering),
)
