"""The languages of the screens, each with its own name: the one list; catalogues stand in `web/locale/`."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

LANGUAGES: Final = MappingProxyType({"nl": "Nederlands", "fr": "Français", "de": "Deutsch", "en": "English"})
"""The first is what an account speaks where nobody chose."""


def known_language(code: str) -> str:
    """The code; ValueError with what is allowed."""
    if code not in LANGUAGES:
        raise ValueError("one of " + ", ".join(LANGUAGES))
    return code
