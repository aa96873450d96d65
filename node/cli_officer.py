"""`port2port officer add | list | link | password | close`, and the actions of `cli_given`: people who work at a node, while it runs or not.

Links are shown here and nowhere else; a password is asked for, or read from a file, and never stands in an argument.
"""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from node import cli_given
from node.languages import LANGUAGES

if TYPE_CHECKING:
    from node.beside import Beside
    from node.invitations import Link, Listed

SCHEMA, LIST = "port2port/officer-link/v1", "port2port/officer-list/v1"
VALID_MAX_H = 24


def register_verbs(verbs: Any) -> None:
    """Add `officer`."""
    actions = verbs.add_parser("officer", help="people who work at a node").add_subparsers(
        required=True, metavar=f"add | list | link | password | close | {cli_given.VERBS}"
    )
    cli_given.register_actions(actions)
    add = actions.add_parser("add", help="make an account and a first sign-in link")
    add.set_defaults(handler=_add)
    listing = actions.add_parser("list", help="every account of the node, with the roles in force")
    listing.set_defaults(handler=_list)
    again = actions.add_parser("link", help="a new one-time sign-in link for somebody who has an account")
    again.set_defaults(handler=_link)
    secret = actions.add_parser("password", help="another password for an account; ends its sessions")
    secret.set_defaults(handler=_password)
    secret.add_argument("--password-file", type=Path, metavar="FILE", help="else the terminal is asked")
    close = actions.add_parser("close", help="close an account at once; ends its sessions")
    close.set_defaults(handler=_close)
    for action in (add, listing, again, secret, close):
        action.add_argument(
            "--config", type=Path, required=True, metavar="FILE", help="the node's configuration"
        )
    for action in (add, again, secret, close):
        action.add_argument("--login", required=True, help="how the person is known here; a-z, 0-9 and dots")
    for action in (add, again):
        action.add_argument("--hours", type=_hours, default=1, help="how long the link works (1 to 24)")
    for action in (add, listing, again):
        action.add_argument("--json", action="store_true", help="print the result as JSON")
    add.add_argument("--name", required=True, help="as colleagues here see it; never leaves this node")
    add.add_argument("--site", required=True, help="where the person works, one of the node's sites")
    add.add_argument("--role", action="append", required=True, metavar="ROLE", help="may be given again")
    add.add_argument("--language", choices=tuple(LANGUAGES), default=next(iter(LANGUAGES)))


def _hours(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= VALID_MAX_H:
        raise argparse.ArgumentTypeError(f"1 to {VALID_MAX_H} hours")
    return int(text)


def _add(chosen: argparse.Namespace) -> int:
    from node.beside import at_hand
    from node.commands.accounts import NewOfficer, is_login
    from node.exits import Refused
    from node.invitations import add, link
    from policies.officers import Role

    wrong = sorted(set(chosen.role) - set(Role))
    if wrong:
        raise Refused(f"{wrong[0]!r} is no role; allowed: {', '.join(Role)}")
    if not is_login(chosen.login):
        raise Refused("--login: 3 to 64 of a-z, 0-9, dot and hyphen")
    roles = tuple(Role(name) for name in dict.fromkeys(chosen.role))
    officer = NewOfficer(
        login=chosen.login, name=chosen.name, language=chosen.language, site=chosen.site, roles=roles
    )
    with at_hand(chosen.config) as place:
        add(place, officer)
        return _say(chosen, place, link(place, chosen.login, valid_ms=chosen.hours * 3_600_000))


def _list(chosen: argparse.Namespace) -> int:
    from node.beside import at_hand
    from node.invitations import everyone

    with at_hand(chosen.config) as place:
        found, node = everyone(place), str(place.ctx.me)
    if chosen.json:
        print(json.dumps({"schema": LIST, "node": node, "officers": [_told(one) for one in found]}))
        return 0
    heads = ("LOGIN", "NAME", "SITE", "ROLES", "SIGN-IN", "SINCE")
    table = [heads, *(_row(one) for one in found)]
    widths = [max(len(row[at]) for row in table) for at in range(len(heads))]
    for row in table:
        print("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())
    return 0


def _row(one: Listed) -> tuple[str, ...]:
    door = "closed" if not one.open else "password" if one.password else "links only"
    roles = ", ".join(one.roles) or "none in force"
    return one.login, one.name, one.site, roles, door, f"{_utc(one.created_ms):%Y-%m-%d}"


def _told(one: Listed) -> dict[str, object]:
    return {
        "login": one.login,
        "name": one.name,
        "site": one.site,
        "language": one.language,
        "roles": [str(role) for role in one.roles],
        "password": one.password,
        "open": one.open,
        "created": f"{_utc(one.created_ms):%Y-%m-%dT%H:%M:%SZ}",
    }


def _utc(ms: int) -> datetime:
    return datetime.fromtimestamp(ms // 1000, UTC)


def _link(chosen: argparse.Namespace) -> int:
    from node.beside import at_hand
    from node.invitations import link

    with at_hand(chosen.config) as place:
        return _say(chosen, place, link(place, chosen.login, valid_ms=chosen.hours * 3_600_000))


def _password(chosen: argparse.Namespace) -> int:
    from node.beside import at_hand
    from node.commands.sign_in import hash_password
    from node.exits import Refused
    from node.invitations import set_password
    from node.sealed import ask_passphrase, passphrase_from

    given = passphrase_from(chosen.password_file) if chosen.password_file else ask_passphrase()
    try:
        hashed = hash_password(given)
    except ValueError as error:
        raise Refused(str(error)) from error
    with at_hand(chosen.config) as place:
        set_password(place, chosen.login, hashed)
    print(f"{chosen.login}: password set; sessions that were open have ended")
    return 0


def _close(chosen: argparse.Namespace) -> int:
    from node.beside import at_hand
    from node.invitations import close

    with at_hand(chosen.config) as place:
        close(place, chosen.login)
    print(f"{chosen.login}: account closed; sessions that were open have ended")
    return 0


def _say(chosen: argparse.Namespace, place: Beside, made: Link) -> int:
    until = _utc(made.expires_ms)
    if chosen.json:
        told = {
            "schema": SCHEMA,
            "node": str(place.ctx.me),
            "login": made.login,
            "link": made.url,
            "expires": f"{until:%Y-%m-%dT%H:%M:%SZ}",
        }
        print(json.dumps(told))
    else:
        print(f"{made.login} at {place.ctx.me}: works once, until {until:%Y-%m-%d %H:%M} UTC\n{made.url}")
    return 0
