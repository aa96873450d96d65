"""Who a person is by what a ban says of him: names with the birth date, and the document. Asked for conflicts of interest alone.

Guarantees that what somebody declares of himself and what a ban says of him meet in one stored form, whatever the case, accents, blanks
and further given names, and though a ban knows the month or the year only. None of it is an indicator: nothing looks out for it, and no
record carries it in this form.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from protocol.errors import BadRecord, Violation
from protocol.indicator import RAW_MAX, Subject, subject
from protocol.indicator_forms import folded
from protocol.v1 import records_pb2 as pb

NAME_BIRTH: Final = "name_birth"
DOCUMENT: Final = "document"


def declared(type: str, raw: str) -> Subject:  # noqa: A002  as of an indicator
    """The stored form of what concerns somebody, of these two types or of an indicator's; BadRecord with the rule, never the value."""
    if type not in {NAME_BIRTH, DOCUMENT}:
        return subject(type, raw)
    parts = raw.split(",") if len(raw) <= RAW_MAX else []
    if type == DOCUMENT:
        found = _document(*parts) if len(parts) == 2 else None
        rule = "country and number with a comma between: BE, 591-1234567-89"
    else:
        found = _born(parts[0], parts[1], parts[2].strip()) if len(parts) == 3 else None
        rule = (
            "family name, given names and the whole birth date with commas between: Janssen, Jan, 1990-04-12"
        )
    if found is None:
        raise BadRecord((Violation("concern", type, rule),))
    return found


def of_ban(ban: pb.PortBan) -> Iterator[Subject]:
    """Everybody whom this ban may be about: of a birth date with open parts every day that it may be."""
    for day in _days(ban.birth_date):
        if (born := _born(ban.family_name, ban.given_names, day.isoformat())) is not None:
            yield born
    if ban.HasField("document"):
        held = _document(ban.document.country, ban.document.number)
        if held is not None:
            yield held
    yield from (Subject("person", token.hex()) for token in ban.person_tokens)


def _born(family: str, given: str, day: str) -> Subject | None:
    """By the family name without blanks and the first given name: documents differ in the others."""
    name, first = _letters(family), _letters(given.strip().partition(" ")[0].partition("-")[0])
    try:
        born = date.fromisoformat(day)
    except ValueError:
        return None
    return Subject(NAME_BIRTH, f"{name}/{first}/{born.isoformat()}") if name and first else None


def _document(country: str, number: str) -> Subject | None:
    """Whatever sort of document it is: a number means one in its country, and who typed it may have taken one for the other."""
    state, digits = country.strip().upper(), _letters(number)
    return Subject(DOCUMENT, f"{state}/{digits}") if re.fullmatch(r"[A-Z]{2}", state) and digits else None


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", folded(text))


def _days(text: str) -> Iterator[date]:
    try:
        year, month, day = (int(part) for part in text.split("-"))
        first = date(year, month or 1, day or 1)
        days = [first + timedelta(n) for n in range(1 if month and day else 366)]
    except (ValueError, OverflowError):
        return  # said by the rule of the field
    yield from (one for one in days if one.year == year and month in {0, one.month})
