"""One field's rule as a value: what it checks, and its limits as data that forms and tests read.

Guarantees that a check answers None for what is sound and else a rule text without the value. An author may not write what
is unknown here, a holder must bear it: so a rule builds its check for a mode.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import TYPE_CHECKING, Any

from google.protobuf.message import Message

from protocol import text as texts

if TYPE_CHECKING:
    from protocol.fields import Table

LATEST_MS = 253_402_300_799_999
"""The last millisecond of year 9999: later ones cannot be shown."""


class Mode(Enum):
    """Who asks."""

    AUTHORING = 1
    ACCEPTING = 2
    LOCAL = 3
    """Authoring a record that never leaves this node: tokens keyed by it are allowed."""


Found = list[tuple[str, str]]
"""(path below what was checked, rule)"""
Check = Callable[[Any], "str | Found | None"]


class Sort(Enum):
    """What a rule is about."""

    TEXT = "text"
    FORM = "form"
    NUMBER = "number"
    MOMENT = "moment"
    DAY = "day"
    CHOICE = "choice"
    FLAG = "flag"
    OCTETS = "octets"
    LIST = "list"
    MAP = "map"
    PART = "part"


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: its check for a mode, and its limits. `least`, `most`: characters, bytes, items or the number itself.

    `words` say what is allowed, for the page of the protocol.
    """

    sort: Sort
    check: Callable[[Mode], Check]
    least: float | None = None
    most: float | None = None
    closed: bool = True
    item: Rule | None = None
    table: Table | None = None
    words: str = ""
    sound: frozenset[Any] = frozenset()
    """Values that are sound for everyone: they are looked up and need no check."""
    few: bool = False
    """A text that is one of few in practice: what a holder found sound it may remember."""


def under(name: str, bad: str | Found) -> Found:
    """What was found in a field, below its name."""
    if isinstance(bad, str):
        return [(name, bad)]
    return [(join(name, path), rule) for path, rule in bad]


def join(name: str, path: str) -> str:
    """`places` and `[0].circle` make `places[0].circle`."""
    if not path or path.startswith("["):
        return name + path
    return f"{name}.{path}"


def plain(
    check: Check,
    sort: Sort = Sort.FORM,
    *,
    words: str,
    least: float | None = None,
    most: float | None = None,
) -> Rule:
    """A check that is the same for everyone."""
    return Rule(sort, lambda _mode: check, least, most, words=words)


def text(most: int, *, lines: bool = False) -> Rule:
    """Text of at most `most` code points (`protocol/text.py`); absent when empty."""
    fault = texts.fault

    def check(value: str) -> str | None:
        return fault(value, most=most, lines=lines)

    words = f"text of at most {most} characters" + (" and line feeds" if lines else "")
    return plain(check, Sort.TEXT, most=most, words=words)


def long_text() -> Rule:
    """`text` of the tables: 4,000 code points, line feeds allowed."""
    return text(4000, lines=True)


def pattern(form: str, rule: str) -> Rule:
    """Text of one form."""
    match = re.compile(form).fullmatch
    return Rule(Sort.FORM, lambda _mode: lambda value: None if match(value) else rule, words=rule, few=True)


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

    return plain(check, Sort.NUMBER, least=least, most=most, words=f"{low}, {high}")


def _digits(value: float) -> str:
    return str(int(value)) if value == int(value) else str(value)


def choice(message: type[Message], enum: str, *, closed: bool = False) -> Rule:
    """A value of an enum of a message; a number of a newer peer is borne when accepting, unless `closed`."""
    values = message.DESCRIPTOR.enum_types_by_name[enum].values
    known = frozenset(value.number for value in values if value.number)

    def build(mode: Mode) -> Check:
        if mode is Mode.ACCEPTING and not closed:
            return lambda value: None if value > 0 else "a known code"
        return lambda value: None if value in known else "a known code"

    words = "a known code; a holder refuses others too" if closed else "a known code"
    return Rule(Sort.CHOICE, build, closed=closed, words=words, sound=known)


def one_of(values: Sequence[str]) -> Rule:
    """One of a closed list of texts."""
    known = frozenset(values)
    rule = "one of " + ", ".join(values)
    return Rule(
        Sort.FORM, lambda _mode: lambda value: None if value in known else rule, words=rule, sound=known
    )


def flag() -> Rule:
    """True or false."""
    words = "true or false"
    return Rule(Sort.FLAG, lambda _mode: lambda _value: None, words=words, sound=frozenset({True, False}))


def octets(size: int) -> Rule:
    """Exactly so many bytes."""
    rule = f"exactly {size} bytes"

    def check(value: bytes) -> str | None:
        return None if len(value) == size else rule

    return plain(check, Sort.OCTETS, least=size, most=size, words=rule)


def moment() -> Rule:
    """Unix milliseconds, after 1970 and before year 10000."""
    rule = "unix milliseconds from 1970 to 9999"

    def check(value: int) -> str | None:
        return None if 0 < value <= LATEST_MS else rule

    return plain(check, Sort.MOMENT, least=1, most=LATEST_MS, words=rule)


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

    words = "a day YYYY-MM-DD from 1900 on" + ("; day, or month and day, may be 00" if open_parts else "")
    return plain(check, Sort.DAY, words=words)


def _is_day(year: int, month: int, number: int) -> bool:
    try:
        date(year, month, number)
    except ValueError:
        return False
    return True


def each(rule: Rule, *, most: int, least: int = 0, distinct: bool = True) -> Rule:
    """A list of at most `most`, each by `rule`, none twice unless `distinct` is off."""

    def build(mode: Mode) -> Check:
        check = rule.check(mode)

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
                    found += under(f"[{index}]", bad)
            if distinct and _twice(values):
                found.append(("", "no value twice"))
            return found or None

        return run

    count = f"{least} to {most}" if least else f"at most {most}"
    words = f"{count}{', none twice' if distinct else ''}; each {rule.words}"
    return Rule(Sort.LIST, build, least, most, item=rule, words=words)


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
        check_key, check_value = key.check(mode), value.check(mode)

        def run(entries: Any) -> str | Found | None:
            if len(entries) > most:
                return f"at most {most}"
            found: Found = []
            for name, held in entries.items():
                bad_key = check_key(name)
                bad = bad_key or check_value(held)
                if isinstance(bad, str):
                    found.append(("[key]" if bad_key else f"[{name}]", bad))
            return sorted(found) or None  # a map has no order, and every holder is to say the same

        return run

    words = f"at most {most}; key: {key.words}; value: {value.words}"
    return Rule(Sort.MAP, build, most=most, item=value, words=words)
