"""`port2port roster add | take | list`: who is on duty when, on a node that runs or not."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from node.cli_times import moment, said

SCHEMA = "port2port/roster/v1"


def register_verbs(verbs: Any) -> None:
    """Add `roster`."""
    actions = verbs.add_parser("roster", help="who is on duty when").add_subparsers(
        required=True, metavar="add | take | list"
    )
    add = actions.add_parser("add", help="a shift; whoever has had one is on duty in shifts alone")
    add.set_defaults(handler=_add)
    take = actions.add_parser("take", help="take a shift off the roster; one that goes on ends now")
    take.set_defaults(handler=_take)
    listing = actions.add_parser("list", help="the shifts that go on or come")
    listing.set_defaults(handler=_list)
    for action in (add, take, listing):
        action.add_argument(
            "--config", type=Path, required=True, metavar="FILE", help="the node's configuration"
        )
    for action in (add, take):
        action.add_argument("--login", required=True, help="whose")
        action.add_argument(
            "--from", dest="begins", type=moment, required=True, help="a day, or a moment of UTC"
        )
    add.add_argument("--until", type=moment, required=True, help="within 31 days of its begin")
    listing.add_argument("--json", action="store_true", help="print the result as JSON")


def _add(chosen: argparse.Namespace) -> int:
    from node.administration import on_duty
    from node.beside import at_hand

    with at_hand(chosen.config) as place:
        cleared = on_duty(place, chosen.login, chosen.begins, chosen.until)
    print(f"{chosen.login}: on duty from {said(chosen.begins)} until {said(chosen.until)}")
    if not cleared:
        print(
            f"{chosen.login}: a clearance ends before this shift does; renew it, or the rest of the shift sees less"
        )
    return 0


def _take(chosen: argparse.Namespace) -> int:
    from node.administration import off_duty
    from node.beside import at_hand

    with at_hand(chosen.config) as place:
        off_duty(place, chosen.login, chosen.begins)
    print(f"{chosen.login}: that shift is off the roster")
    return 0


def _list(chosen: argparse.Namespace) -> int:
    from node.administration import shifts
    from node.beside import at_hand

    with at_hand(chosen.config) as place:
        found, node = shifts(place), str(place.ctx.me)
    if chosen.json:
        told = [
            {"login": login, "from": said(begins), "until": said(until)} for login, begins, until in found
        ]
        print(json.dumps({"schema": SCHEMA, "node": node, "shifts": told}))
        return 0
    for login, begins, until in found:
        print(f"{login}  {said(begins)}  {said(until)}")
    if not found:
        print("no shift goes on or comes")
    return 0
