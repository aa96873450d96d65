"""`port2port proof verify FILE --register DIR|BUNDLE`: what a proof file proves, offline, by the keys of a register.

Exit codes: 0 it verifies · 1 it does not · 4 the file or the register cannot be read. The register is verified first, from a
trusted root: the one given, the one a node pinned, or, where there is neither, the set's own oldest root; its fingerprint is
printed, to be compared out of band.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from node.exits import Refused
from protocol.errors import BadRecord, ProtocolError
from protocol.limits import PROOF_FILE_MAX

if TYPE_CHECKING:
    from protocol.proof import Verified
    from protocol.register_view import Register

SCHEMA = "port2port/proof-verify/v1"
ROOT_MAX = 1 << 20


def register_verbs(verbs: Any) -> None:
    """Add `proof verify`."""
    actions = verbs.add_parser("proof", help="verify a proof file").add_subparsers(
        required=True, metavar="verify"
    )
    verify = actions.add_parser("verify", help="say what a proof file proves; needs no network")
    verify.add_argument("file", type=Path, help="the proof file")
    verify.add_argument(
        "--register",
        type=Path,
        required=True,
        metavar="DIR|BUNDLE",
        help="published register: its folder, a node's own register folder, or a bundle in a file",
    )
    verify.add_argument("--trusted-root", type=Path, metavar="FILE", help="root.json to begin trust from")
    verify.add_argument("--json", action="store_true", help="print the result as JSON")
    verify.set_defaults(handler=_verify)


@dataclass(frozen=True, slots=True)
class Trusted:
    """A register, and the SHA-256 of the root from which it was verified."""

    register: Register
    root: str


def _verify(chosen: argparse.Namespace) -> int:
    from protocol.proof import KeysOf, verify_proof

    raw = _read(chosen.file, PROOF_FILE_MAX)
    trusted = _register(chosen.register, chosen.trusted_root)
    try:
        found = verify_proof(raw, register=KeysOf(trusted.register.nodes))
    except ProtocolError as error:
        return _refuse(chosen, trusted, str(error))
    told = _told(found, trusted)
    if chosen.json:
        print(json.dumps({"schema": SCHEMA, "ok": True, "file": str(chosen.file), **told}))
    else:
        print("\n".join(_lines(told)))
    return 0


def _refuse(chosen: argparse.Namespace, trusted: Trusted, words: str) -> int:
    if chosen.json:
        told = {"schema": SCHEMA, "ok": False, "file": str(chosen.file), "error": words, **_of(trusted)}
        print(json.dumps(told))
    else:
        print(f"does not verify: {chosen.file}: {words}")
    return 1


def _register(path: Path, root: Path | None) -> Trusted:
    """Files, then trust, then content; Refused names what cannot be read."""
    from node.ceremony.papers import Papers
    from node.register import bundle
    from node.register.chain import verify
    from node.register.shelf import Shelf
    from node.register.view import view

    try:
        if (path / "trusted_root.json").is_file():
            shelf = Shelf(path)
            files, pinned = shelf.files(), shelf.trusted_root()
        else:
            files, pinned = (bundle.from_folder(path) if path.is_dir() else bundle.from_file(path)), None
    except OSError as error:
        raise Refused(f"{path}: cannot be read: {error.strerror}") from None
    except ProtocolError as error:
        raise Refused(f"{path}: {error}") from None
    if "timestamp.json" not in files or not (pinned or any(n.endswith(".root.json") for n in files)):
        raise Refused(f"{path}: holds no register")
    trusted = _read(root, ROOT_MAX) if root else pinned or Papers.first_root(files)
    if len(trusted) > ROOT_MAX:
        raise Refused(f"{root}: has more than {ROOT_MAX} bytes; it is no root.json")
    try:
        return Trusted(view(verify(files, trusted_root=trusted)), hashlib.sha256(trusted).hexdigest())
    except ProtocolError as error:
        raise Refused(f"{path}{f', trusted from {root}' if root else ''}: {error}") from None


def _told(found: Verified, trusted: Trusted) -> dict[str, Any]:
    return {
        "record": found.record_id.hex() if found.record_id else None,
        "origin": str(found.origin),
        "label": found.label,
        "feed": found.feed.hex(),
        "index": found.index,
        "size": found.size,
        "op": found.op.name.lower(),
        "kind": found.kind or None,
        "title": _title(found),
        "issued": _moment(found.issued_ms),
        "content": "absent" if found.content_absent else "none" if found.content is None else "verified",
        "witnesses": [str(node) for node in found.witnesses],
        "unknown": [str(node) for node in found.unknown],
        "unwitnessed": found.unwitnessed,
        **_of(trusted),
    }


def _of(trusted: Trusted) -> dict[str, Any]:
    return {"register": {"version": trusted.register.version, "trusted_root": trusted.root}}


def _title(found: Verified) -> str | None:
    """As a holder reads it; None where the file has no content, or content of another version."""
    from protocol.record import validate

    if found.content is None:
        return None
    try:
        return validate(found.content_type, found.content, accepting=True).title or None
    except (BadRecord, ProtocolError):
        return None


def _lines(told: dict[str, Any]) -> list[str]:
    witnesses = ", ".join(told["witnesses"]) or "nobody else"
    return [
        f"verified: {told['origin']} published {told['kind'] or told['op']} {told['record'] or ''}".rstrip(),
        *([f"  title      {told['title']}"] if told["title"] else []),
        f"  label      {told['label']}",
        f"  issued     {told['issued']} by its own clock",
        f"  place      entry {told['index']} of {told['size']} in feed {told['feed']}",
        f"  content    {told['content']}",
        f"  witnesses  {witnesses}"
        + ("; unwitnessed: fewer than two organisations besides the origin" if told["unwitnessed"] else ""),
        *(
            [f"  not counted (key not in this register): {', '.join(told['unknown'])}"]
            if told["unknown"]
            else []
        ),
        f"  register   version {told['register']['version']}, from root {told['register']['trusted_root']}",
        "It does not say whether the record still holds: a later entry may have replaced or withdrawn it.",
    ]


def _moment(ms: int) -> str:
    try:
        return f"{datetime.fromtimestamp(ms // 1000, UTC):%Y-%m-%dT%H:%M:%SZ}"
    except (ValueError, OverflowError, OSError):
        return f"{ms} ms after 1970"


def _read(path: Path, most: int) -> bytes:
    """A file, one byte more than it may have at most, so that a cap is seen and memory is not spent."""
    try:
        with path.open("rb") as file:
            return file.read(most + 1)
    except OSError as error:
        raise Refused(f"{path}: cannot be read: {error.strerror}") from None
