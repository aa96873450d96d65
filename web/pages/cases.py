"""Cases: their list, one of them, what goes in and out, and breaking the glass."""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import APIRouter, Depends
from starlette.responses import HTMLResponse, Response

from node.commands.open_case import NAME_MAX
from node.commands.review_conduct import WORDS_MAX
from policies.cases import GLASS_MAX_MS
from protocol.label import PURPOSES
from web.desk import FormHere, NotHere, Officer, OfficerHere, checked_form, plain_id, see_other
from web.forms import EMPTY, Form
from web.pages.person import last_day, person_id, ticked
from web.pages.watch import open_record, record_id
from web.problems import by_field
from web.reading import Reader
from web.views import (
    BreakGlass,
    CaseChange,
    CasesView,
    CaseView,
    CloseCase,
    FieldError,
    Made,
    PutIn,
    ReadIn,
    ReadOut,
    TakeOut,
)

router = APIRouter()
HOURS = tuple(str(hours + 1) for hours in range(GLASS_MAX_MS // 3_600_000))


@router.get("/cases")
async def cases(officer: OfficerHere) -> HTMLResponse:
    """What the officer reads, whose glass he may break, and what waits for his review."""
    cursor = await officer.cursor()
    found = await officer.office.cases(officer.who)
    return officer.page("cases.html", at="cases", found=found, cursor=cursor, form=EMPTY, errors={})


@router.get("/cases/new")
async def opening(officer: OfficerHere) -> HTMLResponse:
    """The form of a new case."""
    return _new(officer, await _may_open(officer), EMPTY)


@router.post("/cases/new")
async def open_case(officer: OfficerHere, form: FormHere) -> Response:
    """Opens it, or shows the form again."""
    found, read = await _may_open(officer), Reader(form)
    name = read.text("name", NAME_MAX, required=True)
    if "\n" in name:
        read.wrong("name", "control")
    circle = read.choice("circle", tuple(one.id for one in found.circles))
    lead = read.choice("lead", tuple(one.id for one in found.people))
    if read.errors:
        return _new(officer, found, form, read.errors)
    outcome = await officer.office.open_case(officer.who, name=name, circle=circle, lead=lead)
    if isinstance(outcome, Made):
        return see_other("/cases")
    return officer.done(outcome or False, "/cases")


@router.get("/cases/{case}")
async def case(officer: OfficerHere, case: str) -> HTMLResponse:
    """One that the officer reads."""
    cursor = await officer.cursor()
    return case_page(officer, await case_found(officer, case), EMPTY, cursor=cursor)


@router.post("/cases/{case}/people")
async def read_in(officer: OfficerHere, form: FormHere, case: str) -> Response:
    """Reads somebody in, to the end of a day."""
    found, read = await case_found(officer, case), Reader(form)
    change = ReadIn(
        person=read.choice("person", tuple(one.id for one in found.candidates)),
        purposes=ticked(read, "purposes", PURPOSES, required=True),
        until_ms=last_day(officer, read, "until"),
    )
    if read.errors:
        return case_page(officer, found, form, read.errors, cursor=await officer.cursor())
    return await _changed(officer, case, change)


@router.post("/cases/{case}/people/out")
async def read_out(officer: OfficerHere, form: FormHere, case: str) -> Response:
    """Reads somebody out, at once."""
    person = person_id(form.one("person"))
    return await _changed(officer, case, ReadOut(person, conflict=form.one("why") == "conflicted"))


@router.post("/cases/{case}/take")
async def take(officer: OfficerHere, form: FormHere, case: str) -> Response:
    """A record that is in it no longer."""
    return await _changed(officer, case, TakeOut(record_id(form.one("record"))))


@router.post("/cases/{case}/close", dependencies=[Depends(checked_form)])
async def close(officer: OfficerHere, case: str) -> Response:
    """No more is read in or put in."""
    return await _changed(officer, case, CloseCase())


@router.get("/cases/{case}/glass")
async def glass(officer: OfficerHere, case: str) -> HTMLResponse:
    """What breaking the glass does, the reason, and for how long."""
    return await _glass(officer, case, EMPTY)


@router.post("/cases/{case}/glass")
async def break_glass(officer: OfficerHere, form: FormHere, case: str) -> Response:
    """Breaks it."""
    read = Reader(form)
    reason = read.text("reason", WORDS_MAX, required=True)
    hours = read.choice("hours", HOURS)
    if read.errors:
        return await _glass(officer, case, form, read.errors)
    outcome = await officer.office.change_case(officer.who, plain_id(case), BreakGlass(reason, int(hours)))
    return officer.done(outcome, f"/cases/{case}" if outcome is True else "/cases")


@router.get("/records/{record}/case")
async def putting(officer: OfficerHere, record: str) -> HTMLResponse:
    """Which case it goes into, and what that does."""
    return await _put(officer, record, EMPTY)


@router.post("/records/{record}/case")
async def put(officer: OfficerHere, form: FormHere, record: str) -> Response:
    """Puts it in."""
    read = Reader(form)
    found = await officer.office.puttable(officer.who)
    chosen = read.choice("case", tuple(one.id for one in found.cases))
    if read.errors:
        return await _put(officer, record, form, read.errors)
    outcome = await officer.office.change_case(officer.who, chosen, PutIn(record_id(record)))
    return officer.done(outcome, f"/cases/{chosen}" if outcome is True else f"/records/{record}")


async def case_found(officer: Officer, case: str) -> CaseView:
    """One that the officer reads, else `NotHere`."""
    found = await officer.office.case(officer.who, plain_id(case))
    if found is None:
        raise NotHere
    return found


async def _may_open(officer: Officer) -> CasesView:
    found = await officer.office.cases(officer.who)
    if not found.may_open:
        raise NotHere
    return found


async def _changed(officer: Officer, case: str, change: CaseChange) -> Response:
    outcome = await officer.office.change_case(officer.who, plain_id(case), change)
    return officer.done(outcome, f"/cases/{case}")


async def _glass(officer: Officer, case: str, form: Form, errors: Iterable[FieldError] = ()) -> HTMLResponse:
    line = await officer.office.glass_of(officer.who, plain_id(case))
    if line is None:
        raise NotHere
    return form_page(officer, "glass.html", form, errors, line=line, hours=HOURS)


async def _put(officer: Officer, record: str, form: Form, errors: Iterable[FieldError] = ()) -> HTMLResponse:
    found = await open_record(officer, record)
    if not found.may_put:
        raise NotHere
    puttable = await officer.office.puttable(officer.who, record_id(record))
    return form_page(
        officer,
        "case_put.html",
        form,
        errors,
        labels=(found.row.label,),
        record=found,
        choices=[(one.id, one.name) for one in puttable.cases],
        told=puttable.told,
        follow=puttable.follow,
        more=puttable.more,
    )


def _new(officer: Officer, found: CasesView, form: Form, errors: Iterable[FieldError] = ()) -> HTMLResponse:
    circles = [(one.id, one.name) for one in found.circles]
    people = [(one.id, one.name) for one in found.people]
    return form_page(officer, "case_new.html", form, errors, circles=circles, people=people)


def case_page(
    officer: Officer, found: CaseView, form: Form, errors: Iterable[FieldError] = (), *, cursor: str
) -> HTMLResponse:
    """The page of a case, with what was wrong with a form on it."""
    return form_page(
        officer,
        "case.html",
        form,
        errors,
        labels=tuple(row.label for row in (*found.rows, *(one.row for one in found.taken))),
        case=found,
        cursor=cursor,
        candidates=[(one.id, one.name) for one in found.candidates],
        purposes=sorted(PURPOSES),
    )


def form_page(
    officer: Officer, template: str, form: Form, errors: Iterable[FieldError], **context: object
) -> HTMLResponse:
    """A page about cases, with what was wrong with its form."""
    wrong = tuple(errors)
    return officer.page(
        template,
        at="cases",
        status=422 if wrong else 200,
        form=form,
        errors=by_field(wrong),
        **context,  # type: ignore[arg-type]
    )
