"""What should not stand in free text: plates, badge and national numbers, names, cameras. Warnings for who writes.

Guarantees no completeness and no certainty: it is a reminder in the compose form, not a filter; what it says names the
field and the sort of thing, never the text. Data, not code: one pattern a sort.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from protocol.fields import DAY_MS
from protocol.ids import UnixMs
from protocol.kind import Kind
from protocol.v1 import records_pb2 as pb


@dataclass(frozen=True, slots=True)
class Warning_:  # noqa: N801  a warning is Python's own word for something else
    """A field of a draft that its author should look at again. `sort` is a code for screens to translate."""

    path: str
    sort: str


_CAPITAL = r"[A-ZÀ-ÖØ-Þ]"
_SORTS: tuple[tuple[str, re.Pattern[str]], ...] = (
    # Belgian, Dutch and French plates: two or three groups with hyphens, letters and digits both; Belgian without them; German.
    # Each place of a text is looked at no further than a plate is long: a text of another port costs what its length does.
    (
        "plate",
        re.compile(
            r"\b(?=[A-Z0-9-]{0,10}[A-Z])(?=[A-Z0-9-]{0,10}[0-9])(?:[A-Z]{1,3}|[0-9]{1,3})(?:-(?:[A-Z]{1,3}|[0-9]{1,3})){2}\b"
            r"|\b[1-9][A-Z]{3}[0-9]{3}\b"
            r"|\b[A-ZÄÖÜ]{1,3}[- ][A-Z]{1,2} [0-9]{1,4}[EH]?\b"
        ),
    ),
    ("badge", re.compile(r"\b(?:badge|alfapass|toegangspas|ausweis)\D{0,12}[0-9]{4,}", re.IGNORECASE)),
    (
        "name",
        re.compile(
            r"\b(?:[Dd]e [Hh]eer|[Mm]evrouw|[Mm]evr\.|[Dd]hr\.|M[rs]{1,2}\.?|[Mm]onsieur|[Mm]adame|Mme|[Hh]err|[Ff]rau)\s+"
            + _CAPITAL
            + r"\w+"
        ),
    ),
    (
        "camera",
        re.compile(r"\b(?:cam|cctv|camera|caméra|kamera)[ ._-]{0,2}[a-z]{0,4}-?[0-9]{1,6}\b", re.IGNORECASE),
    ),
)
_DIGIT = re.compile(r"[0-9]")
_ELEVEN = re.compile(
    r"(?<![0-9])([0-9]{2})[. ]?([0-9]{2})[. ]?([0-9]{2})[- .]?([0-9]{3})[. -]?([0-9]{2})(?![0-9])"
)


def warnings(record: pb.Record, kind: Kind, now: UnixMs | None = None) -> tuple[Warning_, ...]:
    """What to look at again before this is released; each field and sort once."""
    found = [Warning_(path, sort) for path, text in texts(record, kind) for sort in _sorts(text)]
    if now is not None and max(record.common.occurred_from, record.common.occurred_to) > now + DAY_MS:
        found.append(Warning_("occurred_from", "in_the_future"))
    return tuple(dict.fromkeys(found))


def texts(record: pb.Record, kind: Kind) -> Iterator[tuple[str, str]]:
    """What a person typed in a record, each text with its path: the title first."""
    common, body = record.common, getattr(record, kind.name)
    for message, names in ((common, ("title", "change_reason")), (body, kind.words)):
        for name in names:
            held = getattr(message, name)
            if isinstance(held, str):
                yield name, held
            else:
                yield from ((f"{name}[{index}]", text) for index, text in enumerate(held))


def spans(text: str) -> Iterator[tuple[str, int, int]]:
    """Where in a text something of these sorts stands: (sort, from, to)."""
    digits = _DIGIT.search(text) is not None
    for sort, form in _SORTS:
        if digits or sort == "name":  # the others have one
            yield from ((sort, *found.span()) for found in form.finditer(text))
    for found in _ELEVEN.finditer(text):
        if _is_national_number("".join(found.groups())):
            yield "national_number", *found.span()


def _sorts(text: str) -> Iterator[str]:
    yield from dict.fromkeys(sort for sort, _, _ in spans(text))


def _is_national_number(digits: str) -> bool:
    """Belgian register number: the last two are 97 less the rest of the first nine; with a 2 before them from 2000 on."""
    body, control = int(digits[:9]), int(digits[9:])
    return control in {97 - body % 97, 97 - (2_000_000_000 + body) % 97}
