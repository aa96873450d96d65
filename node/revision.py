"""The node's own rules for release without a person, and the policy revision that they make with the model.

Guarantees that whatever runs over a node's files writes the same revision into its audit: the node itself, and a command beside it.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from node.config import Config, ConfigError
from policies.auto_release import NO_RULES, AutoRelease, parse_rules, problems
from policies.fga_model import Model
from protocol.entry import RULES
from protocol.errors import ProtocolError
from protocol.register_view import Register


def rules_of(config: Config, file: Path, register: Register) -> AutoRelease:
    """The auto-release rules; without a file nothing is released by rule."""
    path = config.release.auto_rules
    if path is None:
        return NO_RULES
    try:
        rules = parse_rules(path.read_bytes(), str(path))
    except OSError as error:
        raise ConfigError([f"{file}: release.auto_rules: {path} cannot be read: {error.strerror}"]) from error
    except ProtocolError as error:
        raise ConfigError([str(error)]) from error
    if found := problems(rules, register):
        raise ConfigError([f"{path}: {words}" for words in found])
    return rules


def revision(model: Model, rules: AutoRelease) -> bytes:
    """Policy revision: SHA-256 over model, auto-release rules and rules version."""
    return hashlib.sha256(model.sha256 + rules.digest + RULES.to_bytes(4, "big")).digest()
