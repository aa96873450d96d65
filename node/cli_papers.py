"""Files that are given to the ceremony tool: read under a cap, and named, with the line where there is one, in what refuses them."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from node.config_lines import Path as Keys
from node.config_lines import positions
from node.exits import Refused
from protocol.errors import ProtocolError

DOCUMENT_MAX = 4 << 20
_KEYS = re.compile(r"(?:nodes\.[a-z0-9-]+\[\d+\]\.)?(?P<keys>[A-Za-z0-9_.\[\]-]+)")


@dataclass(frozen=True, slots=True)
class Paper:
    """One file and the table in it."""

    path: Path
    text: str
    table: dict[str, Any]

    def within(self, table: Keys, keys: Keys) -> int | None:
        """The 1-based line where the longest part of these keys of a table stands; None where none of them does."""
        lines = positions(self.text)
        found = ((*table, *keys[:n]) for n in range(len(keys), 0, -1))
        return next((lines[path] for path in found if path in lines), None)


def toml(path: Path) -> Paper:
    """A TOML file; Refused names it."""
    text = _text(path)
    try:
        return Paper(path, text, tomllib.loads(text))
    except (ValueError, RecursionError) as error:
        raise Refused(f"{path}: not TOML: {error}") from None


def card(path: Path) -> Paper:
    """A node's `card.json`; Refused names it."""
    text = _text(path)
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise Refused(f"{path}: is no JSON") from None
    if not isinstance(found, dict):
        raise Refused(f"{path}: is no card of port2port keys init")
    return Paper(path, text, found)


@contextmanager
def named(*papers: Paper, under: Sequence[Keys] = ((),)) -> Iterator[None]:
    """What refuses one of these names its file: the one that has the key it speaks of, else the last.

    `under`: tables of a TOML file in which the keys of a refusal may stand.
    """
    try:
        yield
    except (ProtocolError, Refused) as error:
        raise Refused(f"{_place(str(error), papers, under)}: {error}") from None


def _place(words: str, papers: Sequence[Paper], under: Sequence[Keys]) -> str:
    """The file, with the line where one of the words before a colon is a key that stands there."""
    for keys in map(_keys, words.split(": ")):
        for paper in papers if keys else ():
            if paper.path.suffix == ".json":
                if keys[-1] in paper.table:
                    return str(paper.path)
            elif lines := [line for table in under if (line := paper.within(table, keys))]:
                return f"{paper.path}:{max(lines)}"
    return str(papers[-1].path)


def _keys(where: str) -> Keys:
    """`nodes.port-a[0].sites[0].id`, as refusals say it, without the node's own part."""
    match = _KEYS.fullmatch(where)
    parts = re.findall(r"[A-Za-z0-9_-]+", match["keys"]) if match else ()
    return tuple(int(part) if part.isdecimal() else part for part in parts)


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > DOCUMENT_MAX:
            raise Refused(f"{path}: larger than {DOCUMENT_MAX >> 20} MiB")
        return path.read_text("utf-8")
    except OSError as error:
        raise Refused(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise Refused(f"{path}: cannot be read: it is no text in UTF-8") from None
