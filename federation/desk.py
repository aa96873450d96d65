"""What a session asks of its node: a small contract, so that one session code runs over sockets and in a simulator.

Every answer is already decided: a desk names a feed only where the peer may follow it, and takes only what verifies. Methods
raise `ProtocolError`; its `code` is what goes back. What is not `async` answers from memory and never waits.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from federation.side_desks import FileDesk, ForkDesk, RestoreDesk
from node.commands.beat import Beat
from node.commands.serve import Head
from protocol.ids import FeedId, NodeId
from protocol.limits import LIVE_MAX
from protocol.v1 import federation_pb2 as pb

PUSH_LAG = 4 * LIVE_MAX
"""Entries a peer may lack and still be pushed them; more than that it fetches in bulk, beside the live stream."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a batch: what is held now, the receipt where one is due, what was kept aside (index, reason, field)."""

    feed: FeedId
    origin: NodeId
    size: int
    receipt: pb.Receipt | None = None
    aside: Sequence[tuple[int, int, str]] = ()
    files: bool = False
    """Whether it lists files that are to be fetched."""
    stored: pb.Stored | None = None
    """This node's word on an entry that came ahead of its turn."""


@dataclass(frozen=True, slots=True)
class Due:
    """What a peer gets next of a feed: a whole frame that brings it to `sent`; none where it lacks more than `PUSH_LAG`."""

    head: Head
    sent: int = 0
    frame: bytes = b""


@dataclass(frozen=True, slots=True)
class Piece:
    """A serialised `Batch`, its number of entries, and how far the feed could be served when it was read."""

    raw: bytes
    count: int
    head: int


class Desk(Protocol):
    """The node behind the sessions."""

    @property
    def files(self) -> FileDesk:
        """Attached files."""
        ...

    @property
    def forks(self) -> ForkDesk:
        """Origins that contradict themselves."""
        ...

    @property
    def restores(self) -> RestoreDesk:
        """What was lost, and is asked for and told after a restore."""
        ...

    @property
    def me(self) -> NodeId:
        """This node."""
        ...

    # ---- The register ---------------------------------------------------------------------------------------------------

    def register(self) -> tuple[int, bytes]:
        """Version and snapshot hash of the register held."""
        ...

    def root_version(self) -> int:
        """Version of the register's root held."""
        ...

    def member(self, peer: NodeId) -> bool:
        """Whether the register of this moment has the peer as a member."""
        ...

    def listed(self) -> bool:
        """Whether this node itself is one: else it takes, names and serves nothing but the register, and asks for nothing."""
        ...

    def door(self, peer: NodeId) -> bytes:
        """A hash of the peer's address and certificates; when it changes, a stream that was dialled before is no longer right."""
        ...

    async def bundle(self, request: pb.RegisterRequest) -> bytes:
        """The register as the files it is, a serialised `Bundle`."""
        ...

    async def take_bundle(self, peer: NodeId, raw: bytes) -> None:
        """Verify a register from a peer and take it if it is newer."""
        ...

    # ---- What is held here ----------------------------------------------------------------------------------------------

    def origin(self, feed: FeedId) -> NodeId | None:
        """Who writes a feed that is held here."""
        ...

    def size(self, feed: FeedId) -> int:
        """How many entries of a feed were held here when last heard of; 0 where nothing is."""
        ...

    def size_for(self, peer: NodeId, feed: FeedId) -> int:
        """The same, as `peer` may know it: 0 for a feed that is not its to read, as for one that does not exist."""
        ...

    def may_serve(self, peer: NodeId, feed: FeedId) -> bool:
        """Whether this node may name and serve a feed it holds to `peer` now: entitled, and not bound to its origin."""
        ...

    def grew(self, feed: FeedId) -> bool:
        """A feed has new entries, committed; true where it is this node's own and somebody else may ever follow it."""
        ...

    def purged(self, feed: FeedId) -> None:
        """Nothing of a feed is held any more, committed."""
        ...

    def forked(self, feed: FeedId) -> None:
        """A feed was marked as forked."""
        ...

    async def holdings(self, peer: NodeId) -> Sequence[Head]:
        """What is held of the feeds `peer` may follow, by feed id."""
        ...

    async def named(self, peer: NodeId) -> bytes:
        """Which feeds `holdings` names, in 32 bytes."""
        ...

    async def holdings_digest(self, peer: NodeId) -> bytes:
        """`Hello.digest` over `holdings`."""
        ...

    # ---- What the peer holds --------------------------------------------------------------------------------------------

    def parted(self, peer: NodeId) -> None:
        """A peer is gone: from now on nothing of `holdings` is told to it."""
        ...

    async def grown_since(self, peer: NodeId, digest: bytes) -> Sequence[Head] | None:
        """What of `holdings` `peer` was not told, where `digest` shows that it has on record what it was; the peer is back."""
        ...

    async def record_digest(self, peer: NodeId) -> bytes:
        """`Hello.digest` over what `peer` is on record to hold of feeds both may read."""
        ...

    async def learn(self, peer: NodeId, holdings: Sequence[Head], *, replace: bool) -> Sequence[FeedId]:
        """Record what `peer` holds; `replace` when the list is the whole of it. The feeds of which it holds another history."""
        ...

    async def receipts_for(self, origin: NodeId) -> Sequence[pb.Receipt]:
        """This node's own newest receipts for feeds that `origin` writes."""
        ...

    async def take_receipt(self, peer: NodeId, receipt: pb.Receipt) -> bool:
        """Verify and keep a peer's receipt; false where it is over another history than is held here."""
        ...

    async def quarantined_there(self, peer: NodeId, feed: FeedId, index: int, reason: int) -> None:
        """A peer verified an entry and kept it aside; this node's operator sees it."""
        ...

    # ---- Entries --------------------------------------------------------------------------------------------------------

    async def behind(self, peer: NodeId) -> Mapping[FeedId, int]:
        """This node's own feeds of which `peer` is not on record to hold all, with the size it is on record to hold."""
        ...

    async def due(self, peer: NodeId, feed: FeedId, sent: int | None, most: int) -> Due | None:
        """What `peer` gets next of an own feed after `sent` entries (None: as on record); nothing where it has all or may not."""
        ...

    async def urgent(self, peer: NodeId, feed: FeedId, first: int | None) -> tuple[int, Sequence[int]]:
        """Up to which size it was looked, and which entries from `first` on (None: as on record) `peer` should not wait for."""
        ...

    async def ahead(self, peer: NodeId, feed: FeedId, index: int, size: int | None) -> bytes:
        """A whole frame: one entry for a `peer` that holds `size` (None: as on record); empty where it is not to go now."""
        ...

    async def overtake(self, peer: NodeId, message: pb.Ahead) -> Taken:
        """Verify, decide and durably store one entry from `peer` ahead of its turn."""
        ...

    async def take_stored(self, peer: NodeId, message: pb.Stored) -> None:
        """Verify and keep a peer's word on an entry that went ahead to it."""
        ...

    # ---- Beats ----------------------------------------------------------------------------------------------------------

    async def own_beats(
        self, feeds: Collection[FeedId] | None = None, *, most: int | None = None
    ) -> Sequence[Beat]:
        """A beat of now of each own open feed that has one, or of those of `feeds`; `most`: of those that grew last."""
        ...

    async def known_beats(self, most: int) -> Sequence[Beat]:
        """The newest that counted here of others' feeds, of those that counted last."""
        ...

    async def take_beats(self, peer: NodeId, beats: Sequence[Beat]) -> tuple[Sequence[Beat], Sequence[Beat]]:
        """Those that count now, kept; and those that will when more of their feed is here."""
        ...

    async def missed(self, beats: Sequence[Beat]) -> None:
        """These keep saying that there is more of their feeds than comes."""
        ...

    async def first_beats(self, peer: NodeId, beats: Sequence[Beat]) -> Sequence[bytes]:
        """The frame of each, for a peer that has not heard one of its feed in this session."""
        ...

    async def run(self, peer: NodeId, feed: FeedId, first: int, end: int, most: int) -> Piece:
        """A batch from `first` to at most `end` (0: the newest), at most `most` entries and 1 MiB.

        Feed and first alone, and no entry, where there is nothing for `peer`, whatever the reason.
        """
        ...

    def roomy(self) -> bool:
        """Whether there is room for bulk: `live` batches are always tried, others are refused with NO_SPACE without it."""
        ...

    async def accept(self, peer: NodeId, batch: pb.Batch, *, live: bool) -> Taken:
        """Verify, decide and durably store one batch from `peer`; what is `live` goes before bulk."""
        ...
