"""What a session asks of its node: a small contract, so that one session code runs over sockets and in a simulator.

Every answer is already decided: a desk names a feed only where the peer may follow it, and takes only what verifies. Methods
raise `ProtocolError`; its `code` is what goes back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from protocol.errors import Code
from protocol.ids import FeedId, Hash, NodeId, Size
from protocol.v1 import federation_pb2 as pb

_HEADS_DOMAIN = b"port2port/heads/v1\x00"


@dataclass(frozen=True, slots=True)
class Holding:
    """So many entries of a feed are held without a gap; `root` is the RFC 6962 root at `size`."""

    feed: FeedId
    size: Size
    root: Hash


@dataclass(frozen=True, slots=True)
class Accepted:
    """What came of a batch: what is held now, how much was new, the receipt where one is due, what was kept aside."""

    feed: FeedId
    origin: NodeId
    size: Size
    added: int
    receipt: pb.Receipt | None = None
    quarantined: Sequence[tuple[int, int, str]] = ()
    refused: Code | None = None


class Desk(Protocol):
    """The node behind the sessions."""

    @property
    def me(self) -> NodeId:
        """This node."""
        ...

    def register(self) -> tuple[int, bytes]:
        """Version and snapshot hash of the register held."""
        ...

    def member(self, peer: NodeId) -> bool:
        """Whether the register of this moment has the peer as a member."""
        ...

    def origin(self, feed: FeedId) -> NodeId | None:
        """Who writes a feed that is held here."""
        ...

    def may_serve(self, peer: NodeId, feed: FeedId) -> bool:
        """Whether this node may name and serve a feed it holds to `peer` now: entitled, and not bound to its origin."""
        ...

    async def held(self, feed: FeedId) -> Holding | None:
        """What is held of one feed."""
        ...

    async def holdings(self, peer: NodeId) -> list[Holding]:
        """What is held of the feeds `peer` may follow, by feed id."""
        ...

    async def on_record(self, peer: NodeId) -> list[Holding]:
        """What `peer` was last known to hold of feeds both may read, by feed id."""
        ...

    async def learn(self, peer: NodeId, holdings: Sequence[Holding], *, replace: bool) -> None:
        """Record what `peer` holds; `replace` when the list is the whole of it."""
        ...

    async def run(self, peer: NodeId, feed: FeedId, first: int, end: int, most: int) -> tuple[bytes, int]:
        """A serialised `Batch` from `first` to at most `end`, and its number of entries.

        At most `most` entries and 1 MiB; feed and first alone, and 0, where there is nothing for `peer`.
        """
        ...

    async def accept(self, peer: NodeId, batch: pb.Batch) -> Accepted:
        """Verify, decide and durably store one batch from `peer`."""
        ...

    async def take_receipt(self, peer: NodeId, receipt: pb.Receipt) -> None:
        """Verify and keep a peer's receipt."""
        ...

    async def own_receipt(self, feed: FeedId) -> pb.Receipt | None:
        """The newest receipt this node gave for a feed."""
        ...

    async def quarantined_there(self, peer: NodeId, feed: FeedId, index: int, reason: int) -> None:
        """A peer verified an entry and kept it aside; this node's operator sees it."""
        ...

    def root_version(self) -> int:
        """Version of the register's root held."""
        ...

    async def bundle(self, request: pb.RegisterRequest) -> bytes:
        """The register as the files it is, a serialised `Bundle`."""
        ...

    async def take_bundle(self, peer: NodeId, raw: bytes) -> None:
        """Verify a register from a peer and take it if it is newer."""
        ...


def digest(holdings: Iterable[Holding]) -> bytes:
    """One hash over what somebody holds, by feed id (`Hello.digest`)."""
    state = hashlib.sha256(_HEADS_DOMAIN)
    for one in holdings:
        state.update(one.feed + one.size.to_bytes(8, "big") + one.root)
    return state.digest()
