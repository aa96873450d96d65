"""The forms of a page, as a browser would send them: every field with the value that the page gave it.

Guarantees that what is sent was offered: a field that the form does not have, or a choice that it does not offer, is an error.
Reads pages of this product; it is no browser.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from html.parser import HTMLParser

from node.demo.check.report import Failed

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Form:
    """One form: where it goes, what it holds, and which values its choices offer."""

    action: str
    values: Pairs
    offered: frozenset[tuple[str, str]]
    free: frozenset[str]

    def fill(self, **filled: str) -> Form:
        """The form with these fields filled in."""
        for name, value in filled.items():
            if name not in self.free and (name, value) not in self.offered:
                raise Failed(f"the form {self.action or 'of the page'} does not offer this value of {name}")
        kept = tuple((name, value) for name, value in self.values if name not in filled)
        return replace(self, values=(*kept, *filled.items()))

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of a field as it stands."""
        return tuple(value for key, value in self.values if key == name)


def forms_of(page: str) -> list[Form]:
    """All forms of a page, in its order."""
    reader = _Reader()
    reader.feed(page)
    return reader.forms


def form_to(page: str, action: str) -> Form:
    """The form that goes to an address; Failed where the page has none."""
    for form in forms_of(page):
        if form.action == action:
            return form
    raise Failed(f"the page has no form to {action.partition('?')[0]}")


@dataclass(slots=True)
class _Open:
    action: str
    values: list[tuple[str, str]] = field(default_factory=list)
    offered: set[tuple[str, str]] = field(default_factory=set)
    free: set[str] = field(default_factory=set)
    select: str = ""
    options: list[tuple[str, bool]] = field(default_factory=list)
    area: str = ""
    text: list[str] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[Form] = []
        self._form: _Open | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        present = {name for name, _ in attrs}
        if tag == "form":
            self._form = _Open(given.get("action", ""))
        elif self._form is not None:
            _take(self._form, tag, given, present)

    def handle_data(self, data: str) -> None:
        if self._form is not None and self._form.area:
            self._form.text.append(data)

    def handle_endtag(self, tag: str) -> None:
        form = self._form
        if form is None:
            return
        if tag == "form":
            self.forms.append(
                Form(form.action, tuple(form.values), frozenset(form.offered), frozenset(form.free))
            )
            self._form = None
        elif tag == "select" and form.select:
            _end_select(form)
        elif tag == "textarea" and form.area:
            form.values.append((form.area, "".join(form.text).removeprefix("\n")))
            form.area, form.text = "", []


def _take(form: _Open, tag: str, given: dict[str, str], present: set[str]) -> None:
    name = given.get("name", "")
    if tag == "input" and name:
        _take_input(form, name, given, present)
    elif tag == "textarea" and name:
        form.area = name
        form.free.add(name)
    elif tag == "select" and name:
        form.select, form.options = name, []
    elif tag == "option" and form.select:
        form.options.append((given.get("value", ""), "selected" in present))


def _take_input(form: _Open, name: str, given: dict[str, str], present: set[str]) -> None:
    sort = given.get("type", "text")
    value = given.get("value", "")
    if sort in {"radio", "checkbox"}:
        form.offered.add((name, value))
        if "checked" in present:
            form.values.append((name, value))
        return
    if sort != "hidden":
        form.free.add(name)
    form.values.append((name, value))


def _end_select(form: _Open) -> None:
    form.offered.update((form.select, value) for value, _ in form.options)
    chosen = [value for value, selected in form.options if selected] or [v for v, _ in form.options[:1]]
    form.values += [(form.select, value) for value in chosen[:1]]
    form.select = ""
