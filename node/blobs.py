"""Attached files on the disk: one file for each entry or draft that lists it, never shared between two of them.

So destroying what one record listed touches no other, and nobody has a file by knowing its hash. Guarantees that a file under its
name is whole, has that hash and is on the disk; what is still coming is `.part`. Names hold hashes and numbers, nothing a peer
or a person wrote. Nothing here decides who may have a file.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from node import durable
from protocol.errors import BadProof, TooLarge
from protocol.ids import RecordId

PIECE = 1 << 20
BLOCK = 4096
"""What a file takes of a disk at least."""
COUNTED_S = 2.0
_NAME = re.compile(r"(d[0-9a-f]{32}|e[0-9a-f]{16})\.([0-9a-f]{64})(\.part)?")
_COMING = re.compile(r"incoming\.[0-9a-f]{16}")


class Owner(str):
    """Whose file it is, as the beginning of its name: a draft's or an entry's."""

    __slots__ = ()


def of_draft(record: RecordId) -> Owner:
    """A draft's."""
    return Owner(f"d{record.hex()}")


def of_entry(key: int) -> Owner:
    """An entry's, by its packed key (`node.store.entries.key_of`)."""
    return Owner(f"e{key:016x}")


class Blob(NamedTuple):
    """One file: of which draft or entry, and its hash. `whole` is false while it is coming."""

    owner: Owner
    sha256: bytes
    whole: bool = True

    @property
    def entry(self) -> int | None:
        """The key of the entry that lists it; None: a draft does."""
        return int(self.owner[1:], 16) if self.owner[0] == "e" else None

    @property
    def draft(self) -> RecordId | None:
        """The draft that lists it; None: an entry does."""
        return RecordId(bytes.fromhex(self.owner[1:])) if self.owner[0] == "d" else None


class Blobs:
    """One node's files in one folder, made when the first comes; mode 0700, files 0600."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._counted: tuple[float, int] | None = None

    def held(self, owner: Owner, sha256: bytes) -> bool:
        """Whether the whole file is here."""
        return self._path(owner, sha256).exists()

    def read(self, owner: Owner, sha256: bytes, offset: int, most: int) -> bytes | None:
        """At most so many bytes from `offset`; empty at the end, None where there is no such file."""
        try:
            with self._path(owner, sha256).open("rb") as file:
                file.seek(offset)
                return file.read(most)
        except FileNotFoundError:
            return None

    def incoming(self, most: int) -> Incoming:
        """A file whose hash is not known yet, of at most so many bytes."""
        self._made()
        return Incoming(self, self._folder / f"incoming.{os.urandom(8).hex()}", most)

    def link(self, source: Owner, target: Owner, sha256: bytes) -> bool:
        """Give `target` the same file under its own name; false where `source` has none. On the disk when this returns."""
        to = self._path(target, sha256)
        try:
            os.link(self._path(source, sha256), to)
        except FileNotFoundError:
            return False
        except FileExistsError:
            return True
        durable.sync(self._folder)
        return True

    def name(self, path: Path, owner: Owner, sha256: bytes) -> None:
        """What is whole and on the disk gets its name; on the disk when this returns."""
        path.rename(self._path(owner, sha256))
        durable.sync(self._folder)

    def drop(self, owner: Owner, sha256: bytes) -> None:
        """Destroy a file and what has come of it; nothing where there is none."""
        for path in (self._path(owner, sha256), self._part(owner, sha256)):
            with contextlib.suppress(FileNotFoundError):
                path.unlink()

    # ---- What comes in pieces -------------------------------------------------------------------------------------------

    def come(self, owner: Owner, sha256: bytes) -> int:
        """How many bytes have come of a file that is not whole."""
        try:
            return self._part(owner, sha256).stat().st_size
        except FileNotFoundError:
            return 0

    def add(self, owner: Owner, sha256: bytes, offset: int, data: bytes) -> None:
        """The next piece, at the end of what has come; `OSError` where that is not there: it was destroyed meanwhile."""
        if offset == 0:
            self._made()
        with _opened(self._part(owner, sha256), new=offset == 0) as file:
            if file.seek(0, os.SEEK_END) != offset:
                raise FileNotFoundError(errno.ENOENT, "what has come of a file is not what it was")
            file.write(data)

    def sound(self, owner: Owner, sha256: bytes, size: int) -> bool:
        """Whether a whole file is here and still what its name says: disks rot. Reads all of it; OSError where it cannot now."""
        try:
            with self._path(owner, sha256).open("rb") as file:
                return _is(file, sha256, size)
        except FileNotFoundError:
            return False

    def finish(self, owner: Owner, sha256: bytes, size: int) -> None:
        """All has come: the file gets its name. `BadProof`, and nothing left of it, where size or hash are others."""
        part = self._part(owner, sha256)
        with part.open("rb+") as file:
            good = _is(file, sha256, size)
            os.fsync(file.fileno())
        if not good:
            part.unlink()
            raise BadProof("a file of the size and hash that the record lists", where="chunk")
        self.name(part, owner, sha256)

    def taken(self) -> int:
        """Bytes of the disk that all files take, whole, coming or nobody's yet; at most two seconds old."""
        now = time.monotonic()
        if self._counted is None or now - self._counted[0] > COUNTED_S:
            sizes = (max(path.stat().st_size, BLOCK) for path in self._paths() if path.is_file())
            self._counted = now, sum(sizes)
        return self._counted[1]

    # ---- What is in the folder ------------------------------------------------------------------------------------------

    def every(self) -> Iterator[Blob]:
        """Every file, whole or coming."""
        for name in self._names():
            if found := _NAME.fullmatch(name):
                yield Blob(Owner(found[1]), bytes.fromhex(found[2]), whole=not found[3])

    def forget_incoming(self) -> None:
        """Destroy what was coming when the process ended and has no owner."""
        for name in self._names():
            if _COMING.fullmatch(name):
                (self._folder / name).unlink(missing_ok=True)

    def _names(self) -> list[str]:
        return sorted(path.name for path in self._paths())

    def _paths(self) -> list[Path]:
        try:
            return list(self._folder.iterdir())
        except FileNotFoundError:
            return []

    def _path(self, owner: Owner, sha256: bytes) -> Path:
        return self._folder / f"{owner}.{sha256.hex()}"

    def _part(self, owner: Owner, sha256: bytes) -> Path:
        return self._folder / f"{owner}.{sha256.hex()}.part"

    def _made(self) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _opened(path: Path, *, new: bool = True) -> BinaryIO:
    """For writing; this user's alone from the first byte on."""
    way = os.O_CREAT | os.O_TRUNC if new else 0
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CLOEXEC | way, 0o600), "wb")


def _is(file: BinaryIO, sha256: bytes, size: int) -> bool:
    state, count = hashlib.sha256(), 0
    while piece := file.read(PIECE):
        state.update(piece)
        count += len(piece)
    return count == size and state.digest() == sha256


class Incoming:
    """A file that somebody is giving this node: written as it comes, hashed on the way, named when it is whole."""

    def __init__(self, blobs: Blobs, path: Path, most: int) -> None:
        self._blobs, self._at, self._most = blobs, path, most
        self._file = _opened(path)
        self._state = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> None:
        """The next bytes; `TooLarge` beyond what one file may be."""
        self.size += len(data)
        if self.size > self._most:
            raise TooLarge(f"at most {self._most} bytes", where="file")
        self._file.write(data)
        self._state.update(data)

    def take(self, owner: Owner) -> bytes:
        """The file is whole and `owner`'s; its hash."""
        with self._file:
            self._file.flush()
            os.fsync(self._file.fileno())
        sha256 = self._state.digest()
        self._blobs.name(self._at, owner, sha256)
        return sha256

    def discard(self) -> None:
        """It is not wanted; also after `take`, where nothing happens."""
        self._file.close()
        self._at.unlink(missing_ok=True)
