"""Search: one box, what it is to be searched for as, and what narrows it.

What is typed stands in no address, since it may be somebody's plate: a search is a form that is sent, each page of it too.
"""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response

from web.desk import FormHere, Officer, OfficerHere
from web.forms import Form, form_of
from web.problems import by_field
from web.reading import Reader
from web.views import TEXT, FieldError, FindAsked, Findings, FindMenu, Limited, Named, Refused

router = APIRouter()

TYPED_MAX, CASE_MAX = 200, 40
WITHIN = ("1", "7", "30", "365")
"""Days."""


@router.get("/search")
async def box(officer: OfficerHere) -> HTMLResponse:
    """An empty box."""
    menu = await officer.office.find_menu(officer.who)
    return await _page(officer, menu, form_of([("by", TEXT)]))


@router.post("/search")
async def search(officer: OfficerHere, form: FormHere) -> Response:
    """What is found; audited, also where nothing is."""
    menu = await officer.office.find_menu(officer.who)
    asked = _asked(officer, form, menu)
    if not isinstance(asked, FindAsked):
        return await _page(officer, menu, form, errors=asked)
    found = await officer.office.find(officer.who, asked)
    match found:
        case FieldError():
            return await _page(officer, menu, form, errors=(found,))
        case Refused():
            return officer.refused(found, "/search")
        case Limited():
            return await _page(officer, menu, form, limit=found)
    return await _page(officer, menu, form, asked=asked, found=found)


def _asked(officer: Officer, form: Form, menu: FindMenu) -> FindAsked | tuple[FieldError, ...]:
    read = Reader(form)
    by = read.choice("by", menu.sorts)
    before = form.one("before")
    asked = FindAsked(
        by=by,
        typed=read.text("typed", TYPED_MAX, required=True),
        purpose=read.choice("purpose", menu.purposes, required=by != TEXT),
        case=read.text("case", CASE_MAX),
        kind=read.choice("kind", menu.kinds, required=False),
        origin=read.choice("origin", [one.id for one in menu.origins], required=False),
        within_days=_days(read.choice("within", WITHIN, required=False)),
        before=officer.desk.cursors.open(officer.token, before) if before else None,
    )
    return tuple(read.errors) or asked


def _days(within: str) -> int:
    return int(within) if within in WITHIN else 0


async def _page(
    officer: Officer,
    menu: FindMenu,
    form: Form,
    *,
    errors: tuple[FieldError, ...] = (),
    limit: Limited | None = None,
    asked: FindAsked | None = None,
    found: Findings | None = None,
) -> HTMLResponse:
    rows = found.rows if found else ()
    older = officer.desk.cursors.seal(officer.token, found.older) if found and found.older else ""
    origin = next((one for one in menu.origins if asked and one.id == asked.origin), Named("", ""))
    page = officer.page(
        "search.html",
        at="search",
        labels=tuple(row.label for row in rows),
        status=422 if errors else 429 if limit else 200,
        menu=menu,
        form=form,
        errors=by_field(errors),
        limit=limit,
        asked=asked,
        rows=rows,
        older=older,
        origin=origin.name,
        within=WITHIN,
        unheard=await officer.office.unheard(officer.who),
    )
    if limit:
        page.headers["retry-after"] = str(limit.wait_s)
    return page
