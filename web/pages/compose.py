"""Raising an alert and entering a look-out. Both end in a draft and its release preview; nothing leaves here."""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response

from web import times
from web.desk import FormHere, Officer, OfficerHere, see_other, sent_files
from web.forms import EMPTY, Form
from web.problems import by_field
from web.reading import LOOKOUT_DAYS, read_alert, read_lookout
from web.uploads import FIELD, Sent
from web.views import FieldError, Made, Menu, Refused, Rejected

router = APIRouter()


@router.get("/alerts/new")
async def new_alert(officer: OfficerHere) -> HTMLResponse:
    """The empty form."""
    officer.need("raise_alert")
    return _alert(officer, await officer.office.menu(officer.who, "alert"), Sent(EMPTY))


@router.post("/alerts/new")
async def raise_alert(officer: OfficerHere) -> Response:
    """Keeps the draft with its files, or shows the form again with each error at its field."""
    officer.need("raise_alert")
    menu = await officer.office.menu(officer.who, "alert")
    settings = officer.desk.settings
    async with sent_files(officer) as sent:
        draft = read_alert(sent.form, menu, zone=settings.timezone, now=settings.now_ms())
        errors = (draft if isinstance(draft, tuple) else ()) + sent.errors
        if isinstance(draft, tuple) or errors:
            return _alert(officer, menu, sent, errors)
        outcome = await officer.office.raise_alert(officer.who, draft, sent.files)
        if isinstance(outcome, Rejected):
            return _alert(officer, menu, sent, outcome.errors)
    return _kept(officer, outcome, "/alerts/new")


@router.get("/look-outs")
async def lookouts(officer: OfficerHere) -> HTMLResponse:
    """What every port looks out for, and what came back."""
    cursor = await officer.cursor()
    found = await officer.office.lookouts(officer.who)
    labels = tuple(each.row.label for each in found)
    unheard = await officer.office.unheard(officer.who)
    return officer.page(
        "lookouts.html", at="lookouts", labels=labels, lookouts=found, unheard=unheard, cursor=cursor
    )


@router.get("/look-outs/new")
async def new_lookout(officer: OfficerHere) -> HTMLResponse:
    """The empty form."""
    officer.need("enter_indicator")
    return _lookout(officer, await officer.office.menu(officer.who, "indicator"), EMPTY)


@router.post("/look-outs/new")
async def enter_lookout(officer: OfficerHere, form: FormHere) -> Response:
    """Keeps the draft, or shows the form again."""
    officer.need("enter_indicator")
    menu = await officer.office.menu(officer.who, "indicator")
    draft = read_lookout(form, menu)
    if isinstance(draft, tuple):
        return _lookout(officer, menu, form, draft)
    outcome = await officer.office.enter_indicator(officer.who, draft)
    if isinstance(outcome, Rejected):
        return _lookout(officer, menu, form, outcome.errors)
    return _kept(officer, outcome, "/look-outs/new")


def _kept(officer: Officer, outcome: Made | Refused, back: str) -> Response:
    if isinstance(outcome, Refused):
        return officer.refused(outcome, back)
    return see_other(f"/drafts/{outcome.draft}")


def _alert(officer: Officer, menu: Menu, sent: Sent, errors: Iterable[FieldError] = ()) -> HTMLResponse:
    settings = officer.desk.settings
    now = times.local(settings.now_ms(), settings.timezone).strftime("%Y-%m-%dT%H:%M")
    errors = tuple(errors)
    if sent.files and all(error.field != FIELD for error in errors):
        errors += (FieldError(FIELD, "file_again"),)
    return _form(officer, "alert_new.html", "raise", menu, sent.form, errors, now_local=now)


def _lookout(officer: Officer, menu: Menu, form: Form, errors: Iterable[FieldError] = ()) -> HTMLResponse:
    return _form(officer, "lookout_new.html", "lookouts", menu, form, errors, days=LOOKOUT_DAYS)


def _form(
    officer: Officer,
    template: str,
    at: str,
    menu: Menu,
    form: Form,
    errors: Iterable[FieldError],
    *,
    now_local: str = "",
    days: tuple[int, ...] = (),
) -> HTMLResponse:
    wrong = by_field(errors)
    return officer.page(
        template,
        at=at,
        status=422 if wrong else 200,
        menu=menu,
        form=form,
        errors=wrong,
        fresh=form is EMPTY,
        now_local=now_local,
        days=days,
    )
