"""A ceremony's folder: what nodes get, what waits for signatures, and the private role keys.

    public/   the published register, and root.json: give this folder, or a bundle of it, to nodes
    draft/    papers that lack signatures: carry them to the next holder
    keys/     private role keys of this machine; in a real federation each body has its own folder with its own

Guarantees that a step is written only when it is whole, drafts before what is public, and that each paper is on the disk before the
one that names it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tuf.api.metadata import Metadata
from tuf.api.serialization import DeserializationError

from node import durable
from node.ceremony.papers import Papers
from node.ceremony.roles import KeyRing
from node.ceremony.steps import Ceremony
from node.exits import Refused
from node.register import bundle
from node.register.shelf import Shelf
from node.sealed import Rest
from protocol.ids import Random


def load(folder: Path, *, passphrase: str | None, random: Random, keys: Path | None = None) -> Ceremony:
    """The ceremony of a folder, with the private keys of `keys` or of its own `keys/`."""
    public = folder / "public"
    if not public.is_dir():
        raise Refused(f"{folder}: {_instead(folder)}")
    ring = KeyRing.load(keys or folder / "keys", passphrase, random=random)
    papers = Papers(ring, bundle.from_folder(public))
    for path in sorted((folder / "draft").glob("*.json")):
        papers.drafts[path.stem] = _draft(path)
    return Ceremony(papers)


def look(folder: Path, *, random: Random) -> Ceremony:
    """To read only: a ceremony's folder, its `public/` wherever that was copied to, or a node's own copy."""
    if (folder / "current").is_dir():
        files: Mapping[str, bytes] = Shelf(folder).whole()
    elif _is_public(folder):
        files = bundle.from_folder(folder)
    else:
        return load(folder, passphrase=None, random=random, keys=Path(os.devnull))
    return Ceremony(Papers(KeyRing(random), dict(files)))


def _is_public(folder: Path) -> bool:
    return (folder / "timestamp.json").is_file()


def _instead(folder: Path) -> str:
    """What this folder is, where it is no ceremony's, and what to do."""
    if (folder / "current").is_dir():
        return "is a node's own copy of the register, which no ceremony changes; give the ceremony's folder"
    if _is_public(folder):
        return "is what a ceremony publishes, without its drafts and keys; give the folder above it"
    if (folder / "register" / "current").is_dir():
        return f"is a node's data; its copy of the register is in {folder / 'register'}"
    return "holds no register; begin with port2port register init"


def save(
    ceremony: Ceremony,
    folder: Path,
    *,
    passphrase: str | None,
    keys: Path | None = None,
    rest: Rest | None = None,
) -> list[Path]:
    """Write what a step left: new keys, drafts, then what is public. Returns the new key files."""
    new = ceremony.papers.ring.save(keys or folder / "keys", passphrase, rest=rest)
    publish(ceremony, folder)
    return new


def publish(ceremony: Ceremony, folder: Path) -> None:
    """Write the papers alone: drafts, then what is public."""
    papers = ceremony.papers
    drafts = {f"{role}.json": paper.to_bytes() for role, paper in papers.drafts.items()}
    _mirror(folder / "draft", drafts)
    files = dict(papers.files)
    if files:
        files["root.json"] = ceremony.trusted_root
    _mirror(folder / "public", files)


def _draft(path: Path) -> Metadata[Any]:
    if path.stat().st_size > bundle.size_of(path.stem):
        raise Refused(f"{path}: larger than a paper of this role may be")
    try:
        found: Metadata[Any] = Metadata.from_bytes(path.read_bytes())
    except DeserializationError:
        raise Refused(f"{path}: is no TUF metadata") from None
    return found


def _mirror(folder: Path, files: dict[str, bytes]) -> None:
    """Make the folder's JSON files these; the timestamp last, since it names all others."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in sorted(files, key=lambda name: name == "timestamp.json"):
        durable.replace(folder / name, files[name], mode=0o666)  # for everybody; who signs it is what counts
    for path in folder.glob("*.json"):
        if path.name not in files:
            path.unlink()
