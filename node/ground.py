"""What a node stands on, opened in order and checked against each other: lock, keys, register, store, context.

Guarantees that a node whose configuration and register disagree does not start, with file and key of what to change. Used by
the running node and by commands that work on a stopped one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from node import agreed, log
from node.blobs import Blobs
from node.bus import Bus
from node.clock import SystemClock
from node.commands import restored, rules_in_force
from node.commands.context import Accreditation, Context, Settings
from node.commands.resign import resign
from node.config import Config
from node.config_file import ConfigError
from node.config_lines import line_of
from node.engine import Asked, asked
from node.erasure_list import ErasureList
from node.high_water import HighWaterFile
from node.keys import NodeKeys
from node.lock import DataLock
from node.own_keys import load_keys
from node.peers import PeerBoard
from node.register import RegisterStore
from node.revision import revision, rules_of
from node.store.changes import Change
from node.store.contract import Publish
from node.store.engine import Tuning
from node.store.sqlite import SqliteStore
from policies.fga_model import Model, shipped
from protocol.ids import NodeId, UnixMs
from protocol.label import LEVEL_NAMED
from protocol.register_view import Register

_logger = log.get("ground")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """One node, opened. Close it when done; closing gives the lock back last."""

    config: Config
    lock: DataLock
    keys: NodeKeys
    registers: RegisterStore
    store: SqliteStore
    high: HighWaterFile
    bus: Bus[Change]
    board: PeerBoard
    ctx: Context
    model: Model
    relations: Asked

    def close(self) -> None:
        """Finish what is being written, then let go."""
        self.store.close()
        self.relations.close()
        self.high.close()
        self.lock.release()


def open_ground(config: Config, file: Path, *, ask: Callable[[], str] | None = None) -> Ground:
    """Open everything; ConfigError, Busy or Refused say what to change. `ask` gives a passphrase at a terminal."""
    lock = DataLock(config.data)
    try:
        return _open(config, file, lock, ask)
    except BaseException:
        lock.release()
        raise


def _open(config: Config, file: Path, lock: DataLock, ask: Callable[[], str] | None) -> Ground:
    clock, me = SystemClock(), NodeId(config.node.id)
    keys = load_keys(config, file, ask=ask)
    registers = RegisterStore.open(
        config.data / "register", trusted_root=config.register_.trusted_root, now=clock.now_ms()
    )
    _agree(config, file, registers.current, keys)
    rules = rules_of(config, file, registers.current)
    model = shipped()
    bus: Bus[Change] = Bus()
    high = _high_water(config, file)
    board = PeerBoard()
    store = SqliteStore(
        config.database,
        publish=_marked(high, bus),
        tuning=Tuning(cache_bytes=config.store.cache, busy_timeout_ms=config.store.busy_timeout),
    )
    try:
        relations = asked(config, file, store, model)
    except BaseException:
        store.close()
        high.close()
        raise
    ctx = Context(
        me=me,
        clock=clock,
        random=os.urandom,
        keys=keys,
        store=store,
        blobs=Blobs(config.data / "blobs"),
        registers=lambda: registers.current,
        high=high,
        settings=_settings(config, clock.now_ms(), rules),
        model=model,
        engine=relations.engine,
        gone=ErasureList(config.recovery.erasures),
        in_doubt=board.in_doubt,
        revision=revision(model),
    )
    found = store.write(lambda tx: restored.look(tx, ctx)).result()
    if found:
        _logger.error(
            "the database is older than what this node has said or taken: it was restored. What it says now stands in new epochs; "
            "what was lost is asked of its peers, and what others said before is hidden until each is heard",
            feeds=len(found.behind),
            missing=found.missing,
            hidden=found.hidden,
        )
    if words := store.read(lambda reader: rules_in_force.standing(reader, ctx, model)).words:
        _logger.warning(words, file=str(config.release.auto_rules or file))
    if not found.said_more and (signed := store.write(lambda tx: resign(tx, ctx, ctx.register)).result()):
        _logger.info("the heads of own feeds are signed by the new log key", feeds=signed)
    return Ground(
        config=config,
        lock=lock,
        keys=keys,
        registers=registers,
        store=store,
        high=high,
        bus=bus,
        board=board,
        ctx=ctx,
        model=model,
        relations=relations,
    )


def _high_water(config: Config, file: Path) -> HighWaterFile:
    try:
        return HighWaterFile(config.high_water)
    except OSError as error:
        line = line_of(file.read_text("utf-8"), ("store", "high_water"))
        words = (
            f"{file}:{line}: store.high_water: {config.high_water} cannot be written: {error.strerror}; name a file outside "
            "node.data and outside the database's backups"
        )
        raise ConfigError([words]) from error


def _marked(high: HighWaterFile, bus: Bus[Change]) -> Publish:
    """What was signed is marked before anybody hears that there is something to send."""

    def publish(changes: Sequence[Change]) -> None:
        try:
            high.note([change.mark for change in changes if change.mark is not None])
        except OSError as error:
            _logger.error(  # noqa: TRY400  no trace
                "how far this node signed cannot be written: nothing new leaves until it can",
                why=error.strerror,
            )
        bus.publish(changes)

    return publish


def _agree(config: Config, file: Path, register: Register, keys: NodeKeys) -> None:
    """The configuration narrows what the register says of this node, and never says otherwise."""
    text = file.read_text("utf-8")
    found = [words for check in agreed.CHECKS for words in check(config, file, text, register)]
    entry = register.nodes.get(NodeId(config.node.id))
    if entry and (keys.log_public not in entry.log_keys or keys.hold_public not in entry.hold_keys):
        found.append(
            f"{file}:{line_of(text, ('keys', 'dir'))}: keys.dir: the keys in {config.keys_dir} are not those that "
            f"register {register.version} lists for this node"
        )
    if found:
        raise ConfigError(found)


def _settings(config: Config, now: UnixMs, rules: bytes) -> Settings:
    own = config.accreditation
    expired = own.approval_expires is not None and own.approval_expires.toordinal() <= _day(now)
    level = LEVEL_NAMED["NONE" if expired else own.level]
    return Settings(
        retention=MappingProxyType(config.retention.model_dump()),
        accreditation=Accreditation(
            regimes=frozenset(own.regimes), level=level, compartments=frozenset(own.compartments)
        ),
        session_idle_ms=config.web.session_idle,
        session_max_ms=config.web.session_max,
        sign_in_attempts=config.web.sign_in_attempts,
        sign_in_window_ms=config.web.sign_in_window,
        origin_entries_per_day=config.limits.origin_entries_per_day,
        origin_bytes_per_day=config.limits.origin_bytes_per_day,
        origin_erasures_per_hour=config.limits.origin_erasures_per_hour,
        max_silence_ms=config.federation.max_silence,
        close_after_ms=config.federation.close_after,
        blob=config.limits.blob,
        blobs_total=config.limits.blobs_total,
        rules_file=rules,
    )


def _day(now: UnixMs) -> int:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(now / 1000, UTC).toordinal()
