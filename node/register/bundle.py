"""The register's files as one set: read from a bundle, a folder or a bundle in a file, and packed again.

Guarantees that every name is one that TUF metadata with consistent snapshots can have (`7.root.json`, `timestamp.json`),
that none occurs twice, and that caps on count and sizes hold before anything is parsed. Says nothing about trust.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from google.protobuf.message import DecodeError

from protocol.errors import ProtocolError, TooLarge
from protocol.v1 import federation_pb2 as pb

BUNDLE_MAX = 32 << 20
"""Bytes. 300 organisations with 10 nodes each are 5 MiB; the caps below are python-tuf's own defaults or near them."""
FILES_MAX = 4_096
SIZES = {"root": 512_000, "timestamp": 16_384, "snapshot": 2_000_000, "targets": 5_000_000}
ORGANISATION_MAX = 256_000

NAME = re.compile(
    r"(?:timestamp|(?P<version>[1-9][0-9]{0,8})\.(?P<role>[a-z0-9](?:[a-z0-9-]{1,38})[a-z0-9]))\.json"
)

Files = Mapping[str, bytes]


class BadRegister(ProtocolError):
    """A register that is refused whole; what was held before stays in force."""


def pack(files: Files) -> bytes:
    """A serialised `Bundle`, files by name."""
    parts = [pb.File(name=name, data=files[name]) for name in sorted(files)]
    return pb.Bundle(files=parts).SerializeToString()


def unpack(raw: bytes) -> dict[str, bytes]:
    """The files of a serialised `Bundle`; TooLarge or BadRegister before any of them is parsed."""
    if len(raw) > BUNDLE_MAX:
        raise TooLarge(f"at most {BUNDLE_MAX >> 20} MiB", where="register bundle")
    try:
        bundle = pb.Bundle.FromString(raw)
    except DecodeError:
        raise BadRegister("is no bundle of a register's files", where="register bundle") from None
    return _checked((file.name, file.data) for file in bundle.files)


def from_folder(folder: Path) -> dict[str, bytes]:
    """The register's files of a folder, others in it left alone; `root.json` beside them is one, under its version."""
    found = (path for path in sorted(folder.iterdir()) if NAME.fullmatch(path.name))
    return _checked((path.name, _read(path)) for path in found)


def from_file(path: Path) -> dict[str, bytes]:
    """The register's files of a bundle that came by hand, as a file."""
    if path.stat().st_size > BUNDLE_MAX:
        raise TooLarge(f"at most {BUNDLE_MAX >> 20} MiB", where=path.name)
    return unpack(path.read_bytes())


def role_of(name: str) -> str:
    """`root`, `timestamp`, `snapshot`, `targets` or an organisation's id; BadRegister for a name that is none of ours."""
    match = NAME.fullmatch(name)
    if match is None:
        raise BadRegister("a name such as 7.root.json or timestamp.json", where="register file")
    return match["role"] or "timestamp"


def size_of(role: str) -> int:
    """The most bytes a file of this role may have."""
    return SIZES.get(role, ORGANISATION_MAX)


def _checked(named: Iterable[tuple[str, bytes]]) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for name, data in named:
        role = role_of(name)
        if len(data) > size_of(role):
            raise TooLarge(f"at most {size_of(role)} bytes", where=name)
        if name in files:
            raise BadRegister("once", where=name)
        files[name] = data
        if len(files) > FILES_MAX:
            raise TooLarge(f"at most {FILES_MAX} files", where="register bundle")
    return files


def _read(path: Path) -> bytes:
    """One byte more than allowed at most, so that the cap is seen and memory is not spent."""
    with path.open("rb") as file:
        return file.read(size_of(role_of(path.name)) + 1)
