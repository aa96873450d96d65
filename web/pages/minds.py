"""Changing one's mind about who may know what this port said, and opening what was withdrawn: a draft and its plan, or an audit entry."""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response

from web.desk import FormHere, NotHere, Officer, OfficerHere, see_other
from web.forms import EMPTY, Form
from web.pages.watch import open_record
from web.problems import by_field
from web.reading import Reader, read_label
from web.views import FieldError, Made, RecordView, Refused, Rejected
from web.words.fates import UNSEAL_REASON

router = APIRouter()


@router.get("/records/{record}/audience")
async def choosing(officer: OfficerHere, record: str) -> HTMLResponse:
    """Who may know it from now on."""
    return await _chooser(officer, await _movable(officer, record))


@router.post("/records/{record}/audience")
async def choose(officer: OfficerHere, form: FormHere, record: str) -> Response:
    """Keeps the draft of the move and shows its plan."""
    found = await _movable(officer, record)
    read = Reader(form)
    choice = read_label(read, await officer.office.menu(officer.who, found.row.kind))
    if read.errors:
        return await _chooser(officer, found, form, read.errors)
    outcome = await officer.office.move(officer.who, record, choice)
    if isinstance(outcome, Rejected):
        return await _chooser(officer, found, form, outcome.errors)
    return _kept(officer, outcome, record)


@router.get("/records/{record}/sealed")
async def sealed(officer: OfficerHere, record: str) -> HTMLResponse:
    """Why should it be opened."""
    return _reasons(officer, await _sealed(officer, record))


@router.post("/records/{record}/sealed")
async def unseal(officer: OfficerHere, form: FormHere, record: str) -> Response:
    """Opens it for this one answer."""
    found, reason = await _sealed(officer, record), form.one("reason")
    if reason not in UNSEAL_REASON:
        return _reasons(officer, found, missing=True)
    outcome = await officer.office.unseal(officer.who, record, reason=int(reason))
    if outcome is None:
        raise NotHere
    if isinstance(outcome, Refused):
        return officer.refused(outcome, f"/records/{record}")
    return officer.page(
        "unsealed.html", at="watch", labels=(outcome.row.label,), record=outcome, reason=reason
    )


async def _movable(officer: Officer, record: str) -> RecordView:
    found = await open_record(officer, record)
    if not found.may_correct:
        raise NotHere
    return found


async def _sealed(officer: Officer, record: str) -> RecordView:
    found = await open_record(officer, record)
    if not found.may_unseal:
        raise NotHere
    return found


async def _chooser(
    officer: Officer, found: RecordView, form: Form = EMPTY, errors: Iterable[FieldError] = ()
) -> HTMLResponse:
    wrong = by_field(errors)
    return officer.page(
        "audience.html",
        at="watch",
        labels=(found.row.label,),
        status=422 if wrong else 200,
        record=found,
        menu=await officer.office.menu(officer.who, found.row.kind),
        form=form,
        errors=wrong,
    )


def _reasons(officer: Officer, found: RecordView, *, missing: bool = False) -> HTMLResponse:
    return officer.page(
        "sealed.html",
        at="watch",
        labels=(found.row.label,),
        status=422 if missing else 200,
        record=found,
        reasons=UNSEAL_REASON,
        missing=missing,
    )


def _kept(officer: Officer, outcome: Made | Refused | None, record: str) -> Response:
    if outcome is None:
        raise NotHere
    if isinstance(outcome, Refused):
        return officer.refused(outcome, f"/records/{record}")
    return see_other(f"/drafts/{outcome.draft}")
