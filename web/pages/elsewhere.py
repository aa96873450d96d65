"""A second person at another port: asking there from the page of a draft, and answering here what others ask."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from starlette.responses import HTMLResponse, Response

from web.desk import FormHere, NotHere, Officer, OfficerHere, checked_form, plain_id, see_other
from web.forms import EMPTY, Form
from web.pages.drafts import draft_id, not_made, plan_page
from web.problems import by_field
from web.reading import Reader
from web.views import FieldError, Made, PlanChanged, QuestionView, Refused, Rejected

router = APIRouter()
REASON_MAX = 400


@router.post("/drafts/{draft}/elsewhere")
async def ask(officer: OfficerHere, form: FormHere, draft: str) -> Response:
    """Asks the port that was chosen about exactly what was shown."""
    digest, port = form.one("digest")[:128], form.one("port")[:64]
    outcome = await officer.office.ask_elsewhere(officer.who, draft_id(draft), port=port, digest=digest)
    match outcome:
        case None:
            raise NotHere
        case Refused():
            return not_made(officer, draft, outcome)
        case PlanChanged(plan=plan):
            return plan_page(officer, plan, seen=form.all("seen"))
        case Made():
            return see_other(f"/drafts/{draft}")


@router.post("/drafts/{draft}/elsewhere/{question}/take-back", dependencies=[Depends(checked_form)])
async def take_back(officer: OfficerHere, draft: str, question: str) -> Response:
    """That port is asked no more."""
    if not await officer.office.take_back_question(officer.who, draft_id(draft), plain_id(question)):
        raise NotHere
    return see_other(f"/drafts/{draft}")


@router.get("/asked")
async def asked(officer: OfficerHere) -> HTMLResponse:
    """What other ports ask."""
    rows = await officer.office.asked_of_us(officer.who)
    return officer.page("asked.html", at="drafts", labels=tuple(row.label for row in rows), rows=rows)


@router.get("/asked/{question}")
async def question(officer: OfficerHere, question: str) -> HTMLResponse:
    """One of it: the draft, and who would see it."""
    return _page(officer, await _found(officer, question), EMPTY)


@router.post("/asked/{question}/approve")
async def approve(officer: OfficerHere, form: FormHere, question: str) -> Response:
    """The second person's yes to exactly what was shown."""
    outcome = await officer.office.answer_question(
        officer.who, plain_id(question), leaf=form.one("leaf")[:128]
    )
    return _answered(officer, outcome)


@router.post("/asked/{question}/return")
async def send_back(officer: OfficerHere, form: FormHere, question: str) -> Response:
    """Back to who asked, with a reason."""
    found, read = await _found(officer, question), Reader(form)
    reason = read.text("reason", REASON_MAX, required=True)
    if "\n" in reason:
        reason = " ".join(reason.split())
    if read.errors:
        return _page(officer, found, form, tuple(read.errors))
    leaf = form.one("leaf")[:128]
    outcome = await officer.office.answer_question(officer.who, plain_id(question), leaf=leaf, reason=reason)
    if isinstance(outcome, Rejected):
        return _page(officer, found, form, outcome.errors)
    return _answered(officer, outcome)


def _answered(officer: Officer, outcome: Rejected | Refused | bool) -> Response:
    if isinstance(outcome, Refused):
        return officer.refused(outcome, "/asked", at="drafts")
    if outcome is not True:
        raise NotHere
    return see_other("/asked")


async def _found(officer: Officer, question: str) -> QuestionView:
    found = await officer.office.question(officer.who, plain_id(question))
    if found is None:
        raise NotHere
    return found


def _page(
    officer: Officer, found: QuestionView, form: Form, errors: tuple[FieldError, ...] = ()
) -> HTMLResponse:
    return officer.page(
        "question.html",
        at="drafts",
        labels=(found.row.label,),
        status=422 if errors else 200,
        asked=found,
        row=found.row,
        form=form,
        errors=by_field(errors),
    )
