"""What a browser sends with a form, read with a cap and never trusted.

Guarantees: at most 128 KiB and 700 fields are parsed, only `application/x-www-form-urlencoded`, only UTF-8; text
is NFC with Unix line ends. Forms with files are `web/uploads.py`'s.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.requests import Request

BODY_MAX = 128 * 1024
FIELDS_MAX = 700
"""The largest form, a ban with fifty places, has about 600."""


MARKS_MAX = 30
"""Combining marks on one letter; no script has so many."""


class BadForm(ValueError):
    """Not a form of ours."""


@dataclass(frozen=True, slots=True)
class Form:
    """The fields, each with all its values."""

    fields: Mapping[str, tuple[str, ...]]

    def one(self, name: str) -> str:
        """A field's first value without outer blanks; empty when absent."""
        return next(iter(self.fields.get(name, ())), "").strip()

    def raw(self, name: str) -> str:
        """A field's first value as it was typed: for passwords."""
        return next(iter(self.fields.get(name, ())), "")

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of a field."""
        return self.fields.get(name, ())

    def ticked(self, name: str) -> bool:
        """Whether a box is ticked."""
        return bool(self.fields.get(name))


EMPTY = Form({})


def form_of(pairs: Iterable[tuple[str, str]]) -> Form:
    """Collects pairs into a form."""
    fields: dict[str, tuple[str, ...]] = {}
    for name, value in pairs:
        clean = _composed(value.replace("\r\n", "\n"))
        fields[name] = (*fields.get(name, ()), clean)
    return Form(fields)


def _composed(text: str) -> str:
    """In NFC. Raises `BadForm` for more marks on one letter than any script has: to order them costs the square of their number."""
    marks = 0
    for letter in text if not text.isascii() else "":
        marks = marks + 1 if unicodedata.combining(letter) else 0
        if marks > MARKS_MAX:
            raise BadForm(f"at most {MARKS_MAX} marks on a letter")
    return unicodedata.normalize("NFC", text)


async def read_form(request: Request) -> Form:
    """The form of a POST; raises `BadForm`."""
    if request.headers.get("content-type", "").split(";")[0].strip() != "application/x-www-form-urlencoded":
        raise BadForm("application/x-www-form-urlencoded is read here, nothing else")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_MAX:
            raise BadForm(f"at most {BODY_MAX} bytes")
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, max_num_fields=FIELDS_MAX, errors="strict"
        )
    except ValueError as error:
        raise BadForm("not a form") from error
    return form_of(pairs)
