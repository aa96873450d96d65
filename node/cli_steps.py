"""What the verbs of `port2port register` have in common: the folder, its keys and their passphrase, and how a step is told.

Guarantees that a step is written only when it was taken, and a new key never without a passphrase unless that was asked for.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from protocol.ids import UnixMs

if TYPE_CHECKING:
    from node.ceremony import Ceremony

CHANGE = "port2port/register-change/v1"
MAKES_KEYS = frozenset({"init", "add-organisation", "rotate"})
Step = Callable[["Ceremony", UnixMs], list[str]]


def action(
    actions: Any, name: str, words: str, handler: Callable[[argparse.Namespace], int], *, secret: bool = True
) -> argparse.ArgumentParser:
    """A verb; `secret`: it signs."""
    made: argparse.ArgumentParser = actions.add_parser(name, help=words)
    made.set_defaults(handler=handler)
    made.add_argument("--json", action="store_true", help="print the result as JSON")
    if secret:
        made.add_argument(
            "--keys", type=Path, help="folder of private role keys (default: keys/ of the ceremony)"
        )
        made.add_argument("--passphrase-file", type=Path, help="of the role keys; else the terminal is asked")
    if name in MAKES_KEYS:
        made.add_argument("--plain", action="store_true", help="new keys without a passphrase, mode 0600")
    return made


def stepped(chosen: argparse.Namespace, verb: str, step: Step) -> int:
    """Take one step in the folder that was chosen."""
    from node.ceremony import load, save
    from node.sealed import ask_passphrase

    passphrase = _passphrase(chosen)
    ceremony = load(chosen.dir, passphrase=passphrase, random=os.urandom, keys=chosen.keys)
    words = step(ceremony, now())
    if ceremony.papers.ring.unsaved and passphrase is None and not chosen.plain:
        passphrase = ask_passphrase(twice=True)
    save(ceremony, chosen.dir, passphrase=passphrase, keys=chosen.keys)
    return say(chosen, verb, words, ceremony)


def _passphrase(chosen: argparse.Namespace) -> str | None:
    from node.sealed import any_sealed, ask_passphrase, passphrase_from

    if chosen.passphrase_file is not None:
        return passphrase_from(chosen.passphrase_file)
    if any_sealed(chosen.keys or chosen.dir / "keys"):
        return ask_passphrase()
    return None


def say(chosen: argparse.Namespace, verb: str, words: list[str], ceremony: Ceremony) -> int:
    """What was done and what waits, for a person or a program."""
    if not chosen.json:
        print("\n".join(words))
        return 0
    waiting = [{"role": w.role, "needed": w.needed, "could_sign": list(w.could)} for w in ceremony.waiting()]
    version = ceremony.register().version if ceremony.files else 0
    found = {
        "schema": CHANGE,
        "ok": True,
        "verb": verb,
        "changes": words,
        "version": version,
        "waiting": waiting,
    }
    print(json.dumps(found))
    return 0


def now() -> UnixMs:
    """Of this machine."""
    from node.clock import SystemClock

    return SystemClock().now_ms()
