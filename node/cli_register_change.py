"""`port2port register rotate | revoke | withdraw`: what changes in a register that is in use, on files alone.

Each says what changed, what waits for whose signature, and what it means for the nodes.
"""

from __future__ import annotations

import argparse
import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

from node import cli_papers as papers
from node import cli_steps
from node.exits import Refused
from protocol.ids import UnixMs

if TYPE_CHECKING:
    from node.ceremony import Ceremony

_OPTIONS = ("holder", "to", "public", "threshold", "drop", "card", "finish")


def register_verbs(actions: Any) -> None:
    """Add the three."""
    rotate = cli_steps.action(actions, "rotate", "replace a key", _rotate)
    whose = "root, board or duty (with --holder); a node's id (with --card); or an organisation's id"
    rotate.add_argument("whose", help=whose)
    rotate.add_argument("--holder", default="", help="whose key is replaced in root, board or duty")
    rotate.add_argument("--to", default="", metavar="NAME", help="the holder who follows (default: the same)")
    rotate.add_argument(
        "--public", default="", metavar="HEX", help="the new public key, made elsewhere (default: made here)"
    )
    rotate.add_argument("--threshold", type=int, help="so many of the holders sign from now on")
    rotate.add_argument("--drop", action="store_true", help="nobody follows")
    rotate.add_argument("--card", type=Path, help="card.json of `port2port keys rotate`")
    rotate.add_argument("--finish", action="store_true", help="with --card: drop the keys that are not on it")
    revoke = cli_steps.action(actions, "revoke", "make a node's key void; its organisation signs", _revoke)
    revoke.add_argument("node")
    revoke.add_argument("--key", required=True, metavar="HEX", help="as `register show --json` has it")
    revoke.add_argument("--card", type=Path, help="with new keys, where it is the only one")
    withdraw = cli_steps.action(actions, "withdraw", "let a member leave; the board signs", _withdraw)
    withdraw.add_argument("organisation")
    when = withdraw.add_mutually_exclusive_group(required=True)
    when.add_argument("--until", metavar="DATE", help="gone from then on, 00:00 UTC, such as 2029-06-30")
    when.add_argument(
        "--cancel", action="store_true", help="it stays, or comes back, without what was said before"
    )
    for each in (rotate, revoke, withdraw):
        each.add_argument("--dir", type=Path, required=True, help="folder of the ceremony")


def _rotate(chosen: argparse.Namespace) -> int:
    from node.ceremony import ROLES, rotate_organisation, rotate_role

    if chosen.whose in ROLES:
        _only(chosen, {"holder", "to", "threshold", "drop", "public"})
        if not chosen.holder:
            raise Refused(f"rotate {chosen.whose}: --holder is needed: whose key is replaced")

        def role(ceremony: Ceremony, now: UnixMs) -> list[str]:
            return rotate_role(
                ceremony,
                chosen.whose,
                chosen.holder,
                now,
                successor=chosen.to,
                public=chosen.public,
                threshold=chosen.threshold,
                drop=chosen.drop,
            )

        return cli_steps.stepped(chosen, "rotate", role)
    if chosen.card is not None:
        return _rotate_node(chosen)
    _only(chosen, {"public"})
    return cli_steps.stepped(
        chosen,
        "rotate",
        lambda ceremony, now: rotate_organisation(ceremony, chosen.whose, now, public=chosen.public),
    )


def _rotate_node(chosen: argparse.Namespace) -> int:
    from node.ceremony import rotate_node
    from protocol.ids import node_id

    _only(chosen, {"card", "finish"})
    node, card = node_id(chosen.whose), _card(chosen.card, chosen.whose)

    def step(ceremony: Ceremony, now: UnixMs) -> list[str]:
        with papers.named(card):
            return rotate_node(ceremony, node, card.table, now, finish=chosen.finish)

    return cli_steps.stepped(chosen, "rotate", step)


def _revoke(chosen: argparse.Namespace) -> int:
    from node.ceremony import revoke
    from protocol.ids import node_id

    node, key = node_id(chosen.node), chosen.key.lower()
    card = _card(chosen.card, chosen.node).table if chosen.card else None
    return cli_steps.stepped(
        chosen, "revoke", lambda ceremony, now: revoke(ceremony, node, key, now, card=card)
    )


def _withdraw(chosen: argparse.Namespace) -> int:
    from node.ceremony import rejoin, withdraw

    organisation = chosen.organisation
    if chosen.cancel:
        return cli_steps.stepped(
            chosen, "withdraw", lambda ceremony, now: rejoin(ceremony, organisation, now)
        )
    try:
        until = dt.date.fromisoformat(chosen.until)
    except ValueError:
        raise Refused(f"--until {chosen.until}: a day such as 2029-06-30") from None
    return cli_steps.stepped(
        chosen, "withdraw", lambda ceremony, now: withdraw(ceremony, organisation, until, now)
    )


def _card(path: Path, node: str) -> papers.Paper:
    card = papers.card(path)
    if card.table.get("node") != node:
        raise Refused(f"{path}: is not the card of {node}")
    return card


def _only(chosen: argparse.Namespace, fitting: set[str]) -> None:
    if odd := [name for name in _OPTIONS if getattr(chosen, name) and name not in fitting]:
        raise Refused(
            f"rotate {chosen.whose}: --{odd[0]} does not go with that; see port2port register rotate --help"
        )
