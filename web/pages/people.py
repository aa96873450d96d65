"""People of this node: a list, and a page for each with small forms, for those who administer them. Here what people are and when on
duty: roles, shifts, clearances.
"""

from __future__ import annotations

import re

from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response

from node.commands.given import BODY_MAX
from node.commands.roster import LONGEST_MS
from policies.officers import Role
from protocol.ids import UnixMs
from protocol.label import LEVEL_NAMED, POLICIES, PURPOSES
from web.desk import FormHere, NotHere, OfficerHere
from web.pages.person import done, found, known, last_day, moment, page, ticked
from web.reading import Reader
from web.views import AddShift, EndClearance, EndShift, GiveRole, SetClearance, TakeRole

router = APIRouter()
_MOMENT = re.compile(r"[0-9]{1,15}")


@router.get("/people")
async def people(officer: OfficerHere) -> HTMLResponse:
    """Everybody with an account, by login, and who is on duty when."""
    officer.need("people")
    told = await officer.office.people(officer.who)
    if told is None:
        raise NotHere
    shifts = sorted(
        ((shift, one) for one in told.people for shift in one.shifts), key=lambda each: each[0].from_ms
    )
    return officer.page("people.html", at="people", people=told.people, told=told, shifts=shifts)


@router.get("/people/{person}")
async def person(officer: OfficerHere, person: str) -> HTMLResponse:
    """One of them."""
    return page(officer, await found(officer, person))


@router.post("/people/{person}/roles")
async def give_role(officer: OfficerHere, form: FormHere, person: str) -> Response:
    """A role from now to the end of a day."""
    who, read = await found(officer, person), Reader(form)
    change = GiveRole(read.choice("role", tuple(Role)), last_day(officer, read, "role_until"))
    return await done(officer, who, read, change)


@router.post("/people/{person}/roles/take")
async def take_role(officer: OfficerHere, form: FormHere, person: str) -> Response:
    """A role that ends now."""
    who = await found(officer, person)
    return await done(officer, who, Reader(form), TakeRole(known(form, "role", tuple(Role))))


@router.post("/people/{person}/shifts")
async def add_shift(officer: OfficerHere, form: FormHere, person: str) -> Response:
    """From and until, wall time of this node."""
    who, read = await found(officer, person), Reader(form)
    begins, until = moment(officer, read, "shift_from"), moment(officer, read, "shift_until")
    if not read.errors and not 0 < until - begins <= LONGEST_MS:
        read.wrong("shift_until", "shift_length")
    elif not read.errors and until <= officer.desk.settings.now_ms():
        read.wrong("shift_until", "past")
    return await done(officer, who, read, AddShift(begins, until))


@router.post("/people/{person}/shifts/end")
async def end_shift(officer: OfficerHere, form: FormHere, person: str) -> Response:
    """Off the roster; over at once where it goes on."""
    who, begins = await found(officer, person), form.one("from")
    if not _MOMENT.fullmatch(begins):
        raise NotHere
    return await done(officer, who, Reader(form), EndShift(UnixMs(int(begins))))


@router.post("/people/{person}/clearances")
async def set_clearance(officer: OfficerHere, form: FormHere, person: str) -> Response:
    """As a body verified it, in the place of the one under the same marking."""
    who, read = await found(officer, person), Reader(form)
    change = SetClearance(
        policy=read.choice("policy", POLICIES),
        level=read.choice("level", LEVEL_NAMED),
        compartments=ticked(read, "compartments", frozenset(who.compartments)),
        purposes=ticked(read, "purposes", PURPOSES, required=True),
        until_ms=last_day(officer, read, "cleared_until"),
        verified_by=read.text("verified_by", BODY_MAX, required=True),
    )
    if "\n" in change.verified_by:
        read.wrong("verified_by", "control")
    return await done(officer, who, read, change)


@router.post("/people/{person}/clearances/end")
async def end_clearance(officer: OfficerHere, form: FormHere, person: str) -> Response:
    """A clearance that ends now."""
    who = await found(officer, person)
    return await done(officer, who, Reader(form), EndClearance(known(form, "policy", POLICIES)))
