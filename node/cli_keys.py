"""`port2port keys init | show | rotate`: a node's three keys, and the card of public ones that its organisation needs.

`port2port keys erase-key | erase-sign`: an organisation's erase key, which lies on another machine than its nodes, always sealed;
with it an erasure that two people decided needs no cooling.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

CARD = "card.json"
ERASE_KEY = "erase.key"


def register_verbs(verbs: Any) -> None:
    """Add `keys`."""
    actions = verbs.add_parser(
        "keys", help="make, show or replace a node's keys; an organisation's erase key"
    ).add_subparsers(required=True, metavar="init | show | rotate | erase-key | erase-sign")
    init = actions.add_parser("init", help="make the keys of a node; never overwrites any")
    init.set_defaults(handler=_init)
    show = actions.add_parser("show", help="open the keys and print the public card")
    show.set_defaults(handler=_show)
    rotate = actions.add_parser(
        "rotate", help="make new keys beside the old, and take them once they are listed"
    )
    rotate.set_defaults(handler=_rotate)
    rotate.add_argument(
        "--only", action="append", choices=("tls", "log", "hold"), help="this key alone; may be given again"
    )
    rotate.add_argument("--take", action="store_true", help="put the new keys in place of the old")
    rotate.add_argument(
        "--register",
        type=Path,
        metavar="DIR",
        help="with --take: the node's <data>/register, which lists them",
    )
    for action in (init, show, rotate):
        action.add_argument("--node", required=True, help="the node's id")
        action.add_argument("--dir", type=Path, required=True, help="where the key files are")
        action.add_argument("--passphrase-file", type=Path, help="else the terminal is asked")
        action.add_argument("--json", action="store_true", help="print the card as JSON")
    offline = actions.add_parser("erase-key", help="make an organisation's offline erase key")
    offline.add_argument("--organisation", required=True, help="the organisation's id")
    offline.set_defaults(handler=_erase_key)
    sign = actions.add_parser("erase-sign", help="sign what `record erase --request` wrote")
    sign.add_argument("request", type=Path, help="the request")
    sign.add_argument("--out", type=Path, required=True, metavar="FILE", help="where the signatures go")
    sign.set_defaults(handler=_erase_sign)
    for action in (offline, sign):
        action.add_argument("--dir", type=Path, required=True, help="where the erase key is")
        action.add_argument("--passphrase-file", type=Path, help="else the terminal is asked")
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


def _erase_key(chosen: argparse.Namespace) -> int:
    from nacl.signing import SigningKey

    from node import sealed
    from protocol.ids import node_id

    organisation = node_id(chosen.organisation)
    path = chosen.dir / ERASE_KEY
    if path.exists():
        raise sealed.KeyFileError(path, "exists; keys are never overwritten")
    key = SigningKey(os.urandom(32))
    rest = sealed.Rest.new(_passphrase(chosen.passphrase_file, twice=True), random=os.urandom)
    chosen.dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    sealed.write_key(path, bytes(key), owner=organisation, use="erase", rest=rest, random=os.urandom)
    print(f"{organisation}: erase key made in {path} (sealed); keep it away from its nodes")
    print(f"for the board's list `erase` of this organisation: {bytes(key.verify_key).hex()}")
    return 0


def _erase_sign(chosen: argparse.Namespace) -> int:
    from nacl.signing import SigningKey

    from node import cli_erase, sealed

    organisation, wanted = cli_erase.read_request(chosen.request)
    secret = sealed.read_key(
        chosen.dir / ERASE_KEY,
        owner=organisation,
        use="erase",
        passphrase=_passphrase(chosen.passphrase_file),
    )
    key = SigningKey(secret)
    cli_erase.write_signed(chosen.out, [(one, key.sign(cli_erase.text_of(one)).signature) for one in wanted])
    for _, record, version in wanted:
        print(f"signed: {record.hex()}, versions 1 to {version}")
    print(f"{chosen.out}: give it to the node: port2port record erase ID --signature {chosen.out.name}")
    return 0


def _rotate(chosen: argparse.Namespace) -> int:
    from node import key_rotation
    from node.clock import SystemClock
    from node.sealed import any_sealed
    from protocol.ids import node_id

    node, passphrase = node_id(chosen.node), None
    if any_sealed(chosen.dir):
        passphrase = _passphrase(chosen.passphrase_file)
    if chosen.take:
        keys = key_rotation.take(chosen.dir, node, passphrase, _register(chosen))
        words = (
            f"{node}: the new keys are in {chosen.dir}, the old ones in former/ there; restart the node\n"
            "its organisation drops the old ones later: port2port register rotate NODE --card card.json --finish"
        )
    else:
        uses = chosen.only or list(key_rotation.USES)
        now = SystemClock().now_ms()
        keys = key_rotation.make(chosen.dir, node, passphrase, uses, random=os.urandom, now=now)
        words = (
            f"{node}: new {', '.join(uses)} in {chosen.dir / 'next'}; the old ones stay in use\n"
            f"give its organisation: {chosen.dir / 'next' / CARD} (register rotate {node} --card …), then: keys rotate --take"
        )
    print(json.dumps(keys.public_card()) if chosen.json else words)
    return 0


def _register(chosen: argparse.Namespace) -> Any:
    from node.ceremony import look
    from node.exits import Refused

    if chosen.register is None:
        raise Refused(
            "--take needs --register: the node's <data>/register, which must list the new keys first"
        )
    return look(chosen.register, random=os.urandom).register()


def _passphrase(file: Path | None, *, twice: bool = False) -> str:
    from node.sealed import ask_passphrase, passphrase_from

    return passphrase_from(file) if file is not None else ask_passphrase(twice=twice)
