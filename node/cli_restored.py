"""`port2port restored list | read`: what other ports said before this node's database was restored, hidden until each is heard."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

ACTOR = "command/restored"


def register_verbs(verbs: Any) -> None:
    """Add `restored`."""
    from node.commands.unheard import REASONS

    actions = verbs.add_parser(
        "restored", help="what is hidden after a restore, until its port is heard"
    ).add_subparsers(required=True, metavar="list | read")
    listing = actions.add_parser("list", help="which ports have not been heard since, and of how many feeds")
    listing.set_defaults(handler=_list)
    read = actions.add_parser(
        "read", help="let what a port said before be read without waiting; ask its operator first"
    )
    read.add_argument("origin", help="the port's node id")
    read.add_argument(
        "--reason",
        required=True,
        choices=REASONS,
        help="confirmed: its operator says that nothing was withdrawn; gone: it will not be heard again; urgent: it cannot wait",
    )
    read.set_defaults(handler=_read)
    for action in (listing, read):
        action.add_argument(
            "--config", type=Path, required=True, metavar="FILE", help="the node's configuration"
        )


def _list(chosen: argparse.Namespace) -> int:
    from datetime import UTC, datetime

    from node.beside import at_hand
    from node.store import unheard

    with at_hand(chosen.config) as place:
        since, found = place.store.read(lambda reader: (unheard.restored_ms(reader), unheard.origins(reader)))
    if not found or since is None:
        print("nothing waits for its port to be heard")
        return 0
    at = datetime.fromtimestamp(since / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
    for origin, count in found:
        print(f"{origin}: {count} feeds are not read since the restore of {at}")
    return 0


def _read(chosen: argparse.Namespace) -> int:
    from node.beside import at_hand
    from node.commands.unheard import by_operator
    from protocol.ids import node_id

    origin = node_id(chosen.origin)
    with at_hand(chosen.config) as place:
        count = place.store.write(
            lambda tx: by_operator(tx, place.ctx, origin, chosen.reason, actor=ACTOR)
        ).result()
    print(
        f"{origin}: {count} feeds are read again; what was withdrawn since the copy was made may be among it"
    )
    return 0
