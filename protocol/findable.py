"""What a record can be found by: the words of its texts, and the identifiers of persons and things that it names.

Guarantees: the words are never those of a field of personal data, and a plate, a telephone number, a badge or national number and a
name that stand in a text are not among them; an identifier has one form, however it was typed, so that equal forms are the same
thing as far as the form can tell. Pure; who may search, and what of a record is looked at, is not here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from protocol import scan
from protocol.errors import BadRecord
from protocol.indicator import normalise
from protocol.indicator_forms import folded
from protocol.kinds import known
from protocol.record import Record
from protocol.v1 import records_pb2 as pb

IDENTIFIERS: Final = ("person", "plate", "badge", "phone")
"""What is searched by as a whole, each with a reason; everything else is text."""
WORD_MAX = 64
WORDS_MAX = 2_000
"""So many different words of a record, and so long a beginning of each, are looked at."""
PHONE_DIGITS = 8
"""The last so many digits of a telephone number are the same however country and area are written."""

_MARKS = re.compile(r"[\u0300-\u036f]")
_DIGIT = re.compile(r"[0-9]")
_WORD = re.compile(r"[^\W_]+")
_PHONE = re.compile(r"(?<![\w+])(?:\+|0)\(?[0-9](?:[ ().\-/\u00a0]{0,2}[0-9]){6,13}(?!\w)")
_PERSONAL: Final = frozenset({"plate", "badge", "name", "national_number"})
"""What of the sorts that a text is scanned for is a person's."""
_COUNTRY = re.compile(r"([A-Za-z]{2})\s*:\s*(.+)", re.DOTALL)
_TOKEN = re.compile(r"[0-9a-f]{64}")


class NotOne(ValueError):
    """What was typed is no identifier of that sort. Never repeats it."""


def words(text: str) -> Iterator[str]:
    """The words of a text: without case and accents, in its order. One letter alone is none."""
    if not text.isascii():
        text = _MARKS.sub("", unicodedata.normalize("NFKD", text))
    for word in _WORD.findall(text.casefold()):
        if len(word) > 1 or word.isdigit():
            yield word[:WORD_MAX]


def plain(text: str) -> tuple[str, tuple[str, ...]]:
    """A text without what should be searched for as an identifier, and the sorts of that ("plate", "phone", …)."""
    cut = _found(text)
    return _without(text, cut), tuple(dict.fromkeys(sort for sort, _, _ in cut))


@dataclass(frozen=True, slots=True)
class Findable:
    """What one record is found by: `title` and `words` (all of them, the title's too), and the forms of whom and what it names."""

    title: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    identifiers: frozenset[str] = field(default=frozenset(), repr=False)


def findable(record: Record) -> Findable:
    """All that a record could be found by; which of it is kept is the holder's to say."""
    if record.opaque:
        return Findable()
    named, found = _named(record), dict[str, None]()
    texts = _texts(record)
    title = dict[str, None]()
    for number, text in enumerate(texts):
        cut = _found(text)
        named.update(form for sort, first, end in cut if (form := _form(sort, text[first:end])))
        found |= dict.fromkeys(words(_without(text, cut)))
        title = title if number else dict(found)
    for subject in record.subjects:
        if not subject.personal:
            found |= dict.fromkeys(words(subject.value))
    return Findable(
        title=frozenset(list(title)[:WORDS_MAX]),
        words=frozenset(list(found)[:WORDS_MAX]),
        identifiers=frozenset(named),
    )


def identifier(sort: str, typed: str) -> str:
    """The form by which somebody or something is looked up; NotOne where that is not what was typed."""
    match sort:
        case "plate":
            return _plate(typed)
        case "badge":
            return f"badge:{_badge(typed)}"
        case "phone":
            return _phone(typed)
        case "person":
            return _person(typed)
    raise NotOne("not a sort of identifier")


def forms_of(subjects: Iterable[str]) -> Iterator[str]:
    """The forms of subjects ("type:value" in the stored form), of those that are looked up."""
    for subject in subjects:
        sort, _, value = subject.partition(":")
        if sort == "plate":
            yield f"plate:{value.partition(':')[2]}"
        if sort in IDENTIFIERS:
            yield subject


def _named(record: Record) -> set[str]:
    """Its subjects, and a ban's person."""
    found = set(forms_of(map(str, record.subjects)))
    if record.kind == "port_ban":
        found.update(_banned(record.message.port_ban))
    return found


def _texts(record: Record) -> list[str]:
    """The title first."""
    texts = [text for _, text in scan.texts(record.message, known()[record.kind])]
    texts.append(record.common.external_ref)
    if record.kind == "best_practice":
        for each in record.message.best_practice.translations:
            texts += [each.title, each.summary, each.problem, each.measure, each.effect]
    return texts


def _found(text: str) -> list[tuple[str, int, int]]:
    """Where identifiers stand in a text, by place."""
    found = [one for one in scan.spans(text) if one[0] in _PERSONAL]
    if _DIGIT.search(text):
        found += [("phone", *one.span()) for one in _PHONE.finditer(text)]
    return sorted(found, key=lambda one: one[1])


def _without(text: str, cut: Sequence[tuple[str, int, int]]) -> str:
    kept, at = [], 0
    for _, first, end in cut:
        kept.append(text[at : max(first, at)])
        at = max(at, end)
    return " ".join([*kept, text[at:]]) if cut else text


def _form(sort: str, text: str) -> str:
    """Of what stands in a text; "" of what is looked up nowhere."""
    if sort == "plate":
        return f"plate:{_letters(text)}"
    return _phone(text) if sort == "phone" else ""


def _plate(typed: str) -> str:
    """With its country ("BE:1ABC234"), or without one: then of whatever country."""
    told = _COUNTRY.fullmatch(typed.strip())
    value = _letters(told[2] if told else typed)
    if not 2 <= len(value) <= 10:
        raise NotOne("a plate: 2 to 10 letters and digits, with its country and a colon before it or without")
    return f"plate:{told[1].upper()}:{value}" if told else f"plate:{value}"


def _badge(typed: str) -> str:
    try:
        return normalise("badge", typed)
    except BadRecord as error:
        raise NotOne(f"a badge: {error.violations[0].rule}; never the number on it") from None


def _phone(typed: str) -> str:
    digits = re.sub(r"\D", "", typed.replace("(0)", ""))
    if not PHONE_DIGITS <= len(digits) <= 15:
        raise NotOne(f"a telephone number: {PHONE_DIGITS} to 15 digits")
    return f"phone:{digits[-PHONE_DIGITS:]}"


def _person(typed: str) -> str:
    """By a token of 64 hex digits, by a document's number, or by all names together, in whatever order."""
    token = typed.strip().lower()
    if _TOKEN.fullmatch(token):
        return f"person:{token}"
    if any(char.isdigit() for char in typed):
        number = _letters(typed)
        if not 4 <= len(number) <= 20:
            raise NotOne("the number of a document: 4 to 20 letters and digits")
        return f"person:{number}"
    names = _names(typed)
    if " " not in names:
        raise NotOne("a person: family and given name, a document's number, or a token")
    return f"person:{names}"


def _banned(ban: pb.PortBan) -> Iterator[str]:
    """A banned person by the first given name and by all of them, by document and by token."""
    given = ban.given_names.split()
    for first in (given[:1], given):
        yield f"person:{_names(' '.join([ban.family_name, *first]))}"
    if ban.HasField("document"):
        yield f"person:{_letters(ban.document.number)}"
    yield from (f"person:{token.hex()}" for token in ban.person_tokens)


def _names(text: str) -> str:
    return " ".join(sorted(re.findall(r"[^\W\d_]+", folded(text))))


def _letters(text: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", folded(text))
