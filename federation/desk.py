"""What a session asks of its node: a small contract, so that one session code runs over sockets and in a simulator.

Every answer is already decided: a desk names a feed only where the peer may follow it, and takes only what verifies. Methods
raise `ProtocolError`; its `code` is what goes back. What is not `async` answers from memory and never waits.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from node.commands.beat import Beat
from node.commands.fetch import Look, Wanted
from node.commands.serve import Head
from node.store.attachments import Rank
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


class FileDesk(Protocol):
    """The files that records list, at the node behind the sessions."""

    lost: Callable[[NodeId], None]
    """Told whose file was here and is not, or is not what it was: it is wanted again."""

    async def piece(self, peer: NodeId, request: pb.BlobRequest, offset: int) -> pb.Chunk | None:
        """The next chunk of a file for `peer`; nothing where there is none for it, whatever the reason."""
        ...

    async def waiting(self) -> Sequence[tuple[NodeId, Rank]]:
        """Whose files are wanted, of which ranks; asked once."""
        ...

    def wanted(self, origin: NodeId, rank: Rank) -> AsyncGenerator[Sequence[Wanted], None]:
        """The files of an origin that are wanted, page after page, newest first."""
        ...

    async def look(self, wanted: Wanted) -> Look:
        """Whether to ask for a file now; what the store has to be told about one for which not is told."""
        ...

    async def fits(self, wanted: Wanted) -> bool:
        """Whether it may take the room it needs, of all and of its origin's share."""
        ...

    def roomy(self) -> bool:
        """Whether there is room for files."""
        ...

    async def come(self, wanted: Wanted) -> int:
        """How many of its bytes are here."""
        ...

    async def take_piece(self, wanted: Wanted, offset: int, data: bytes) -> None:
        """Keep the next bytes of a file."""
        ...

    async def finish(self, wanted: Wanted) -> None:
        """All bytes are here: durable under the file's hash. `BadProof`, and none of them left, where they are not the file."""
        ...

    async def let_go(self, wanted: Wanted) -> None:
        """Nobody brought it whole now: what came of it stays only while its entry lists it and stands."""
        ...

    async def drop(self, wanted: Wanted) -> None:
        """Destroy what came of it: another of its origin is being fetched."""
        ...


class Desk(Protocol):
    """The node behind the sessions."""

    @property
    def files(self) -> FileDesk:
        """Attached files."""
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

    # ---- When an origin contradicts itself ------------------------------------------------------------------------------

    async def witness(self, peer: NodeId, feed: FeedId, *, cosigned: bool = False) -> bytes | None:
        """A frame with the newest checkpoint held of a feed, for `peer`; nothing where it may not know of it.

        `cosigned`: only where others than the two cosigned it.
        """
        ...

    async def take_witnesses(self, peer: NodeId, witnesses: pb.Witnesses) -> bool:
        """Compare a checkpoint that `peer` holds with what is here; true where only the peer can tell whether they agree."""
        ...

    async def take_evidence(self, peer: NodeId, evidence: pb.Evidence) -> None:
        """Verify two statements of one origin and keep them; `ProtocolError` where they do not contradict each other."""
        ...

    async def evidence(self, peer: NodeId, feed: FeedId | None = None) -> Sequence[bytes]:
        """Frames with what is held against feeds that `peer` may follow; against one of them."""
        ...

    async def lacking(self, origin: NodeId) -> Sequence[Head]:
        """The good part of feeds of `origin` that were cut off and are not held whole."""
        ...

    def forked(self, feed: FeedId) -> None:
        """A feed was marked as forked."""
        ...

    # ---- After a restore ------------------------------------------------------------------------------------------------

    async def asks_highest(self) -> bool:
        """Whether this node has to know how much of its feeds others have seen."""
        ...

    async def highest(self, peer: NodeId) -> Sequence[bytes]:
        """Frames with the largest checkpoint seen here of every feed of `peer`."""
        ...

    async def take_highest(self, peer: NodeId, highest: pb.Highest) -> None:
        """Take in what `peer` has seen of this node's feeds; `ProtocolError` for what it did not sign."""
        ...

    def unheard(self, origin: NodeId) -> bool:
        """Whether anything that is held of an origin is hidden until it was heard."""
        ...

    async def hear(self, origin: NodeId, lacking: Collection[FeedId]) -> None:
        """An origin gave its list, and of it only these feeds are not here to the end: show what that is enough for."""
        ...

    def takes_back(self, feed: FeedId) -> bool:
        """Whether entries of an own feed were lost and are wanted from others."""
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
