"""A node's keys replaced: new ones are made beside the old, and put in their place once the register lists them.

    <keys>/next/     the new keys, and card.json for the organisation
    <keys>/former/   the old ones, by the beginning of their log key, until somebody deletes them

Guarantees that the old keys stay in use until the register lists the new ones; that a crash between two renames is finished by taking
them again; and that no key is overwritten: the old ones are kept. A node that runs goes on with its old keys until it is restarted.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Collection
from pathlib import Path

from node import durable
from node.exits import Refused
from node.keys import FILES, NodeKeys
from protocol.ids import NodeId, Random, UnixMs
from protocol.register_view import Register

USES = ("tls", "log", "hold")
CARD = "card.json"
_TAKING = "taking"


def make(
    directory: Path,
    node: NodeId,
    passphrase: str | None,
    uses: Collection[str],
    *,
    random: Random,
    now: UnixMs,
) -> NodeKeys:
    """New keys for `uses` in `next/`, at rest as the old ones are, and their card; Refused where a rotation is under way."""
    following = directory / "next"
    if following.exists():
        raise Refused(
            f"{following}: a rotation is under way; take it (--take), or delete that folder to begin anew"
        )
    keys = NodeKeys.load(directory, node, passphrase).renewed(uses, random=random, now=now)
    part = directory / "next.part"
    shutil.rmtree(part, ignore_errors=True)
    keys.save(part, passphrase, random=random)
    card = json.dumps(keys.public_card(), indent=1) + "\n"
    durable.replace(part / CARD, card.encode(), mode=0o666)
    part.replace(following)
    durable.sync(directory)
    return keys


def take(directory: Path, node: NodeId, passphrase: str | None, register: Register) -> NodeKeys:
    """Put the new keys in place of the old; Refused while the register does not list all of them."""
    following = directory / "next"
    if not following.is_dir():
        raise Refused(f"{following}: no rotation is under way; begin with port2port keys rotate")
    marker = following / _TAKING
    if not marker.exists():
        _listed(NodeKeys.load(following, node, passphrase), register)
        old = NodeKeys.load(directory, node, passphrase)
        former = directory / "former" / old.log_public.hex()[:8]
        former.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in FILES:
            if not (former / name).exists():
                os.link(directory / name, former / name)
        marker.touch()
        durable.sync(former)
        durable.sync(following)
    for name in (*FILES, CARD):
        if (following / name).exists():
            (following / name).replace(directory / name)
    durable.sync(directory)
    keys = NodeKeys.load(directory, node, passphrase)
    shutil.rmtree(following)
    return keys


def _listed(keys: NodeKeys, register: Register) -> None:
    entry = register.nodes.get(keys.node)
    if entry is None:
        raise Refused(f"{keys.node}: register {register.version} does not list it")
    lacking = [
        use
        for use, there in (
            ("tls", keys.tls_cert_pem.decode().strip() in {pem.strip() for pem in entry.tls}),
            ("log", keys.log_public in entry.log_keys),
            ("hold", keys.hold_public in entry.hold_keys),
        )
        if not there
    ]
    if lacking:
        raise Refused(
            f"{keys.node}: register {register.version} does not list its new {', '.join(lacking)} key yet; the old ones stay in use. "
            "Its organisation lists them: port2port register rotate NODE --card next/card.json"
        )
