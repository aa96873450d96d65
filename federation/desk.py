"""What a session asks of its node: a small contract, so that one session code runs over sockets and in a simulator.

Every answer is already decided: a desk names a feed only where the peer may follow it, and takes only what verifies. Methods
raise `ProtocolError`; its `code` is what goes back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from node.commands.serve import Head
from protocol.ids import FeedId, NodeId
from protocol.v1 import federation_pb2 as pb


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a batch: what is held now, the receipt where one is due, what was kept aside (index, reason, field)."""

    feed: FeedId
    size: int
    receipt: pb.Receipt | None = None
    aside: Sequence[tuple[int, int, str]] = ()


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

    async def held(self, feed: FeedId) -> Head | None:
        """What is held of one feed."""
        ...

    async def holdings(self, peer: NodeId) -> list[Head]:
        """What is held of the feeds `peer` may follow, by feed id."""
        ...

    async def on_record(self, peer: NodeId) -> list[Head]:
        """What `peer` was last known to hold of feeds both may read, by feed id."""
        ...

    async def learn(self, peer: NodeId, holdings: Sequence[Head], *, replace: bool) -> None:
        """Record what `peer` holds; `replace` when the list is the whole of it."""
        ...

    async def run(self, peer: NodeId, feed: FeedId, first: int, end: int, most: int) -> tuple[bytes, int]:
        """A serialised `Batch` from `first` to at most `end`, and its number of entries.

        At most `most` entries and 1 MiB; feed and first alone, and 0, where there is nothing for `peer`.
        """
        ...

    async def accept(self, peer: NodeId, batch: pb.Batch) -> Taken:
        """Verify, decide and durably store one batch from `peer`."""
        ...

    async def take_receipt(self, peer: NodeId, receipt: pb.Receipt) -> None:
        """Verify and keep a peer's receipt."""
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
