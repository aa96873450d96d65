"""A second process beside a node, running or stopped: what is needed to manage its people, and nothing else.

Takes no lock of the data directory: each act is one transaction that reads all it depends on under the database's own write
lock, so it and the running node cannot contradict each other. Opens no way in or out.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from node.blobs import Blobs
from node.checked import checked
from node.clock import SystemClock
from node.commands.context import Context, Settings
from node.config import Config
from node.exits import Refused
from node.high_water import MarksBeside
from node.own_keys import load_keys
from node.register import RegisterStore
from node.revision import revision, rules_of
from node.sealed import ask_passphrase
from node.store.changes import Change
from node.store.sqlite import SqliteStore
from policies.fga_model import Model, shipped
from protocol.ids import NodeId


@dataclass(frozen=True, slots=True)
class Beside:
    """One node's people, as its commands see them."""

    config: Config
    store: SqliteStore
    ctx: Context
    model: Model


@contextmanager
def beside(config: Config, file: Path, *, ask: Callable[[], str] | None = None) -> Iterator[Beside]:
    """Open, and close at the end. Refused where the register does not list this node; `ask` gives a passphrase."""
    clock, me = SystemClock(), NodeId(config.node.id)
    keys = load_keys(config, file, ask=ask)
    registers = RegisterStore.open(
        config.data / "register", trusted_root=config.register_.trusted_root, now=clock.now_ms()
    )
    if me not in registers.current.nodes:
        raise Refused(f"{me}: register {registers.current.version} does not list this node")
    model = shipped()
    rules = rules_of(config, file, registers.current)
    high = MarksBeside(config.high_water)

    def publish(changes: Sequence[Change]) -> None:
        with suppress(OSError):  # unmarked, it leaves when the node itself has marked it
            high.note([change.mark for change in changes if change.mark is not None])

    store = SqliteStore(config.database, publish=publish)
    try:
        ctx = Context(
            me=me,
            clock=clock,
            random=os.urandom,
            keys=keys,
            store=store,
            blobs=Blobs(config.data / "blobs"),
            registers=lambda: registers.current,
            high=high,
            model=model,
            revision=revision(model),
            settings=Settings(retention=MappingProxyType(config.retention.model_dump()), rules_file=rules),
        )
        yield Beside(config, store, ctx, model)
    finally:
        store.close()


def at_hand(file: Path) -> AbstractContextManager[Beside]:
    """The node of this configuration, as a command at a terminal opens it."""
    return beside(checked(file), file, ask=ask_passphrase if sys.stdin.isatty() else None)
