"""What a session asks of its node about files, contradictions and restores: contracts as small as `federation.desk.Desk`, and like it.

Every answer is already decided. Methods raise `ProtocolError`; its `code` is what goes back. What is not `async` answers from memory and
never waits.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Collection, Sequence
from typing import Protocol

from node.commands.fetch import Look, Wanted
from node.commands.serve import Head
from node.store.attachments import Rank
from protocol.ids import FeedId, NodeId
from protocol.v1 import federation_pb2 as pb


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


class ForkDesk(Protocol):
    """What shows that an origin contradicts itself, at the node behind the sessions."""

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


class RestoreDesk(Protocol):
    """What is asked and told after a restore, at the node behind the sessions."""

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
