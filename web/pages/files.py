"""Files: put to a draft, taken off it, and given to whoever may read what lists them.

Guarantees: each request is authorised anew; whatever there is no file to give for, the answer is the same. A picture is shown, all
else is given to be kept, under the type that was checked and a name that is safe.
"""

from __future__ import annotations

import re

from fastapi import APIRouter
from starlette.responses import Response, StreamingResponse

from web.desk import FormHere, NotHere, OfficerHere, see_other, sent_files
from web.media import disposition
from web.pages.drafts import draft_id, show_plan
from web.pages.watch import record_id
from web.security import SANDBOXED
from web.uploads import FIELD
from web.views import FieldError, Made, Opened, Rejected

router = APIRouter()

_SHA256 = re.compile(r"[0-9a-f]{64}")


@router.get("/records/{record}/files/{sha256}")
async def of_record(officer: OfficerHere, record: str, sha256: str) -> Response:
    """A file of a record."""
    return _given(await officer.office.file(officer.who, record_id(record), _hash(sha256)))


@router.get("/drafts/{draft}/files/{sha256}")
async def of_draft(officer: OfficerHere, draft: str, sha256: str) -> Response:
    """A file of a draft."""
    return _given(await officer.office.draft_file(officer.who, draft_id(draft), _hash(sha256)))


@router.post("/drafts/{draft}/files")
async def add(officer: OfficerHere, draft: str) -> Response:
    """Puts files to a draft, all of them or none; of who drafts nothing not a byte is taken."""
    officer.need("write")
    async with sent_files(officer) as sent:
        errors = sent.errors or (() if sent.files else (FieldError(FIELD, "file_choose"),))
        if errors:
            return await show_plan(officer, draft, errors=errors)
        outcome = await officer.office.attach(officer.who, draft_id(draft), sent.files)
    match outcome:
        case None:
            raise NotHere
        case Rejected(errors=errors):
            return await show_plan(officer, draft, errors=errors)
        case Made():
            return see_other(f"/drafts/{draft}#files-card")


@router.post("/drafts/{draft}/files/{sha256}/remove")
async def remove(officer: OfficerHere, _: FormHere, draft: str, sha256: str) -> Response:
    """Takes a file off a draft."""
    officer.need("write")
    if await officer.office.detach(officer.who, draft_id(draft), _hash(sha256)) is None:
        raise NotHere
    return see_other(f"/drafts/{draft}#files-card")


def _given(opened: Opened | None) -> Response:
    if opened is None:
        raise NotHere
    file = opened.file
    headers = {
        "content-length": str(file.size),
        "content-disposition": disposition(file.name, file.media_type),
        "content-security-policy": SANDBOXED,
        "cache-control": "private, no-store",
    }
    return StreamingResponse(opened.pieces, media_type=file.media_type, headers=headers)


def _hash(sha256: str) -> str:
    if not _SHA256.fullmatch(sha256):
        raise NotHere
    return sha256
