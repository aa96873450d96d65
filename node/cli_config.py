"""`port2port config check FILE`: everything wrong with a configuration, with file, line and key."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from node.checked import complete
from node.config import ConfigError

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
    found = _problems(chosen.file)
    if chosen.json:
        print(json.dumps({"schema": SCHEMA, "ok": not found, "file": str(chosen.file), "problems": found}))
        return 3 if found else 0
    if found:
        raise ConfigError(found)
    print(f"{chosen.file}: in order")
    return 0


def _problems(path: Path) -> list[str]:
    try:
        complete(path)
    except ConfigError as error:
        return error.problems
    return []
