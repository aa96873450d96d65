"""`port2port record prove ID --config port.toml --out FILE`: the proof file of a record that this node holds."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

from node.exits import Refused

SCHEMA = "port2port/record-prove/v1"


def register_verbs(verbs: Any) -> None:
    """Add `record prove`."""
    actions = verbs.add_parser("record", help="prove a record").add_subparsers(required=True, metavar="prove")
    prove = actions.add_parser("prove", help="write the proof file of a record; the node may run")
    prove.add_argument("id", help="the record's id, as in the address of its page")
    prove.add_argument("--config", type=Path, required=True, metavar="FILE", help="the node's configuration")
    prove.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help="where to write it; never overwritten"
    )
    prove.add_argument("--json", action="store_true", help="print the result as JSON")
    prove.set_defaults(handler=_prove)


def _prove(chosen: argparse.Namespace) -> int:
    from node.beside import beside
    from node.checked import checked
    from node.commands.address import parse
    from node.commands.prove import prove
    from node.sealed import ask_passphrase

    record = parse(chosen.id)
    if record is None:
        raise Refused("ID: 32 hexadecimal digits, as in the address of the record's page")
    ask = ask_passphrase if sys.stdin.isatty() else None
    with beside(checked(chosen.config), chosen.config, ask=ask) as place:
        raw = place.store.read(lambda reader: prove(reader, place.ctx, record))
    if raw is None:
        raise Refused(f"{record}: no such record here, or none that stands under a checkpoint yet")
    _write(chosen.out, raw)
    if chosen.json:
        told = {
            "schema": SCHEMA,
            "ok": True,
            "record": record.record.hex(),
            "file": str(chosen.out),
            "bytes": len(raw),
        }
        print(json.dumps(told))
    else:
        print(f"{chosen.out}: proof of {record}; check it with port2port proof verify")
    return 0


def _write(path: Path, raw: bytes) -> None:
    """With mode 0600: a proof of content has that content in it, and its label goes on holding."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise Refused(f"{path}: cannot be written: {error.strerror}") from None
    with os.fdopen(descriptor, "wb") as file:
        file.write(raw)
