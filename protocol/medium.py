"""A bundle on a medium: the batches that would have gone over a wire, one after the other in a file.

The file is a line that names the form, then each `Batch` as it travels, with its length before it (4 bytes, big-endian). Nothing in
it is signed beside what batches carry themselves, and nothing of it is believed: a reader takes each batch as from any relay.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import BinaryIO

from protocol.errors import ProtocolError, TooLarge
from protocol.limits import FRAME_MAX

FORM = b"port2port/bundle/v1\n"
_LENGTH = 4


def write(out: BinaryIO, batches: Iterable[bytes]) -> int:
    """Write serialised batches; returns how many."""
    out.write(FORM)
    count = 0
    for raw in batches:
        out.write(len(raw).to_bytes(_LENGTH, "big") + raw)
        count += 1
    return count


def read(medium: BinaryIO) -> Iterator[bytes]:
    """The batches as they were written, none longer than a frame; ProtocolError for anything else, at the place it stands."""
    if medium.read(len(FORM)) != FORM:
        raise ProtocolError("begins with the line port2port/bundle/v1", where="bundle")
    number = 0
    while head := medium.read(_LENGTH):
        size = int.from_bytes(head, "big")
        if size > FRAME_MAX:
            raise TooLarge(f"a batch of at most {FRAME_MAX} bytes", where=f"bundle.batches[{number}]")
        raw = medium.read(size)
        if len(head) < _LENGTH or len(raw) < size or not raw:
            raise ProtocolError("whole batches: the file is cut off", where=f"bundle.batches[{number}]")
        yield raw
        number += 1
