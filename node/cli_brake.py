"""`port2port brake list | release`: erasures of a burst, hidden already, that wait for an operator of this node."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from node.exits import Refused

ACTOR = "command/brake"


def register_verbs(verbs: Any) -> None:
    """Add `brake`."""
    actions = verbs.add_parser("brake", help="erasures that wait for an operator").add_subparsers(
        required=True, metavar="list | release"
    )
    listing = actions.add_parser("list", help="whose erasures wait, how many and since when")
    listing.set_defaults(handler=_list)
    release = actions.add_parser(
        "release", help="let what an origin erased be destroyed; ask its operator first"
    )
    release.add_argument("origin", help="the origin's id")
    release.set_defaults(handler=_release)
    for action in (listing, release):
        action.add_argument(
            "--config", type=Path, required=True, metavar="FILE", help="the node's configuration"
        )


def _list(chosen: argparse.Namespace) -> int:
    from datetime import UTC, datetime

    from node.beside import at_hand
    from node.commands.burst import braked

    with at_hand(chosen.config) as place:
        found = place.store.read(braked)
    for one in found:
        since = datetime.fromtimestamp(one.since_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
        print(f"{one.origin}: {one.erasures} erasures wait since {since}")
    if not found:
        print("no erasure waits for an operator")
    return 0


def _release(chosen: argparse.Namespace) -> int:
    from node.beside import at_hand
    from node.commands.burst import release
    from protocol.ids import node_id

    origin = node_id(chosen.origin)
    with at_hand(chosen.config) as place:
        count = place.store.write(lambda tx: release(tx, place.ctx, origin, actor=ACTOR)).result()
    if not count:
        raise Refused(f"{origin}: no erasure of it waits for an operator")
    print(f"{origin}: {count} erasures are destroyed once they have cooled; the node does it within a minute")
    return 0
