"""What every command is given: who this node is, its clock, keys, randomness, store, files and register. Nothing here is looked up."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Protocol

from node.blobs import Blobs
from node.clock import Clock
from node.erasure_list import ErasureList
from node.exits import Refused
from node.high_water import HighWater, Marks
from node.store.budgets import Brought
from node.store.contract import Store
from node.store.feeds import FeedRow, FeedState
from node.store.tuples import embedded
from node.store.unit import Reader
from policies.fga_model import Model, shipped
from policies.relations import Relations
from protocol.ids import NodeId, Random, UnixMs
from protocol.label import Level
from protocol.limits import BLOB_MAX
from protocol.members import NodeEntry
from protocol.register_view import Register

Engine = Callable[[Model, Reader], Relations]
"""The relations engine for one question: over what a snapshot or transaction sees, or a server's."""


class Keys(Protocol):
    """The two signing keys of a node; `node.keys.NodeKeys` is one."""

    @property
    def log_public(self) -> bytes: ...
    @property
    def hold_public(self) -> bytes: ...
    def sign_log(self, text: bytes) -> bytes: ...
    def sign_hold(self, text: bytes) -> bytes: ...


class NoLongerListed(Refused):
    """The register in force does not list this node: it can neither say nor take anything. What asks first is `listed`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accreditation:
    """What this node's own configuration narrows the register's entry to."""

    regimes: frozenset[str] | None = None
    level: Level = Level.TOP_SECRET
    compartments: frozenset[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Periods and limits of the configuration that commands need; milliseconds. `retention` by its configuration keys."""

    retention: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    accreditation: Accreditation = Accreditation()
    session_idle_ms: int = 30 * 60_000
    session_max_ms: int = 12 * 3_600_000
    sign_in_attempts: int = 5
    sign_in_window_ms: int = 5 * 60_000
    origin_entries_per_day: int = 100_000
    origin_bytes_per_day: int = 512 << 20
    origin_erasures_per_hour: int = 50
    """Beyond so many an operator says whether what one origin erased is destroyed."""
    max_silence_ms: int = 150_000
    """Without a beat for so long, a feed that has one is stale."""
    close_after_ms: int = 30 * 86_400_000
    """An own feed that is silent for so long, and received by all, is closed."""
    blob: int = BLOB_MAX
    """Most bytes of one attached file."""
    blobs_total: int = 20 << 30
    """Most bytes of all of them."""
    rules_file: bytes = b""
    """The file of rules for release without an officer, as it was read at the start: what may be proposed (`rules_in_force.py`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """One node, as its commands see it. `registers` gives the newest verified register; take it once for a decision."""

    me: NodeId
    clock: Clock
    random: Random
    keys: Keys
    store: Store
    blobs: Blobs
    registers: Callable[[], Register]
    settings: Settings = Settings()
    model: Model = field(default_factory=shipped, repr=False)
    """What the engine is asked by, where a command asks about somebody else than who it is told is asking."""
    engine: Engine = embedded
    """Who answers what roles and rights somebody has: this process, or a server (`relations_mirror.py`)."""
    high: HighWater = field(default_factory=Marks)
    """How far this node may have signed."""
    brought: dict[NodeId, tuple[Brought, Brought]] = field(default_factory=dict, repr=False)
    """What each origin has brought, now and as it is written: the writer's alone (`brake.py`)."""
    gone: ErasureList = field(default_factory=ErasureList, repr=False)
    """What was destroyed here, outside the database."""
    in_doubt: Callable[[], bool] = lambda: False
    """Whether this node's clock is too far from its peers' for anything to end by it."""
    revision: Callable[[Reader], bytes] = lambda _: bytes(32)
    """Policy revision of that moment: SHA-256 over model, auto-release rules in force and rules version."""
    _kept: list[tuple[Register, NodeEntry]] = field(default_factory=list, init=False, repr=False)
    _decided: list[tuple[Register, dict[str, dict[Hashable, object]]]] = field(
        default_factory=list, init=False, repr=False
    )

    @property
    def register(self) -> Register:
        """The newest verified register."""
        return self.registers()

    def now(self) -> UnixMs:
        """This node's time."""
        return self.clock.now_ms()

    def may_say(self, feed: FeedRow) -> bool:
        """Whether the newest checkpoint of a feed may leave: of an own one not before its mark is on the disk."""
        if not feed.own or feed.state is FeedState.RESTORED:
            return True
        if not self._marked(feed):
            self.high.look()  # a command beside this node may have said it
        return self._marked(feed)

    def _marked(self, feed: FeedRow) -> bool:
        mark = self.high.get(feed.feed)
        return mark is not None and feed.checkpoint.size <= mark.size

    def listed(self, register: Register) -> bool:
        """Whether this node is a member. A command that needs its rights refuses in words where it is none."""
        return self.me in register.nodes

    def entry(self, register: Register) -> NodeEntry:
        """This node's rights: the register's, narrowed by its own configuration. Raises NoLongerListed."""
        kept = self._kept[0] if self._kept else None
        if kept is None or kept[0] is not register:
            kept = (register, self._narrowed(register))
            self._kept[:] = [kept]  # another thread may put another register's there before this returns
        return kept[1]

    def of_register(self, register: Register, what: str) -> dict[Hashable, object]:
        """What was decided of one sort under this very register; empty under another one."""
        kept = self._decided[0] if self._decided else None
        if kept is None or kept[0] is not register:
            kept = (register, {})
            self._decided[:] = [kept]
        return kept[1].setdefault(what, {})

    def _narrowed(self, register: Register) -> NodeEntry:
        found = register.nodes.get(self.me)
        if found is None:
            raise NoLongerListed(f"{self.me}: register {register.version} does not list this node")
        own = self.settings.accreditation
        return replace(
            found,
            levels=MappingProxyType(
                {policy: min(level, own.level) for policy, level in found.levels.items()}
            ),
            compartments=_and(found.compartments, own.compartments),
            regimes=_and(found.regimes, own.regimes),
        )


def _and(given: frozenset[str], own: frozenset[str] | None) -> frozenset[str]:
    return given if own is None else given & own
