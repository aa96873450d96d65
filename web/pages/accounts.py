"""Accounts of this node on the screens: made, let in by a link or a password, suspended, closed.

Guarantees that a link stands in one answer, which nothing keeps, and that a password that was typed comes back in none.
"""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response

from node.commands.accounts import NAME_MAX, is_login
from node.commands.sign_in import PASSWORD_MAX, PASSWORD_MIN
from node.languages import LANGUAGES
from policies.officers import Role
from web.desk import FormHere, NotHere, Officer, OfficerHere
from web.forms import EMPTY, Form
from web.pages.person import HOURS, done, found, hours, link, ticked
from web.problems import by_field
from web.reading import Reader
from web.views import (
    CloseAccount,
    FieldError,
    MakeLink,
    NewPerson,
    NewPersonMenu,
    PersonView,
    Refused,
    SetPassword,
    Suspend,
)

router = APIRouter()


@router.get("/people/new")
async def beginning(officer: OfficerHere) -> HTMLResponse:
    """Who is new."""
    return _new(officer, await _menu(officer))


@router.post("/people/new")
async def add(officer: OfficerHere, form: FormHere) -> Response:
    """Makes the account and shows its first link, or the form again."""
    menu, read = await _menu(officer), Reader(form)
    new = NewPerson(
        login=read.form.one("login"),
        name=read.text("name", NAME_MAX, required=True),
        site=read.choice("site", tuple(site.id for site in menu.sites)),
        language=read.choice("language", tuple(LANGUAGES)),
        roles=tuple(role for role in Role if role in ticked(read, "roles", tuple(Role), required=True)),
        hours=hours(read),
    )
    if not is_login(new.login):
        read.wrong("login", "login")
    if "\n" in new.name:
        read.wrong("name", "control")
    if read.errors:
        return _new(officer, menu, form, read.errors)
    outcome = await officer.office.add_person(officer.who, new)
    if outcome is None:
        raise NotHere
    if isinstance(outcome, Refused):
        return _new(officer, menu, form, refused=outcome)
    return link(officer, outcome)


@router.post("/people/{person}/link")
async def make_link(officer: OfficerHere, form: FormHere, person: str) -> Response:
    """Another link."""
    who, read = await found(officer, person), Reader(form)
    return await done(officer, who, read, MakeLink(hours(read)))


@router.get("/people/{person}/password")
async def choosing(officer: OfficerHere, person: str) -> HTMLResponse:
    """What another password does, and two fields for it."""
    who = await found(officer, person)
    if "roles" not in who.may:
        raise NotHere
    return _password(officer, who)


@router.post("/people/{person}/password")
async def set_password(officer: OfficerHere, form: FormHere, person: str) -> Response:
    """Another password."""
    who, read = await found(officer, person), Reader(form)
    typed = form.raw("password")
    if not PASSWORD_MIN <= len(typed) <= PASSWORD_MAX:
        read.wrong("password", "password_length")
    elif typed != form.raw("again"):
        read.wrong("again", "not_the_same")
    read.form = EMPTY
    return await done(
        officer, who, read, SetPassword(typed), again=lambda errors: _password(officer, who, errors)
    )


@router.post("/people/{person}/suspend")
async def suspend(officer: OfficerHere, form: FormHere, person: str) -> Response:
    """All that the person is here, until `resume`."""
    return await done(officer, await found(officer, person), Reader(form), Suspend())


@router.post("/people/{person}/resume")
async def resume(officer: OfficerHere, form: FormHere, person: str) -> Response:
    """The end of a suspension."""
    return await done(officer, await found(officer, person), Reader(form), Suspend(end=True))


@router.post("/people/{person}/close")
async def close(officer: OfficerHere, form: FormHere, person: str) -> Response:
    """The end of the account."""
    return await done(officer, await found(officer, person), Reader(form), CloseAccount())


async def _menu(officer: Officer) -> NewPersonMenu:
    officer.need("people")
    menu = await officer.office.new_person_menu(officer.who)
    if menu is None:
        raise NotHere
    return menu


def _new(
    officer: Officer,
    menu: NewPersonMenu,
    form: Form = EMPTY,
    errors: Iterable[FieldError] = (),
    refused: Refused | None = None,
) -> HTMLResponse:
    wrong = by_field(errors)
    return officer.page(
        "person_new.html",
        at="people",
        status=422 if wrong else 409 if refused else 200,
        menu=menu,
        form=form,
        errors=wrong,
        refused=refused,
        roles=tuple(map(str, Role)),
        hours=HOURS,
    )


def _password(officer: Officer, person: PersonView, errors: Iterable[FieldError] = ()) -> HTMLResponse:
    wrong = by_field(errors)
    return officer.page(
        "person_password.html",
        at="people",
        status=422 if wrong else 200,
        person=person,
        form=EMPTY,
        errors=wrong,
    )
