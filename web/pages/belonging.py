"""Where people of this node sit and belong, who is close to whom, and what concerns them: seats, places, ties, declarations.

Guarantees that a plate, badge or address that was typed comes back in no answer.
"""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from node.commands.given import COMMITTEE
from policies.officers import Place, Seat, Tie
from protocol.errors import BadRecord
from protocol.identity import declared
from protocol.ids import UnixMs
from protocol.indicator import RAW_MAX
from web.desk import FormHere, OfficerHere
from web.forms import Form
from web.pages.person import done, found, known, last_day
from web.reading import Reader
from web.views import Concern, GivePlace, GiveSeat, TakePlace, TakeSeat, TieTo
from web.words.people import CONCERN, WHOSE

router = APIRouter()


@router.post("/people/{person}/seats")
async def give_seat(officer: OfficerHere, form: FormHere, person: str) -> Response:
    """A seat in a committee from now to the end of a day."""
    who, read = await found(officer, person), Reader(form)
    committee = form.one("committee")
    seat = read.choice("seat", tuple(Seat))
    if not COMMITTEE.fullmatch(committee):
        read.wrong("committee", "committee")
    return await done(officer, who, read, GiveSeat(seat, committee, last_day(officer, read, "seat_until")))


@router.post("/people/{person}/seats/take")
async def take_seat(officer: OfficerHere, form: FormHere, person: str) -> Response:
    """A seat that ends now."""
    who, seat = await found(officer, person), known(form, "seat", tuple(Seat))
    return await done(officer, who, Reader(form), TakeSeat(seat, form.one("committee")))


@router.post("/people/{person}/places")
async def give_place(officer: OfficerHere, form: FormHere, person: str) -> Response:
    """A place in a community to the end of a day, or out of it until that is taken back."""
    who, read = await found(officer, person), Reader(form)
    place = read.choice("place", tuple(Place))
    community = read.choice("community", tuple(each.id for each in who.communities))
    until = UnixMs(0) if place == Place.EXPELLED else last_day(officer, read, "place_until")
    return await done(officer, who, read, GivePlace(place, community, until))


@router.post("/people/{person}/places/take")
async def take_place(officer: OfficerHere, form: FormHere, person: str) -> Response:
    """A place, or an expulsion, that ends now."""
    who, place = await found(officer, person), known(form, "place", tuple(Place))
    return await done(officer, who, Reader(form), TakePlace(place, form.one("community")))


@router.post("/people/{person}/ties")
async def tie(officer: OfficerHere, form: FormHere, person: str) -> Response:
    """Two people who work here are relations or close colleagues."""
    who, read = await found(officer, person), Reader(form)
    other = read.choice("other", tuple(each.id for each in who.others))
    return await done(officer, who, read, TieTo(other, read.choice("tie", tuple(Tie))))


@router.post("/people/{person}/ties/end")
async def untie(officer: OfficerHere, form: FormHere, person: str) -> Response:
    """They are so no longer."""
    who, as_ = await found(officer, person), known(form, "tie", tuple(Tie))
    return await done(officer, who, Reader(form), TieTo(form.one("other"), as_, end=True))


@router.post("/people/{person}/concerns")
async def concern(officer: OfficerHere, form: FormHere, person: str) -> Response:
    """It concerns the person."""
    return await _concern(officer, form, person, end=False)


@router.post("/people/{person}/concerns/end")
async def concern_no_more(officer: OfficerHere, form: FormHere, person: str) -> Response:
    """It concerns the person no longer."""
    return await _concern(officer, form, person, end=True)


async def _concern(officer: OfficerHere, form: FormHere, person: str, *, end: bool) -> Response:
    who, read = await found(officer, person), Reader(form)
    kind, value = read.choice("kind", tuple(CONCERN)), read.text("value", RAW_MAX, required=True)
    whose = "oneself" if end else read.choice("whose", tuple(WHOSE))
    if not read.errors:
        try:
            declared(kind, value)
        except BadRecord:
            read.wrong("value", "badly_formed")
    read.form = Form({name: typed for name, typed in form.fields.items() if name != "value"})
    return await done(officer, who, read, Concern(kind=kind, value=value, whose=whose, end=end))
