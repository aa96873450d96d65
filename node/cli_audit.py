"""`port2port audit show | verify | heads`: what was done, and whether the log at hand is the one whose heads went to the peers.

verify   every head that this node said, against the log: exit code 1 where one does not fit, or a peer holds one that is not known here
heads    what this node holds of another node's heads, a line each; its auditor gives them to `verify --held`
"""

from __future__ import annotations

import argparse
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from node.cli_audit_show import add_show
from node.exits import Refused

_LINE = re.compile(r"([0-9a-f]{64})( .*)?")


def register_verbs(verbs: Any) -> None:
    """Add `audit`."""
    actions = verbs.add_parser(
        "audit", help="what was done at a node, and its log held against its heads"
    ).add_subparsers(required=True, metavar="show | verify | heads")
    add_show(actions)
    verify = actions.add_parser("verify", help="hold this node's audit log against the heads that peers have")
    verify.add_argument(
        "--held", type=Path, metavar="FILE", help="heads that a peer printed with `audit heads`"
    )
    verify.set_defaults(handler=_verify)
    heads = actions.add_parser("heads", help="what this node holds of another node's heads")
    heads.add_argument("node", help="the other node's id")
    heads.set_defaults(handler=_heads)
    for action in (verify, heads):
        action.add_argument(
            "--config", type=Path, required=True, metavar="FILE", help="the node's configuration"
        )


def _verify(chosen: argparse.Namespace) -> int:
    from node.beside import at_hand
    from node.commands.audit_heads import verify

    held = _held(chosen.held) if chosen.held is not None else set()
    with at_hand(chosen.config) as place:
        found = place.store.read(verify)
    wrong = [one for one in found if not one.fits]
    strange = held - {bytes(one.head) for one in found}
    for one in found:
        fits = "fits" if one.fits else "DOES NOT FIT"
        print(
            f"{_day(one.at_ms)}  {one.size} entries  {fits}  said to {len(one.said_to)}, held by {len(one.held_by)}"
        )
    for head in sorted(strange):
        print(f"{head.hex()}  held by the peer and NOT KNOWN here")
    if not found:
        print("no head was said yet: the first one goes out when the log is an hour old")
    elif not wrong and not strange:
        print("the audit log at hand is the one whose heads were said")
    return 1 if wrong or strange else 0


def _heads(chosen: argparse.Namespace) -> int:
    from node.beside import at_hand
    from node.commands.audit_heads import heads_of
    from protocol.ids import node_id

    node = node_id(chosen.node)
    with at_hand(chosen.config) as place:
        found = place.store.read(lambda reader: heads_of(reader, node))
    for at, head in found:
        print(f"{head.hex()} {_day(at)}")
    return 0


def _held(path: Path) -> set[bytes]:
    found = set()
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        match = _LINE.fullmatch(line)
        if match is None:
            raise Refused(f"{path}:{number}: not a line that `port2port audit heads` prints")
        found.add(bytes.fromhex(match[1]))
    return found


def _day(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
