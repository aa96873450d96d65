"""The icons, read from `static/icons/` at start and placed in the page itself: no request, and the text's colour."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from markupsafe import Markup, escape

ICONS_DIR = Path(__file__).parent / "static" / "icons"


def load_icons(folder: Path = ICONS_DIR) -> Callable[[str, str], Markup]:
    """A function from an icon's name and an optional meaning to its markup; an unknown name is an error."""
    drawn = {file.stem: file.read_text("utf-8").strip() for file in folder.glob("*.svg")}

    def icon(name: str, meaning: str = "") -> Markup:
        role = f'role="img" aria-label="{escape(meaning)}"' if meaning else 'aria-hidden="true"'
        return Markup(drawn[name].replace("<svg ", f'<svg class="icon" {role} ', 1))  # noqa: S704 - our own files

    return icon
