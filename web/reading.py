"""Forms of an alert and of a look-out, read into drafts, or into one error for each field that cannot stay so.

Checks what a form can know: required, length, listed, time. What only the kind knows (check digits, nesting of
areas) is the node's to say, and comes back as errors of the same shape. An error never repeats what was typed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from protocol.ids import UnixMs
from web.forms import Form
from web.views import AlertDraft, Audience, FieldError, IndicatorDraft, LabelChoice, Menu, Named
from web.words.records import CATEGORY, CERTAINTY, LOOKOUT_REASON, ON_HIT, SEVERITY, STATEMENT, URGENCY

TITLE_MAX, TEXT_MAX, ACTION_MAX, NAME_MAX, DO_NOT_MAX = 120, 4000, 400, 80, 200
LOOKOUT_DAYS = (1, 7, 30, 90)
_FUTURE_MS = 5 * 60 * 1000
"""A form's clock may be this much ahead of the node's."""


class Reader:
    """Takes fields out of a form and keeps the errors in the form's order."""

    def __init__(self, form: Form) -> None:
        self.form = form
        self.errors: list[FieldError] = []

    def text(self, name: str, limit: int, *, required: bool = False) -> str:
        """A text of at most `limit` code points."""
        value = self.form.one(name)
        if required and not value:
            self.wrong(name, "required")
        elif len(value) > limit:
            self.wrong(name, "too_long", limit)
        elif any(not (char.isprintable() or char == "\n") for char in value):
            self.wrong(name, "control")
        return value

    def choice(self, name: str, allowed: Collection[str], *, required: bool = True) -> str:
        """One of a closed list."""
        value = self.form.one(name)
        if value and value not in allowed:
            self.wrong(name, "not_listed")
        elif required and not value:
            self.wrong(name, "choose")
        return value

    def wrong(self, name: str, code: str, limit: int | None = None) -> None:
        """Notes an error."""
        self.errors.append(FieldError(name, code, limit))


def read_alert(form: Form, menu: Menu, *, zone: ZoneInfo, now: UnixMs) -> AlertDraft | tuple[FieldError, ...]:
    """The alert form."""
    read = Reader(form)
    draft = AlertDraft(
        severity=read.choice("severity", SEVERITY),
        category=read.choice("category", CATEGORY),
        title=read.text("title", TITLE_MAX, required=True),
        description=read.text("description", TEXT_MAX, required=True),
        action=read.text("action", ACTION_MAX),
        place=read.choice("place", _ids(menu.places), required=False),
        vessel=read.text("vessel", 20),
        occurred_ms=_occurred(read, zone, now),
        certainty=read.choice("certainty", CERTAINTY),
        urgency=read.choice("urgency", URGENCY),
        life_safety=form.ticked("life_safety"),
        statement=read.choice("statement", STATEMENT),
        lang=read.choice("lang", menu.languages),
        legal_basis=read.choice("legal_basis", _ids(menu.bases), required=bool(menu.bases)),
        label=read_label(read, menu),
    )
    if draft.life_safety and draft.severity not in {"Extreme", "Severe"}:
        read.wrong("life_safety", "needs_severe")
    return tuple(read.errors) or draft


def read_lookout(form: Form, menu: Menu) -> IndicatorDraft | tuple[FieldError, ...]:
    """The look-out form."""
    read = Reader(form)
    draft = IndicatorDraft(
        type=read.choice("type", ("mmsi", "imo")),
        value=read.text("value", 20, required=True),
        title=read.text("title", TITLE_MAX, required=True),
        reason=read.choice("reason", LOOKOUT_REASON),
        grounds=read.text("grounds", TEXT_MAX, required=True),
        on_hit=read.choice("on_hit", ON_HIT),
        contact=read.text("contact", NAME_MAX, required=True),
        do_not=read.text("do_not", DO_NOT_MAX),
        owner=read.text("owner", NAME_MAX, required=True),
        valid_days=_days(read),
        lang=read.choice("lang", menu.languages),
        legal_basis=read.choice("legal_basis", _ids(menu.bases), required=bool(menu.bases)),
        label=read_label(read, menu),
    )
    return tuple(read.errors) or draft


def read_label(read: Reader, menu: Menu, *, named: bool = True) -> LabelChoice:
    """The label chooser; `named`: it offers ports to name."""
    audience = read.choice("audience", _ids(menu.audiences))
    tlp = read.choice("tlp", menu.tlps)
    ports = read.form.all("ports") if named else ()
    if any(port not in _ids(menu.ports) for port in ports):
        read.wrong("ports", "not_listed")
    elif tlp == "RED" and named and not ports:
        read.wrong("ports", "needs_ports")
    return LabelChoice(audience, tlp, ports, read.form.ticked("orcon"), read.form.ticked("exercise"))


def _occurred(read: Reader, zone: ZoneInfo, now: UnixMs) -> UnixMs:
    """Local wall time of the port; empty is now."""
    typed = read.form.one("occurred")
    if not typed:
        return now
    try:
        at = datetime.fromisoformat(typed).replace(tzinfo=zone)
        ms = UnixMs(int(at.timestamp() * 1000))
    except (ValueError, OverflowError):
        read.wrong("occurred", "bad_time")
        return now
    if ms > now + _FUTURE_MS:
        read.wrong("occurred", "future")
    return ms


def _days(read: Reader) -> int:
    typed = read.choice("valid_days", tuple(str(days) for days in LOOKOUT_DAYS))
    return int(typed) if typed.isdecimal() and int(typed) in LOOKOUT_DAYS else LOOKOUT_DAYS[0]


def _ids(choices: Iterable[Named | Audience]) -> tuple[str, ...]:
    return tuple(choice.id for choice in choices)
