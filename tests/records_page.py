"""The chapter of records in docs/protocol.md, made from the tables that check them.

`make docs` writes it anew between its two markers; a test compares. Nothing of the product imports this.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from locations import ROOT

from protocol.codes import codes
from protocol.fields import DAY_MS, Field, Table
from protocol.indicator import TOKENS
from protocol.indicator_forms import SORTS
from protocol.kind import Kind
from protocol.kinds import known
from protocol.parts import MEDIA_TYPES
from protocol.preamble import COMMON
from protocol.record import content_type
from protocol.v1 import records_pb2 as pb

PAGE = ROOT / "docs" / "protocol.md"
BEGIN, END = "<!-- records: made by make docs -->\n", "<!-- end of records -->\n"
_DIGITS = {
    "imo": "digits 1 to 6 times 7, 6, 5, 4, 3, 2, added: the last digit of the sum is digit 7; not 0000000",
    "container": "ISO 6346",
    "enterprise": "the last two are 97 less the remainder of the first eight by 97; not all zero",
    "drone": "the fifth character (1 to F) says how many follow it; as hex not 000000 or FFFFFF",
    "ip": "the form of RFC 5952; IPv4 in IPv6 is written as IPv4",
    "domain": "at most 253 characters",
    "address": "as folding leaves it: upper case, no accents, single blanks, no `. ; : '` and no commas",
}


def chapter() -> str:
    """The tables of the common part, of every kind and of what they hold, and the forms of indicators."""
    lines = ["### The common part", *_table(COMMON), ""]
    for name, kind in known().items():
        lines += [f"### {name}", *_kind(kind), ""]
    for table in _parts():
        lines += [f"### {table.message.DESCRIPTOR.name}", *_table(table), ""]
    lines += ["### Indicators", *_indicators(), "", "### Attachments", _attachments()]
    return "\n".join(lines) + "\n"


def written(page: str) -> str:
    """The page with the chapter as the tables have it now."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    assert begin, "docs/protocol.md has lost its first marker of the records"
    assert end, "docs/protocol.md has lost its second marker of the records"
    return before + begin + chapter() + end + after


def _kind(kind: Kind) -> Iterator[str]:
    number = pb.Record.DESCRIPTOR.fields_by_name[kind.name].number
    yield f"`{content_type(kind.name)}`, field {number} of `Record`. {_terms(kind)}".rstrip()
    yield from ("", *_table(kind.table))
    yield from (f"* {said}." for said in kind.says)
    yield from (f"* At its origin, for who writes it: {said}." for said in [*_pointers(kind), *kind.turns])


def _pointers(kind: Kind) -> Iterator[str]:
    for pointer in kind.pointers:
        of = f" of kind {', '.join(sorted(pointer.kinds))}" if pointer.kinds else ""
        terms = [f"`{pointer.field}` names what is held there{of}" + ", or what is not" * (not pointer.held)]
        terms += ["in force"] * pointer.current + ["readable for all readers of the label"]
        terms += ["whose origin, where it is another, the label names alone in `TO`"] * pointer.back
        yield ", ".join(terms)
    if kind.unique:
        yield f"each `{kind.unique}` stands in one record of the origin only, of those that who writes it may read"
    if kind.addressee:
        yield f"the label names the node in `{kind.addressee}` alone in `TO`"


def _terms(kind: Kind) -> str:
    found = []
    if kind.common is not None:
        found.append(
            "Of the common part only " + ", ".join(f"`{name}`" for name in kind.common) + " is required."
        )
    if not kind.right:
        found.append("No officer publishes it.")
    if kind.lapses:
        found.append(
            f"`expires_ms` is `{kind.lapses}`, where that is set, or the end of retention if that is earlier."
        )
    if kind.expires_most_ms is not None:
        found.append(f"`expires_ms` is required, at most {kind.expires_most_ms // DAY_MS} days after issue.")
    if kind.register_right:
        found.append(f"Only of an organisation with the register right `{kind.register_right}`.")
    if kind.always:
        found.append("The label has the caveats " + ", ".join(sorted(kind.always)) + ".")
    if not kind.exercises:
        found.append("The label has no `STATUS`.")
    found += [
        f"Codes of `{field}` stand in the register's list `{listing}`." for field, listing in kind.listed
    ]
    return " ".join(found)


def _table(table: Table) -> Iterator[str]:
    yield "| no. | field | type | R | rule | mark |"
    yield "|---|---|---|---|---|---|"
    yield from (_row(table, field) for field in table.fields)
    notes = [*_notes(table), *_enums(table)]
    if notes:
        yield ""
    yield from notes


def _row(table: Table, field: Field) -> str:
    declared = table.message.DESCRIPTOR.fields_by_name[field.name]
    required = "R" if field.required else ""
    cells = (declared.number, f"`{field.name}`", _type(declared), required, field.rule.words, field.mark)
    return "| " + " | ".join(str(cell) for cell in cells).replace("<", "&lt;") + " |"


def _type(declared: Any) -> str:
    message, enum = declared.message_type, declared.enum_type
    if message is not None and message.GetOptions().map_entry:
        return "map of string"
    name = message.name if message is not None else "enum" if enum is not None else _SCALARS[declared.type]
    return f"list of {name}" if declared.is_repeated else str(name)


_SCALARS = {
    number: name.removeprefix("TYPE_").lower()
    for name, number in vars(type(pb.Record.DESCRIPTOR.fields[0])).items()
    if name.startswith("TYPE_")
}


def _notes(table: Table) -> Iterator[str]:
    if table.one_of:
        yield "* Exactly one of " + ", ".join(f"`{name}`" for name in table.one_of) + "."
    for names in table.together:
        yield f"* {' and '.join(f'`{name}`' for name in names)}: both or neither."
    for order in table.ordered:
        most = f", at most {order.most_ms // DAY_MS} days" if order.most_ms is not None else ""
        yield f"* `{order.later}` is {'after' if order.strict else 'not before'} `{order.earlier}`{most}."
    yield from (f"* {said}." for said in table.says)


def _enums(table: Table) -> Iterator[str]:
    for field in table.fields:
        enum = table.message.DESCRIPTOR.fields_by_name[field.name].enum_type
        if enum is not None:
            numbers = [value.number for value in enum.values if value.number]
            listed = zip(numbers, codes(table.message, field.name), strict=True)
            yield f"* `{field.name}`: " + ", ".join(f"{number} {code}" for number, code in listed) + "."


def _parts() -> list[Table]:
    """Tables inside the tables, in the order in which they are met."""
    found: dict[str, Table] = {}
    waiting = [COMMON, *(kind.table for kind in known().values())]
    while waiting:
        inner = [field.inside for field in waiting.pop(0).fields if field.inside is not None]
        waiting += inner
        for table in inner:
            found.setdefault(table.message.DESCRIPTOR.name, table)
    return list(found.values())


def _indicators() -> Iterator[str]:
    yield "`IndicatorValue { 1 type: string  2 value: string }`. The value stands in this form, or it is refused:"
    yield ""
    yield "| type | form | regular expression | check | mark |"
    yield "|---|---|---|---|---|"
    for name, sort in SORTS.items():
        form = sort.form.pattern.replace("|", "\\|")
        mark = "P" if sort.personal else ""
        yield f"| `{name}` | {sort.rule} | `{form}` | {_DIGITS.get(name, '')} | {mark} |"
    yield ""
    yield (
        f"Tokens ({' and '.join(sorted(TOKENS))}) are keyed by the node that made them and refused in a record for "
        "other nodes. Of a type that is not known a holder bears a type of 1 to 40 characters and a value of 1 to 512."
    )


def _attachments() -> str:
    return "Media types of a `Blob`: " + ", ".join(f"`{name}`" for name in MEDIA_TYPES) + "."


if __name__ == "__main__":
    PAGE.write_text(written(Path(PAGE).read_text("utf-8")), "utf-8")
