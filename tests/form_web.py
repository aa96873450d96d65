"""A form of a page as a browser would send it back untouched."""

from __future__ import annotations

from html.parser import HTMLParser


class _Filled(HTMLParser):
    """The fields of the form that is sent with files: those of a record."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, list[str]] = {}
        self._inside, self._select, self._area = False, "", ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = given.get("enctype") == "multipart/form-data"
        if not self._inside:
            return
        if tag == "select":
            self._select = given["name"]
        elif tag == "textarea":
            self._area = given["name"]
            self.fields.setdefault(self._area, []).append("")
        elif tag == "option" and self._select and "selected" in given:
            self.fields.setdefault(self._select, []).append(given["value"])
        elif tag == "input" and (
            given.get("type") not in {"file", "hidden", "radio", "checkbox"} or "checked" in given
        ):
            self.fields.setdefault(given["name"], []).append(given.get("value", ""))

    def handle_data(self, data: str) -> None:
        if self._area:
            self.fields[self._area][-1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        self._select = "" if tag == "select" else self._select
        self._area = "" if tag == "textarea" else self._area


def stands(page: str) -> dict[str, object]:
    """What stands in a record's form."""
    parser = _Filled()
    parser.feed(page)
    return {name: values if len(values) > 1 else values[0] for name, values in parser.fields.items()}
