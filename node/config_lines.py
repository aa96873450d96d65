"""Where in a TOML file a key stands, for error messages; the parser itself does not say.

Covers tables, arrays of tables, and keys on lines of their own; for what it cannot place it names the nearest table above.
"""

from __future__ import annotations

import re

Path = tuple[str | int, ...]

_HEADER = re.compile(r"\s*\[(\[)?([^\[\]]+)\](\])?\s*(#.*)?$")
_KEY = re.compile(r'\s*("[^"]+"|[A-Za-z0-9_.-]+)\s*=')


def line_of(text: str, path: Path) -> int:
    """The 1-based line of `path`, or of the longest part of it that has a line; 1 if none has."""
    lines = positions(text)
    for length in range(len(path), 0, -1):
        if path[:length] in lines:
            return lines[path[:length]]
    return 1


def positions(text: str) -> dict[Path, int]:
    """Every key path of the file with its line."""
    found: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    table: Path = ()
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            table = _table(header, counts)
            found.setdefault(table, number)
        elif key := _KEY.match(line):
            found.setdefault(table + _parts(key[1]), number)
    return found


def _table(header: re.Match[str], counts: dict[Path, int]) -> Path:
    path = _parts(header[2].strip())
    if not header[1]:
        return path
    counts[path] = counts.get(path, -1) + 1
    return (*path, counts[path])


def _parts(dotted: str) -> Path:
    return tuple(part.strip().strip('"') for part in dotted.split("."))
