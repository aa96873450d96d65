"""The audit of the node: an auditor's page, and nobody else's."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.responses import HTMLResponse

from protocol.kinds.audit import ACTOR
from web.desk import NotHere, Officer, OfficerHere
from web.forms import Form
from web.views import AuditAsked

router = APIRouter()

_CODE = re.compile(r"[a-z0-9_.-]{2,40}")
_ACTOR = re.compile(ACTOR)
_RECORD = re.compile(r"[0-9a-f]{32}")
_PLACE = re.compile(r"[0-9]{1,6}-[0-9]{1,13}")


@router.get("/audit")
async def audit(
    officer: OfficerHere,
    act: str = "",
    by: str = "",
    record: str = "",
    since: str = "",
    until: str = "",
    before: str = "",
) -> HTMLResponse:
    """Newest first. `since` and `until` are days of this node's zone, both inclusive; what is no day, code, actor or id bounds nothing."""
    officer.need("audit")
    asked = AuditAsked(
        act=act if _CODE.fullmatch(act) else "",
        actor=by if _ACTOR.fullmatch(by) else "",
        record=record if _RECORD.fullmatch(record) else "",
        since_ms=_day(officer, since),
        until_ms=_day(officer, until, after=1),
        before=before if _PLACE.fullmatch(before) else "",
    )
    found = await officer.office.audit(officer.who, asked)
    if found is None:
        raise NotHere
    chosen = {"act": asked.act, "by": asked.actor, "record": asked.record}
    chosen |= {"since": since * bool(asked.since_ms), "until": until * bool(asked.until_ms)}
    older = urlencode({**chosen, "before": found.older}) if found.older else ""
    form = Form({name: (value,) for name, value in chosen.items()})
    return officer.page(
        "audit.html",
        at="audit",
        audit=found,
        form=form,
        older=older,
        narrowed=any(chosen.values()) or bool(asked.before),
    )


def _day(officer: Officer, text: str, *, after: int = 0) -> int:
    """The beginning of a day, or of the one after it, unix ms; 0 for what is none."""
    try:
        day = date.fromisoformat(text) + timedelta(days=after)
        zone = officer.desk.settings.timezone
        return max(0, int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp() * 1000))
    except (ValueError, OverflowError):
        return 0
