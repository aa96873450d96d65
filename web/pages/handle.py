"""Acting on a record, one button a step, on its page: handling an alert, answering what asks for it."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from starlette.responses import Response

from web.desk import FormHere, NotHere, OfficerHere, checked_form, see_other
from web.pages.watch import record_id
from web.views import Made, Refused
from web.words.fates import VERDICT

router = APIRouter()


@router.post("/records/{record}/acknowledge", dependencies=[Depends(checked_form)])
async def acknowledge(officer: OfficerHere, record: str) -> Response:
    """The first of two taps: the draft of the answer, to be released from its preview."""
    outcome = await officer.office.acknowledge(officer.who, record_id(record))
    match outcome:
        case Made(draft=draft):
            return see_other(f"/drafts/{draft}")
        case Refused():
            return officer.refused(outcome, f"/records/{record}")
        case _:
            raise NotHere


STEPS = frozenset({"claim", "guard", "close"})


@router.post("/records/{record}/handle")
async def handle(officer: OfficerHere, form: FormHere, record: str) -> Response:
    """Claims it, sends a guard, or closes it with a verdict."""
    step, verdict = form.one("step"), form.one("verdict")
    if step not in STEPS or (step == "close" and verdict not in VERDICT):
        raise NotHere
    outcome = await officer.office.handle(officer.who, record_id(record), step, verdict=verdict)
    return officer.done(outcome, f"/records/{record}")
