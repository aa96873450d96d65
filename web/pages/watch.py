"""The watch: the live list, one record beside it, and the shelf of notices.

A record's address shows list and record together; a phone shows one of them. Nothing here filters: the office gives
only what the officer may read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response

from web.desk import NotHere, Officer, OfficerHere
from web.marking import from_code, highest
from web.views import Listing, RecordView, Row, Scope, Shelf, shelf_of

router = APIRouter()

PAGE = 100
_RECORD = re.compile(r"[0-9a-f]{32}(?:-[0-9a-f]{16})?")


@router.get("/")
async def watch(officer: OfficerHere, scope: str = Scope.ALL, before: str = "") -> HTMLResponse:
    """The list, nothing selected."""
    return await _show(officer, Shelf.WATCH, _scope(scope), before=before)


@router.get("/library")
async def library(officer: OfficerHere, before: str = "") -> HTMLResponse:
    """Notices, best practices, and kinds that this version does not know."""
    return await _show(officer, Shelf.LIBRARY, Scope.ALL, before=before)


@router.get("/records/{record}")
async def one(officer: OfficerHere, record: str) -> HTMLResponse:
    """One record beside its list; with `X-Part: detail` the record alone, for a page that has the list."""
    found = await open_record(officer, record)
    if officer.request.headers.get("x-part") == "detail":
        on_screen = from_code(officer.request.headers.get("x-on-screen", ""))
        marking = on_screen | highest((found.row.label,))
        return HTMLResponse(officer.part("part_detail.html", record=found, marking=marking))
    shelf = shelf_of(found.row.kind)
    shown = Shelf.WATCH if shelf is Shelf.LOOKOUTS else shelf
    return await _show(officer, shown, Scope.ALL, record=found)


@router.get("/records/{record}/proof")
async def proof(officer: OfficerHere, record: str) -> Response:
    """The proof file, to keep and to check offline."""
    body = await officer.office.proof(officer.who, record_id(record))
    if body is None:
        raise NotHere
    name = f"port2port-{record[:12]}.proof.json"
    return Response(
        body,
        media_type="application/json",
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )


async def open_record(officer: Officer, record: str) -> RecordView:
    """A record the officer may read; raises `NotHere` for any other."""
    found = await officer.office.record(officer.who, record_id(record))
    if found is None:
        raise NotHere
    return found


def record_id(record: str) -> str:
    """A well-formed address; anything else is not here."""
    if not _RECORD.fullmatch(record):
        raise NotHere
    return record


async def _show(
    officer: Officer, shelf: Shelf, scope: Scope, *, before: str = "", record: RecordView | None = None
) -> HTMLResponse:
    start = officer.desk.cursors.open(officer.token, before) if before else None
    listing = await officer.office.newest(officer.who, shelf, scope=scope, limit=PAGE, before=start)
    drafts = await officer.office.drafts(officer.who)
    asked = await officer.office.asked_of_us(officer.who)
    labels = [row.label for row in listing.rows] + ([record.row.label] if record else [])
    return officer.page(
        "watch.html",
        at=shelf.value,
        labels=tuple(labels),
        shelf=shelf.value,
        scope=scope.value,
        listing=listing,
        drafts=len(drafts) + len(asked),
        record=record,
        counts=_counts(listing.rows),
        cursor=officer.desk.cursors.seal(officer.token, listing.last_change),
        older=sealed_older(officer, listing),
    )


def sealed_older(officer: Officer, listing: Listing) -> str | None:
    """Where the list goes on, as the reader may hold it."""
    return None if listing.older is None else officer.desk.cursors.seal(officer.token, listing.older)


def _counts(rows: Iterable[Row]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for row in rows:
        if row.state == "current" and row.severity:
            counts[row.severity] = counts.get(row.severity, 0) + 1
    return counts


def _scope(wanted: str) -> Scope:
    return Scope(wanted) if wanted in {scope.value for scope in Scope} else Scope.ALL
