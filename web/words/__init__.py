"""Codes in plain words. Every code of a record, a label or a decision that a screen shows is here once.

A code that is not here (from a newer peer) is shown as it is, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from babel import Locale

from web.languages import Tongue
from web.rule_words import rule_words
from web.times import size
from web.views import FieldError, LabelView, Named
from web.words import acts, audit, fates, fields, kinds, labels, machines, people, records, refusals

_FILES = (acts, audit, fates, fields, kinds, labels, machines, people, records, refusals)
TABLES: Mapping[str, Mapping[str, str]] = {
    name: table for one in _FILES for name, table in one.TABLES.items()
}
"""Every table of words, by the name that templates and `web/coded.py` use."""
_OF_LOCALE: Mapping[str, Callable[[Locale], Mapping[str, str]]] = {
    "country": lambda locale: locale.territories,
    "language": lambda locale: locale.languages,
}
"""Codes of ISO, which every locale has words for."""


def word(tongue: Tongue, table: str, code: str) -> str:
    """A code in words, or itself."""
    if table in _OF_LOCALE:
        return str(_OF_LOCALE[table](tongue.locale).get(code, code))
    told = TABLES[table].get(code)
    return tongue.say(told) if told else code


def error_words(tongue: Tongue, error: FieldError) -> str:
    """A field's error as a sentence; the node's own words where no rule of ours is named."""
    told = TABLES["error"].get(error.code)
    limit = size(error.limit or 0, tongue) if error.code == "file_size" else error.limit
    words = rule_words(tongue, error.words) if error.words else ""
    return tongue.say(told, limit=limit, words=words) if told else words or error.code


def label_marks(tongue: Tongue, label: LabelView) -> str:
    """All that a label says beside level, TLP and status, in one line: no two labels read the same."""
    told = [_names(clause) for clause in label.audience]
    told += [f"→ {_names(clause)}" for clause in label.recipients]
    told += [_countries(tongue, clause) for clause in label.countries]
    told += label.compartments
    if label.purposes:
        told.append(", ".join(word(tongue, "purpose", purpose) for purpose in label.purposes))
    told += [word(tongue, "caveat_mark", caveat) for caveat in label.caveats]
    return " · ".join(told)


def path_words(tongue: Tongue, path: str) -> str:
    """The fields on the way to a place of a record, by what pages call them."""
    fields = (name for name in re.findall("[a-z_]+", path) if name in TABLES["field"])
    return ", ".join(word(tongue, "field", name) for name in fields)


def label_sentences(tongue: Tongue, label: LabelView) -> tuple[str, ...]:
    """A label as a person reads it: for whom, how far, what for, under which rules."""
    told = [_audience(tongue, clause) for clause in label.audience]
    told += [tongue.say("Only at: %(names)s.", names=_names(clause)) for clause in label.recipients]
    told += [
        tongue.say("Only in: %(names)s.", names=_countries(tongue, clause)) for clause in label.countries
    ]
    told += [tongue.say("Compartment: %(name)s.", name=name) for name in label.compartments]
    told.append(word(tongue, "tlp", label.tlp))
    if label.purposes:
        purposes = ", ".join(word(tongue, "purpose", purpose) for purpose in label.purposes)
        told.append(tongue.say("To be used for: %(purposes)s.", purposes=purposes))
    told += [word(tongue, "caveat", caveat) for caveat in label.caveats]
    return tuple(told)


def _audience(tongue: Tongue, clause: tuple[Named, ...]) -> str:
    return tongue.say("For members of: %(names)s.", names=_names(clause))


def _countries(tongue: Tongue, clause: tuple[str, ...]) -> str:
    return ", ".join(word(tongue, "country", code) for code in clause)


def _names(clause: tuple[Named, ...]) -> str:
    return ", ".join(each.name for each in clause)
