"""Field rules as data: a table a message, a rule a field; every violation of a message is found in one walk.

Guarantees that a message is walked once (`ListFields`), that every field of its type has a rule (a missing one fails at
import) and that no rule text holds a value. What needs more than one field stands in the table's cross checks.

A holder walks every record it receives, so what it found sound once it does not find out again: the set of fields that are
present, and short texts that are one of few. Neither is kept of fields with a mark, nor without bound.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from google.protobuf.message import Message

from protocol.rules import Check, Found, Mode, Rule, Sort, under

DAY_MS = 86_400_000
KEPT_MAX = 256
"""Sound texts of a field, or sets of fields, that are remembered; more than these, and they are forgotten."""
KEPT_LENGTH = 40
Cross = Callable[[Any], Iterable[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its rule, whether it must be there, its mark (P personal, S sensitive)."""

    name: str
    rule: Rule
    required: bool = False
    mark: str = ""

    @property
    def inside(self) -> Table | None:
        """The table of the messages in this field or list."""
        return self.rule.item.table if self.rule.item else self.rule.table


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
    says: tuple[str, ...] = ()
    """What `cross` holds, in words, for the page of the protocol."""
    bits: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        declared = self.message.DESCRIPTOR.fields_by_name
        named = [f.name for f in self.fields]
        assert sorted(named) == sorted(declared), _difference(self.message.__name__, named, declared)
        object.__setattr__(self, "bits", {name: 1 << i for i, name in enumerate(named)})

    def mask(self, names: Iterable[str]) -> int:
        """The bits of these fields."""
        return sum(self.bits[name] for name in names)

    def marked(self, mark: str) -> int:
        """The bits of the fields that carry a mark."""
        return self.mask(f.name for f in self.fields if mark in f.mark)


def _difference(message: str, named: Sequence[str], declared: Iterable[str]) -> str:
    """Which fields a table and its message do not share: what its author has to write or take out."""
    kept = list(declared)
    said = (
        ("no rule for field", [name for name in kept if name not in named]),
        ("a rule for what is no field:", [name for name in named if name not in kept]),
        ("two rules for", sorted({name for name in named if named.count(name) > 1})),
    )
    return f"{message}: " + "; ".join(f"{words} {', '.join(names)}" for words, names in said if names)


class Walker:
    """A table, ready for one mode."""

    __slots__ = ("_complete", "_cross", "_one_of", "_ordered", "_required", "_rules", "_table", "_together")

    def __init__(self, table: Table, mode: Mode, required: Iterable[str] | None = None) -> None:
        declared = table.message.DESCRIPTOR.fields_by_name
        self._table = table
        self._rules: dict[Any, tuple[int, Collection[Any], Check, str]] = {
            declared[f.name]: (table.bits[f.name], *_checks(f, mode), f.name) for f in table.fields
        }
        self._complete: set[int] = set()
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
            bit, sound, check, name = rules[descriptor]
            seen |= bit
            if sound and value in sound:
                continue
            bad = check(value)
            if bad is not None:
                found += under(name, bad)
        if seen not in self._complete:
            self._check_shape(message, seen, found)
        if self._cross is not None:
            found += self._cross(message)
        return seen, found or None

    def _check_shape(self, message: Any, seen: int, found: Found) -> None:
        """Whether the fields that are present may be without the others, and in their order."""
        before = len(found)
        if self._required & ~seen or (self._one_of and not self._one_of & seen):
            found += self._missing(seen)
        for names, mask in self._together:
            if seen & mask not in {0, mask}:
                found.append((names[-1], f"{' and '.join(names)}: both or neither"))
        for mask, order in self._ordered:
            if seen & mask == mask:
                found += _disorder(message, order)
        if len(found) == before and not any(seen & mask == mask for mask, _ in self._ordered):
            _remember(self._complete, seen)

    def _missing(self, seen: int) -> Found:
        table = self._table
        lacking = self._required & ~seen
        found: Found = [(f.name, "required") for f in table.fields if lacking & table.bits[f.name]]
        if self._one_of and not self._one_of & seen:
            found.append(("", "one of " + ", ".join(table.one_of)))
        return found


def _checks(field: Field, mode: Mode) -> tuple[Collection[Any], Check]:
    """The values that need no check, and the check."""
    rule, check = field.rule, field.rule.check(mode)
    if mode is not Mode.ACCEPTING or not rule.few or field.mark:
        return rule.sound, check
    sound: set[Any] = set()

    def run(value: str) -> str | Found | None:
        bad = check(value)
        if bad is None and len(value) <= KEPT_LENGTH:
            _remember(sound, value)
        return bad

    return sound, run


def _remember(kept: set[Any], value: Any) -> None:
    if len(kept) >= KEPT_MAX:
        kept.clear()
    kept.add(value)


def _disorder(message: Any, order: Order) -> Found:
    gap = getattr(message, order.later) - getattr(message, order.earlier)
    if gap < 0 or (order.strict and gap == 0):
        return [(order.later, f"{'after' if order.strict else 'not before'} {order.earlier}")]
    if order.most_ms is not None and gap > order.most_ms:
        return [(order.later, f"at most {order.most_ms // DAY_MS} days after {order.earlier}")]
    return []


def part(table: Table) -> Rule:
    """A message inside, by its own table."""

    def build(mode: Mode) -> Check:
        walk = walker(table, mode).walk
        return lambda message: walk(message)[1]

    return Rule(Sort.PART, build, table=table, words=f"by the table {table.message.__name__}")


@cache
def walker(table: Table, mode: Mode) -> Walker:
    """The table's walker for a mode; built once."""
    return Walker(table, mode)
