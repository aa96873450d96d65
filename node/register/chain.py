"""From a trusted root to the register's content, through python-tuf's public metadata API, expiry being a state.

Guarantees of a `Chain`: every root from the trusted one is signed by the threshold of the one before and by its own;
timestamp, snapshot and targets by the thresholds of the last; each organisation's file by the keys the board delegated to
it, for `organisations/<its id>/*` alone; all are the exact bytes that the snapshot, and the snapshot is the one that the
timestamp, names by SHA-256. Every role key is Ed25519, canonical, of prime order, and counts once under one id (a threshold
of two is two keys). It reads no file and no clock: freshness is the caller's question, rollback `not_older`'s.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from tuf.api.exceptions import RepositoryError, UnsignedMetadataError
from tuf.api.metadata import (  # type: ignore[attr-defined]
    Key,
    Metadata,
    MetaFile,
    Root,
    Signed,
    Snapshot,
    Targets,
    Timestamp,
)
from tuf.api.serialization import DeserializationError

from node.certificates import admit
from node.register.bundle import BadRegister, Files
from protocol.errors import BadSignature, ProtocolError
from protocol.ids import Hash, NodeId, OrganisationId, UnixMs, node_id, organisation_of
from protocol.keys import check_ed25519

AnySigned = TypeVar("AnySigned", Root, Timestamp, Snapshot, Targets)

BOARD = "federation/board"
"""Path of the one top-level target; its custom field is what the board decided."""
ORGANISATIONS_MAX = 2_000
NODES_MAX = 500
"""Nodes of one organisation."""
_ODD = (RepositoryError, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


@dataclass(frozen=True, slots=True)
class Chain:
    """One verified set. `versions` are those of its files by role; `expires_ms` the first of its four top
    roles to expire, `expiries` those of the organisations' files: one that lapses concerns its organisation only.
    """

    version: int
    hash: Hash
    versions: Mapping[str, int]
    expires_ms: UnixMs
    board: Mapping[str, Any]
    nodes: Mapping[NodeId, Mapping[str, Any]]
    removed: Mapping[NodeId, Mapping[str, Any]]
    expiries: Mapping[OrganisationId, UnixMs]
    refused: tuple[str, ...]
    names: tuple[str, ...]

    @property
    def root(self) -> int:
        """Version of the newest root."""
        return self.versions["root"]


def verify(files: Files, *, trusted_root: bytes) -> Chain:
    """The content of `files` if every signature from `trusted_root` on holds; BadRegister or BadSignature names file and rule.

    An organisation's own mistakes cost that organisation only: what of its file cannot be taken is in `refused`.
    """
    try:
        return _verified(files, trusted_root)
    except ProtocolError:
        raise
    except _ODD as error:  # python-tuf checks shapes late: a list of keys that is a number, a fraction in what was signed
        raise BadRegister(f"fields as TUF has them ({type(error).__name__})", where="register") from None


def _verified(files: Files, trusted_root: bytes) -> Chain:
    root, roots = _roots(files, trusted_root)
    timestamp = _top(files, "timestamp.json", "timestamp", root)
    snapshot_name, snapshot = _listed(files, "snapshot", timestamp.snapshot_meta, root)
    targets_name, targets = _listed(files, "targets", _meta(snapshot, "targets"), root)
    role_keys = _keys_once(root, targets)
    delegates = {
        organisation: _delegate(files, organisation, snapshot, targets) for organisation in _roles(targets)
    }
    reading = _Reading(role_keys)
    for organisation, (_, signed) in delegates.items():
        reading.organisation(organisation, signed)
    top = {"root": root, "timestamp": timestamp, "snapshot": snapshot, "targets": targets}
    return Chain(
        version=snapshot.version,
        hash=Hash(hashlib.sha256(files[snapshot_name]).digest()),
        versions={
            **{name.removesuffix(".json"): meta.version for name, meta in snapshot.meta.items()},
            **{role: signed.version for role, signed in top.items()},
        },
        expires_ms=min(_expires(signed) for signed in top.values()),
        board=_board(targets),
        nodes=reading.nodes,
        removed=reading.removed,
        expiries={organisation: _expires(signed) for organisation, (_, signed) in delegates.items()},
        refused=tuple(reading.refused),
        names=(
            *roots,
            "timestamp.json",
            snapshot_name,
            targets_name,
            *(name for name, _ in delegates.values()),
        ),
    )


def not_older(offered: Chain, held: Chain) -> None:
    """BadRegister where any role of `offered` is older than in `held`, or gone: nobody takes a decision back by replay."""
    for role, version in held.versions.items():
        found = offered.versions.get(role)
        if found is None:
            raise BadRegister(f"listed, as it was in register {held.version}", where=f"{role}.json")
        if found < version:
            raise BadRegister(f"version {version} or later, not {found}: rolled back", where=f"{role}.json")


def peek_version(files: Files) -> int:
    """The snapshot version that a set claims, before anything of it is verified; 0 where it cannot be read."""
    try:
        found = json.loads(files["timestamp.json"])["signed"]["meta"]["snapshot.json"]["version"]
    except (KeyError, TypeError, ValueError, RecursionError):
        return 0
    return found if isinstance(found, int) else 0


# ---- Signatures -----------------------------------------------------------------------------------------------------------


def _roots(files: Files, trusted: bytes) -> tuple[Root, list[str]]:
    """The newest root, and the names of those that led to it from the trusted one."""
    first = _parse(trusted, "trusted root", Root)
    root = first.signed
    _signed_by("trusted root", root, "root", first)
    _check_root(root, "trusted root")
    names = []
    while (name := f"{root.version + 1}.root.json") in files:
        following = _parse(files[name], name, Root)
        for delegator in (root, following.signed):
            _signed_by(name, delegator, "root", following)
        if following.signed.version != root.version + 1:
            raise BadRegister(f"version {root.version + 1} inside", where=name)
        root = following.signed
        _check_root(root, name)
        names.append(name)
    if beyond := [n for n in files if n.endswith(".root.json") and int(n.partition(".")[0]) > root.version]:
        raise BadRegister(f"every root after version {root.version}, without a gap", where=min(beyond))
    return root, names


def _check_root(root: Root, name: str) -> None:
    if not root.consistent_snapshot:
        raise BadRegister("consistent snapshots", where=name)
    for key in root.keys.values():
        _public(key, name)


def _top(files: Files, name: str, role: str, root: Root) -> Timestamp:
    found = _parse(_data(files, name), name, Timestamp)
    _signed_by(name, root, role, found)
    return found.signed


def _listed(files: Files, role: str, meta: MetaFile, root: Root) -> tuple[str, Any]:
    name = f"{meta.version}.{role}.json"
    data = _exact(files, name, meta)
    found: Metadata[Any] = _parse(data, name, Snapshot if role == "snapshot" else Targets)
    _signed_by(name, root, role, found)
    _same_version(found.signed, meta, name)
    return name, found.signed


def _delegate(files: Files, organisation: str, snapshot: Snapshot, targets: Targets) -> tuple[str, Targets]:
    meta = _meta(snapshot, organisation)
    name = f"{meta.version}.{organisation}.json"
    found = _parse(_exact(files, name, meta), name, Targets)
    _signed_by(name, targets, organisation, found)
    _same_version(found.signed, meta, name)
    return name, found.signed


def _signed_by(name: str, delegator: Root | Targets, role: str, found: Metadata[Any]) -> None:
    try:
        delegator.verify_delegate(role, found.signed_bytes, found.signatures)
    except UnsignedMetadataError as error:
        raise BadSignature(f"enough signatures ({error})", where=name) from None
    except ValueError:
        raise BadRegister(f"a role {role} that is delegated", where=name) from None


def _parse(data: bytes, name: str, wanted: type[AnySigned]) -> Metadata[AnySigned]:

    try:
        found: Metadata[AnySigned] = Metadata.from_bytes(data)
    except DeserializationError:
        raise BadRegister("TUF metadata as JSON", where=name) from None
    if not isinstance(found.signed, wanted):
        raise BadRegister(f"{wanted.type} metadata, not {found.signed.type}", where=name)
    return found


def _data(files: Files, name: str) -> bytes:
    if name not in files:
        raise BadRegister("a file that the set contains", where=name)
    return files[name]


def _exact(files: Files, name: str, meta: MetaFile) -> bytes:
    """The bytes that the list above names by SHA-256; a version number alone would let one set stand for two."""
    data = _data(files, name)
    if (meta.hashes or {}).get("sha256") != hashlib.sha256(data).hexdigest():
        raise BadRegister("the bytes whose SHA-256 the file above it lists", where=name)
    return data


def _meta(snapshot: Snapshot, role: str) -> MetaFile:
    meta = snapshot.meta.get(f"{role}.json")
    if meta is None:
        raise BadRegister(f"a line for {role}.json", where="snapshot")
    return meta


def _same_version(signed: Signed, meta: MetaFile, name: str) -> None:
    if signed.version != meta.version:
        raise BadRegister(f"version {meta.version} inside, as listed", where=name)


def _expires(signed: Signed) -> UnixMs:
    return UnixMs(int(signed.expires.timestamp()) * 1000)


# ---- Keys -----------------------------------------------------------------------------------------------------------------


def _public(key: Key, name: str) -> bytes:
    """The 32 bytes of a role key; python-tuf's library verifies under low-order keys too, so they stop here."""
    where = f"{name}: key {key.keyid[:16]}"
    public = key.keyval.get("public")
    if key.keytype != "ed25519" or key.scheme != "ed25519" or not isinstance(public, str):
        raise BadRegister("an Ed25519 key", where=where)
    try:
        return check_ed25519(bytes.fromhex(public))
    except ValueError as error:
        raise BadRegister(getattr(error, "rule", "32 bytes in hexadecimal"), where=where) from None


def _keys_once(root: Root, targets: Targets) -> frozenset[bytes]:
    """One key under two ids would count twice towards a threshold, or speak for two organisations."""
    keys = [*root.keys.values(), *(targets.delegations.keys.values() if targets.delegations else ())]
    seen: set[bytes] = set()
    for key in keys:
        public = _public(key, "root" if key.keyid in root.keys else "targets")
        if public in seen:
            raise BadRegister("a key that occurs once in the register", where=f"key {key.keyid[:16]}")
        seen.add(public)
    return frozenset(seen)


# ---- Content --------------------------------------------------------------------------------------------------------------


def _board(targets: Targets) -> Mapping[str, Any]:
    found = targets.targets.get(BOARD)
    if found is None or not isinstance(found.custom, dict):
        raise BadRegister(f"one target {BOARD} with the board's decisions", where="targets")
    return found.custom


def _roles(targets: Targets) -> Iterator[OrganisationId]:
    """The organisations delegated to; each to its own folder, once, finally, and to nothing else."""
    roles = targets.delegations.roles if targets.delegations else {}
    if roles is None or len(roles) > ORGANISATIONS_MAX:
        raise BadRegister(f"at most {ORGANISATIONS_MAX} organisations, each named", where="targets")
    for name, role in roles.items():
        where = f"targets: delegation {name[:40]!r}"
        if organisation_of(_id(name, where)) != name:
            raise BadRegister("an organisation's id, without --", where=where)
        if role.paths != [f"organisations/{name}/*"] or not role.terminating:
            raise BadRegister("its own folder only, terminating", where=where)
        yield OrganisationId(name)


class _Reading:
    """What the organisations' files say; their mistakes are noted, and cost nobody else."""

    def __init__(self, role_keys: frozenset[bytes]) -> None:
        self.nodes: dict[NodeId, Mapping[str, Any]] = {}
        self.removed: dict[NodeId, Mapping[str, Any]] = {}
        self.refused: list[str] = []
        self._role_keys = role_keys

    def organisation(self, organisation: str, signed: Targets) -> None:
        """Take over one organisation's nodes."""
        if signed.delegations is not None:
            self.refused.append(f"{organisation}: may not delegate")
        if len(signed.targets) > NODES_MAX:
            self.refused.append(
                f"{organisation}: {len(signed.targets)} entries, at most {NODES_MAX} are read"
            )
            return
        for path, target in sorted(signed.targets.items()):
            try:
                self._node(organisation, path, target.custom)
            except ProtocolError as error:
                self.refused.append(str(error))

    def _node(self, organisation: str, path: str, custom: object) -> None:
        folder, _, name = path.rpartition("/")
        node = _id(name, organisation)
        if folder != f"organisations/{organisation}" or organisation_of(node) != organisation:
            raise BadRegister(f"may not list {path[:100]!r}", where=organisation)
        if not isinstance(custom, dict) or custom.get("id") != name:
            raise BadRegister("a table with the id of its path", where=node)
        if "removed" in custom:
            self.removed[node] = custom
            return
        for pem in _texts(custom, "tls", node):
            admit(pem.encode(), node)
        for use in ("log", "hold"):
            for text in _texts(custom, use, node):
                self._usable(text, f"{node}.{use}")
        self.nodes[node] = custom

    def _usable(self, text: str, where: str) -> None:
        try:
            public = check_ed25519(bytes.fromhex(text))
        except ValueError as error:
            raise BadRegister(getattr(error, "rule", "64 hex digits"), where=where) from None
        if public in self._role_keys:
            raise BadRegister("a key of its own, not one that signs the register", where=where)


def _texts(custom: Mapping[str, Any], name: str, node: NodeId) -> list[str]:
    found = custom.get(name)
    if not isinstance(found, list) or not found or not all(isinstance(item, str) for item in found):
        raise BadRegister("a list of texts", where=f"{node}.{name}")
    return found


def _id(name: str, where: str) -> NodeId:
    try:
        return node_id(name)
    except ProtocolError as error:
        raise BadRegister(error.rule, where=f"{where}: id {name[:60]!r}") from None
