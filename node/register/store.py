"""The register in force at this node: opened, served, brought up to date, watched.

Guarantees: `current` is always one whole verified register, replaced in one step; only what verifies from the pinned trusted
root and is nowhere older than what is held replaces it, on disk by one rename before in memory; a register that is refused
changes nothing. Expiry is a state (`state`), never a failure. Two registers of one version are evidence and are kept.
Methods may be called from any thread; applying takes some 100 ms for 300 organisations, so call it in a thread.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from node.certificates import fingerprint_of
from node.exits import Refused
from node.register import bundle, client
from node.register.bundle import BadRegister
from node.register.chain import Chain, newest_root, not_older, peek_version, recovers, verify
from node.register.shelf import Shelf
from node.register.view import view
from protocol.errors import ProtocolError
from protocol.ids import NodeId, UnixMs
from protocol.register import Register


class State(StrEnum):
    """CURRENT, or STALE: expired, shown everywhere, nothing new is granted, all else goes on."""

    CURRENT = "CURRENT"
    STALE = "STALE"


class Outcome(StrEnum):
    """What became of a register that was offered and verifies, or is merely older."""

    UPDATED = "updated"
    SAME = "same"
    BEHIND = "behind"  # the other side's is older: no attack, it has not heard yet
    EVIDENCE = "evidence"  # same version, other bytes: both sets are kept


@dataclass(frozen=True, slots=True)
class Applied:
    """The outcome and the register in force after it; `kept` are the files of evidence."""

    outcome: Outcome
    register: Register
    kept: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Former:
    """A certificate that was a member's once; `pem` stays an anchor so that its holder is refused by name."""

    node: NodeId
    pem: str


@dataclass(frozen=True, slots=True)
class _Held:
    """Everything that changes together."""

    register: Register
    chain: Chain
    files: Mapping[str, bytes]
    former: Mapping[bytes, Former]
    name: str
    """Of its set on disk."""


class RegisterStore:
    """The register of one node, over its directory."""

    def __init__(self, *, shelf: Shelf, trusted_root: bytes, held: _Held) -> None:
        self._shelf = shelf
        self._trusted_root = trusted_root
        self._held = held
        self._lock = threading.Lock()
        self._listeners: list[Callable[[Register], None]] = []

    @classmethod
    def open(
        cls,
        directory: Path,
        *,
        trusted_root: Path | None = None,
        source: Path | None = None,
        now: UnixMs,
    ) -> RegisterStore:
        """The register in `directory`; at the first start, from `source`, else the folder in which `trusted_root` lies.

        The anchor is pinned then: later another `trusted_root` is refused. Everything is verified again at each start.
        """
        shelf = Shelf(directory)
        anchor = _anchor(shelf, trusted_root)
        files = shelf.files()
        if files:
            held = _read(shelf, files, anchor)
        elif trusted_root is not None:
            held = _first(shelf, anchor, trusted_root, source or trusted_root.parent, now)
        else:
            raise Refused(f"{directory}: no register yet, and no trusted root to start from")
        shelf.pin(anchor)
        return cls(shelf=shelf, trusted_root=anchor, held=held)

    @property
    def current(self) -> Register:
        """The register in force; one snapshot, safe to keep while deciding."""
        return self._held.register

    @property
    def former(self) -> Mapping[bytes, Former]:
        """Certificates of former members by SHA-256 fingerprint; none of them is in `current`."""
        return self._held.former

    @property
    def root_version(self) -> int:
        """Version of the newest root held: what a request for a bundle names."""
        return self._held.chain.root

    def state(self, now: UnixMs) -> State:
        """CURRENT until the first of root, targets, snapshot and timestamp expires."""
        return State.CURRENT if now < self.current.expires_ms else State.STALE

    def lapsed(self, now: UnixMs) -> tuple[str, ...]:
        """Organisations whose own file has expired: to be shown; their nodes stay members until the board decides."""
        return tuple(name for name, expires in self._held.chain.expiries.items() if expires <= now)

    def subscribe(self, listener: Callable[[Register], None]) -> Callable[[], None]:
        """Call `listener` after each change, in the thread that made it; returns what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def bundle(self, since_root: int = 0, version: int = 0) -> bytes:
        """A serialised Bundle: every root after `since_root`, then the one consistent set of the register in force.

        `version` 0 asks for the newest; another one than that is refused, since only the newest is kept.
        """
        held = self._held
        if version not in {0, held.chain.version}:
            raise BadRegister(f"version {held.chain.version} is what is held here", where="register request")
        return bundle.pack({name: held.files[name] for name in held.chain.names if _wanted(name, since_root)})

    def load_from(self, path: Path, now: UnixMs) -> Applied:
        """Take a register that came by hand: a folder of its files, or a bundle in a file."""
        return self._apply(_by_hand(path), now)

    def apply_bundle(self, raw: bytes, now: UnixMs) -> Applied:
        """Take a register from any peer; the peer is not trusted. Raises BadRegister, BadSignature or TooLarge.

        An older one is BEHIND, the one held is SAME, another one of the same version is EVIDENCE: nothing changes.
        """
        return self._apply(bundle.unpack(raw), now)

    def _apply(self, files: Mapping[str, bytes], now: UnixMs) -> Applied:
        with self._changing():
            return self._weigh(files, now)

    def overtaken(self) -> bool:
        """Whether another process put a register in force here; reads one link."""
        return self._shelf.in_force() != self._held.name

    def notice(self) -> None:
        """Take what another process put in force here, and tell the listeners."""
        with self._changing():
            pass

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Nobody else changes the register meanwhile; afterwards the listeners hear of it if it is another."""
        before = self._held
        with self._lock, self._shelf.alone():
            before = self._held
            self._catch_up()
            yield
        if self._held is not before:
            for listener in tuple(self._listeners):
                listener(self._held.register)

    def _catch_up(self) -> None:
        """Take what another process put in force here meanwhile, so that nothing older is ever put over it."""
        if self.overtaken():
            self._held = _read(self._shelf, self._shelf.files(), self._trusted_root)

    def _weigh(self, files: Mapping[str, bytes], now: UnixMs) -> Applied:
        held = self._held
        if 0 < peek_version(files) < held.chain.version and newest_root(files) <= held.chain.root:
            return Applied(Outcome.BEHIND, held.register)
        if "timestamp.json" in files and all(held.files.get(name) == data for name, data in files.items()):
            return Applied(Outcome.SAME, held.register)  # byte for byte what is held: nothing to verify
        known = {name: data for name, data in held.files.items() if name.endswith(".root.json")}
        offered = {**files, **known}
        chain = verify(offered, trusted_root=self._trusted_root)
        recovered = chain.root > held.chain.root and recovers(chain, offered, held.files)
        if chain.version == held.chain.version and chain.hash != held.chain.hash and not recovered:
            return Applied(Outcome.EVIDENCE, held.register, self._keep(held, chain, offered))
        if chain.versions == held.chain.versions:
            return Applied(Outcome.SAME, held.register)
        not_older(chain, held.chain, recovered=recovered)
        self._held = _take(self._shelf, offered, chain, held, self._trusted_root, now)
        return Applied(Outcome.UPDATED, self._held.register)

    def _keep(self, held: _Held, chain: Chain, offered: Mapping[str, bytes]) -> tuple[Path, ...]:
        sets = {
            held.chain.hash.hex()[:16]: bundle.pack({name: held.files[name] for name in held.chain.names}),
            chain.hash.hex()[:16]: bundle.pack({name: offered[name] for name in chain.names}),
        }
        return self._shelf.keep_evidence(chain.version, sets)


def _anchor(shelf: Shelf, trusted_root: Path | None) -> bytes:
    pinned = shelf.trusted_root()
    try:
        given = trusted_root.read_bytes() if trusted_root is not None else None
    except OSError as error:
        if pinned is None:
            raise Refused(f"{trusted_root}: cannot be read: {error.strerror}") from None
        given = None
    if pinned is None and given is None:
        raise Refused("no trusted root: the first start needs the register's root, out of band")
    if pinned is not None and given is not None and given != pinned and given not in shelf.files().values():
        raise Refused(
            f"{trusted_root}: is not the root this node started with, nor one that followed from it"
        )
    anchor = pinned if pinned is not None else given
    assert anchor is not None
    return anchor


def _first(shelf: Shelf, anchor: bytes, trusted_root: Path, source: Path, now: UnixMs) -> _Held:
    files = _by_hand(source)
    if "timestamp.json" not in files:
        raise Refused(f"{source}: a first start needs the register's other files beside {trusted_root.name}")
    with shelf.alone():
        return _take(shelf, files, verify(files, trusted_root=anchor), None, anchor, now)


def _by_hand(path: Path) -> Mapping[str, bytes]:
    return bundle.from_folder(path) if path.is_dir() else bundle.from_file(path)


def _read(shelf: Shelf, files: Mapping[str, bytes], anchor: bytes) -> _Held:
    chain = verify(files, trusted_root=anchor)
    register = view(chain)
    return _Held(register, chain, files, _former(register, chain, _kept(shelf)), shelf.in_force())


def _take(
    shelf: Shelf, files: Mapping[str, bytes], chain: Chain, held: _Held | None, anchor: bytes, now: UnixMs
) -> _Held:
    """Build the view, have python-tuf's client agree, and put the set in force; on any refusal nothing has changed.

    A register that has expired, but is newer than ours, is still progress: python-tuf's client stops there, so the chain,
    which treats expiry as a state, and `not_older` decide alone, and the state says STALE.
    """
    register = view(chain)
    exact = {name: files[name] for name in chain.names}
    stage = shelf.stage()
    if chain.expires_ms > now:
        with suppress(client.Expired):  # by this machine's clock; `now` may be a simulation's
            skipped = client.update(stage, files, chain, trusted_root=anchor)
            _refuse_other_bytes(shelf.read(stage), exact, skipped)
    shelf.lay(stage, exact)
    former = _former(register, chain, {**_kept(shelf), **_left(held)})
    shelf.keep_former({fp.hex(): {"node": one.node, "pem": one.pem} for fp, one in former.items()})
    shelf.put_in_force(stage, f"{chain.version}-{chain.versions['timestamp']}-{chain.hash.hex()[:16]}")
    return _Held(register, chain, exact, former, shelf.in_force())


def _refuse_other_bytes(
    settled: Mapping[str, bytes], exact: Mapping[str, bytes], skipped: frozenset[str]
) -> None:
    """Two readings of one bundle must come to one set of files."""
    for name, data in exact.items():
        if settled.get(name) != data and bundle.role_of(name) not in skipped:
            raise BadRegister("the file the TUF client settled on", where=name)


def _kept(shelf: Shelf) -> dict[bytes, Former]:
    return {bytes.fromhex(fp): Former(NodeId(one["node"]), one["pem"]) for fp, one in shelf.former().items()}


def _left(held: _Held | None) -> dict[bytes, Former]:
    """Every certificate of the register before: those still in the next one are taken out again by `_former`."""
    if held is None:
        return {}
    entries = held.register.nodes.values()
    return {fp: Former(e.id, pem) for e in entries for fp, pem in zip(e.fingerprints, e.tls, strict=True)}


def _former(register: Register, chain: Chain, known: Mapping[bytes, Former]) -> dict[bytes, Former]:
    found = dict(known)
    for node, custom in chain.removed.items():
        pems = custom.get("tls")
        for pem in pems if isinstance(pems, list) else ():
            with suppress(
                ProtocolError, AttributeError
            ):  # a stone with a broken name on it: nothing depends on it
                found[fingerprint_of(pem.encode())] = Former(node, pem)
    return {fp: one for fp, one in found.items() if fp not in register.by_fingerprint}


def _wanted(name: str, since_root: int) -> bool:
    version, _, rest = name.partition(".")
    return rest != "root.json" or int(version) > since_root
