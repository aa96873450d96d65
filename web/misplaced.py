"""Where in a form an error stands: each input in its order, and the one that a violation of the record is about.

Guarantees that what a violation says is at the most exact input that the form has for it, in the right row of a list.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from web import filled, rows
from web.forms import Form
from web.views import LISTS, MANY, ROWS, Box, FieldError, Sheet, Sort


def inputs(box: Box, form: Form, prefix: str = "") -> Iterator[str]:
    """The names of a place and of its inputs, as the page has them from top to bottom."""
    name = prefix + box.name
    yield name
    many = box.sort in LISTS
    for one in (f"{name}.{index}" for index in range(filled.parts_in(box, form))) if many else (name,):
        yield from (f"{one}.{at}" for at in rows.INPUTS.get(box.sort, ()))
        for inner in box.inside:
            yield from inputs(inner, form, f"{one}.")


def place_of_error(sheet: Sheet, path: str, rule: str) -> FieldError:
    """The place that a violation of a record is about; of one line of a place its number."""
    steps = path.replace("[", ".").replace("]", "").split(".")
    box = next((one for one in sheet.boxes if one.field == steps[0]), None)
    if box is None:
        return FieldError("title", "rule", words=f"{path}: {rule}" if path else rule)
    if box.sort in MANY and len(steps) > 1 and steps[1].isdecimal():
        return FieldError(box.name, "line_rule", int(steps[1]) + 1, words=rule)
    return FieldError(_most_exact(box, box.name, steps[1:]), "rule", words=rule)


def _most_exact(box: Box, name: str, steps: Sequence[str]) -> str:
    if box.sort in LISTS:
        if not steps or not steps[0].isdecimal():
            return name
        name, steps = f"{name}.{steps[0]}", steps[1:]
    if box.sort in ROWS:
        return f"{name}.{rows.input_of(box.sort, steps)}"
    inner = next((one for one in box.inside if steps and one.field == steps[0]), None)
    if inner is not None:
        return _most_exact(inner, f"{name}.{inner.name}", steps[1:])
    first = box.inside[0] if box.sort is Sort.PARTS else None
    return _most_exact(first, f"{name}.{first.name}", ()) if first is not None else name
