"""One entry that overtakes a backlog, as commands handle it, and its frames. `from_wire` holds caps and shapes; it verifies nothing."""

from __future__ import annotations

from dataclasses import dataclass

from protocol import checkpoint as checkpoints
from protocol import entry as entries
from protocol.checkpoint import Checkpoint
from protocol.entry import Entry
from protocol.errors import BadProof, ProtocolError, TooLarge
from protocol.ids import HASH_BYTES, FeedId
from protocol.limits import CONTENT_MAX, HEADER_MAX
from protocol.merkle import PROOF_HASHES_MAX, SIZE_MAX
from protocol.v1 import federation_pb2 as pb

INDEX_MAX = (1 << 40) - 1
"""A store has no room for more: entries in turn never come to it, one that overtakes could name it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """Entry `index` of `feed`, with its inclusion in the checkpoint; `consistency` leads there from `from_size`.

    From nothing (`from_size` 0) OPEN comes with it, and its inclusion.
    """

    feed: FeedId
    index: int
    entry: Entry
    checkpoint: Checkpoint
    inclusion: tuple[bytes, ...]
    from_size: int = 0
    consistency: tuple[bytes, ...] = ()
    opened: Entry | None = None
    open_inclusion: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Note:
    """A holder's word that entry `index` is stored and acted on there, in the checkpoint at `size`."""

    feed: FeedId
    index: int
    size: int
    signature: bytes


def from_wire(message: pb.Ahead) -> Ahead:
    """The entry of a frame; TooLarge over a cap, ProtocolError out of shape."""
    if len(message.feed) != HASH_BYTES:
        raise BadProof(f"{HASH_BYTES} bytes", where="ahead.feed")
    for name in ("inclusion", "consistency", "open_inclusion"):
        if len(getattr(message, name)) > PROOF_HASHES_MAX:
            raise TooLarge(f"at most {PROOF_HASHES_MAX} hashes", where=f"ahead.{name}")
    if not message.from_size <= message.index < message.checkpoint.size <= SIZE_MAX:
        raise ProtocolError("from_size <= index < size, below 2^63", where="ahead.index")
    if message.index > INDEX_MAX:
        raise TooLarge(f"an index of at most {INDEX_MAX}", where="ahead.index")
    opened = message.HasField("open")
    if opened != (message.from_size == 0) or (message.open_inclusion and not opened):
        raise ProtocolError("with from_size 0, and only then", where="ahead.open")
    if message.index == 0:
        raise ProtocolError("entry 0 overtakes nothing", where="ahead.index")
    given = [entries.from_wire(one) for one in (message.entry, message.open)[: 1 + opened]]
    if any(len(one.header) > HEADER_MAX or len(one.content or b"") > CONTENT_MAX for one in given):
        raise TooLarge("over the cap of a header or a content", where="ahead.entry")
    return Ahead(
        feed=FeedId(message.feed),
        index=message.index,
        entry=given[0],
        checkpoint=checkpoints.from_wire(message.checkpoint),
        inclusion=tuple(message.inclusion),
        from_size=message.from_size,
        consistency=tuple(message.consistency),
        opened=given[1] if opened else None,
        open_inclusion=tuple(message.open_inclusion),
    )


def to_wire(ahead: Ahead) -> pb.Ahead:
    """The frame of an entry that goes ahead."""
    return pb.Ahead(
        feed=ahead.feed,
        index=ahead.index,
        entry=entries.to_wire(ahead.entry),
        checkpoint=checkpoints.to_wire(ahead.checkpoint),
        inclusion=ahead.inclusion,
        from_size=ahead.from_size,
        consistency=ahead.consistency,
        open=entries.to_wire(ahead.opened) if ahead.opened is not None else None,
        open_inclusion=ahead.open_inclusion,
    )
