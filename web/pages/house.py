"""Peers, the node's health, and the reader's own settings."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from protocol.ids import UnixMs
from web.desk import THEMES, FormHere, OfficerHere, checked_form, safe_path, see_other, set_cookie

router = APIRouter()
_MS_DIGITS = 15


@router.get("/peers")
async def peers(officer: OfficerHere) -> HTMLResponse:
    """Each peer: connected, what it holds of our feeds, its last receipt."""
    cursor = await officer.cursor()
    found = await officer.office.peers(officer.who)
    health = await officer.office.health(officer.who)
    labels = tuple(feed.label for peer in found for feed in peer.feeds)
    return officer.page(
        "peers.html", at="peers", labels=labels, peers=found, register=health.register, cursor=cursor
    )


@router.get("/health")
async def health(officer: OfficerHere) -> HTMLResponse:
    """The node's condition; no content."""
    cursor = await officer.cursor()
    found = await officer.office.health(officer.who)
    return officer.page("health.html", at="health", health=found, cursor=cursor)


@router.get("/preferences")
async def preferences(officer: OfficerHere) -> HTMLResponse:
    """Language, theme, single keys; what the session may do, and what was declared of its officer."""
    declared = await officer.office.declared(officer.who)
    return officer.page("preferences.html", at="preferences", themes=THEMES, declared=declared)


@router.post("/preferences/declared")
async def saw(officer: OfficerHere, form: FormHere) -> Response:
    """The reader saw what the form was made of; what was declared since stays new."""
    until = form.one("until")
    if until.isascii() and until.isdigit() and len(until) <= _MS_DIGITS:
        await officer.office.saw_declared(officer.who, UnixMs(int(until)))
    return see_other("/preferences#declared")


@router.post("/preferences")
async def prefer(officer: OfficerHere, form: FormHere) -> Response:
    """Keeps what was chosen in cookies of this browser."""
    response = see_other(safe_path(form.one("back") or "/preferences"))
    for name, allowed in (
        ("lang", officer.desk.settings.languages),
        ("theme", THEMES),
        ("keys", ("on", "off")),
    ):
        if form.one(name) in allowed:
            set_cookie(response, officer.desk, f"p2p-{name}", form.one(name), lasting=True)
    return response


@router.post("/seen", dependencies=[Depends(checked_form)])
async def seen(_: OfficerHere) -> Response:
    """The reader moved: counts as use, answers nothing."""
    return Response(status_code=204)


@router.get("/healthz")
async def alive() -> Response:
    """For a supervisor of processes: answers, says nothing."""
    return PlainTextResponse("ok\n")
