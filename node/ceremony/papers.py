"""The papers of a ceremony: TUF metadata that is published, and drafts that wait for signatures. In memory, no clock.

Guarantees that nothing is published whose thresholds do not hold or whose set does not verify and read, as every node will
verify and read it; that a published file never changes; that a line of a snapshot never disappears.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tuf.api.metadata import (  # type: ignore[attr-defined]
    Metadata,
    MetaFile,
    Root,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)

from node.ceremony import memberships
from node.ceremony.roles import KeyRing, holder_of
from node.exits import Refused
from node.register import bundle
from node.register.chain import Chain, verify
from node.register.content import board_of
from node.register.view import view
from protocol.ids import UnixMs

EMPTY = hashlib.sha256(b"").hexdigest()
"""No target has a file: what it says is in its custom field."""


@dataclass(frozen=True, slots=True)
class Signatures:
    """How far a draft is: who signed, how many more are needed, who could."""

    role: str
    signed: tuple[str, ...]
    needed: int
    could: tuple[str, ...]


@dataclass
class Papers:
    """What a ceremony's folder holds. `files` by the names a bundle has, `drafts` by role."""

    ring: KeyRing
    files: dict[str, bytes] = field(default_factory=dict)
    drafts: dict[str, Metadata[Any]] = field(default_factory=dict)

    def newest(self, role: str) -> Metadata[Any] | None:
        """The draft of a role, or what is published of it."""
        if role in self.drafts:
            return self.drafts[role]
        names = [name for name in self.files if name.endswith(f".{role}.json")]
        if not names:
            return None
        return Metadata.from_bytes(self.files[max(names, key=lambda name: int(name.partition(".")[0]))])

    def published(self, role: str) -> Any:
        """The signed part of what is published of a role."""
        kept, self.drafts = self.drafts, {}
        try:
            found = self.newest(role)
        finally:
            self.drafts = kept
        return None if found is None else found.signed

    def draft(self, role: str, signed: Root | Targets, now: UnixMs, period_ms: int) -> None:
        """Put a changed paper on the table: next version, new expiry, no signatures; it replaces an unfinished one."""
        before = self.published(role)
        signed.version = 1 if before is None else before.version + 1
        signed.expires = moment(now + period_ms)
        self.drafts[role] = Metadata(signed)

    def sign(self) -> list[tuple[str, str]]:
        """Sign every draft with every key at hand that may; returns (role, holder)."""
        done = []
        for role, paper in self.drafts.items():
            for delegator in self._delegators(role):
                key_ids = delegator.get_delegated_role(role).keyids
                done += [(role, holder) for holder in self.ring.sign(paper, key_ids)]
        return done

    def waiting(self) -> list[Signatures]:
        """The drafts that still lack signatures."""
        found = [self.signatures(role) for role in self.drafts]
        return [one for one in found if one.needed]

    def signatures(self, role: str) -> Signatures:
        """How far the draft of a role is; a new root needs the threshold of the old one as well as its own."""
        paper = self.drafts[role]
        results = [
            d.get_verification_result(role, paper.signed_bytes, paper.signatures)
            for d in self._delegators(role)
        ]
        signed = {holder_of(key) for result in results for key in result.signed.values()}
        could = {holder_of(key) for result in results if not result for key in result.unsigned.values()}
        needed = max((result.missing for result in results if not result), default=0)
        return Signatures(role, tuple(sorted(signed)), needed, tuple(sorted(could)))

    def publish(self, now: UnixMs, duty_ms: int) -> Chain | None:
        """Publish the drafts, all of them, under a new snapshot; None where no duty key is at hand.

        Raises Refused while a draft lacks signatures, BadRegister where the set would not be taken by a node, or a paper of an
        organisation that changes would not be taken whole: what nodes bear in others is not written here.
        """
        if waiting := self.waiting():
            one = waiting[0]
            raise Refused(f"{one.role}: {one.needed} more of {', '.join(one.could)} must sign first")
        files = dict(self.files)
        for paper in self.drafts.values():
            role = paper.signed.type if paper.signed.type == "root" else self._role(paper)
            files[f"{paper.signed.version}.{role}.json"] = paper.to_bytes()
        root: Root = self.drafts["root"].signed if "root" in self.drafts else self.published("root")
        if not self._on_duty(files, root, moment(now + duty_ms)):
            return None
        bundle.unpack(bundle.pack(files))
        changed = self.drafts.keys() - {"root", "targets"}
        chain = verify(files, trusted_root=self.first_root(files), exacting=changed)
        view(chain, exacting=changed)
        wanted = {name for name in files if name.endswith(".root.json")} | set(chain.names)
        self.files = {name: data for name, data in files.items() if name in wanted}
        self.drafts = {}
        return chain

    @staticmethod
    def first_root(files: Mapping[str, bytes]) -> bytes:
        """The oldest root there is: what a node of the first day trusts."""
        names = [name for name in files if name.endswith(".root.json")]
        return files[min(names, key=lambda name: int(name.partition(".")[0]))]

    def _role(self, paper: Metadata[Any]) -> str:
        return next(role for role, one in self.drafts.items() if one is paper)

    def _delegators(self, role: str) -> list[Root | Targets]:
        if role == "root":
            new: Root = self.drafts["root"].signed
            old = self.published("root")
            return [new] if old is None else [old, new]
        found = self.newest("root" if role == "targets" else "targets")
        assert found is not None
        return [found.signed]

    def _on_duty(self, files: dict[str, bytes], root: Root, expires: dt.datetime) -> bool:
        """New snapshot and timestamp over `files`, signed by one duty key at hand."""
        keys = [key_id for key_id in root.get_delegated_role("timestamp").keyids if self.ring.holds(key_id)][
            :1
        ]
        if not keys:
            return False
        old = self.published("snapshot")
        meta = dict(old.meta) if old is not None else {}
        for name, data in files.items():
            version, _, rest = name.partition(".")
            role = rest.removesuffix(".json")
            if rest and role not in {"root", "snapshot", "json"} and int(version) >= _listed(meta, rest):
                meta[rest] = MetaFile.from_data(int(version), data, ["sha256"])
        snapshot = Snapshot(version=self._version(old), expires=expires, meta=meta)
        data = self._signed(snapshot, keys)
        files[f"{snapshot.version}.snapshot.json"] = data
        line = MetaFile.from_data(snapshot.version, data, ["sha256"])
        timestamp = Timestamp(version=snapshot.version, expires=expires, snapshot_meta=line)
        files["timestamp.json"] = self._signed(timestamp, keys)
        return True

    def _version(self, old: Snapshot | None) -> int:
        """The next one, or that which new standings in the draft are dated with: each counts from the register it appears in."""
        following = 1 if old is None else old.version + 1
        if "targets" not in self.drafts:
            return following
        drafted, published = self.drafts["targets"].signed, self.published("targets")
        since = memberships.newest({} if published is None else board_of(published), board_of(drafted))
        if 0 < since < following:
            words = f"new standings in it are dated with register {since}, and {following} is the next one"
            raise Refused(
                f"targets: {words}; too many others were published meanwhile: make the change again"
            )
        return max(following, since)

    def _signed(self, signed: Snapshot | Timestamp, key_ids: list[str]) -> bytes:
        paper: Metadata[Any] = Metadata(signed)
        self.ring.sign(paper, key_ids)
        return paper.to_bytes()


def target(path: str, custom: Mapping[str, Any]) -> TargetFile:
    """A target without a file."""
    return TargetFile(0, {"sha256": EMPTY}, path, {"custom": dict(custom)})


def moment(ms: int) -> dt.datetime:
    """Whole seconds, as TUF writes them."""
    return dt.datetime.fromtimestamp(ms // 1000, dt.UTC)


def _listed(meta: Mapping[str, MetaFile], name: str) -> int:
    return meta[name].version if name in meta else 0
