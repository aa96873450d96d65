"""What a person reads of a page: its texts, without what stands in small print as a code."""

from __future__ import annotations

from collections.abc import Iterable
from html.parser import HTMLParser

_VOID = frozenset({"br", "img", "input", "link", "meta", "hr", "use", "path", "wbr"})


class _Read(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, bool]] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _VOID:
            return
        classes = (dict(attrs).get("class") or "").split()
        hidden = tag in {"script", "style", "option"} or "code" in classes
        self.open.append((tag, hidden or bool(self.open and self.open[-1][1])))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if data.strip() and not (self.open and self.open[-1][1]):
            self.texts.append(" ".join(data.split()))


def read(page: str) -> list[str]:
    """The texts of a page, in order, between its tags."""
    reader = _Read()
    reader.feed(page)
    return reader.texts


def parted(texts: Iterable[str]) -> set[str]:
    """Each value that stands alone in texts: between captions, commas and middle dots."""
    found = set[str]()
    for text in texts:
        for part in text.replace(", ", " · ").replace(": ", " · ").split(" · "):
            found.add(part.strip(" ·,:;."))
    return found


def words(page: str) -> set[str]:
    """The same of a page."""
    return parted(read(page))
