"""Taking back what this port released. Never needs a second person, always a reason code."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response

from web.desk import FormHere, NotHere, Officer, OfficerHere, see_other
from web.pages.watch import open_record
from web.views import RecordView, Refused
from web.words.fates import RETRACT_REASON

router = APIRouter()


@router.get("/records/{record}/withdraw")
async def ask(officer: OfficerHere, record: str) -> HTMLResponse:
    """What withdrawing does, and the reasons."""
    return _page(officer, await _withdrawable(officer, record))


@router.post("/records/{record}/withdraw")
async def withdraw(officer: OfficerHere, form: FormHere, record: str) -> Response:
    """Withdraws it everywhere."""
    found = await _withdrawable(officer, record)
    reason = form.one("reason")
    if reason not in RETRACT_REASON:
        return _page(officer, found, missing=True)
    outcome = await officer.office.retract(officer.who, found.row.id, reason=int(reason))
    if outcome is None:
        raise NotHere
    if isinstance(outcome, Refused):
        return officer.refused(outcome, f"/records/{record}")
    return see_other(f"/records/{found.row.id}")


async def _withdrawable(officer: Officer, record: str) -> RecordView:
    found = await open_record(officer, record)
    if not found.may_withdraw:
        raise NotHere
    return found


def _page(officer: Officer, found: RecordView, *, missing: bool = False) -> HTMLResponse:
    return officer.page(
        "withdraw.html",
        at="watch",
        labels=(found.row.label,),
        status=422 if missing else 200,
        record=found,
        reasons=RETRACT_REASON,
        missing=missing,
    )
