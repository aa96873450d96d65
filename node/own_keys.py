"""A node's own keys, opened as its configuration says: where they are, how they rest, and from where their passphrase comes.

Guarantees that a passphrase is taken from a file only if nobody else may read that, and that keys which are missing are said
with what to do.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from node.config import Config
from node.config_file import ConfigError
from node.keys import FILES, NodeKeys
from node.sealed import KeyFileError, passphrase_from
from protocol.ids import NodeId

Ask = Callable[[], str]


def load_keys(config: Config, file: Path, *, ask: Ask | None = None) -> NodeKeys:
    """The keys. KeyFileError names a key file and the one reason; `file` is the configuration's, `ask` gives a passphrase."""
    try:
        return NodeKeys.load(config.keys_dir, NodeId(config.node.id), _passphrase(config, file, ask))
    except KeyFileError as error:
        if error.path.parent != config.keys_dir or error.path.exists():
            raise
        raise KeyFileError(error.path, f"does not exist (keys.dir); {remedy(config)}") from None


def missing(config: Config) -> tuple[Path, ...]:
    """The key files that are not there."""
    return tuple(path for name in FILES if not (path := config.keys_dir / name).is_file())


def remedy(config: Config) -> str:
    """What to do where keys are missing."""
    return f"make the keys with: port2port keys init --node {config.node.id} --dir {config.keys_dir}"


def _passphrase(config: Config, file: Path, ask: Ask | None) -> str | None:
    if config.keys.source == "file":
        return None
    if config.keys.passphrase_file is not None:
        return passphrase_from(config.keys.passphrase_file)
    if ask is None:
        raise ConfigError([f"{file}: keys.passphrase_file: missing; sealed keys need it without a terminal"])
    return ask()
