"""Erasing by two people: one asks on the page of a record, another one agrees, and all ports that may have had it are listed."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from starlette.responses import HTMLResponse, Response

from node.commands.erase import ASKED_FOR
from web.desk import FormHere, NotHere, Officer, OfficerHere, checked_form, plain_id
from web.forms import EMPTY, Form
from web.pages.watch import open_record
from web.reading import Reader
from web.views import ErasureChanged, FieldError, RecordView
from web.words.fates import ERASE_REASON

router = APIRouter()
REASONS = tuple(code for code in ERASE_REASON if int(code) in ASKED_FOR)
"""The others are a move's own."""


@router.get("/erasures")
async def erasures(officer: OfficerHere) -> HTMLResponse:
    """What waits for a second person, and who has confirmed what was erased."""
    return await _list(officer)


@router.post("/erasures/{record}/agree")
async def agree(officer: OfficerHere, form: FormHere, record: str) -> Response:
    """The second person's yes to exactly what the page showed."""
    outcome = await officer.office.agree_erasure(officer.who, plain_id(record), digest=form.one("digest"))
    if isinstance(outcome, ErasureChanged):
        return await _list(officer, outcome)
    return officer.done(outcome, "/erasures")


@router.post("/erasures/{record}/take-back", dependencies=[Depends(checked_form)])
async def take_back(officer: OfficerHere, record: str) -> Response:
    """Takes back what was asked for."""
    return officer.done(await officer.office.take_back_erasure(officer.who, plain_id(record)), "/erasures")


@router.get("/records/{record}/erase")
async def asking(officer: OfficerHere, record: str) -> HTMLResponse:
    """What erasing does, and the reason."""
    return _form(officer, await _erasable(officer, record), EMPTY)


@router.post("/records/{record}/erase")
async def ask(officer: OfficerHere, form: FormHere, record: str) -> Response:
    """Asks for it; nothing happens before a second person agrees."""
    found, read = await _erasable(officer, record), Reader(form)
    reason = read.choice("reason", REASONS)
    if read.errors:
        return _form(officer, found, form, tuple(read.errors))
    return officer.done(
        await officer.office.ask_erasure(officer.who, record, reason=int(reason)), "/erasures"
    )


async def _erasable(officer: Officer, record: str) -> RecordView:
    found = await open_record(officer, record)
    if not found.may_erase:
        raise NotHere
    return found


async def _list(officer: Officer, changed: ErasureChanged | None = None) -> HTMLResponse:
    officer.need("erase")
    found = await officer.office.erasures(officer.who)
    return officer.page(
        "erasures.html",
        at="drafts",
        labels=tuple(one.row.label for one in found.asked if one.row is not None),
        status=409 if changed else 200,
        found=found,
        changed=changed,
    )


def _form(
    officer: Officer, found: RecordView, form: Form, errors: tuple[FieldError, ...] = ()
) -> HTMLResponse:
    return officer.page(
        "erase.html",
        at="watch",
        labels=(found.row.label,),
        status=422 if errors else 200,
        record=found,
        reasons=REASONS,
        form=form,
        errors={error.field: error for error in errors},
    )
