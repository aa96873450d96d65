"""The file of rules for release without a person, and the policy revision that those in force make with the model.

Guarantees that whatever runs over a node's files writes the same revision into its audit: the node itself, and a command beside it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from node.config import Config
from node.config_file import ConfigError
from node.store import rules_texts
from node.store.unit import Reader
from policies.auto_release import NO_RULES, parse_rules, problems
from policies.fga_model import Model
from protocol.entry import RULES
from protocol.errors import ProtocolError
from protocol.register_view import Register


def rules_of(config: Config, file: Path, register: Register) -> bytes:
    """The text of the file of rules, which is in order; empty where the configuration names none. Two persons put it in force."""
    path = config.release.auto_rules
    if path is None:
        return b""
    try:
        text = path.read_bytes()
        rules = parse_rules(text, str(path))
    except OSError as error:
        raise ConfigError([f"{file}: release.auto_rules: {path} cannot be read: {error.strerror}"]) from error
    except ProtocolError as error:
        raise ConfigError([str(error)]) from error
    if found := problems(rules, register):
        raise ConfigError([f"{path}: {words}" for words in found])
    return text


def revision(model: Model) -> Callable[[Reader], bytes]:
    """Policy revision of a snapshot or transaction: SHA-256 over model, auto-release rules in force and rules version."""

    def of(reader: Reader) -> bytes:
        rules = rules_texts.digest_in_force(reader) or NO_RULES.digest
        return hashlib.sha256(model.sha256 + rules + RULES.to_bytes(4, "big")).digest()

    return of
