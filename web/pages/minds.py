"""Changing one's mind about what this port said, and opening what was withdrawn. Both end in a draft and its plan, or in an audit entry."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response

from web.desk import FormHere, NotHere, Officer, OfficerHere, see_other
from web.forms import EMPTY, Form, form_of
from web.pages.watch import open_record, record_id
from web.reading import ACTION_MAX, TEXT_MAX, TITLE_MAX, Reader, read_label
from web.views import Correction, FieldError, Made, RecordView, Refused, Rejected
from web.words import CERTAINTY, SEVERITY, UNSEAL_REASON, URGENCY

router = APIRouter()
REASON_MAX = 400


@router.get("/records/{record}/correct")
async def correcting(officer: OfficerHere, record: str) -> HTMLResponse:
    """What it says now, to be put right."""
    said = await _correctable(officer, record)
    fields = [
        (name, getattr(said, name))
        for name in ("title", "description", "action", "severity", "certainty", "urgency")
    ]
    return await _correction(officer, record, said, form_of(fields))


@router.post("/records/{record}/correct")
async def correct(officer: OfficerHere, form: FormHere, record: str) -> Response:
    """Keeps the draft of the next version, or shows the form again."""
    said = await _correctable(officer, record)
    read = Reader(form)
    after = replace(
        said,
        title=read.text("title", TITLE_MAX, required=True),
        description=read.text("description", TEXT_MAX, required=bool(said.description)),
        reason=read.text("reason", REASON_MAX, required=True),
        removes=form.ticked("removes"),
    )
    if said.kind == "alert":
        after = replace(
            after,
            action=read.text("action", ACTION_MAX),
            severity=read.choice("severity", SEVERITY),
            certainty=read.choice("certainty", CERTAINTY),
            urgency=read.choice("urgency", URGENCY),
        )
    if read.errors:
        return await _correction(officer, record, said, form, read.errors)
    outcome = await officer.office.correct(officer.who, record, after)
    if isinstance(outcome, Rejected):
        return await _correction(officer, record, said, form, outcome.errors)
    return _kept(officer, outcome, record)


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
        return _refused(officer, outcome, record)
    return officer.page(
        "unsealed.html", at="watch", labels=(outcome.row.label,), record=outcome, reason=reason
    )


async def _correctable(officer: Officer, record: str) -> Correction:
    found = await officer.office.correctable(officer.who, record_id(record))
    if found is None:
        raise NotHere
    return found


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


async def _correction(
    officer: Officer, record: str, said: Correction, form: Form, errors: Iterable[FieldError] = ()
) -> HTMLResponse:
    found = await open_record(officer, record)
    wrong = {error.field: error for error in reversed(tuple(errors))}
    return officer.page(
        "correct.html",
        at="watch",
        labels=(found.row.label,),
        status=422 if wrong else 200,
        record=found,
        said=said,
        form=form,
        errors=wrong,
    )


async def _chooser(
    officer: Officer, found: RecordView, form: Form = EMPTY, errors: Iterable[FieldError] = ()
) -> HTMLResponse:
    wrong = {error.field: error for error in reversed(tuple(errors))}
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
        return _refused(officer, outcome, record)
    return see_other(f"/drafts/{outcome.draft}")


def _refused(officer: Officer, outcome: Refused, record: str) -> HTMLResponse:
    return officer.page(
        "refused.html", status=409, refused=outcome, back=f"/records/{record}", relabel="", record=""
    )
