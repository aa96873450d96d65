"""What every page needs: the office, the visitor, and the way back to them.

Guarantees: a page for officers is reached only with a live session, checked at each request; a form is read only
after its token was checked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Annotated, TypeVar

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from web.assets import Assets
from web.clients import HEADER, client_of
from web.connections import Hall
from web.cursors import Cursors
from web.forms import Form, read_form
from web.languages import Tongue, choose
from web.marking import Marking, highest
from web.screens import Screens
from web.security import csrf_holds, csrf_token
from web.settings import Settings
from web.uploads import Coming, Sent, sent_form
from web.views import LabelView, Office, Refused, Session

THEMES = ("auto", "dark", "light")
_PATH = re.compile(r"/(?:[a-z0-9][a-z0-9/-]*)?(?:\?[a-z0-9=&_.-]*)?", re.ASCII)
_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)
_V = TypeVar("_V", bound="Visit")
_YEAR_S = 365 * 86400


class SignInNeeded(Exception):
    """No live session."""


class NotListed(Exception):
    """The register does not list this node: there is nothing to show to anybody, signed in or not."""


class NotHere(Exception):
    """Absent, or not the reader's: one answer."""


class BadToken(Exception):
    """A form without the token of its cookie."""


@dataclass(frozen=True, slots=True)
class Desk:
    """One node's screens."""

    office: Office
    settings: Settings
    assets: Assets
    tongues: Mapping[str, Tongue]
    screens: Screens
    cursors: Cursors
    hall: Hall
    coming: Coming = field(default_factory=Coming)


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of one visitor, signed in or not. `token` is what the cookie holds, also before a sign-in."""

    desk: Desk
    request: Request
    tongue: Tongue
    token: str
    session: Session | None

    @property
    def csrf(self) -> str:
        """For the forms of this page."""
        return csrf_token(self.token)

    @property
    def theme(self) -> str:
        """Chosen here, else the system's."""
        chosen = self.request.cookies.get("p2p-theme", "")
        return chosen if chosen in THEMES else "auto"

    @property
    def keys(self) -> bool:
        """Whether single keys are shortcuts (WCAG 2.1.4: they can be turned off)."""
        return self.request.cookies.get("p2p-keys", "") != "off"

    @property
    def client(self) -> str:
        """Whom sign-in attempts of this request count against (`web/clients.py`)."""
        peer = self.request.client.host if self.request.client else ""
        return client_of(peer, self.request.headers.getlist(HEADER), self.desk.settings.trusted_proxies)

    def page(
        self,
        template: str,
        *,
        at: str = "",
        labels: tuple[LabelView, ...] = (),
        status: int = 200,
        **context: object,
    ) -> HTMLResponse:
        """A page in its frame; `at` is the section, `labels` are all that it shows."""
        marking = highest(labels)
        return HTMLResponse(self.part(template, at=at, marking=marking, **context), status)

    def part(self, template: str, *, at: str = "", marking: Marking, **context: object) -> str:
        """Markup without an answer around it."""
        frame = {
            "at": at,
            "marking": marking,
            "session": self.session,
            "peers_status": self.desk.office.status(),
            "theme": self.theme,
            "keys": self.keys,
            "csrf": self.csrf,
            "here": self.request.url.path,
        }
        return self.desk.screens.render(template, self.tongue, {**frame, **context})


@dataclass(frozen=True, slots=True)
class Officer(Visit):
    """A visit with a live session."""

    @property
    def who(self) -> Session:
        """Never None here."""
        if self.session is None:
            raise SignInNeeded
        return self.session

    @property
    def office(self) -> Office:
        """The node behind the desk."""
        return self.desk.office

    async def cursor(self) -> str:
        """Where a page's stream starts; asked before the page's data, so that nothing falls in between."""
        return self.desk.cursors.seal(self.token, await self.office.last_change(self.who))

    def need(self, right: str) -> None:
        """The page of a right the officer does not have is not there."""
        if right not in self.who.may:
            raise NotHere

    def refused(
        self,
        why: Refused,
        back: str,
        *,
        at: str = "",
        relabel: str = "",
        record: str = "",
        kept: bool = False,
    ) -> HTMLResponse:
        """Why it was not done, and the way back; `relabel` and `record` where another label may be chosen, or the record read. `kept`: it is
        a draft, which stays.
        """
        return self.page(
            "refused.html",
            at=at,
            labels=tuple(label for label in (why.label, why.named) if label is not None),
            status=409,
            refused=why,
            back=back,
            relabel=relabel,
            record=record,
            kept=kept,
        )

    def done(self, outcome: Refused | bool, after: str) -> Response:
        """How an act ends: on the page `after` it, which is the way back of a refusal too; `False` is `NotHere`."""
        if outcome is False:
            raise NotHere
        return self.refused(outcome, after) if isinstance(outcome, Refused) else see_other(after)


def desk_of(request: Request) -> Desk:
    """The desk of the app a request came to."""
    desk: Desk = request.app.state.desk
    return desk


async def visit(request: Request) -> Visit:
    """Anyone; raises `NotListed`."""
    return await _visit(request, Visit)


def stranger(request: Request) -> Visit:
    """Somebody of whom nothing is asked, for a page that shows nothing of this node."""
    return _seen(request, Visit, "", None)


async def officer(request: Request) -> Officer:
    """Signed in; raises `SignInNeeded`."""
    found = await _visit(request, Officer)
    if found.session is None:
        raise SignInNeeded
    return found


async def checked_form(request: Request) -> Form:
    """The form of a signed-in officer, its token checked before anything in it is looked at."""
    form = await read_form(request)
    _admit(request, form)
    return form


def sent_files(officer: Officer) -> AbstractAsyncContextManager[Sent]:
    """The same for a form that may bring files: its token is checked before a byte of a file is kept."""
    request, desk = officer.request, officer.desk
    return sent_form(
        request,
        desk.office,
        desk.coming,
        officer=officer.who.officer,
        admit=lambda form: _admit(request, form),
        admitted=lambda: desk.hall.longer(request.client),
    )


def _admit(request: Request, form: Form) -> None:
    cookie = request.cookies.get(desk_of(request).settings.cookie, "")
    if not csrf_holds(cookie, form.one("csrf")):
        raise BadToken


VisitHere = Annotated[Visit, Depends(visit)]
OfficerHere = Annotated[Officer, Depends(officer)]
FormHere = Annotated[Form, Depends(checked_form)]


def safe_path(wanted: str) -> str:
    """A path of ours to go on to, or the start page."""
    return wanted if _PATH.fullmatch(wanted) and "//" not in wanted else "/"


def plain_id(text: str) -> str:
    """The 32 hexadecimal digits that a path names something by, else `NotHere`."""
    if not _ID.fullmatch(text):
        raise NotHere
    return text


def see_other(path: str) -> RedirectResponse:
    """After a form: get this page."""
    return RedirectResponse(path, 303)


def set_cookie(response: Response, desk: Desk, name: str, value: str, *, lasting: bool = False) -> None:
    """One of ours: never readable by a script, never sent from another site."""
    response.set_cookie(
        name,
        value,
        max_age=_YEAR_S if lasting else None,
        path="/",
        secure=desk.settings.secure,
        httponly=True,
        samesite="strict",
    )


async def _visit(request: Request, sort: type[_V]) -> _V:
    desk = desk_of(request)
    if not desk.office.listed():
        raise NotListed
    token = request.cookies.get(desk.settings.cookie, "")
    session = await desk.office.session(token, touch=True) if token else None
    return _seen(request, sort, token, session)


def _seen(request: Request, sort: type[_V], token: str, session: Session | None) -> _V:
    desk = desk_of(request)
    wanted = request.cookies.get("p2p-lang", "") or (session.language if session else "")
    code = choose(wanted, request.headers.get("accept-language", ""), desk.settings.languages)
    return sort(desk, request, desk.tongues[code], token, session)
