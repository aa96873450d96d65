"""A batch as commands handle it: a run of entries with the checkpoint that vouches for it, and its frame.

`from_wire` holds the caps of the protocol before anything is looked at; it verifies nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from protocol import checkpoint as checkpoints
from protocol import entry as entries
from protocol.checkpoint import Checkpoint
from protocol.entry import Entry
from protocol.errors import BadProof, ProtocolError, TooLarge
from protocol.ids import HASH_BYTES, FeedId
from protocol.limits import BACKFILL_MAX, BATCH_BYTES_MAX, CONTENT_MAX, HEADER_MAX
from protocol.merkle import PROOF_HASHES_MAX, SIZE_MAX
from protocol.v1 import federation_pb2 as pb


@dataclass(frozen=True, slots=True)
class Batch:
    """Entries `first` and on of `feed`; `consistency` leads from the size after them to the checkpoint."""

    feed: FeedId
    first: int
    entries: tuple[Entry, ...]
    checkpoint: Checkpoint
    consistency: tuple[bytes, ...] = ()

    @property
    def end(self) -> int:
        """The size of the feed after this run."""
        return self.first + len(self.entries)


def from_wire(message: pb.Batch) -> Batch:
    """The batch of a frame; TooLarge over a cap, ProtocolError for an empty run or ids out of shape."""
    if not 1 <= len(message.entries) <= BACKFILL_MAX:
        raise TooLarge(f"1 to {BACKFILL_MAX} entries", where="batch.entries")
    if len(message.consistency) > PROOF_HASHES_MAX:
        raise TooLarge(f"at most {PROOF_HASHES_MAX} hashes", where="batch.consistency")
    if len(message.feed) != HASH_BYTES:
        raise BadProof(f"{HASH_BYTES} bytes", where="batch.feed")
    if message.first + len(message.entries) > SIZE_MAX:
        raise ProtocolError("an index below 2^63", where="batch.first")
    run = tuple([entries.from_wire(one) for one in message.entries])
    if weight(run) > BATCH_BYTES_MAX + HEADER_MAX + CONTENT_MAX:
        raise TooLarge(f"at most {BATCH_BYTES_MAX} bytes and one entry more", where="batch.entries")
    return Batch(
        FeedId(message.feed),
        message.first,
        run,
        checkpoints.from_wire(message.checkpoint),
        tuple(message.consistency),
    )


def to_wire(batch: Batch) -> pb.Batch:
    """The frame of a batch."""
    return pb.Batch(
        feed=batch.feed,
        first=batch.first,
        entries=[entries.to_wire(one) for one in batch.entries],
        checkpoint=checkpoints.to_wire(batch.checkpoint),
        consistency=list(batch.consistency),
    )


def weight(run: tuple[Entry, ...]) -> int:
    """Bytes of a run, as the cap counts them."""
    return sum([len(one.header) + len(one.content or b"") for one in run])
