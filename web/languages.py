"""The languages of the screens, read from the catalogues in `web/locale/` at start.

Guarantees: a sentence without a translation is shown in English, never empty; English is the source text and has no
catalogue. Content keeps its own language and is never translated here.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALE_DIR = Path(__file__).parent / "locale"
DOMAIN = "port2port"


def N_(text: str) -> str:  # noqa: N802 - the name gettext's extractors know
    """Marks a sentence for the catalogues where it is kept, to be translated where it is shown."""
    return text


def catalogue_path(language: str) -> Path:
    """Where a language's catalogue stands."""
    return LOCALE_DIR / language / "LC_MESSAGES" / f"{DOMAIN}.po"


@dataclass(frozen=True, slots=True)
class Tongue:
    """One language, with its rules for numbers and dates."""

    code: str
    locale: Locale
    catalogue: NullTranslations

    def say(self, sentence: str, **values: object) -> str:
        """A sentence with its `%(name)s` filled in."""
        told = self.catalogue.gettext(sentence)
        return told % values if values else told

    def count(self, one: str, many: str, number: int, **values: object) -> str:
        """A sentence in the singular or plural of `number`, which it may use as `%(num)s`."""
        return self.catalogue.ngettext(one, many, number) % {"num": number, **values}


def load_tongues(languages: Iterable[str]) -> Mapping[str, Tongue]:
    """Reads every catalogue; a missing or broken one is an error at start."""
    return {code: Tongue(code, Locale.parse(code), _catalogue(code)) for code in languages}


def choose(wanted: str, accept: str, offered: Iterable[str]) -> str:
    """The language for a reader: the chosen one, else the browser's first that is offered, else the node's first."""
    offered = tuple(offered)
    if wanted in offered:
        return wanted
    for part in accept[:200].split(","):
        code = part.split(";")[0].strip().lower().split("-")[0]
        if code in offered:
            return code
    return offered[0]


@cache
def _catalogue(code: str) -> NullTranslations:
    """Read once: it takes a tenth of a second and never changes while a node runs."""
    if code == "en":
        return NullTranslations()
    with catalogue_path(code).open("rb") as file:
        catalogue = read_po(file, locale=code, domain=DOMAIN)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)
