"""The same views as JSON, for scripts and the self-check: reading only, the same session, the same filter.

Times are Unix milliseconds, ids hex. A change here is a change of a public format: `v1` only ever grows.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter

from web.desk import NotHere, OfficerHere
from web.pages.watch import PAGE, record_id, sealed_older
from web.views import Scope, Shelf

router = APIRouter(prefix="/api/v1")


@router.get("/me")
async def me(officer: OfficerHere) -> dict[str, Any]:
    """Who is signed in, and what they may do."""
    who = officer.who
    return {
        "officer": who.officer,
        "name": who.name,
        "port": asdict(who.port),
        "roles": list(who.roles),
        "clearance": who.clearance,
        "may": sorted(who.may),
        "expires_ms": who.expires_ms,
    }


@router.get("/records")
async def records(
    officer: OfficerHere, shelf: Shelf = Shelf.WATCH, scope: Scope = Scope.ALL, before: str = ""
) -> dict[str, Any]:
    """The newest records of a shelf; `older` continues the list as `before`."""
    start = officer.desk.cursors.open(officer.token, before) if before else None
    listing = await officer.office.newest(officer.who, shelf, scope=scope, limit=PAGE, before=start)
    return {"records": [asdict(row) for row in listing.rows], "older": sealed_older(officer, listing)}


@router.get("/records/{record}")
async def record(officer: OfficerHere, record: str) -> dict[str, Any]:
    """One record."""
    found = await officer.office.record(officer.who, record_id(record))
    if found is None:
        raise NotHere
    return asdict(found)


@router.get("/peers")
async def peers(officer: OfficerHere) -> dict[str, Any]:
    """Every other node, and what it holds of our feeds."""
    found = await officer.office.peers(officer.who)
    return {"peers": [{**asdict(peer), "behind": peer.behind} for peer in found]}
