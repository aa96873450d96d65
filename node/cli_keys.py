"""`port2port keys init | show`: a node's three keys, and the card of public ones that its organisation needs."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

CARD = "card.json"


def register_verbs(verbs: Any) -> None:
    """Add `keys`."""
    actions = verbs.add_parser("keys", help="make or show a node's keys").add_subparsers(
        required=True, metavar="init | show"
    )
    init = actions.add_parser("init", help="make the keys of a node; never overwrites any")
    init.set_defaults(handler=_init)
    show = actions.add_parser("show", help="open the keys and print the public card")
    show.set_defaults(handler=_show)
    for action in (init, show):
        action.add_argument("--node", required=True, help="the node's id")
        action.add_argument("--dir", type=Path, required=True, help="where the key files are")
        action.add_argument("--passphrase-file", type=Path, help="else the terminal is asked")
        action.add_argument("--json", action="store_true", help="print the card as JSON")
    init.add_argument("--plain", action="store_true", help="no passphrase: files of mode 0600 instead")


def _init(chosen: argparse.Namespace) -> int:
    from node.clock import SystemClock
    from node.keys import NodeKeys
    from protocol.ids import node_id

    passphrase = None if chosen.plain else _passphrase(chosen.passphrase_file, twice=True)
    keys = NodeKeys.generate(node_id(chosen.node), random=os.urandom, now=SystemClock().now_ms())
    keys.save(chosen.dir, passphrase, random=os.urandom)
    card = chosen.dir / CARD
    card.write_text(json.dumps(keys.public_card(), indent=1) + "\n", "utf-8")
    how = "plain, mode 0600" if passphrase is None else "sealed"
    words = f"{keys.node}: tls, log and hold keys made in {chosen.dir} ({how})\ngive its organisation: {card}"
    print(json.dumps(keys.public_card()) if chosen.json else words)
    return 0


def _show(chosen: argparse.Namespace) -> int:
    from node.certificates import fingerprint_of
    from node.keys import NodeKeys
    from node.sealed import any_sealed
    from protocol.ids import node_id

    passphrase = _passphrase(chosen.passphrase_file) if any_sealed(chosen.dir) else None
    keys = NodeKeys.load(chosen.dir, node_id(chosen.node), passphrase)
    if chosen.json:
        print(json.dumps(keys.public_card()))
        return 0
    print(f"{keys.node}")
    print(f"  tls  {fingerprint_of(keys.tls_cert_pem).hex()} (SHA-256 of the certificate)")
    print(f"  log  {keys.log_public.hex()}")
    print(f"  hold {keys.hold_public.hex()}")
    return 0


def _passphrase(file: Path | None, *, twice: bool = False) -> str:
    from node.sealed import ask_passphrase, passphrase_from

    return passphrase_from(file) if file is not None else ask_passphrase(twice=twice)
