"""`port2port bundle export|import`: entries on media, for a port that no wire reaches.

export   write what a peer may have and is not known to hold; audited
import   give a bundle to this node, which takes it as it would from any peer; says what came of it

Exit codes: 0 done · 1 the bundle was not taken, or not all of it · 3 configuration · 4 refused input.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from node.exits import Refused

if TYPE_CHECKING:
    from node.commands.batch import Batch

SCHEMA = "port2port/bundle-export/v1"
ACTOR = "command/bundle"
WAIT_S = 30.0
_TICK_S = 0.1


def register_verbs(verbs: Any) -> None:
    """Add `bundle`."""
    actions = verbs.add_parser("bundle", help="entries on media").add_subparsers(
        required=True, metavar="export | import"
    )
    export = actions.add_parser("export", help="write what a peer may have and is not known to hold")
    export.add_argument("--to", required=True, metavar="NODE", help="the node that it is for")
    export.add_argument("--out", type=Path, required=True, metavar="FILE", help="file to write")
    export.add_argument("--whole", action="store_true", help="also what it is known to hold")
    export.set_defaults(handler=_export)
    take = actions.add_parser("import", help="give a bundle to this node")
    take.add_argument("file", type=Path, help="the bundle")
    take.add_argument("--wait", type=float, default=WAIT_S, metavar="S", help="seconds to wait for the node")
    take.set_defaults(handler=_import)
    for action in (export, take):
        action.add_argument(
            "--config", type=Path, required=True, metavar="FILE", help="the node's configuration"
        )
        action.add_argument("--json", action="store_true", help="print the result as JSON")


def _export(chosen: argparse.Namespace) -> int:
    from node.beside import at_hand
    from node.commands import carry
    from node.commands.carry import Carried
    from protocol import medium
    from protocol.ids import node_id

    peer = node_id(chosen.to)
    with at_hand(chosen.config) as place:
        if not place.ctx.register.member(peer, place.ctx.now()):
            raise Refused(f"{peer}: is not a member of register {place.ctx.register.version}")
        counted: dict[bytes, int] = {}
        part = chosen.out.with_name(chosen.out.name + ".part")
        try:
            with _part(part) as out:
                place.store.read(
                    lambda reader: medium.write(
                        out, _raw(carry.batches(reader, place.ctx, peer, whole=chosen.whole), counted)
                    )
                )
                out.flush()
                os.fsync(out.fileno())
                carried = Carried(len(counted), sum(counted.values()))
                place.store.write(
                    lambda tx: carry.exported(tx, place.ctx, peer, carried, actor=ACTOR)
                ).result()
                part.rename(chosen.out)
        except OSError as error:
            raise Refused(f"{error.filename or chosen.out}: {error.strerror}") from None
    told = {"schema": SCHEMA, "ok": True, "to": peer, "feeds": carried.feeds, "entries": carried.entries}
    words = f"{chosen.out}: {carried.entries} entries of {carried.feeds} feeds for {peer}; attached files do not travel this way"
    print(json.dumps(told) if chosen.json else words)
    return 0


@contextmanager
def _part(path: Path) -> Iterator[BinaryIO]:
    """A file that this run makes; Refused where another run's is there, which stays."""
    try:
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        words = "another export writes it, or one was cut off; delete it if none runs"
        raise Refused(f"{path}: exists: {words}") from None
    with os.fdopen(number, "wb") as file, _not_left(path):
        yield file


@contextmanager
def _not_left(path: Path) -> Iterator[None]:
    """A file that this run makes is gone again where the block does not end well."""
    try:
        yield
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _raw(found: Iterator[Batch], counted: dict[bytes, int]) -> Iterator[bytes]:
    """Batches as they are written, one after the other, so that a bundle may be larger than memory; counts by feed."""
    from node.commands import batch

    for one in found:
        counted[one.feed] = counted.get(one.feed, 0) + len(one.entries)
        yield batch.to_wire(one).SerializeToString()


def _import(chosen: argparse.Namespace) -> int:
    from federation.inbox import FOLDER, Import
    from node.checked import checked
    from protocol import medium

    own = checked(chosen.config)
    inbox = own.data / FOLDER
    try:
        with chosen.file.open("rb") as file:
            name = _name(medium.read(file))
        inbox.mkdir(mode=0o700, exist_ok=True)
        waiting, result = inbox / f"{name}.bundle", inbox / f"{name}.json"
        result.unlink(missing_ok=True)
        part = inbox / f"{name}.copy"
        with _not_left(part):  # half a copy would take the room that was lacking
            shutil.copyfile(chosen.file, part)
            part.rename(waiting)
    except OSError as error:
        raise Refused(f"{error.filename or chosen.file}: {error.strerror}") from None
    until = time.monotonic() + chosen.wait
    while not result.exists():
        if time.monotonic() > until:
            return _say(chosen, Import(fault=f"waits in {inbox}; the node takes it when it runs").told())
        time.sleep(_TICK_S)
    told = json.loads(result.read_text("utf-8"))
    result.unlink()
    return _say(chosen, told)


def _say(chosen: argparse.Namespace, told: dict[str, Any]) -> int:
    print(json.dumps(told) if chosen.json else _words(chosen.file, told))
    return 0 if told["ok"] else 1


def _name(batches: Iterator[bytes]) -> str:
    """Of what is in it; reading it to the end shows that the file is whole before the node is given it."""
    digest = hashlib.sha256()
    for raw in batches:
        digest.update(raw)
    return digest.hexdigest()


def _words(file: Path, told: dict[str, Any]) -> str:
    lines = [f"{file}: {told['entries']} new entries in {told['batches']} batches"]
    if told["kept_aside"]:
        lines.append(f"{told['kept_aside']} of them verified and were kept aside; the audit log says why")
    lines += [f"not taken: {count} batches, {code}" for code, count in told["refused"].items()]
    if told["fault"]:
        lines.append(f"not read to its end: {told['fault']}")
    return "\n".join(lines)
