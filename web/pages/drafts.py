"""Drafts: who will see this, releasing it, and the seconds in which it can still be stopped.

Guarantees: a release carries the digest of the plan that was shown; when the plan moved, nothing leaves, the answer is
409 and names every node that came or went.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from fastapi import APIRouter, Depends
from starlette.responses import HTMLResponse, Response

from web.desk import FormHere, NotHere, Officer, OfficerHere, checked_form, see_other
from web.forms import EMPTY, Form
from web.problems import by_field
from web.reading import Reader, read_label
from web.views import (
    FieldError,
    HandView,
    Made,
    Named,
    NeedsLabel,
    PlanChanged,
    PlanView,
    Refused,
    Rejected,
    Released,
    Waiting,
)

router = APIRouter()

GROUP_ABOVE = 8
"""So many recipients stand in full; more are grouped by port, still all on the page."""

LABEL_CODES = frozenset(
    {
        "AUDIENCE",
        "RECIPIENT",
        "TLP",
        "PURPOSE",
        "CAVEAT",
        "REGIME",
        "LEVEL",
        "COMPARTMENT",
        "COUNTRY",
        "NOT_COMPETENT",
        "WIDER",
    }
)

_DRAFT = re.compile(r"[0-9a-f-]{1,64}")


@dataclass(frozen=True, slots=True)
class Difference:
    """What moved between the plan that was shown and the one that holds now."""

    gone: tuple[str, ...]
    added: tuple[Named, ...]

    @property
    def text_only(self) -> bool:
        """The recipients are the same: text, label or policy moved."""
        return not self.gone and not self.added


@router.get("/drafts")
async def drafts(officer: OfficerHere) -> HTMLResponse:
    """What waits for an officer."""
    cursor = await officer.cursor()
    waiting = await officer.office.drafts(officer.who)
    left = await officer.office.left(officer.who)
    asked = await officer.office.asked_of_us(officer.who)
    labels = [draft.label for draft in waiting if draft.label is not None] + [row.label for row in left]
    return officer.page(
        "drafts.html",
        at="drafts",
        labels=tuple(labels),
        drafts=waiting,
        left=left,
        asked=len(asked),
        cursor=cursor,
    )


@router.get("/drafts/{draft}")
async def preview(officer: OfficerHere, draft: str) -> Response:
    """The release preview; the record, once it left."""
    return await show_plan(officer, draft)


async def show_plan(
    officer: Officer, draft: str, *, errors: tuple[FieldError, ...] = (), form: Form = EMPTY
) -> Response:
    """The release preview, with what is wrong of what was sent to it."""
    plan = await officer.office.plan_preview(officer.who, draft_id(draft))
    if plan is None:
        left = await officer.office.released(officer.who, draft)
        if left is None:
            raise NotHere
        return see_other(f"/records/{left.id}")
    if isinstance(plan, NeedsLabel):
        return await _chooser(officer, plan)
    if isinstance(plan, Refused):
        return not_made(officer, draft, plan)
    if isinstance(plan, HandView):
        return _hand(officer, plan, errors)
    return _plan(officer, plan, errors=errors, form=form, status=422 if errors else 200)


@router.get("/drafts/{draft}/label")
async def label(officer: OfficerHere, draft: str) -> HTMLResponse:
    """Choosing again who may know it."""
    return await _chooser(officer, await _unlabelled(officer, draft))


@router.post("/drafts/{draft}/label")
async def relabel(officer: OfficerHere, form: FormHere, draft: str) -> Response:
    """Keeps the label and shows the plan that follows from it."""
    shown = await _unlabelled(officer, draft)
    read = Reader(form)
    choice = read_label(read, await officer.office.menu(officer.who, shown.draft.kind))
    if read.errors:
        return await _chooser(officer, shown, form, tuple(read.errors))
    outcome = await officer.office.relabel(officer.who, shown.draft.id, choice)
    match outcome:
        case None:
            raise NotHere
        case Rejected(errors=errors):
            return await _chooser(officer, shown, form, errors)
        case Refused():
            return not_made(officer, draft, outcome)
        case Made():
            return see_other(f"/drafts/{shown.draft.id}")


@router.post("/drafts/{draft}/approve")
async def approve(officer: OfficerHere, form: FormHere, draft: str) -> Response:
    """The second person's yes to exactly what was shown."""
    officer.need("approve")
    outcome = await officer.office.approve(officer.who, draft_id(draft), digest=form.one("digest")[:128])
    match outcome:
        case None:
            raise NotHere
        case Refused():
            return not_made(officer, draft, outcome)
        case PlanChanged(plan=plan):
            return plan_page(officer, plan, seen=form.all("seen"))
        case Made():
            return see_other("/drafts")


@router.post("/drafts/{draft}/release")
async def release(officer: OfficerHere, form: FormHere, draft: str) -> Response:
    """Carries out the plan that was shown, or none."""
    digest = form.one("digest")[:128]
    outcome = await officer.office.release(officer.who, draft_id(draft), digest=digest)
    match outcome:
        case None:
            raise NotHere
        case Refused():
            return not_made(officer, draft, outcome)
        case PlanChanged(plan=plan):
            return plan_page(officer, plan, seen=form.all("seen"))
        case Waiting():
            return see_other("/drafts")
        case Released():
            left = await officer.office.released(officer.who, draft)
            return see_other(f"/records/{left.id}" if left else "/drafts")


@router.post("/drafts/{draft}/cancel", dependencies=[Depends(checked_form)])
async def cancel(officer: OfficerHere, draft: str) -> Response:
    """Stops it before it leaves."""
    stopped = await officer.office.cancel_release(officer.who, draft_id(draft))
    if isinstance(stopped, Refused):
        return not_made(officer, draft, stopped)
    if stopped:
        return see_other(f"/drafts/{draft}")
    left = await officer.office.released(officer.who, draft)
    return not_made(officer, draft, Refused("LEFT"), record=f"/records/{left.id}" if left else "")


@router.post("/drafts/{draft}/discard", dependencies=[Depends(checked_form)])
async def discard(officer: OfficerHere, draft: str) -> Response:
    """Drops a draft."""
    if not await officer.office.discard(officer.who, draft_id(draft)):
        raise NotHere
    return see_other("/drafts")


async def _unlabelled(officer: Officer, draft: str) -> NeedsLabel:
    plan = await officer.office.plan_preview(officer.who, draft_id(draft))
    match plan:
        case NeedsLabel():
            return plan
        case PlanView() | HandView():
            return NeedsLabel(plan.draft, plan.description)
        case _:
            waiting = await officer.office.drafts(officer.who)
            found = next((each for each in waiting if each.id == draft), None)
            if found is None:
                raise NotHere
            return NeedsLabel(found, "")


async def _chooser(
    officer: Officer, shown: NeedsLabel, form: Form = EMPTY, errors: tuple[FieldError, ...] = ()
) -> HTMLResponse:
    return officer.page(
        "label.html",
        at="drafts",
        labels=(shown.draft.label,) if shown.draft.label else (),
        status=422 if errors else 200,
        shown=shown,
        menu=await officer.office.menu(officer.who, shown.draft.kind),
        form=form,
        errors=by_field(errors),
    )


def plan_page(officer: Officer, plan: PlanView, *, seen: tuple[str, ...]) -> HTMLResponse:
    """The plan that holds now, where another one was shown; `seen`: the pairs that page carried."""
    return _plan(officer, plan, difference=_difference(seen, plan), status=409)


def _plan(
    officer: Officer,
    plan: PlanView,
    *,
    difference: Difference | None = None,
    errors: tuple[FieldError, ...] = (),
    form: Form = EMPTY,
    status: int = 200,
) -> HTMLResponse:
    return officer.page(
        "release.html",
        at="drafts",
        labels=(plan.label,),
        status=status,
        plan=plan,
        difference=difference,
        errors=by_field(errors),
        form=form,
        grouped=len(plan.recipients) > GROUP_ABOVE,
        ports=sum(1 for each in plan.recipients if not each.own),
        people=sum(each.people or 0 for each in plan.recipients if each.own),
    )


def _hand(officer: Officer, hand: HandView, errors: tuple[FieldError, ...]) -> HTMLResponse:
    """To whom it goes, in the place of who will read it."""
    status, wrong = 422 if errors else 200, by_field(errors)
    return officer.page(
        "hand.html", at="drafts", labels=(hand.label,), status=status, plan=hand, errors=wrong
    )


def not_made(officer: Officer, draft: str, refused: Refused, *, record: str = "") -> HTMLResponse:
    """With the way to another label where the label is what refuses, and to the record where it has left."""
    relabel = f"/drafts/{draft}/label" if refused.code in LABEL_CODES else ""
    return officer.refused(
        refused, "/drafts", at="drafts", relabel=relabel, record=record, kept=refused.code != "LEFT"
    )


def _difference(seen: tuple[str, ...], plan: PlanView) -> Difference:
    """`seen` are the `id name` pairs the page carried; they are shown, never trusted."""
    before = dict(pair.partition(" ")[::2] for pair in seen[:500])
    now = {each.node.id for each in plan.recipients}
    return Difference(
        gone=tuple(name[:120] for node, name in before.items() if node not in now),
        added=tuple(each.node for each in plan.recipients if each.node.id not in before),
    )


def draft_id(draft: str) -> str:
    """A well-formed id of a draft; anything else is not here."""
    if not _DRAFT.fullmatch(draft):
        raise NotHere
    return draft
