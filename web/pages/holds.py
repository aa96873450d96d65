"""Holds by an authority's reference, and records that somebody contests."""

from __future__ import annotations

import re

from fastapi import APIRouter, Depends
from starlette.responses import HTMLResponse, Response

from web.desk import FormHere, NotHere, Officer, OfficerHere, checked_form
from web.forms import EMPTY, Form
from web.pages.watch import open_record, record_id
from web.problems import by_field
from web.reading import Reader
from web.views import FieldError, HoldView, RecordView

router = APIRouter()
REFERENCE_MAX = 80
_HOLD = re.compile(r"[0-9a-f]{32}-[0-9a-f]{32}-[0-9a-f]{32}")


@router.get("/holds")
async def holds(officer: OfficerHere) -> HTMLResponse:
    """What is on hold, and what waits for a second person."""
    officer.need("hold")
    return officer.page("holds.html", at="drafts", holds=await officer.office.holds(officer.who))


@router.post("/holds/{hold}/confirm", dependencies=[Depends(checked_form)])
async def confirm(officer: OfficerHere, hold: str) -> Response:
    """The second person's yes to a hold, or to its end."""
    officer.need("hold")
    return officer.done(await officer.office.confirm_hold(officer.who, _hold_id(hold)), "/holds")


@router.post("/holds/{hold}/end", dependencies=[Depends(checked_form)])
async def end(officer: OfficerHere, hold: str) -> Response:
    """Asks for the end of a hold."""
    officer.need("hold")
    return officer.done(await officer.office.end_hold(officer.who, _hold_id(hold)), "/holds")


@router.post("/holds/{hold}/keep", dependencies=[Depends(checked_form)])
async def keep(officer: OfficerHere, hold: str) -> Response:
    """Takes back that a hold should end."""
    officer.need("hold")
    return officer.done(await officer.office.keep_hold(officer.who, _hold_id(hold)), "/holds")


@router.get("/holds/{hold}/another")
async def asking_again(officer: OfficerHere, hold: str) -> HTMLResponse:
    """The reference of another authority, for a record that is on hold and so has no page of its own."""
    await _addable(officer, hold)
    return _form(officer, EMPTY, back="/holds")


@router.post("/holds/{hold}/another")
async def ask_again(officer: OfficerHere, form: FormHere, hold: str) -> Response:
    """Asks for it; the record stays sealed until the last of its holds ended."""
    found, read = await _addable(officer, hold), Reader(form)
    reference = _reference(read)
    if read.errors:
        return _form(officer, form, tuple(read.errors), back="/holds")
    outcome = await officer.office.add_hold(officer.who, found.id, reference=reference)
    if outcome is False:
        return _form(officer, form, (FieldError("reference", "same_reference"),), back="/holds")
    return officer.done(outcome, "/holds")


@router.get("/records/{record}/hold")
async def asking(officer: OfficerHere, record: str) -> HTMLResponse:
    """What a hold does, and the authority's reference."""
    return _form(officer, EMPTY, back=f"/records/{record}", found=await _holdable(officer, record))


@router.post("/records/{record}/hold")
async def ask(officer: OfficerHere, form: FormHere, record: str) -> Response:
    """Asks for it; a second person puts it in force."""
    found, read = await _holdable(officer, record), Reader(form)
    reference = _reference(read)
    if read.errors:
        return _form(officer, form, tuple(read.errors), back=f"/records/{record}", found=found)
    outcome = await officer.office.ask_hold(officer.who, record, reference=reference)
    return officer.done(outcome, "/holds")


@router.post("/records/{record}/contested")
async def contest(officer: OfficerHere, form: FormHere, record: str) -> Response:
    """Marks it as contested, or ends that."""
    wanted = form.one("contested")
    if wanted not in {"yes", "no"}:
        raise NotHere  # no form of ours: nothing is marked, and nothing is ended
    outcome = await officer.office.contest(officer.who, record_id(record), contested=wanted == "yes")
    return officer.done(outcome, f"/records/{record}")


async def _holdable(officer: Officer, record: str) -> RecordView:
    found = await open_record(officer, record)
    if not found.may_hold:
        raise NotHere
    return found


async def _addable(officer: Officer, hold: str) -> HoldView:
    officer.need("hold")
    known = await officer.office.holds(officer.who)
    found = next((one for one in known if one.id == _hold_id(hold) and one.may_add), None)
    if found is None:
        raise NotHere
    return found


def _reference(read: Reader) -> str:
    reference = read.text("reference", REFERENCE_MAX, required=True)
    if "\n" in reference:
        read.wrong("reference", "control")
    return reference


def _form(
    officer: Officer,
    form: Form,
    errors: tuple[FieldError, ...] = (),
    *,
    back: str,
    found: RecordView | None = None,
) -> HTMLResponse:
    return officer.page(
        "hold.html",
        at="watch",
        labels=(found.row.label,) if found else (),
        status=422 if errors else 200,
        back=back,
        form=form,
        errors=by_field(errors),
    )


def _hold_id(text: str) -> str:
    if not _HOLD.fullmatch(text):
        raise NotHere
    return text
