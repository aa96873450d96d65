"""What people did with cases, reviewed by who is told of it: another person's words, and what was put in taken out again."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from starlette.responses import Response

from node.commands.review_conduct import WORDS_MAX
from web.desk import FormHere, OfficerHere, checked_form, plain_id
from web.reading import Reader

router = APIRouter()


@router.post("/conduct/{entry}/review")
async def review(officer: OfficerHere, form: FormHere, entry: str) -> Response:
    """Another person's words on it."""
    read = Reader(form)
    words = read.text("words", WORDS_MAX, required=True)
    if read.errors:
        cursor, found = await officer.cursor(), await officer.office.cases(officer.who)
        wrong = {f"{error.field}-{entry}": error for error in read.errors}
        return officer.page(
            "cases.html", at="cases", status=422, found=found, cursor=cursor, form=form, errors=wrong
        )
    done = await officer.office.review_conduct(
        officer.who, plain_id(entry), words=words, take=form.ticked("take")
    )
    return officer.done(done, "/cases")


@router.post("/conduct/{entry}/take", dependencies=[Depends(checked_form)])
async def take(officer: OfficerHere, entry: str) -> Response:
    """What was put in, and reviewed, is in the case no longer."""
    return officer.done(await officer.office.take_by_review(officer.who, plain_id(entry)), "/cases")
