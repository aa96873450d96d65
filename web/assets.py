"""Style sheets, scripts and the mark, held in memory and addressed by the hash of them all.

Guarantees: only files that were below `static/` at start are served; an address never changes its content, so it may
be cached for a year, and a page never meets a script of another version.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

STATIC_DIR = Path(__file__).parent / "static"
TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file."""

    body: bytes
    media_type: str


@dataclass(frozen=True, slots=True)
class Assets:
    """All files by their path below `static/`."""

    version: str
    files: Mapping[str, Asset]

    def url(self, path: str) -> str:
        """Where a page finds a file; an unknown one is an error in the page."""
        if path not in self.files:
            raise KeyError(path)
        return f"/static/{self.version}/{path}"


def load_assets(folder: Path = STATIC_DIR) -> Assets:
    """Reads every file of a known type."""
    found = sorted(path for path in folder.rglob("*") if path.suffix in TYPES)
    files = {
        path.relative_to(folder).as_posix(): Asset(path.read_bytes(), TYPES[path.suffix]) for path in found
    }
    digest = hashlib.sha256()
    for name, asset in files.items():
        digest.update(name.encode() + b"\0" + hashlib.sha256(asset.body).digest())
    return Assets(digest.hexdigest()[:16], files)
