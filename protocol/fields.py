"""Field rules as data: a table a message, a rule a field; every violation of a message is found in one walk.

Guarantees that a message is walked once (`ListFields`), that every field of its type has a rule (a missing one fails at
import) and that no rule text holds a value. What needs more than one field stands in the table's cross checks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from functools import cache
from typing import Any

from google.protobuf.message import Message

from protocol import text as texts

DAY_MS = 86_400_000
LATEST_MS = 253_402_300_799_999
"""The last millisecond of year 9999: later ones cannot be shown."""


class Mode(Enum):
    """Who asks. An author may not write what is unknown here; a holder must bear it."""

    AUTHORING = 1
    ACCEPTING = 2
    LOCAL = 3
    """Authoring a record that never leaves this node: tokens keyed by it are allowed."""


Found = list[tuple[str, str]]
"""(path below the message, rule)"""
Check = Callable[[Any], "str | Found | None"]
Rule = Callable[[Mode], Check]
Cross = Callable[[Any], Iterable[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its rule, whether it must be there, its mark (P personal, S sensitive).

    `inside`: the table of the messages in a field that has no mark itself but holds marked ones.
    """

    name: str
    rule: Rule
    required: bool = False
    mark: str = ""
    inside: Table | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """`later` is not before `earlier`; `strict`: not equal; at most `most_ms` after it."""

    earlier: str
    later: str
    strict: bool = False
    most_ms: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """The rules of one message type."""

    message: type[Message]
    fields: tuple[Field, ...]
    one_of: tuple[str, ...] = ()
    together: tuple[tuple[str, ...], ...] = ()
    ordered: tuple[Order, ...] = ()
    cross: Cross | None = None
    bits: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        declared = self.message.DESCRIPTOR.fields_by_name
        named = [f.name for f in self.fields]
        assert sorted(named) == sorted(declared), f"{self.message.__name__}: fields and rules differ"
        object.__setattr__(self, "bits", {name: 1 << i for i, name in enumerate(named)})

    def mask(self, names: Iterable[str]) -> int:
        """The bits of these fields."""
        return sum(self.bits[name] for name in names)

    def marked(self, mark: str) -> int:
        """The bits of the fields that carry a mark."""
        return self.mask(f.name for f in self.fields if mark in f.mark)


class Walker:
    """A table, ready for one mode."""

    __slots__ = ("_cross", "_one_of", "_ordered", "_required", "_rules", "_table", "_together")

    def __init__(self, table: Table, mode: Mode, required: Iterable[str] | None = None) -> None:
        declared = table.message.DESCRIPTOR.fields_by_name
        self._table = table
        self._rules: dict[Any, tuple[int, Check, str]] = {
            declared[f.name]: (table.bits[f.name], f.rule(mode), f.name) for f in table.fields
        }
        names = (f.name for f in table.fields if f.required) if required is None else required
        self._required = table.mask(names)
        self._one_of = table.mask(table.one_of)
        self._together = tuple((names, table.mask(names)) for names in table.together)
        self._ordered = tuple((table.mask((o.earlier, o.later)), o) for o in table.ordered)
        self._cross = table.cross

    def walk(self, message: Any) -> tuple[int, Found | None]:
        """Bits of the fields that are present, and every violation (None: there is none)."""
        seen = 0
        found: Found = []
        rules = self._rules
        for descriptor, value in message.ListFields():
            bit, check, name = rules[descriptor]
            seen |= bit
            bad = check(value)
            if bad is not None:
                found += _under(name, bad)
        if self._required & ~seen or (self._one_of and not self._one_of & seen):
            found += self._missing(seen)
        for names, mask in self._together:
            if seen & mask not in {0, mask}:
                found.append((names[-1], f"{' and '.join(names)}: both or neither"))
        for mask, order in self._ordered:
            if seen & mask == mask:
                found += _disorder(message, order)
        if self._cross is not None:
            found += self._cross(message)
        return seen, found or None

    def _missing(self, seen: int) -> Found:
        table = self._table
        lacking = self._required & ~seen
        found: Found = [(f.name, "required") for f in table.fields if lacking & table.bits[f.name]]
        if self._one_of and not self._one_of & seen:
            found.append(("", "one of " + ", ".join(table.one_of)))
        return found


def _disorder(message: Any, order: Order) -> Found:
    gap = getattr(message, order.later) - getattr(message, order.earlier)
    if gap < 0 or (order.strict and gap == 0):
        return [(order.later, f"{'after' if order.strict else 'not before'} {order.earlier}")]
    if order.most_ms is not None and gap > order.most_ms:
        return [(order.later, f"at most {order.most_ms // DAY_MS} days after {order.earlier}")]
    return []


def _under(name: str, bad: str | Found) -> Found:
    if isinstance(bad, str):
        return [(name, bad)]
    return [(join(name, path), rule) for path, rule in bad]


def join(name: str, path: str) -> str:
    """`places` and `[0].circle` make `places[0].circle`."""
    if not path or path.startswith("["):
        return name + path
    return f"{name}.{path}"


# ---- rules --------------------------------------------------------------------------------------------------------------


def plain(check: Check) -> Rule:
    """A check that is the same for everyone."""
    return lambda _mode: check


def text(most: int, *, lines: bool = False) -> Rule:
    """Text of at most `most` code points (`protocol/text.py`); absent when empty."""
    fault = texts.fault

    def check(value: str) -> str | None:
        if len(value) <= most and value.isascii() and value.isprintable():
            return None
        return fault(value, most=most, lines=lines)

    return plain(check)


def long_text() -> Rule:
    """`text` of the tables: 4,000 code points, line feeds allowed."""
    return text(4000, lines=True)


def pattern(form: str, rule: str) -> Rule:
    """Text of one form."""
    match = re.compile(form).fullmatch
    return plain(lambda value: None if match(value) else rule)


def code() -> Rule:
    """2 to 40 of a-z, 0-9, _ and -."""
    return pattern(r"[a-z0-9_-]{2,40}", "2 to 40 of a-z, 0-9, _ and -")


def number(least: float, most: float, *, above: bool = False) -> Rule:
    """A finite number from `least` (or above it) to `most`."""
    low = f"more than {least:,g}".replace(",", " ") if above else f"at least {_digits(least)}"
    high = f"at most {_digits(most)}"

    def check(value: float) -> str | None:
        if least <= value <= most and not (above and value == least):
            return None
        return high if value > most else low if value <= least else "a finite number"

    return plain(check)


def _digits(value: float) -> str:
    return str(int(value)) if value == int(value) else str(value)


def choice(message: type[Message], enum: str, *, closed: bool = False) -> Rule:
    """A value of an enum of a message; a number of a newer peer is borne when accepting, unless `closed`."""
    values = message.DESCRIPTOR.enum_types_by_name[enum].values
    known = frozenset(value.number for value in values if value.number)

    def rule(mode: Mode) -> Check:
        if mode is Mode.ACCEPTING and not closed:
            return lambda value: None if value > 0 else "a known code"
        return lambda value: None if value in known else "a known code"

    return rule


def one_of(values: Sequence[str]) -> Rule:
    """One of a closed list of texts."""
    known = frozenset(values)
    rule = "one of " + ", ".join(values)
    return plain(lambda value: None if value in known else rule)


def flag() -> Rule:
    """True or false."""
    return plain(lambda _value: None)


def octets(size: int) -> Rule:
    """Exactly so many bytes."""
    rule = f"exactly {size} bytes"
    return plain(lambda value: None if len(value) == size else rule)


def moment() -> Rule:
    """Unix milliseconds, after 1970 and before year 10000."""
    return plain(lambda value: None if 0 < value <= LATEST_MS else "unix milliseconds from 1970 to 9999")


def day(*, open_parts: bool = False) -> Rule:
    """A day YYYY-MM-DD from 1900 on; `open_parts`: day, or month and day, may be 00."""

    def check(value: str) -> str | None:
        found = re.fullmatch(r"((?:19|[2-9][0-9])[0-9]{2})-([0-9]{2})-([0-9]{2})", value)
        if found is None:
            return "a day YYYY-MM-DD from 1900 on"
        year, month, number = (int(part) for part in found.groups())
        if open_parts and number == 0:
            number, month = 1, month or 1
        return None if _is_day(year, month, number) else "a day of the calendar"

    return plain(check)


def _is_day(year: int, month: int, number: int) -> bool:
    try:
        date(year, month, number)
    except ValueError:
        return False
    return True


def each(rule: Rule, *, most: int, least: int = 0, distinct: bool = True) -> Rule:
    """A list of at most `most`, each by `rule`, none twice unless `distinct` is off."""

    def build(mode: Mode) -> Check:
        check = rule(mode)

        def run(values: Sequence[Any]) -> str | Found | None:
            if len(values) > most:
                return f"at most {most}"
            if len(values) < least:
                return f"at least {least}"
            found: Found = []
            values = values[:]  # a plain list: iterating a protobuf container costs three times as much
            for index, value in enumerate(values):
                bad = check(value)
                if bad is not None:
                    found += _under(f"[{index}]", bad)
            if distinct and _twice(values):
                found.append(("", "no value twice"))
            return found or None

        return run

    return build


def _twice(values: Sequence[Any]) -> bool:
    count = len(values)
    if count < 2:
        return False
    if not isinstance(values[0], Message):
        return len(set(values)) < count
    if count == 2:
        return bool(values[0] == values[1])
    return len({value.SerializeToString(deterministic=True) for value in values}) < count


def pairs(key: Rule, value: Rule, *, most: int) -> Rule:
    """A map of at most `most` entries. A fault names the key only where the key itself is sound."""

    def build(mode: Mode) -> Check:
        check_key, check_value = key(mode), value(mode)

        def run(entries: Any) -> str | Found | None:
            if len(entries) > most:
                return f"at most {most}"
            found: Found = []
            for name, held in entries.items():
                bad_key = check_key(name)
                bad = bad_key or check_value(held)
                if isinstance(bad, str):
                    found.append(("[key]" if bad_key else f"[{name}]", bad))
            return found or None

        return run

    return build


def part(table: Table) -> Rule:
    """A message inside, by its own table."""

    def build(mode: Mode) -> Check:
        walk = walker(table, mode).walk
        return lambda message: walk(message)[1]

    return build


@cache
def walker(table: Table, mode: Mode) -> Walker:
    """The table's walker for a mode; built once."""
    return Walker(table, mode)
