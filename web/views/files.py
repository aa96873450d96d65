"""Files as screens show, take and give them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from node.blobs import Incoming


@dataclass(frozen=True, slots=True)
class FileView:
    """A file that a record or a draft lists. `here`: it has come, and can be opened. `sha256` in hex, `size` in bytes."""

    sha256: str
    size: int
    media_type: str
    name: str
    here: bool
    picture: bool


@dataclass(frozen=True, slots=True)
class Given:
    """A file that an officer sent, whole and nobody's yet; its type is what its bytes say."""

    incoming: Incoming
    size: int
    media_type: str
    name: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A file for whoever may read what lists it, in pieces as it is read."""

    file: FileView
    pieces: AsyncIterator[bytes]
