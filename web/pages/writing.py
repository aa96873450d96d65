"""Writing a record of any kind, and its next version: one form, described by the kind. Both end in a draft and its release preview."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response

from protocol.kinds import known
from web import filled
from web.desk import NotHere, Officer, OfficerHere, see_other, sent_files
from web.forms import Form, form_of
from web.misplaced import inputs
from web.pages.watch import open_record, record_id
from web.problems import by_field
from web.reading import Reader, read_label
from web.uploads import FIELD, Sent
from web.views import (
    LISTS,
    MANY,
    ROWS,
    Box,
    FieldError,
    LabelChoice,
    Made,
    RecordView,
    Refused,
    Rejected,
    Sheet,
    Sort,
)

router = APIRouter()
_MORE = frozenset(
    {
        "lang",
        "statement",
        "legal_basis",
        "external_ref",
        "reliability",
        "credibility",
        "derived_from",
        "non_attribution",
    }
)
"""Fields of the common part that most records leave as they are, but where the kind asks for them in some cases."""
_ROWS_LEAST = 2
"""Rows of a list that are there from the start, and those that come when more are asked for."""
_WHOLE = MANY | ROWS | {Sort.TEXT, Sort.TICKS, Sort.PARTS, Sort.PART, Sort.RECORD}
_HALF_MAX = 100
"""Characters that still fit into half the width."""


@router.get("/write")
async def choose(officer: OfficerHere) -> HTMLResponse:
    """The kinds that this officer may write."""
    offers = await officer.office.offers(officer.who)
    if not offers:
        raise NotHere
    return officer.page("write.html", at="write", offers=offers)


@router.get("/write/{kind}")
async def begin(officer: OfficerHere, kind: str) -> HTMLResponse:
    """The empty form, with the records that the address names."""
    query = officer.request.query_params
    named = {one.field: query.get(one.field, "") for one in known()[kind].pointers} if kind in known() else {}
    named = {field: address for field, address in named.items() if address}
    sheet = await officer.office.sheet(
        officer.who, kind, zone=officer.desk.settings.timezone, step=query.get("step", "")[:40], named=named
    )
    if sheet is None:
        raise NotHere
    return await sheet_page(officer, sheet, form_of((*_supposed(sheet, officer.tongue.code), *sheet.values)))


@router.post("/write/{kind}")
async def write(officer: OfficerHere, kind: str) -> Response:
    """Keeps the draft with its files, or shows the form again with each error at its place."""
    zone = officer.desk.settings.timezone
    async with sent_files(officer) as sent:
        sheet = await officer.office.sheet(officer.who, kind, zone=zone, step=sent.form.one("step")[:40])
        if sheet is None:
            raise NotHere
        if sent.form.ticked("more"):
            return await sheet_page(officer, sheet, sent.form, _again(sent))
        label, errors = await _label(officer, sheet, sent.form)
        outcome = await officer.office.compose(
            officer.who, kind, sent.form, label, zone=zone, wrong=(*errors, *sent.errors)
        )
        if outcome is None:
            raise NotHere
        if isinstance(outcome, Rejected):
            return await sheet_page(officer, sheet, sent.form, (*outcome.errors, *_again(sent)))
        if isinstance(outcome, Made) and sent.files:
            listed = await officer.office.attach(officer.who, outcome.draft, sent.files)
            if not isinstance(listed, Made):
                await officer.office.discard(officer.who, outcome.draft)
                wrong = listed.errors if listed is not None else ()
                return await sheet_page(officer, sheet, sent.form, (*wrong, *_again(sent)))
    return _kept(officer, outcome, f"/write/{kind}")


@router.get("/records/{record}/correct")
async def correcting(officer: OfficerHere, record: str) -> HTMLResponse:
    """What it says now, to be put right."""
    sheet = await _correctable(officer, record)
    return await sheet_page(officer, sheet, form_of(sheet.values), of=await open_record(officer, record))


@router.post("/records/{record}/correct")
async def correct(officer: OfficerHere, record: str) -> Response:
    """Keeps the draft of the next version, or shows the form again."""
    async with sent_files(officer) as sent:
        sheet, form = await _correctable(officer, record), sent.form
        if form.ticked("more"):
            return await sheet_page(officer, sheet, form, of=await open_record(officer, record))
        zone = officer.desk.settings.timezone
        outcome = await officer.office.correct(
            officer.who, record, form, removes=form.ticked("removes"), zone=zone
        )
    if isinstance(outcome, Rejected):
        return await sheet_page(officer, sheet, form, outcome.errors, of=await open_record(officer, record))
    if outcome is None:
        raise NotHere
    return _kept(officer, outcome, f"/records/{record}")


def _supposed(sheet: Sheet, lang: str) -> Iterator[tuple[str, str]]:
    """What may be taken for granted of a new record until somebody says otherwise: its writer's language, and the only basis there is."""
    stands = {name for name, value in sheet.values if value}
    for box in sheet.common:
        known = [choice.id for choice in box.choices]
        if box.name in stands:
            continue
        if box.name == "lang" and lang in known:
            yield box.name, lang
        if box.name == "legal_basis" and len(known) == 1:
            yield box.name, known[0]


async def _correctable(officer: Officer, record: str) -> Sheet:
    zone = officer.desk.settings.timezone
    found = await officer.office.correctable(officer.who, record_id(record), zone=zone)
    if found is None:
        raise NotHere
    return found


async def _label(
    officer: Officer, sheet: Sheet, form: Form
) -> tuple[LabelChoice | None, tuple[FieldError, ...]]:
    """What was chosen; None where it follows from what is answered."""
    if sheet.answers:
        return None, ()
    read = Reader(form)
    choice = read_label(read, await officer.office.menu(officer.who, sheet.kind), named=not sheet.addressed)
    return choice, tuple(read.errors)


def _again(sent: Sent) -> tuple[FieldError, ...]:
    """A browser sends files once."""
    return (FieldError(FIELD, "file_again"),) if sent.files else ()


async def sheet_page(
    officer: Officer,
    sheet: Sheet,
    form: Form,
    errors: Iterable[FieldError] = (),
    *,
    of: RecordView | None = None,
) -> HTMLResponse:
    """A form with what stands in it; `of`: the record that it corrects."""
    lists = [box for box in sheet.boxes if box.sort in LISTS]
    shown = {box.name: filled.parts_in(box, form) for box in lists}
    form = filled.compacted(sheet, form)
    parts = {box.name: min(_room(box, form, shown[box.name]), int(box.most or 1)) for box in lists}
    more = [box for box in sheet.common if box.field in _MORE and not box.when]
    plain = [box for box in sheet.common if box not in more]
    order = (*plain[:1], *sheet.body, *plain[1:], *more)
    wrong = by_field(errors, (name for box in order for name in inputs(box, form)))
    return officer.page(
        "sheet.html",
        at="watch" if of is not None else "drafts" if sheet.draft else "write",
        labels=(of.row.label,) if of is not None else (sheet.label,) if sheet.label is not None else (),
        status=422 if wrong else 200,
        sheet=sheet,
        of=of,
        first=_runs(plain[:1]),
        body=_runs(sheet.body),
        plain=_runs(plain[1:]),
        more=_runs(more),
        more_open=any(box.name in wrong or (box.required and not form.one(box.name)) for box in more),
        stood=form_of(sheet.values),
        parts=parts,
        menu=await officer.office.menu(officer.who, sheet.kind),
        form=form,
        errors=wrong,
    )


def _room(box: Box, form: Form, shown: int) -> int:
    """How many parts or rows of a list are shown: those that are filled in, at least one that is not, and where one more was asked for
    one more row than were `shown`.
    """
    count = filled.parts_in(box, form) + 1
    if box.sort is Sort.PARTS:
        return count
    return max(count, _ROWS_LEAST, shown + 1 if form.one("more") == box.name else 0)


def _runs(boxes: Iterable[Box]) -> tuple[tuple[bool, tuple[Box, ...]], ...]:
    """The places in their order: those that take the whole width, and between them those that stand in pairs."""
    return tuple((whole, tuple(some)) for whole, some in groupby(boxes, _is_whole))


def _is_whole(box: Box) -> bool:
    return box.sort in _WHOLE or (box.sort is Sort.LINE and (box.most or 0) > _HALF_MAX)


def _kept(officer: Officer, outcome: Made | Refused, back: str) -> Response:
    if isinstance(outcome, Refused):
        return officer.refused(outcome, back)
    return see_other(f"/drafts/{outcome.draft}")
