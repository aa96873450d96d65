"""Proof files: one entry of one feed, provable for ever by whoever has the file and the keys of the register.

Guarantees of a file that verifies: the origin signed a log of this feed id, the feed has this label, and this very
header stands in it at this index; content, where it is in the file, is what the header commits to. Does not tell
whether the record still holds: a later entry may have replaced, withdrawn or erased it. With fewer than two other
organisations that cosigned the checkpoint, only the origin's word stands for it: `unwitnessed`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from protocol.checkpoint import known_key, verify, verify_cosignature
from protocol.content_type import kind_of
from protocol.entry import Header, Op, Open, check_entry, check_open, check_place, parse_header
from protocol.errors import BadProof, within
from protocol.ids import FeedId, NodeId, RecordId, organisation_of
from protocol.merkle import leaf_hash, verify_inclusion
from protocol.proof_file import FORMAT, Proof, read_proof, write_proof

__all__ = [
    "FORMAT",
    "WITNESSES_MIN",
    "KeySource",
    "KeysOf",
    "Proof",
    "Verified",
    "read_proof",
    "verify_proof",
    "write_proof",
]

WITNESSES_MIN = 2


class KeySource(Protocol):
    """What a proof needs of the register: every key of a node that ever counted and was not revoked."""

    def log_keys(self, node: NodeId) -> tuple[bytes, ...]:
        """Ed25519 public keys that sign this node's checkpoints; empty for a node not known."""
        ...

    def hold_keys(self, node: NodeId) -> tuple[bytes, ...]:
        """Ed25519 public keys that cosign what this node holds; empty for a node not known."""
        ...


class HasKeys(Protocol):
    """A node's entry in the register, as far as a proof needs it."""

    @property
    def log_keys(self) -> tuple[bytes, ...]: ...

    @property
    def hold_keys(self) -> tuple[bytes, ...]: ...


@dataclass(frozen=True, slots=True)
class KeysOf:
    """The keys in one version of the register: `KeysOf(register.nodes)`."""

    nodes: Mapping[NodeId, HasKeys]

    def log_keys(self, node: NodeId) -> tuple[bytes, ...]:
        """Of a node not in this version: none."""
        return self.nodes[node].log_keys if node in self.nodes else ()

    def hold_keys(self, node: NodeId) -> tuple[bytes, ...]:
        """Of a node not in this version: none."""
        return self.nodes[node].hold_keys if node in self.nodes else ()


@dataclass(frozen=True, slots=True)
class Verified:
    """What a proof file proves.

    `witnesses`: nodes of other organisations whose cosignature verified. `unknown`: nodes whose line is by a key that the
    register at hand does not have; it counts for nothing.
    """

    header: Header
    opened: Open
    feed: FeedId
    index: int
    size: int
    content: bytes | None
    witnesses: tuple[NodeId, ...]
    unknown: tuple[NodeId, ...]

    @property
    def origin(self) -> NodeId:
        """The node whose feed it is."""
        return self.opened.origin

    @property
    def label(self) -> str:
        """The feed's label, canonical text."""
        return self.opened.label

    @property
    def op(self) -> Op:
        """What the entry does."""
        return self.header.op

    @property
    def record_id(self) -> RecordId | None:
        """The record published, or the one that the entry is about."""
        return self.header.record_id or (self.header.target.record_id if self.header.target else None)

    @property
    def content_type(self) -> str:
        """`port2port/<kind>;v=<version>`, "" where the entry has no content."""
        return self.header.content_type

    @property
    def kind(self) -> str:
        """The record kind, "" where the entry has no content."""
        return kind_of(self.content_type) if self.content_type else ""

    @property
    def issued_ms(self) -> int:
        """By the origin's clock, unix milliseconds."""
        return self.header.issued_ms

    @property
    def content_absent(self) -> bool:
        """The header committed to content, and the file does not have it: the header is proven, the content gone."""
        return self.header.commitment is not None and self.content is None

    @property
    def unwitnessed(self) -> bool:
        """Fewer than two other organisations cosigned: only the origin's word stands for this log."""
        return len({organisation_of(node) for node in self.witnesses}) < WITNESSES_MIN


def verify_proof(raw: bytes, *, register: KeySource) -> Verified:
    """What the file proves, by the keys of `register`; ProtocolError with what is wrong and where."""
    proof = read_proof(raw)
    with within("proof.open"):
        opened_header = parse_header(proof.opened)
        opened = check_open(opened_header, proof.feed)
    if opened.origin != proof.origin:
        raise BadProof("names another origin than OPEN", where="proof.checkpoint")
    with within("proof"):
        verify(
            proof.checkpoint,
            origin=proof.origin,
            feed=proof.feed,
            publics=register.log_keys(proof.origin),
        )
    _check_included(proof)
    with within("proof.entry"):
        header = parse_header(proof.entry.header)
        check_place(header, index=proof.index, control=_is_control(opened.label))
        check_entry(proof.entry, header)
    witnesses, unknown = _witnesses(proof, register)
    return Verified(
        header=header,
        opened=opened,
        feed=proof.feed,
        index=proof.index,
        size=proof.checkpoint.size,
        content=proof.entry.content,
        witnesses=witnesses,
        unknown=unknown,
    )


def _check_included(proof: Proof) -> None:
    size, root = proof.checkpoint.size, proof.checkpoint.root
    with within("proof.open"):
        leaf = leaf_hash(proof.opened)
        verify_inclusion(index=0, size=size, leaf=leaf, proof=proof.open_inclusion, root=root)
    with within("proof"):
        leaf = leaf_hash(proof.entry.header)
        verify_inclusion(index=proof.index, size=size, leaf=leaf, proof=proof.inclusion, root=root)


def _is_control(label: str) -> bool:
    from protocol.label import CONTROL, parse

    return parse(label).reserved == CONTROL


def _witnesses(proof: Proof, register: KeySource) -> tuple[tuple[NodeId, ...], tuple[NodeId, ...]]:
    """Who of another organisation cosigned, and whose key is not known. A known key that does not verify is refused."""
    witnesses: list[NodeId] = []
    unknown: list[NodeId] = []
    for holder, cosignature in proof.cosignatures:
        publics = register.hold_keys(holder)
        with within(f"proof.checkpoint.{holder}"):
            if not known_key(cosignature, holder=holder, publics=publics):
                unknown.append(holder)
                continue
            verify_cosignature(
                cosignature,
                holder=holder,
                origin=proof.origin,
                feed=proof.feed,
                size=proof.checkpoint.size,
                root=proof.checkpoint.root,
                publics=publics,
            )
        if organisation_of(holder) != organisation_of(proof.origin):
            witnesses.append(holder)
    return tuple(witnesses), tuple(unknown)
