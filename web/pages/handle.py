"""Acting on an alert: one button a step, on its page."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from web.desk import FormHere, NotHere, OfficerHere, see_other
from web.pages.watch import record_id
from web.views import Refused
from web.words import VERDICT

router = APIRouter()
STEPS = frozenset({"claim", "guard", "close"})


@router.post("/records/{record}/handle")
async def handle(officer: OfficerHere, form: FormHere, record: str) -> Response:
    """Claims it, sends a guard, or closes it with a verdict."""
    step, verdict = form.one("step"), form.one("verdict")
    if step not in STEPS or (step == "close" and verdict not in VERDICT):
        raise NotHere
    outcome = await officer.office.handle(officer.who, record_id(record), step, verdict=verdict)
    if outcome is False:
        raise NotHere
    if isinstance(outcome, Refused):
        return officer.page(
            "refused.html", status=409, refused=outcome, back=f"/records/{record}", relabel="", record=""
        )
    return see_other(f"/records/{record}")
