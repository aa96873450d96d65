"""What every page of a person does: who it is, what of a form can be read here, and how a change ends.

Guarantees that what nobody may know is `NotHere` in one answer, and that a change which takes something away, or lets somebody in, is done
only from the page that says what will happen. No route is here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime, timedelta
from typing import assert_never

from starlette.responses import HTMLResponse, Response

from node.commands.accounts import LINK_HOURS_MAX
from policies.officers import Place, Role, Seat, Tie
from protocol.ids import UnixMs
from protocol.label import LEVEL_NAMED, POLICIES, PURPOSES
from web.desk import NotHere, Officer, see_other
from web.forms import EMPTY, Form
from web.problems import by_field
from web.reading import Reader
from web.views import (
    FieldError,
    Limited,
    LinkView,
    Named,
    PersonChange,
    PersonView,
    Refused,
    Unsure,
)
from web.views import staff as changes
from web.words import word
from web.words.people import CONCERN, WHOSE

Again = Callable[[tuple[FieldError, ...]], Response]
HOURS = (1, 4, 8, LINK_HOURS_MAX)
_PERSON = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_YEARS = range(1970, 9000)
_NEVER_BACK = frozenset({"csrf", "sure"})


def person_id(text: str) -> str:
    """A well-formed id of somebody; anything else is not here."""
    if not _PERSON.fullmatch(text):
        raise NotHere
    return text


async def found(officer: Officer, person: str) -> PersonView:
    """The person of an address; NotHere for who administers nothing, and for nobody."""
    officer.need("people")
    known = await officer.office.person(officer.who, person) if _PERSON.fullmatch(person) else None
    if known is None:
        raise NotHere
    return known


async def done(
    officer: Officer, person: PersonView, read: Reader, change: PersonChange, *, again: Again | None = None
) -> Response:
    """Carries a change out, asks whether it is meant, or shows at which field and in which words it was not done.

    Whose it is not is told that before anything of his form; `again` shows a form that has a page of its own.
    """
    right = "clearances" if isinstance(change, changes.OfClearance) else "roles"
    if right not in person.manages:
        raise NotHere
    if right not in person.may:
        return page(officer, person, refused=Refused("NOT_THEIRS"))
    if read.errors:
        errors = tuple(read.errors)
        return again(errors) if again else page(officer, person, form=read.form, errors=errors)
    sure = read.form.one("sure") == "yes"
    outcome = await officer.office.change_person(officer.who, person.id, change, sure=sure)
    match outcome:
        case False:
            raise NotHere
        case True:
            return see_other(f"/people/{person.id}")
        case LinkView():
            return link(officer, outcome)
        case Unsure():
            return _ask(officer, person, read.form, change)
        case Refused():
            return page(officer, person, form=read.form, refused=outcome)
        case Limited():
            return page(officer, person, refused=Refused("CROWDED"))
        case _:
            assert_never(outcome)


def link(officer: Officer, made: LinkView) -> HTMLResponse:
    """A sign-in link, in this one answer."""
    url = officer.desk.settings.public_url + made.path
    return officer.page("person_link.html", at="people", made=made, url=url)


def page(
    officer: Officer,
    person: PersonView,
    *,
    form: Form = EMPTY,
    errors: tuple[FieldError, ...] = (),
    refused: Refused | None = None,
) -> HTMLResponse:
    """The person's page, with what was typed and why it cannot stay so."""
    return officer.page(
        "person.html",
        at="people",
        status=422 if errors else 409 if refused else 200,
        person=person,
        form=form,
        errors=by_field(errors),
        refused=refused,
        roles=tuple(map(str, Role)),
        seats=tuple(map(str, Seat)),
        places=tuple(map(str, Place)),
        ties=tuple(map(str, Tie)),
        concerns=tuple(CONCERN),
        whose=tuple(WHOSE),
        hours=HOURS,
        policies=[(policy, policy) for policy in sorted(POLICIES)],
        compartments=[(name, name) for name in person.compartments],
        levels=tuple(LEVEL_NAMED),
        purposes=sorted(PURPOSES),
    )


def last_day(officer: Officer, read: Reader, name: str) -> UnixMs:
    """The end of a day of this node's zone, which is still to come."""
    try:
        day = date.fromisoformat(read.form.one(name))
    except ValueError:
        day = None
    if day is None or day.year not in _YEARS:
        read.wrong(name, "bad_day")
        return UnixMs(0)
    after = day + timedelta(days=1)
    zone = officer.desk.settings.timezone
    end = UnixMs(int(datetime(after.year, after.month, after.day, tzinfo=zone).timestamp() * 1000))
    if end <= officer.desk.settings.now_ms():
        read.wrong(name, "past")
    return end


def moment(officer: Officer, read: Reader, name: str) -> UnixMs:
    """A minute of this node's wall clock."""
    try:
        at = datetime.fromisoformat(read.form.one(name))
    except ValueError:
        at = None
    if at is None or at.year not in _YEARS:
        read.wrong(name, "bad_time")
        return UnixMs(0)
    return UnixMs(int(at.replace(tzinfo=officer.desk.settings.timezone).timestamp() * 1000))


def ticked(read: Reader, name: str, allowed: Collection[str], *, required: bool = False) -> frozenset[str]:
    """Which of a closed list are ticked."""
    chosen = frozenset(read.form.all(name))
    if not chosen <= frozenset(allowed):
        read.wrong(name, "not_listed")
    elif required and not chosen:
        read.wrong(name, "choose")
    return chosen


def hours(read: Reader) -> int:
    """How long a link works."""
    chosen = read.choice("hours", tuple(map(str, HOURS)))
    return int(chosen) if chosen.isdecimal() else HOURS[0]


def known(form: Form, name: str, allowed: Collection[str]) -> str:
    """What a button of ours sends; anything else is no page of ours."""
    value = form.one(name)
    if value not in allowed:
        raise NotHere
    return value


def _ask(officer: Officer, person: PersonView, form: Form, change: PersonChange) -> HTMLResponse:
    """What will happen, and a button that does it."""
    fields = [
        (name, value) for name, values in form.fields.items() if name not in _NEVER_BACK for value in values
    ]
    return officer.page(
        "person_sure.html",
        at="people",
        person=person,
        act=_act(change),
        about=_about(officer, person, change),
        action=officer.request.url.path,
        fields=fields,
    )


def _act(change: PersonChange) -> str:
    """Its code in `SURE` of `web/words`."""
    match change:
        case changes.Suspend(end=True):
            return "Resume"
        case changes.TieTo(end=True):
            return "Untie"
    return type(change).__name__


def _about(officer: Officer, person: PersonView, change: PersonChange) -> tuple[str, ...]:
    """What it is about, as the person's page calls it."""

    def said(table: str, code: str) -> str:
        return word(officer.tongue, table, code)

    match change:
        case changes.TakeRole(role):
            return (said("role", role),)
        case changes.EndClearance(policy):
            return (policy,)
        case changes.TakeSeat(seat, committee):
            return (said("seat", seat), committee)
        case changes.GivePlace(place, community) | changes.TakePlace(place, community):
            return (said("place", place), _name(person.communities, community))
        case changes.TieTo(other, tie):
            return (said("tie", tie), _name(person.others, other))
        case _:
            return ()


def _name(among: Sequence[Named], wanted: str) -> str:
    return next((each.name for each in among if each.id == wanted), "")
