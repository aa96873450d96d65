"""`port2port config check FILE`: everything wrong with a configuration, with file, line and key."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from node.checked import complete
from node.config import Config
from node.config_file import ConfigError

SCHEMA = "port2port/config-check/v1"


def register_verbs(verbs: Any) -> None:
    """Add `config check`."""
    actions = verbs.add_parser("config", help="check a configuration").add_subparsers(
        required=True, metavar="check"
    )
    check = actions.add_parser("check", help="read a file and say what is wrong with it")
    check.add_argument("file", type=Path)
    check.add_argument("--json", action="store_true", help="print the result as JSON")
    check.set_defaults(handler=_check)


def _check(chosen: argparse.Namespace) -> int:
    found, notes = _looked_at(chosen.file)
    if chosen.json:
        told = {"schema": SCHEMA, "ok": not found, "file": str(chosen.file), "problems": found}
        print(json.dumps({**told, "notes": notes}))
        return 3 if found else 0
    if found:
        raise ConfigError(found)
    print(f"{chosen.file}: in order")
    for words in notes:
        print(words)
    return 0


def _looked_at(path: Path) -> tuple[list[str], list[str]]:
    """What is wrong; and where nothing is, what of it is not in force yet."""
    try:
        config = complete(path)
    except ConfigError as error:
        return error.problems, []
    return [], [f"{config.release.auto_rules or path}: {words}" for words in _waiting(config)]


def _waiting(config: Config) -> list[str]:
    from node.commands.rules_in_force import Standing
    from node.store.rules_texts import agreed_in

    file = config.release.auto_rules
    found = Standing(agreed_in(config.database), None, file.read_bytes() if file else b"").words
    return [found] if found else []
