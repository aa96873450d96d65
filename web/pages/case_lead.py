"""Who leads a case: another lead is named, one steps down, and the lead of a case that nobody can lead is taken."""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import APIRouter, Depends
from starlette.responses import HTMLResponse, Response

from node.commands.open_case import LEADS_FOR_MS
from node.commands.review_conduct import WORDS_MAX
from protocol.ids import UnixMs
from web.desk import FormHere, NotHere, Officer, OfficerHere, checked_form, plain_id
from web.forms import EMPTY, Form
from web.pages.cases import case_found, case_page, form_page
from web.pages.person import last_day
from web.reading import Reader
from web.views import FieldError, NameLead, StepDown, TakeLead

router = APIRouter()


@router.post("/cases/{case}/leads")
async def name(officer: OfficerHere, form: FormHere, case: str) -> Response:
    """Another one leads it too, to the end of a day."""
    found, read = await case_found(officer, case), Reader(form)
    person = read.choice("lead", tuple(one.id for one in found.candidates))
    until = _until(officer, read)
    if read.errors:
        return case_page(officer, found, form, read.errors, cursor=await officer.cursor())
    done = await officer.office.change_case(officer.who, plain_id(case), NameLead(person, until))
    return officer.done(done, f"/cases/{case}")


@router.post("/cases/{case}/leads/end", dependencies=[Depends(checked_form)])
async def step_down(officer: OfficerHere, case: str) -> Response:
    """Whoever asks leads it no more."""
    done = await officer.office.change_case(officer.who, plain_id(case), StepDown())
    return officer.done(done, "/cases")


@router.get("/cases/{case}/lead")
async def taking(officer: OfficerHere, case: str) -> HTMLResponse:
    """What taking the lead does, and why."""
    return await _take(officer, case, EMPTY)


@router.post("/cases/{case}/lead")
async def take(officer: OfficerHere, form: FormHere, case: str) -> Response:
    """Takes it."""
    read = Reader(form)
    reason = read.text("reason", WORDS_MAX, required=True)
    if read.errors:
        return await _take(officer, case, form, read.errors)
    done = await officer.office.change_case(officer.who, plain_id(case), TakeLead(reason))
    return officer.done(done, f"/cases/{case}" if done is True else "/cases")


def _until(officer: Officer, read: Reader) -> UnixMs:
    until = last_day(officer, read, "lead_until")
    if until > officer.desk.settings.now_ms() + LEADS_FOR_MS:
        read.wrong("lead_until", "year")
    return until


async def _take(officer: Officer, case: str, form: Form, errors: Iterable[FieldError] = ()) -> HTMLResponse:
    line = await officer.office.leaderless(officer.who, plain_id(case))
    if line is None:
        raise NotHere
    return form_page(officer, "case_lead.html", form, errors, line=line)
