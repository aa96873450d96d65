"""People of this node: a list, and a page for each with small forms, for those who administer them."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date, datetime, timedelta

from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response

from node.commands.roster import LONGEST_MS
from policies.officers import Role
from protocol.ids import UnixMs
from protocol.label import LEVEL_NAMED, POLICIES, PURPOSES
from web.desk import FormHere, NotHere, Officer, OfficerHere, see_other
from web.forms import EMPTY, Form
from web.reading import Reader
from web.views import (
    AddShift,
    EndClearance,
    EndShift,
    FieldError,
    GiveRole,
    PersonChange,
    PersonView,
    Refused,
    SetClearance,
    Suspend,
    TakeRole,
)

router = APIRouter()
BODY_NAME_MAX = 80
_PERSON = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MOMENT = re.compile(r"[0-9]{1,15}")
_YEARS = range(1970, 9000)


@router.get("/people")
async def people(officer: OfficerHere) -> HTMLResponse:
    """Everybody with an open account, by login."""
    officer.need("people")
    found = await officer.office.people(officer.who)
    if found is None:
        raise NotHere
    return officer.page("people.html", at="people", people=found)


@router.get("/people/{person}")
async def person(officer: OfficerHere, person: str) -> HTMLResponse:
    """One of them."""
    return _page(officer, await _found(officer, person))


@router.post("/people/{person}/roles")
async def give_role(officer: OfficerHere, form: FormHere, person: str) -> Response:
    """A role from now to the end of a day."""
    found, read = await _found(officer, person), Reader(form)
    change = GiveRole(read.choice("role", tuple(Role)), _last_day(officer, read, "role_until"))
    return await _done(officer, found, read, change)


@router.post("/people/{person}/roles/take")
async def take_role(officer: OfficerHere, form: FormHere, person: str) -> Response:
    """A role that ends now."""
    change = TakeRole(_known(form, "role", tuple(Role)))
    return await _done(officer, await _found(officer, person), Reader(form), change)


@router.post("/people/{person}/shifts")
async def add_shift(officer: OfficerHere, form: FormHere, person: str) -> Response:
    """From and until, wall time of this node."""
    found, read = await _found(officer, person), Reader(form)
    begins, until = _moment(officer, read, "shift_from"), _moment(officer, read, "shift_until")
    if not read.errors and not 0 < until - begins <= LONGEST_MS:
        read.wrong("shift_until", "shift_length")
    elif not read.errors and until <= officer.desk.settings.now_ms():
        read.wrong("shift_until", "past")
    return await _done(officer, found, read, AddShift(begins, until))


@router.post("/people/{person}/shifts/end")
async def end_shift(officer: OfficerHere, form: FormHere, person: str) -> Response:
    """Off the roster; over at once where it goes on."""
    found, begins = await _found(officer, person), form.one("from")
    if not _MOMENT.fullmatch(begins):
        raise NotHere
    return await _done(officer, found, Reader(form), EndShift(UnixMs(int(begins))))


@router.post("/people/{person}/clearances")
async def set_clearance(officer: OfficerHere, form: FormHere, person: str) -> Response:
    """As a body verified it, in the place of the one under the same marking."""
    found, read = await _found(officer, person), Reader(form)
    change = SetClearance(
        policy=read.choice("policy", POLICIES),
        level=read.choice("level", LEVEL_NAMED),
        compartments=_ticked(read, "compartments", frozenset(found.compartments)),
        purposes=_ticked(read, "purposes", PURPOSES, required=True),
        until_ms=_last_day(officer, read, "cleared_until"),
        verified_by=read.text("verified_by", BODY_NAME_MAX, required=True),
    )
    if "\n" in change.verified_by:
        read.wrong("verified_by", "control")
    return await _done(officer, found, read, change)


@router.post("/people/{person}/clearances/end")
async def end_clearance(officer: OfficerHere, form: FormHere, person: str) -> Response:
    """A clearance that ends now."""
    change = EndClearance(_known(form, "policy", POLICIES))
    return await _done(officer, await _found(officer, person), Reader(form), change)


@router.post("/people/{person}/suspend")
async def suspend(officer: OfficerHere, form: FormHere, person: str) -> Response:
    """All that the person is here, until `resume`."""
    return await _done(officer, await _found(officer, person), Reader(form), Suspend())


@router.post("/people/{person}/resume")
async def resume(officer: OfficerHere, form: FormHere, person: str) -> Response:
    """The end of a suspension."""
    return await _done(officer, await _found(officer, person), Reader(form), Suspend(end=True))


async def _found(officer: Officer, person: str) -> PersonView:
    officer.need("people")
    found = await officer.office.person(officer.who, person) if _PERSON.fullmatch(person) else None
    if found is None:
        raise NotHere
    return found


async def _done(officer: Officer, found: PersonView, read: Reader, change: PersonChange) -> Response:
    """Carries a change out, or shows at which field and in which words it was not."""
    if read.errors:
        return _page(officer, found, form=read.form, errors=tuple(read.errors))
    outcome = await officer.office.change_person(officer.who, found.id, change)
    if outcome is False:
        raise NotHere
    if isinstance(outcome, Refused):
        return _page(officer, found, form=read.form, refused=outcome)
    return see_other(f"/people/{found.id}")


def _page(
    officer: Officer,
    found: PersonView,
    *,
    form: Form = EMPTY,
    errors: tuple[FieldError, ...] = (),
    refused: Refused | None = None,
) -> HTMLResponse:
    return officer.page(
        "person.html",
        at="people",
        status=422 if errors else 409 if refused else 200,
        person=found,
        form=form,
        errors={error.field: error for error in reversed(errors)},
        refused=refused,
        roles=tuple(map(str, Role)),
        policies=[(policy, policy) for policy in sorted(POLICIES)],
        compartments=[(name, name) for name in found.compartments],
        levels=tuple(LEVEL_NAMED),
        purposes=sorted(PURPOSES),
    )


def _last_day(officer: Officer, read: Reader, name: str) -> UnixMs:
    """The end of a day of this node's zone, which is still to come."""
    try:
        day = date.fromisoformat(read.form.one(name))
    except ValueError:
        day = None
    if day is None or day.year not in _YEARS:
        read.wrong(name, "bad_day")
        return UnixMs(0)
    after = day + timedelta(days=1)
    zone = officer.desk.settings.timezone
    end = UnixMs(int(datetime(after.year, after.month, after.day, tzinfo=zone).timestamp() * 1000))
    if end <= officer.desk.settings.now_ms():
        read.wrong(name, "past")
    return end


def _moment(officer: Officer, read: Reader, name: str) -> UnixMs:
    """A minute of this node's wall clock."""
    try:
        at = datetime.fromisoformat(read.form.one(name))
    except ValueError:
        at = None
    if at is None or at.year not in _YEARS:
        read.wrong(name, "bad_time")
        return UnixMs(0)
    return UnixMs(int(at.replace(tzinfo=officer.desk.settings.timezone).timestamp() * 1000))


def _ticked(read: Reader, name: str, allowed: Collection[str], *, required: bool = False) -> frozenset[str]:
    """Which of a closed list are ticked."""
    chosen = frozenset(read.form.all(name))
    if not chosen <= frozenset(allowed):
        read.wrong(name, "not_listed")
    elif required and not chosen:
        read.wrong(name, "choose")
    return chosen


def _known(form: Form, name: str, allowed: Collection[str]) -> str:
    """What a button of ours sends; anything else is no page of ours."""
    value = form.one(name)
    if value not in allowed:
        raise NotHere
    return value
