"""The register that a node would start with, looked at without writing anything."""

from __future__ import annotations

from pathlib import Path

from node.exits import Refused
from node.register import bundle
from node.register.chain import verify
from node.register.store import RegisterStore
from node.register.view import view
from protocol.ids import UnixMs
from protocol.register import Register


def look(directory: Path, trusted_root: Path, *, now: UnixMs) -> Register:
    """The node's own copy, or before its first start the files beside `trusted_root`; Refused or BadRegister where neither is one."""
    if (directory / "current").is_dir():
        return RegisterStore.open(directory, trusted_root=trusted_root, now=now).current
    files = bundle.from_folder(trusted_root.parent)
    if "timestamp.json" not in files:
        raise Refused(f"{trusted_root.parent}: the first start needs the register's other files beside it")
    return view(verify(files, trusted_root=trusted_root.read_bytes()))
