"""Handing a draft over to who may publish it, sending it back, and changing its text by the form of its kind."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from starlette.responses import HTMLResponse, Response

from node.commands.send_back import WORD_MAX
from web.desk import FormHere, NotHere, Officer, OfficerHere, checked_form, see_other
from web.forms import form_of
from web.pages.drafts import draft_id, show_plan
from web.pages.writing import sheet_page
from web.reading import Reader
from web.views import Refused, Rejected, Sheet

router = APIRouter()


@router.post("/drafts/{draft}/hand-over", dependencies=[Depends(checked_form)])
async def hand_over(officer: OfficerHere, draft: str) -> Response:
    """To whoever may publish it."""
    outcome = await officer.office.hand_over(officer.who, draft_id(draft))
    return officer.done(outcome, f"/drafts/{draft}")


@router.post("/drafts/{draft}/send-back")
async def send_back(officer: OfficerHere, form: FormHere, draft: str) -> Response:
    """To who wrote it, with a word."""
    read = Reader(form)
    word = " ".join(read.text("word", WORD_MAX, required=True).split())
    if read.errors:
        return await show_plan(officer, draft, errors=tuple(read.errors), form=form)
    outcome = await officer.office.send_back(officer.who, draft_id(draft), word=word)
    if isinstance(outcome, Rejected):
        return await show_plan(officer, draft, errors=outcome.errors, form=form)
    return officer.done(outcome, "/drafts")


@router.get("/drafts/{draft}/text")
async def opened(officer: OfficerHere, draft: str) -> HTMLResponse:
    """The form, as the draft has it."""
    sheet = await _rewritable(officer, draft)
    return await sheet_page(officer, sheet, form_of(sheet.values))


@router.post("/drafts/{draft}/text")
async def rewrite(officer: OfficerHere, form: FormHere, draft: str) -> Response:
    """Keeps what the form says now, or shows it again with each error at its place."""
    sheet = await _rewritable(officer, draft)
    if form.ticked("more"):
        return await sheet_page(officer, sheet, form)
    zone = officer.desk.settings.timezone
    outcome = await officer.office.rewrite(officer.who, draft, form, zone=zone)
    if isinstance(outcome, Rejected):
        return await sheet_page(officer, sheet, form, outcome.errors)
    if outcome is None:
        raise NotHere
    after = f"/drafts/{draft}"
    return officer.refused(outcome, after, at="drafts") if isinstance(outcome, Refused) else see_other(after)


async def _rewritable(officer: Officer, draft: str) -> Sheet:
    zone = officer.desk.settings.timezone
    found = await officer.office.rewritable(officer.who, draft_id(draft), zone=zone)
    if found is None:
        raise NotHere
    return found
