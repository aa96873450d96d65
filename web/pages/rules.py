"""The rules of release without an officer: what is in force, and the two steps by which two people change it."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response

from web.desk import FormHere, NotHere, Officer, OfficerHere, see_other
from web.views import Refused, RulesView

router = APIRouter()


@router.get("/rules")
async def rules(officer: OfficerHere) -> HTMLResponse:
    """What is in force, what was proposed, and what the file says otherwise."""
    return officer.page("rules.html", at="health", found=await _found(officer))


@router.get("/rules/propose")
async def sure_to_propose(officer: OfficerHere) -> HTMLResponse:
    """The difference once more, and the button."""
    change = (await _found(officer)).file
    if change is None or not change.may:
        raise NotHere
    return officer.page("rules_sure.html", at="health", act="rules_propose", change=change)


@router.post("/rules/propose")
async def propose(officer: OfficerHere, form: FormHere) -> Response:
    """Proposes exactly what the page showed; nothing is in force by it."""
    return _answer(officer, await officer.office.propose_rules(officer.who, digest=form.one("digest")))


@router.get("/rules/agree")
async def sure_to_agree(officer: OfficerHere) -> HTMLResponse:
    """The difference once more, and the button."""
    change = (await _found(officer)).proposed
    if change is None or not change.may:
        raise NotHere
    return officer.page("rules_sure.html", at="health", act="rules_agree", change=change)


@router.post("/rules/agree")
async def agree(officer: OfficerHere, form: FormHere) -> Response:
    """The second person's yes to exactly what the page showed."""
    return _answer(officer, await officer.office.agree_rules(officer.who, digest=form.one("digest")))


async def _found(officer: Officer) -> RulesView:
    found = await officer.office.rules(officer.who)
    if found is None:
        raise NotHere
    return found


def _answer(officer: Officer, outcome: Refused | bool) -> Response:
    """Where there was nothing of the kind any more, the page says how things stand now."""
    if isinstance(outcome, Refused):
        return officer.refused(outcome, "/rules")
    return see_other("/rules")
