"""A form of a kind, filled in, as a record; and a record as what stands in its form.

Guarantees that a place which was left as it stood leaves its field as it was, to the bit, and that what no place is for stays; that
an error names its place and repeats nothing that was typed. Whether the record holds is the kind's to say, when it is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import tzinfo
from functools import partial
from typing import Any

from protocol import text as texts
from protocol.rules import Mode, day
from protocol.v1 import records_pb2 as pb
from web import coded, rows, typed
from web.forms import Form, form_of
from web.views import LISTS, MANY, ROWS, Box, FieldError, Sheet, Sort

Pairs = list[tuple[str, str]]
OF_PARTS_MAX = 60
"""Parts or rows of one list that a form may number."""


@dataclass(frozen=True, slots=True)
class Hand:
    """What turns typed text into values: the port's clock, and the records that the officer may read, by their address."""

    zone: tzinfo
    record: Callable[[str], pb.Ref | None]
    address: Callable[[pb.Ref], str]


# ---- A record in its form -------------------------------------------------------------------------------------------------


def values_of(sheet: Sheet, message: pb.Record, hand: Hand) -> tuple[tuple[str, str], ...]:
    """What stands in each place, by input."""
    body = getattr(message, sheet.kind)
    found = [pair for box in sheet.body for pair in _shown(box, body, hand)]
    found += [
        pair
        for box in sheet.common
        if box.field != "change_reason"
        for pair in _shown(box, message.common, hand)
    ]
    return tuple(found)


def _shown(box: Box, message: Any, hand: Hand, prefix: str = "") -> Iterator[tuple[str, str]]:
    name, held = prefix + box.name, getattr(message, box.field)
    if box.sort in LISTS:
        for index, one in enumerate(held):
            yield from _inside(box, one, hand, f"{name}.{index}.")
    elif box.sort is Sort.TICKS:
        codes = coded.said_each(message, box.field) if box.table else held
        yield from ((name, code) for code in codes)
    elif box.sort in MANY:
        yield name, "\n".join(_text(box.sort, one, hand) for one in held)
    elif box.sort is Sort.FLAG:
        if held:
            yield name, "yes"
    elif _is_there(message, box.field):
        if box.sort in ROWS or box.sort is Sort.PART:
            yield from _inside(box, held, hand, f"{name}.")
        else:
            yield name, coded.said(message, box.field) if box.table else _text(box.sort, held, hand)


def _inside(box: Box, held: Any, hand: Hand, prefix: str) -> Iterator[tuple[str, str]]:
    """The inputs of a row, or of a part."""
    if box.sort in ROWS:
        yield from ((prefix + at, text) for at, text in rows.written(held))
    for inner in box.inside:
        yield from _shown(inner, held, hand, prefix)


def _is_there(message: Any, field: str) -> bool:
    return any(descriptor.name == field for descriptor, _ in message.ListFields())


def _text(sort: Sort, held: Any, hand: Hand) -> str:
    match sort:
        case Sort.MOMENT:
            return typed.moment_text(held, hand.zone)
        case Sort.RECORD | Sort.RECORDS:
            return hand.address(held)
        case Sort.DECIMAL:
            return typed.decimal_text(held)
        case _:
            return str(held)


# ---- A form as a record ---------------------------------------------------------------------------------------------------


def compacted(sheet: Sheet, form: Form) -> Form:
    """The form with the parts and rows of its lists numbered without the empty ones, as the record will number them."""
    lists = {box.name: box for box in sheet.boxes if box.sort in LISTS}
    pairs: Pairs = []
    places: dict[tuple[str, int], int] = {}
    for name, box in lists.items():
        for index in _filled_parts(box, form):
            places[name, index] = sum(1 for at in places if at[0] == name)
    for name, values in form.fields.items():
        at = _part_of(name)
        if at is not None and at[0] in lists:
            if at[:2] in places:
                pairs += [(f"{at[0]}.{places[at[:2]]}.{at[2]}", value) for value in values]
        else:
            pairs += [(name, value) for value in values]
    return form_of(pairs)


def parts_in(box: Box, form: Form) -> int:
    """How many parts or rows of a list a form has, empty ones too."""
    found = [at[1] for at in map(_part_of, form.fields) if at is not None and at[0] == box.name]
    return max(found, default=-1) + 1


def _part_of(name: str) -> tuple[str, int, str] | None:
    head, dot, rest = name.partition(".")
    index, dot_too, field = rest.partition(".")
    if not (dot and dot_too and index.isascii() and index.isdecimal() and len(index) < 3):
        return None
    return (head, int(index), field) if int(index) < OF_PARTS_MAX else None


def _filled_parts(box: Box, form: Form) -> list[int]:
    return [index for index in range(parts_in(box, form)) if _is_filled(box, form, f"{box.name}.{index}")]


def _is_filled(box: Box, form: Form, name: str) -> bool:
    """Whether anything was typed into the place of this name, into the part or row of it."""
    if box.sort in ROWS:
        return rows.is_filled(box.sort, partial(_taken, form, name))
    if box.inside:
        return any(_is_filled(inner, form, f"{name}.{inner.name}") for inner in box.inside)
    return box.sort is not Sort.FLAG and bool(form.one(name))


def _taken(form: Form, name: str, at: str) -> str:
    return form.one(f"{name}.{at}")


def fill(
    sheet: Sheet, form: Form, hand: Hand, before: pb.Record | None = None
) -> tuple[pb.Record, tuple[FieldError, ...]]:
    """The record that a compacted form says, on top of the one `before`; and what cannot stay so, each at its place."""
    message = pb.Record()
    if before is not None:
        message.CopyFrom(before)
    filling = _Filling(form, form_of(sheet.values) if before is not None else None, hand, [])
    body = getattr(message, sheet.kind)
    body.SetInParent()
    for box in sheet.body:
        filling.take(box, body)
    for box in sheet.common:
        filling.take(box, message.common)
    return message, tuple(filling.errors)


@dataclass(slots=True)
class _Filling:
    """One form on its way into a record. `stood`: what the form of a correction began with."""

    form: Form
    stood: Form | None
    hand: Hand
    errors: list[FieldError]

    def take(self, box: Box, message: Any, prefix: str = "") -> None:
        """One place."""
        name = prefix + box.name
        if box.fixed or (self.stood is not None and self._untouched(name)):
            return
        message.ClearField(box.field)
        if box.sort in ROWS:
            self._rows(box, name, message)
        elif box.sort is Sort.PARTS:
            self._parts(box, message)
        elif box.sort is Sort.PART:
            self._part(box, message)
        elif box.sort is Sort.FLAG:
            if box.required or self.form.one(name):
                setattr(message, box.field, bool(self.form.one(name)))
        elif box.sort is Sort.TICKS:
            self._ticks(box, name, message)
        elif box.sort in MANY:
            self._lines(box, name, message)
        else:
            self._one(box, name, message)

    def _untouched(self, name: str) -> bool:
        under = f"{name}."
        ours = {key: value for key, value in self.form.fields.items() if key == name or key.startswith(under)}
        stood = self.stood.fields if self.stood is not None else {}
        theirs = {key: value for key, value in stood.items() if key == name or key.startswith(under)}
        return _without_empty(ours) == _without_empty(theirs)

    def _parts(self, box: Box, message: Any) -> None:
        count = parts_in(box, self.form)
        if box.most is not None and count > box.most:
            self._wrong(box.name, "too_many", int(box.most))
        for index in range(count):
            one = getattr(message, box.field).add()
            for inner in box.inside:
                self.take(inner, one, f"{box.name}.{index}.")
        self._needed(box, box.name, filled=count > 0)

    def _rows(self, box: Box, name: str, message: Any) -> None:
        many = box.sort in LISTS
        count = parts_in(box, self.form) if many else 1
        if many and box.most is not None and count > box.most:
            self._wrong(name, "too_many", int(box.most))
        found = [f"{name}.{index}" for index in range(count)] if many else [name]
        found = [one for one in found if _is_filled(box, self.form, one)]
        for one in found:
            held = rows.read(box.sort, partial(_taken, self.form, one), box.choices)
            if isinstance(held, rows.Fault):
                self.errors.append(FieldError(f"{one}.{held.at}", held.code, held.limit, held.words))
            else:
                (getattr(message, box.field).add() if many else getattr(message, box.field)).CopyFrom(held)
        self._needed(box, name, filled=bool(found))

    def _part(self, box: Box, message: Any) -> None:
        prefix = f"{box.name}."
        filled = _is_filled(box, self.form, box.name)
        if filled:
            held = getattr(message, box.field)
            held.SetInParent()
            for inner in box.inside:
                self.take(inner, held, prefix)
        self._needed(box, box.name, filled=filled)

    def _ticks(self, box: Box, name: str, message: Any) -> None:
        known, held = {one.id for one in box.choices}, self.form.all(name)
        if not known.issuperset(held):
            self._wrong(name, "not_listed")
            return
        if box.most is not None and len(held) > box.most:
            self._wrong(name, "too_many", int(box.most))
        values = [
            coded.meant(message, box.field, code) if box.table else code for code in dict.fromkeys(held)
        ]
        getattr(message, box.field).extend(values)
        self._needed(box, name, filled=bool(held), code="choose")

    def _lines(self, box: Box, name: str, message: Any) -> None:
        lines = [line.strip() for line in self.form.one(name).split("\n") if line.strip()]
        if box.most is not None and len(lines) > box.most:
            self._wrong(name, "too_many", int(box.most))
            return
        for number, line in enumerate(lines, 1):
            held, code = self._value(box, line)
            if code:
                self._wrong(name, f"line_{code}", number)
            elif isinstance(held, str):
                getattr(message, box.field).append(held)
            else:
                getattr(message, box.field).add().CopyFrom(held)
        self._needed(box, name, filled=bool(lines))

    def _one(self, box: Box, name: str, message: Any) -> None:
        text = self.form.one(name)
        if box.sort is Sort.LINE:
            text = " ".join(text.split("\n"))
        self._needed(box, name, filled=bool(text), code="choose" if box.sort is Sort.CHOICE else "required")
        if not text:
            return
        held, code = self._value(box, text)
        if code:
            limit = (
                box.most
                if code in {"too_long", "number_high"}
                else box.least
                if code == "number_low"
                else None
            )
            self._wrong(name, code, int(limit) if limit is not None else None)
        elif box.table:
            setattr(message, box.field, coded.meant(message, box.field, text))
        elif isinstance(held, str | int | float):
            setattr(message, box.field, held)
        else:
            getattr(message, box.field).CopyFrom(held)

    def _value(self, box: Box, text: str) -> tuple[Any, str]:
        """The value, or why there is none."""
        match box.sort:
            case Sort.CHOICE:
                return text, "" if text in {one.id for one in box.choices} else "not_listed"
            case Sort.WHOLE | Sort.DECIMAL:
                number = typed.whole(text) if box.sort is Sort.WHOLE else typed.decimal(text)
                return number, _off(number, box)
            case Sort.MOMENT:
                moment = typed.moment_ms(text, self.hand.zone)
                return moment, "bad_time" if moment is None or moment <= 0 else ""
            case Sort.DAY | Sort.PART_DAY:
                rule = day(open_parts=box.sort is Sort.PART_DAY).check(Mode.AUTHORING)(text)
                return text, "bad_day" if rule else ""
            case Sort.RECORD | Sort.RECORDS:
                ref = self.hand.record(text)
                return ref, "record" if ref is None else ""
            case _:
                most = int(box.each or 4000) if box.sort is Sort.LINES else int(box.most or 4000)
                if len(text) > most:
                    return text, "too_long"
                return text, "control" if texts.fault(text, most=most, lines=box.sort is Sort.TEXT) else ""

    def _needed(self, box: Box, name: str, *, filled: bool, code: str = "required") -> None:
        if box.required and not filled:
            self._wrong(name, code)

    def _wrong(self, name: str, code: str, limit: int | None = None) -> None:
        self.errors.append(FieldError(name, code, limit))


def _off(number: float | None, box: Box) -> str:
    if number is None:
        return "number"
    if box.most is not None and number > box.most:
        return "number_high"
    return "number_low" if box.least is not None and number < box.least else ""


def _without_empty(fields: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    kept = {name: tuple(value for value in values if value) for name, values in fields.items()}
    return {name: values for name, values in kept.items() if values}
