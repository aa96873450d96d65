"""Which relations engine a node asks, as its configuration says.

Guarantees that a node with `engine = "openfga"` never falls back on the other one: where its server is away, what needs an
answer is denied.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from node.commands.context import Engine
from node.config import Config
from node.config_file import ConfigError
from node.config_lines import line_of
from node.openfga_calls import Calls, Place
from node.relations_mirror import Mirror
from node.store.contract import Store
from node.store.tuples import embedded
from policies.fga_model import Model

EMBEDDED: Final = "embedded"
"""The code of the product's own engine on the Health screen."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The engine of a node, and the mirror at its server where it has one."""

    engine: Engine
    mirror: Mirror | None = None

    @property
    def standing(self) -> str:
        """For the Health screen: `EMBEDDED`, or how the server is."""
        return self.mirror.standing if self.mirror else EMBEDDED

    def close(self) -> None:
        """Before the store closes."""
        if self.mirror:
            self.mirror.close()


def asked(config: Config, file: Path, store: Store, model: Model) -> Asked:
    """Make it; asks no server yet. ConfigError names what is missing."""
    if config.relations.engine == "embedded":
        return Asked(embedded)
    text, missing = file.read_text("utf-8"), []
    for key in ("store", "model"):
        if getattr(config.relations, key) is None:
            where = f"{file}:{line_of(text, ('relations', key))}: relations.{key}"
            missing.append(f"{where}: missing; `port2port policy install --config {file}` prints it")
    if missing:
        raise ConfigError(missing)
    mirror = Mirror(store, Calls(place(config)), model)
    return Asked(lambda _model, _reader: mirror, mirror)


def place(config: Config) -> Place:
    """Where the server is and how to ask it; KeyFileError for a token that is not its owner's alone."""
    from node.sealed import passphrase_from

    own = config.relations
    return Place(
        url=(own.url or "").rstrip("/"),
        store=own.store or "",
        model=own.model or "",
        token=passphrase_from(own.token_file, what="token") if own.token_file else "",
        ca_file=own.ca_file,
        timeout_ms=own.timeout,
    )
