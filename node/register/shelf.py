"""Where the register's sets lie on disk: one in force, changed by one rename, and evidence kept beside it.

    trusted_root.json    the anchor this node started with, pinned
    current              link to the set in force; changing it is the commit
    sets/<version>-…/    a set in the layout of python-tuf's client
    lock                 held while the set in force is changed
    former.json          certificates of nodes that were members once, to refuse them by name
    evidence/            two sets of one version with other bytes, each as a bundle

Guarantees that after a crash at any moment `current` names a whole set, synced before it was named, and that of two
processes (a node, and the hand that loads a register beside it) one changes the set in force at a time.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from node import durable
from node.register.bundle import BadRegister, Files

EVIDENCE_MAX = 16
"""Pairs kept; who can make them holds a duty key, and one pair says it all."""


class Shelf:
    """The register's directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)

    def trusted_root(self) -> bytes | None:
        """The pinned anchor; None before the first start."""
        path = self._directory / "trusted_root.json"
        return path.read_bytes() if path.exists() else None

    def pin(self, root: bytes) -> None:
        """Keep the anchor of the first start."""
        if self.trusted_root() is None:
            _write(self._directory / "trusted_root.json", root)

    def files(self) -> dict[str, bytes]:
        """The set in force, by the names a bundle has; empty before the first."""
        current = self._directory / "current"
        return self.read(current.resolve()) if current.exists() else {}

    def whole(self) -> dict[str, bytes]:
        """The same with the pinned anchor among them, under the name that it has in a bundle."""
        root, path = self.trusted_root(), self._directory / "trusted_root.json"
        return {**self.files(), **({f"{_version(root, path)}.root.json": root} if root else {})}

    def in_force(self) -> str:
        """The name of the set in force; "" before the first."""
        current = self._directory / "current"
        return current.readlink().name if current.is_symlink() else ""

    @contextmanager
    def alone(self) -> Iterator[None]:
        """While this is entered no other process changes the set in force; a change takes well below a second."""
        handle = os.open(self._directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def read(self, folder: Path) -> dict[str, bytes]:
        """The files of a set in the client's layout, by the names a bundle has."""
        return _named(folder)

    def stage(self) -> Path:
        """A fresh copy of the set in force, to work on."""
        stage = self._directory / "stage"
        shutil.rmtree(stage, ignore_errors=True)
        current = self._directory / "current"
        if current.exists():
            shutil.copytree(current, stage, symlinks=True)
        else:
            stage.mkdir()
        return stage

    def lay(self, stage: Path, files: Files) -> None:
        """Make `stage` hold exactly `files`, in the layout of python-tuf's client; on the disk with `put_in_force`."""
        shutil.rmtree(stage)
        (stage / "root_history").mkdir(parents=True)
        for name, data in files.items():
            _place(stage, name).write_bytes(data)

    def put_in_force(self, stage: Path, name: str) -> None:
        """Sync the stage, name it, and let `current` point to it in one rename; older sets but one go."""
        for path in (*stage.rglob("*"), stage):
            if not path.is_symlink():
                durable.sync(path)
        home = self._directory / "sets" / name
        shutil.rmtree(home, ignore_errors=True)
        home.parent.mkdir(exist_ok=True)
        stage.replace(home)
        durable.sync(home.parent)
        link = self._directory / "current.part"
        link.unlink(missing_ok=True)
        link.symlink_to(Path("sets") / name)
        before = (self._directory / "current").resolve()
        link.replace(self._directory / "current")
        durable.sync(self._directory)
        for path in home.parent.iterdir():
            if path not in {home, before} and path.resolve() != before:
                shutil.rmtree(path)

    def former(self) -> dict[str, dict[str, str]]:
        """Certificates of former members: fingerprint in hexadecimal to `node` and `pem`."""
        path = self._directory / "former.json"
        try:
            found = json.loads(path.read_bytes()) if path.exists() else {}
            return {
                bytes.fromhex(fp).hex(): {k: str(one[k]) for k in ("node", "pem")}
                for fp, one in found.items()
            }
        except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
            raise BadRegister(
                "the certificates of former members; the register's directory is damaged", where=str(path)
            ) from None

    def keep_former(self, former: Mapping[str, Mapping[str, str]]) -> None:
        """Replace the list of former members."""
        _write(self._directory / "former.json", json.dumps(former, indent=1, sort_keys=True).encode())

    def keep_evidence(self, version: int, bundles: Mapping[str, bytes]) -> tuple[Path, ...]:
        """Keep the bundles, by the hash of their snapshot, and return where; nothing more beyond the cap."""
        folder = self._directory / "evidence"
        folder.mkdir(exist_ok=True)
        paths = tuple(folder / f"{version}-{short}.bundle" for short in bundles)
        if sum(1 for _ in folder.iterdir()) < 2 * EVIDENCE_MAX:
            for path, data in zip(paths, bundles.values(), strict=True):
                if not path.exists():
                    _write(path, data)
        return tuple(path for path in paths if path.exists())


def _named(folder: Path) -> dict[str, bytes]:
    """The files of a set in the client's layout under the names they have in a bundle."""
    files = {path.name: path.read_bytes() for path in (folder / "root_history").glob("*.root.json")}
    for path in folder.glob("*.json"):
        if path.name == "root.json":
            continue
        data = path.read_bytes()
        files[path.name if path.name == "timestamp.json" else f"{_version(data, path)}.{path.name}"] = data
    return files


def _version(data: bytes, path: Path) -> int:
    try:
        return int(json.loads(data)["signed"]["version"])
    except (KeyError, TypeError, ValueError, RecursionError):
        raise BadRegister(
            "TUF metadata as JSON; the register's directory is damaged", where=str(path)
        ) from None


def _place(stage: Path, name: str) -> Path:
    if name.endswith(".root.json"):
        return stage / "root_history" / name
    return stage / (name if name == "timestamp.json" else name.partition(".")[2])


def _write(path: Path, data: bytes) -> None:
    """As readable as the folder lets it be: nothing in a register is secret."""
    durable.replace(path, data, mode=0o666)
