"""Signing in and out.

Guarantees: no answer, time or count tells whether an account exists; a one-time link is burned by a POST alone, so
a preview that fetches it does not use it up; a token from before the sign-in is worth nothing after it.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from web.desk import (
    BadToken,
    Desk,
    OfficerHere,
    Visit,
    VisitHere,
    checked_form,
    desk_of,
    safe_path,
    see_other,
    set_cookie,
)
from web.forms import Form, read_form
from web.marking import Marking
from web.security import csrf_holds, csrf_token
from web.views import Limited, Session

router = APIRouter()

_NAME_MAX, _PASSWORD_MAX, _CODE_MAX = 80, 1024, 200


async def first_form(request: Request) -> Form:
    """A form of somebody not signed in, held by the cookie that came with the page."""
    form = await read_form(request)
    if not csrf_holds(request.cookies.get(_form_cookie(desk_of(request)), ""), form.one("csrf")):
        raise BadToken
    return form


FirstForm = Annotated[Form, Depends(first_form)]


@router.get("/sign-in")
async def show(visit: VisitHere, next: str = "/", lang: str = "") -> Response:  # noqa: A002 - the address's word
    """The sign-in form; somebody already signed in goes on."""
    if visit.session is not None:
        return see_other(safe_path(next))
    if lang in visit.desk.tongues:
        visit = Visit(visit.desk, visit.request, visit.desk.tongues[lang], visit.token, None)
    response = _page(visit, next=next)
    if lang in visit.desk.tongues:
        set_cookie(response, visit.desk, "p2p-lang", lang, lasting=True)
    return response


@router.post("/sign-in")
async def sign_in(visit: VisitHere, form: FirstForm) -> Response:
    """Name and password."""
    name, password = form.one("name")[:_NAME_MAX], form.raw("password")
    session = None
    if name and 0 < len(password) <= _PASSWORD_MAX:
        session = await visit.desk.office.sign_in(name, password, client=visit.client)
    if isinstance(session, Limited):
        return _page(visit, next=form.one("next"), name=name, limit=session, status=429)
    if session is None:
        return _page(visit, next=form.one("next"), name=name, wrong=True, status=401)
    return _enter(visit.desk, session, form.one("next"))


@router.get("/sign-in/once")
async def show_once(visit: VisitHere, code: str = "") -> Response:
    """A page with a button, where the code still opens something: it is used when the button is pressed."""
    code = code[:_CODE_MAX]
    opens = bool(code) and await visit.desk.office.once_opens(code)
    return _page(visit, template="once.html", code=code if opens else "", wrong=not opens)


@router.post("/sign-in/once")
async def sign_in_once(visit: VisitHere, form: FirstForm) -> Response:
    """Burns the code."""
    code = form.one("code")[:_CODE_MAX]
    session = await visit.desk.office.sign_in_once(code, client=visit.client) if code else None
    if isinstance(session, Limited):
        return _page(visit, template="once.html", code=code, limit=session, status=429)
    if session is None:
        return _page(visit, template="once.html", code="", wrong=True, status=401)
    return _enter(visit.desk, session, "/")


@router.post("/sign-out", dependencies=[Depends(checked_form)])
async def sign_out(officer: OfficerHere) -> Response:
    """Ends the session here and at the node."""
    await officer.office.sign_out(officer.token)
    response = see_other("/sign-in")
    response.delete_cookie(officer.desk.settings.cookie, path="/", secure=officer.desk.settings.secure)
    return response


def _enter(desk: Desk, session: Session, wanted: str) -> Response:
    response = see_other(safe_path(wanted))
    set_cookie(response, desk, desk.settings.cookie, session.token)
    response.delete_cookie(_form_cookie(desk), path="/", secure=desk.settings.secure)
    return response


def _page(
    visit: Visit,
    *,
    template: str = "sign_in.html",
    status: int = 200,
    next: str = "/",  # noqa: A002 - the form's word
    name: str = "",
    code: str = "",
    wrong: bool = False,
    limit: Limited | None = None,
) -> HTMLResponse:
    cookie = _form_cookie(visit.desk)
    token = visit.request.cookies.get(cookie, "") or visit.desk.settings.random(24).hex()
    body = visit.part(
        template,
        marking=Marking(),
        next=safe_path(next),
        name=name,
        code=code,
        wrong=wrong,
        limit=limit,
        form_csrf=csrf_token(token),
    )
    response = HTMLResponse(body, status, headers={"retry-after": str(limit.wait_s)} if limit else None)
    set_cookie(response, visit.desk, cookie, token)
    return response


def _form_cookie(desk: Desk) -> str:
    return f"{desk.settings.cookie}-form"
