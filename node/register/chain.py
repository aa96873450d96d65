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
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from securesystemslib.exceptions import FormatError
from securesystemslib.formats import encode_canonical
from securesystemslib.signer import Signature  # type: ignore[attr-defined]
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

from node.register.bundle import BadRegister, Files
from node.register.content import Reading, board_of, delegated
from protocol.errors import BadSignature, ProtocolError
from protocol.ids import Hash, NodeId, OrganisationId, UnixMs
from protocol.keys import check_ed25519

AnySigned = TypeVar("AnySigned", Root, Timestamp, Snapshot, Targets)

_ODD = (RepositoryError, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


@dataclass(frozen=True, slots=True)
class Chain:
    """One verified set. `versions` are those of its files by role; `expires_ms` the first of its four top
    roles to expire, `expiries` those of the organisations' files: one that lapses concerns its organisation only, like one
    that is `spoiled`: signed by its keys, and unreadable.
    """

    version: int
    hash: Hash
    versions: Mapping[str, int]
    expires_ms: UnixMs
    board: Mapping[str, Any]
    nodes: Mapping[NodeId, Mapping[str, Any]]
    removed: Mapping[NodeId, Mapping[str, Any]]
    expiries: Mapping[OrganisationId, UnixMs]
    spoiled: frozenset[OrganisationId]
    refused: tuple[str, ...]
    names: tuple[str, ...]

    @property
    def verified(self) -> frozenset[str]:
        """The roles whose own file was read: a version beyond these is only what the snapshot says."""
        return frozenset({"root", "timestamp", "snapshot", "targets", *self.expiries, *self.spoiled})

    @property
    def root(self) -> int:
        """Version of the newest root."""
        return self.versions["root"]


def verify(files: Files, *, trusted_root: bytes, exacting: Collection[str] = ()) -> Chain:
    """The content of `files` if every signature from `trusted_root` on holds; BadRegister or BadSignature names file and rule.

    An organisation's own mistakes cost that organisation only: what of its file cannot be taken is in `refused`. Those of
    organisations that are `exacting` are errors.
    """
    try:
        return _verified(files, trusted_root, exacting)
    except ProtocolError:
        raise
    except _ODD as error:  # python-tuf checks shapes late: a list of keys that is a number, a fraction in what was signed
        raise BadRegister(f"fields as TUF has them ({type(error).__name__})", where="register") from None


def _verified(files: Files, trusted_root: bytes, exacting: Collection[str]) -> Chain:
    root, roots = _roots(files, trusted_root)
    timestamp = _top(files, "timestamp.json", "timestamp", root)
    snapshot_name, snapshot = _listed(files, "snapshot", timestamp.snapshot_meta, root)
    targets_name, targets = _listed(files, "targets", _meta(snapshot, "targets"), root)
    role_keys = _keys_once(root, targets)
    delegates = {
        organisation: _delegate(files, organisation, snapshot, targets) for organisation in delegated(targets)
    }
    reading = Reading(role_keys, exacting)
    for organisation, (name, signed) in delegates.items():
        if signed is None:
            reading.mistake(organisation, BadRegister("what it signed is no TUF targets", where=name))
        else:
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
        board=board_of(targets),
        nodes=reading.nodes,
        removed=reading.removed,
        expiries={name: _expires(signed) for name, (_, signed) in delegates.items() if signed},
        spoiled=frozenset(name for name, (_, signed) in delegates.items() if signed is None),
        refused=tuple(reading.refused),
        names=(
            *roots,
            "timestamp.json",
            snapshot_name,
            targets_name,
            *(name for name, _ in delegates.values()),
        ),
    )


def not_older(offered: Chain, held: Chain, *, recovered: bool = False) -> None:
    """BadRegister where any role of `offered` is older than in `held`, or gone: nobody takes a decision back by replay.

    `recovered`: what the duty keys of before said of versions counts no more; what root, the board and the organisations
    signed does, and theirs are compared by what they signed themselves.
    """
    for role, version in held.versions.items():
        if recovered and (role in {"timestamp", "snapshot"} or role not in offered.verified):
            continue
        found = offered.versions.get(role)
        if found is None:
            raise BadRegister(f"listed, as it was in register {held.version}", where=f"{role}.json")
        if found < version:
            raise BadRegister(f"version {version} or later, not {found}: rolled back", where=f"{role}.json")


def recovers(offered: Chain, files: Files, held: Files) -> bool:
    """Whether the newest root of `offered` disowns who signed the timestamp and snapshot that are held.

    Then their versions bind nobody: a stolen duty key may have counted them up so far that no honest one follows
    (TUF, recovery from a fast-forward attack).
    """
    root = _parse(files[f"{offered.root}.root.json"], "root", Root).signed
    snapshots = (data for name, data in held.items() if name.endswith(".snapshot.json"))
    papers = (
        ("timestamp", held["timestamp.json"], Timestamp),
        *(("snapshot", s, Snapshot) for s in snapshots),
    )
    for role, data, wanted in papers:
        try:
            _signed_by(role, root, role, _parse(data, role, wanted))
        except BadSignature:
            continue
        return False
    return True


def newest_root(files: Files) -> int:
    """The highest root version that a set claims; 0 where it has none."""
    return max((int(name.partition(".")[0]) for name in files if name.endswith(".root.json")), default=0)


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


def _delegate(
    files: Files, organisation: str, snapshot: Snapshot, targets: Targets
) -> tuple[str, Targets | None]:
    """An organisation's file; None for its content where its own keys signed what does not read."""
    meta = _meta(snapshot, organisation)
    name = f"{meta.version}.{organisation}.json"
    data = _exact(files, name, meta)
    try:
        found = _parse(data, name, Targets)
    except BadRegister:
        if _signed_as_it_is(data, organisation, targets, meta.version):
            return name, None
        raise
    _signed_by(name, targets, organisation, found)
    _same_version(found.signed, meta, name)
    return name, found.signed


def _signed_as_it_is(data: bytes, organisation: str, targets: Targets, version: int) -> bool:
    """Whether the organisation's keys signed this JSON, whatever it says: then it is the organisation's mistake.

    What they did not sign is somebody else's doing, and refuses the register: a duty key must not put anybody out.
    """
    try:
        envelope = json.loads(data)
        signatures = [Signature(one["keyid"], one["sig"]) for one in envelope["signatures"]]
        payload = (encode_canonical(envelope["signed"]) or "").encode()
        targets.verify_delegate(organisation, payload, {one.keyid: one for one in signatures})
        return bool(envelope["signed"]["version"] == version)
    except (*_ODD, FormatError):
        return False


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
    """The bytes that the list above names by SHA-256; a version number alone would let one set stand for two.

    Another hash beside it is refused: python-tuf's client would look at it, and two readers could differ.
    """
    data = _data(files, name)
    if (meta.hashes or {}) != {"sha256": hashlib.sha256(data).hexdigest()}:
        raise BadRegister("the bytes whose SHA-256, and no other hash, the file above it lists", where=name)
    if meta.length not in {None, len(data)}:
        raise BadRegister(f"{meta.length} bytes, as the file above it lists", where=name)
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
