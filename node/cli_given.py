"""`port2port officer give | take | suspend | resume | clear | unclear | concern | tie | due`: what people of a node are, and may not see.

A plate, badge or address that concerns somebody is asked for at the terminal or read from a file; it never stands in an argument.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from node.cli_times import moment, said

if TYPE_CHECKING:
    from node.commands.given import Given

DUE = "port2port/officer-due/v1"
VERBS = "give | take | suspend | resume | clear | unclear | concern | tie | due"
_VALUE_MAX = 512


def register_actions(actions: Any) -> None:
    """Add them to the actions of `officer`."""
    for name, words, handler in (
        ("give", "a role, a seat in a committee or a place in a community, until a day", _give),
        ("take", "the same back, now", _take),
        ("suspend", "end all that somebody is here, until resumed; ends the sessions", _suspend),
        ("resume", "end a suspension", _resume),
        ("clear", "a clearance, as its body verified it", _clear),
        ("unclear", "end a clearance now", _unclear),
        (
            "concern",
            "a plate, badge or address that concerns somebody, who then sees nothing about it",
            _concern,
        ),
        ("tie", "two people who work here are relations or close colleagues", _tie),
    ):
        action = actions.add_parser(name, help=words)
        action.set_defaults(handler=handler)
        action.add_argument(
            "--config", type=Path, required=True, metavar="FILE", help="the node's configuration"
        )
        action.add_argument("--login", required=True, help="whose")
        _OPTIONS[name](action)
    due = actions.add_parser("due", help="what of roles, seats and clearances ends within 90 days")
    due.set_defaults(handler=_due)
    due.add_argument("--config", type=Path, required=True, metavar="FILE", help="the node's configuration")
    due.add_argument("--json", action="store_true", help="print the result as JSON")


def _what(action: argparse.ArgumentParser) -> None:
    one = action.add_mutually_exclusive_group(required=True)
    one.add_argument("--role", help="at this node")
    one.add_argument("--seat", help="chair, deputy_chair, by_function, deputy or invitee; with --committee")
    one.add_argument("--place", help="steward, invited or expelled; with --community")
    action.add_argument("--committee", default="", help="its name, such as lcmb-antwerp")
    action.add_argument("--community", default="", help="its name in the register")


def _give_options(action: argparse.ArgumentParser) -> None:
    _what(action)
    action.add_argument("--until", type=moment, required=True, help="a day, or a moment of UTC")


def _clear_options(action: argparse.ArgumentParser) -> None:
    action.add_argument("--policy", required=True, help="the marking, such as BE")
    action.add_argument("--level", required=True, help="NONE, RESTRICTED, CONFIDENTIAL, SECRET or TOP-SECRET")
    action.add_argument("--compartment", action="append", default=[], help="may be given again")
    action.add_argument("--purpose", action="append", default=[], help="may be given again; none: as before")
    action.add_argument("--until", type=moment, required=True, help="a day, or a moment of UTC")
    action.add_argument("--verified-by", required=True, metavar="BODY", help="who verified it")


def _unclear_options(action: argparse.ArgumentParser) -> None:
    action.add_argument("--policy", required=True, help="the marking, such as BE")


def _concern_options(action: argparse.ArgumentParser) -> None:
    action.add_argument(
        "--type",
        required=True,
        help="plate, badge, address or another type of indicator, name_birth or document",
    )
    action.add_argument("--value-file", type=Path, metavar="FILE", help="else the terminal is asked")
    action.add_argument("--whose", choices=("oneself", "relation", "colleague"), default="oneself")
    action.add_argument("--end", action="store_true", help="it concerns the person no longer")


def _tie_options(action: argparse.ArgumentParser) -> None:
    action.add_argument("--with", dest="other", required=True, metavar="LOGIN", help="the other")
    action.add_argument("--as", dest="as_", choices=("relation", "colleague"), required=True)
    action.add_argument("--end", action="store_true", help="they are so no longer")


_OPTIONS: dict[str, Callable[[argparse.ArgumentParser], None]] = {
    "give": _give_options,
    "take": _what,
    "suspend": lambda _: None,
    "resume": lambda _: None,
    "clear": _clear_options,
    "unclear": _unclear_options,
    "concern": _concern_options,
    "tie": _tie_options,
}


def _give(chosen: argparse.Namespace) -> int:
    from node.administration import give
    from node.beside import at_hand

    given = _given(chosen)
    with at_hand(chosen.config) as place:
        give(place, chosen.login, given, chosen.until)
    print(f"{chosen.login}: {_named(given)} until {said(chosen.until)}")
    return 0


def _take(chosen: argparse.Namespace) -> int:
    from node.administration import take
    from node.beside import at_hand

    given = _given(chosen)
    with at_hand(chosen.config) as place:
        take(place, chosen.login, given)
    print(f"{chosen.login}: no longer {_named(given)}")
    return 0


def _given(chosen: argparse.Namespace) -> Given:
    from node.commands.given import Given
    from node.exits import Refused
    from policies.officers import Place, Role, Seat

    if chosen.role:
        return Given(_one_of(Role, chosen.role, "role"))
    if chosen.seat:
        if not chosen.committee or not set(chosen.committee) <= set("abcdefghijklmnopqrstuvwxyz0123456789-"):
            raise Refused("--committee: a name of a-z, 0-9 and hyphens is needed with --seat")
        return Given(_one_of(Seat, chosen.seat, "seat"), chosen.committee)
    if not chosen.community:
        raise Refused("--community: is needed with --place")
    return Given(_one_of(Place, chosen.place, "place"), chosen.community)


def _one_of(names: Any, text: str, what: str) -> Any:
    from node.exits import Refused

    if text not in set(names):
        raise Refused(f"{text!r} is no {what}; allowed: {', '.join(names)}")
    return names(text)


def _named(given: Given) -> str:
    return f"{given.what} of {given.of}" if given.of else str(given.what)


def _suspend(chosen: argparse.Namespace) -> int:
    from node.administration import suspend
    from node.beside import at_hand

    with at_hand(chosen.config) as place:
        suspend(place, chosen.login)
    print(f"{chosen.login}: suspended; sessions that were open have ended")
    return 0


def _resume(chosen: argparse.Namespace) -> int:
    from node.administration import resume
    from node.beside import at_hand

    with at_hand(chosen.config) as place:
        resume(place, chosen.login)
    print(f"{chosen.login}: suspended no longer")
    return 0


def _clear(chosen: argparse.Namespace) -> int:
    from node.administration import clear
    from node.beside import at_hand
    from node.commands.given import Cleared

    cleared = Cleared(
        policy=chosen.policy,
        level=chosen.level,
        compartments=frozenset(chosen.compartment),
        purposes=frozenset(chosen.purpose),
        until=chosen.until,
        verified_by=chosen.verified_by,
    )
    with at_hand(chosen.config) as place:
        clear(place, chosen.login, cleared)
    print(f"{chosen.login}: cleared for {chosen.policy} {chosen.level} until {said(chosen.until)}")
    return 0


def _unclear(chosen: argparse.Namespace) -> int:
    from node.administration import unclear
    from node.beside import at_hand

    with at_hand(chosen.config) as place:
        unclear(place, chosen.login, chosen.policy)
    print(f"{chosen.login}: no longer cleared under {chosen.policy}")
    return 0


def _concern(chosen: argparse.Namespace) -> int:
    from node.administration import concern, concerns
    from node.beside import at_hand
    from node.commands.interest import Whose

    value = _value(chosen)
    with at_hand(chosen.config) as place:
        concern(place, chosen.login, chosen.type, value, Whose(chosen.whose), end=chosen.end)
        left = ", ".join(f"{whose} {count}" for whose, count in concerns(place, chosen.login)) or "nothing"
    print(f"{chosen.login}: declared now: {left}")
    return 0


def _value(chosen: argparse.Namespace) -> str:
    import getpass

    from node.exits import Refused

    if chosen.value_file is None and not sys.stdin.isatty():
        raise Refused("--value-file: is needed without a terminal")
    if chosen.value_file is None:
        return getpass.getpass(f"The {chosen.type} (not shown): ").strip()
    path: Path = chosen.value_file
    with path.open("rb") as file:
        return file.read(_VALUE_MAX + 1).decode("utf-8", "replace").partition("\n")[0].strip()


def _tie(chosen: argparse.Namespace) -> int:
    from node.administration import tie
    from node.beside import at_hand
    from policies.officers import Tie

    as_ = Tie.RELATION if chosen.as_ == "relation" else Tie.COLLEAGUE
    with at_hand(chosen.config) as place:
        tie(place, chosen.login, chosen.other, as_, end=chosen.end)
    print(f"{chosen.login} and {chosen.other}: {'no longer ' if chosen.end else ''}{chosen.as_}s")
    return 0


def _due(chosen: argparse.Namespace) -> int:
    from node.administration import ending
    from node.beside import at_hand

    with at_hand(chosen.config) as place:
        found, node = ending(place), str(place.ctx.me)
    if chosen.json:
        told = [
            {"login": one.login, "what": one.what, "until": said(one.until_ms), "within_days": one.within}
            for one in found
        ]
        print(json.dumps({"schema": DUE, "node": node, "due": told}))
        return 0
    for one in found:
        when = f"within {one.within} days" if one.within else "over"
        print(f"{one.login}  {one.what}  {said(one.until_ms)}  {when}")
    if not found:
        print("nothing ends within 90 days")
    return 0
