"""`port2port config check FILE`: everything wrong with a configuration, with file, line and key."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from node.config import Config, ConfigError, load

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
        checked(path)
    except ConfigError as error:
        return error.problems
    return []


def checked(path: Path) -> Config:
    """The configuration, its plug-ins' tables and the files it names checked too."""
    config = load(path)
    found = [*_plugins(config, path), *_files(config, path)]
    if found:
        raise ConfigError(found)
    return config


def _plugins(config: Config, path: Path) -> list[str]:
    from node import plugins

    return plugins.errors(config, path, path.read_text("utf-8"))


def _files(config: Config, path: Path) -> list[str]:
    from node.config_lines import line_of

    text = path.read_text("utf-8")
    named = [
        (("register", "trusted_root"), config.register_.trusted_root),
        (("keys", "passphrase_file"), config.keys.passphrase_file),
        (("release", "auto_rules"), config.release.auto_rules),
    ]
    return [
        f"{path}:{line_of(text, key)}: {'.'.join(key)}: found {str(file)!r}, which does not exist; allowed: a readable file"
        for key, file in named
        if file is not None and not file.is_file()
    ]
