"""Puts the screens together: `create_app(office, settings=…)`.

Guarantees: every answer, also of an error, has the headers of `web/security.py`; what is absent and what is not the
reader's get one answer; nothing that goes wrong shows its inside.
"""

from __future__ import annotations

import traceback
from urllib.parse import quote

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response

from node.commands.context import NoLongerListed
from node.store.errors import StoreFull
from web import api, live
from web.assets import load_assets
from web.connections import Hall
from web.cursors import Cursors
from web.desk import BadToken, Desk, NotHere, NotListed, SignInNeeded, Visit, desk_of, stranger, visit
from web.forms import BadForm
from web.landing import landings
from web.languages import load_tongues
from web.marking import Marking
from web.pages import (
    accounts,
    audit,
    belonging,
    case_lead,
    cases,
    compose,
    conduct,
    drafts,
    elsewhere,
    erasures,
    files,
    handing,
    handle,
    holds,
    house,
    minds,
    people,
    rules,
    search,
    sign_in,
    watch,
    withdraw,
    writing,
)
from web.screens import Screens
from web.security import App, Guard, Receive, Scope, Send
from web.settings import Settings
from web.views import Office, SessionEnded

_log = structlog.get_logger("web")
_NO_PAGE = ("/api/", "/events", "/seen")
"""Asked by scripts: they get a status and one line, never a page."""


def create_app(office: Office, *, settings: Settings, hall: Hall | None = None) -> FastAPI:
    """One node's screens; `hall` is who is connected to them. Call `close_streams` before the server waits for its connections."""
    app = FastAPI(
        title="Port 2 Port",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json" if settings.openapi else None,
        redirect_slashes=False,
    )
    app.state.desk = _desk(office, settings, hall or Hall())
    app.state.streams = live.Streams()
    rooms = (
        sign_in,
        watch,
        withdraw,
        cases,
        case_lead,
        conduct,
        minds,
        handle,
        holds,
        erasures,
        drafts,
        handing,
        elsewhere,
        compose,
        writing,
        files,
        search,
        house,
        rules,
        audit,
        accounts,
        people,
        belonging,
    )
    for room in rooms:
        app.include_router(room.router, include_in_schema=False)
    app.include_router(landings(room.router for room in rooms), include_in_schema=False)
    app.include_router(live.router, include_in_schema=False)
    app.include_router(api.router)
    app.add_api_route("/static/{version}/{path:path}", _static, include_in_schema=False)
    for ended in (SignInNeeded, SessionEnded):
        app.add_exception_handler(ended, _sign_in_needed)
    for absent in (NotHere, HTTPException, RequestValidationError):
        app.add_exception_handler(absent, _not_here)
    for unlisted in (NotListed, NoLongerListed):
        app.add_exception_handler(unlisted, _not_listed)
    for bad in (BadToken, BadForm):
        app.add_exception_handler(bad, _stale_form)
    app.add_middleware(_Fallback)
    app.add_middleware(Guard, settings=settings)
    return app


def close_streams(app: FastAPI) -> None:
    """Ends every open event stream; idempotent."""
    streams: live.Streams = app.state.streams
    streams.close()


def _desk(office: Office, settings: Settings, hall: Hall) -> Desk:
    tongues = load_tongues(settings.languages)
    assets = load_assets()
    return Desk(
        office=office,
        settings=settings,
        assets=assets,
        tongues=tongues,
        screens=Screens(settings, assets, tongues),
        cursors=Cursors(settings.random),
        hall=hall,
    )


async def _static(request: Request, version: str, path: str) -> Response:
    assets = desk_of(request).assets
    asset = assets.files.get(path)
    if asset is None or version != assets.version:
        raise NotHere
    headers = {"cache-control": "public, max-age=31536000, immutable"}
    return Response(asset.body, media_type=asset.media_type, headers=headers)


def _for_scripts(request: Request) -> bool:
    return request.url.path.startswith(_NO_PAGE) or "x-part" in request.headers


async def _sign_in_needed(request: Request, _: Exception) -> Response:
    if _for_scripts(request):
        return JSONResponse({"error": "sign in"}, 401)
    path = request.url.path if request.method == "GET" else "/"
    target = "/sign-in" if path == "/" else f"/sign-in?next={quote(path)}"
    return Response(status_code=303, headers={"location": target})


async def _not_here(request: Request, _: Exception) -> Response:
    if _for_scripts(request):
        return JSONResponse({"error": "not here"}, 404)
    return await _error(request, "not_here.html", 404)


async def _stale_form(request: Request, _: Exception) -> Response:
    if _for_scripts(request):
        return JSONResponse({"error": "form refused"}, 403)
    return await _error(request, "stale_form.html", 403)


async def _not_listed(request: Request, _: Exception) -> Response:
    if _for_scripts(request):
        return JSONResponse({"error": "this node is not in the register"}, 503)
    return HTMLResponse(stranger(request).part("not_listed.html", marking=Marking()), 503)


async def _error(request: Request, template: str, status: int) -> HTMLResponse:
    try:
        here: Visit = await visit(request)
    except NotListed:
        here = stranger(request)
    return HTMLResponse(here.part(template, marking=Marking()), status)


def _where(fault: Exception) -> str:
    """The sort of a fault and the line it came from; its words might hold content."""
    frames = traceback.extract_tb(fault.__traceback__)
    return (
        f"{type(fault).__name__} at {frames[-1].filename}:{frames[-1].lineno}"
        if frames
        else type(fault).__name__
    )


def _told(fault: Exception) -> tuple[int, str]:
    """Status and words for a person."""
    if isinstance(fault, StoreFull):
        return 503, "The disk of this node is full: nothing can be stored until there is room."
    return 500, "Something failed inside this node."


class _Fallback:
    """Inside the guard, outside everything else: a fault is logged with a reference and answered without detail."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def noted(message: dict[str, object]) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, noted)  # type: ignore[arg-type]
        except ClientDisconnect:
            return  # nobody is there to be answered, and nothing failed here
        except Exception as fault:
            if scope["type"] != "http" or started:
                raise
            desk: Desk = scope["app"].state.desk
            reference = desk.settings.random(4).hex()
            _log.error("web.fault", reference=reference, path=scope["path"], fault=_where(fault))
            status, words = _told(fault)
            words = f"{words} Nothing was released. Reference for your operator: {reference}"
            await PlainTextResponse(words, status)(scope, receive, send)
