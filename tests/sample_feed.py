"""One feed with real keys, made from fixed seeds: what the tests of the proof core hold up and tamper with."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from nacl.signing import SigningKey

from protocol.checkpoint import Checkpoint, cosign, sign
from protocol.entry import Entry, build_open, build_publish
from protocol.ids import FeedId, Hash, NodeId, RecordId, UnixMs, feed_id, new_record_id, node_id
from protocol.merkle import CompactRange, NodeAt, node_in, prove_consistency, prove_inclusion
from protocol.proof_file import Proof, write_proof

LABEL = "BE:NONE//TLP:GREEN//AUD ports-be"
SALT = bytes(range(16))
ISSUED = 1_790_000_000_000
RETAIN = ISSUED + 30 * 86_400_000


def drawn(name: str, size: int) -> bytes:
    """Bytes that are the same in every run and look like chance."""
    return hashlib.shake_128(name.encode()).digest(size)


@dataclass(frozen=True)
class Party:
    """A node with its two signing keys."""

    id: NodeId
    log: SigningKey
    hold: SigningKey

    @property
    def log_public(self) -> bytes:
        return bytes(self.log.verify_key)

    @property
    def hold_public(self) -> bytes:
        return bytes(self.hold.verify_key)

    def sign_log(self, message: bytes) -> bytes:
        return self.log.sign(message).signature

    def sign_hold(self, message: bytes) -> bytes:
        return self.hold.sign(message).signature


def party(name: str) -> Party:
    return Party(node_id(name), SigningKey(drawn(f"{name} log", 32)), SigningKey(drawn(f"{name} hold", 32)))


ANTWERP = party("port-antwerp-bruges")
ANTWERP_GATE = party("port-antwerp-bruges--gate")
NORTH_SEA = party("north-sea-port")
LIEGE = party("port-liege")
EVERYBODY = (ANTWERP, ANTWERP_GATE, NORTH_SEA, LIEGE)


@dataclass(frozen=True)
class Keys:
    """The part of a register that a proof needs."""

    log: Mapping[NodeId, tuple[bytes, ...]]
    hold: Mapping[NodeId, tuple[bytes, ...]]

    def log_keys(self, node: NodeId) -> tuple[bytes, ...]:
        return self.log.get(node, ())

    def hold_keys(self, node: NodeId) -> tuple[bytes, ...]:
        return self.hold.get(node, ())


def keys(parties: Iterable[Party] = EVERYBODY) -> Keys:
    known = tuple(parties)
    return Keys({p.id: (p.log_public,) for p in known}, {p.id: (p.hold_public,) for p in known})


def record(number: int) -> RecordId:
    return new_record_id(UnixMs(ISSUED + number), lambda size: drawn(f"record {number}", size))


def published(number: int) -> Entry:
    return build_publish(
        record_id=record(number),
        version=1,
        content_type="port2port/alert;v=1",
        content=drawn(f"content {number}", 120),
        salt=drawn(f"salt {number}", 32),
        issued_ms=ISSUED + number,
        expires_ms=ISSUED + number + 86_400_000,
        retain_until_ms=RETAIN,
        register=3,
    )


@dataclass(frozen=True)
class Feed:
    """A feed of Antwerp-Bruges, whole."""

    id: FeedId
    entries: tuple[Entry, ...]
    rows: tuple[bytes, ...]
    origin: Party = ANTWERP

    @property
    def node(self) -> NodeAt:
        return node_in(self.rows.__getitem__)

    def range_at(self, size: int) -> CompactRange:
        return CompactRange().extend(e.leaf for e in self.entries[:size])[0]

    def root_at(self, size: int) -> Hash:
        return self.range_at(size).root()

    def checkpoint(self, size: int) -> Checkpoint:
        return sign(
            origin=self.origin.id,
            feed=self.id,
            size=size,
            root=self.root_at(size),
            public=self.origin.log_public,
            sign=self.origin.sign_log,
        )

    def cosignature(self, holder: Party, size: int, unix_s: int = 1_790_000_100) -> bytes:
        return cosign(
            holder=holder.id,
            origin=self.origin.id,
            feed=self.id,
            size=size,
            root=self.root_at(size),
            unix_s=unix_s,
            public=holder.hold_public,
            sign=holder.sign_hold,
        )

    def consistency(self, size1: int, size2: int) -> tuple[Hash, ...]:
        return prove_consistency(size1=size1, size2=size2, node=self.node)

    def proof(self, index: int, size: int, witnesses: Iterable[Party] = (LIEGE, NORTH_SEA)) -> Proof:
        return Proof(
            origin=self.origin.id,
            feed=self.id,
            opened=self.entries[0].header,
            open_inclusion=prove_inclusion(index=0, size=size, node=self.node),
            index=index,
            entry=self.entries[index],
            inclusion=prove_inclusion(index=index, size=size, node=self.node),
            checkpoint=self.checkpoint(size),
            cosignatures=tuple((w.id, self.cosignature(w, size)) for w in witnesses),
        )

    def proof_file(self, index: int, size: int, witnesses: Iterable[Party] = (LIEGE, NORTH_SEA)) -> bytes:
        return write_proof(self.proof(index, size, witnesses))


def feed_of(entries: Iterable[Entry], label: str = LABEL) -> Feed:
    """A feed with these entries after its OPEN."""
    opened = build_open(origin=ANTWERP.id, epoch=1, salt=SALT, label=label, register=3, issued_ms=ISSUED)
    everything = (opened, *entries)
    _, completed = CompactRange().extend(e.leaf for e in everything)
    return Feed(
        feed_id(ANTWERP.id, 1, SALT, label), everything, tuple(b"".join(nodes) for nodes in completed)
    )


def sample_feed(size: int) -> Feed:
    """A feed of `size` entries, OPEN included."""
    return feed_of(published(n) for n in range(1, size))
